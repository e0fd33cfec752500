//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use mobileim_client::{Account, Builder, Client, SenseMode, ServerAddress};

const ABOUT: &str = "Instant messaging from a terminal or a script, over MobileIMSDK's protocol.";

#[derive(Debug, Parser)]
#[command(name = "mobileim", version, about = ABOUT)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Chats: type a line to send it, /help says the rest
    Chat(ChatArgs),
    /// Sends one message; succeeds only when it was delivered. What cannot be is kept (exit code 75) and sent by
    /// the next run
    Send(SendArgs),
    /// Prints what arrives, one message a line
    Listen(ListenArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ChatArgs {
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    /// Whom to write to at first
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    /// Whom it is for
    #[arg(long, value_name = "NAME")]
    pub(crate) to: String,
    /// The application's own message type
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    pub(crate) typeu: i32,
    /// Asks for no delivery guarantee: succeeds when the message was sent
    #[arg(long)]
    pub(crate) no_qos: bool,
    /// Stops waiting after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// The text; - reads it from standard input
    #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
    pub(crate) text: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    /// Prints each message as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Stops after this many messages
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
}

/// Where to log in, and as whom.
#[derive(Debug, ClapArgs)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Encrypts --tcp
    #[arg(long, conflicts_with_all = ["udp", "ws"])]
    tls: bool,
    /// With TLS, trusts the certificates in this PEM file, and whom they vouch for, in place of the system's
    #[arg(long, value_name = "FILE", env = "MOBILEIM_CA", hide_env_values = true)]
    #[cfg(feature = "tls")]
    ca: Option<PathBuf>,
    /// Who logs in
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// What proves it
    #[arg(
        long,
        env = "MOBILEIM_TOKEN",
        hide_env_values = true,
        default_value = ""
    )]
    token: String,
    /// The heartbeat that an original server is set to: 3s, 5s, 10s, 15s, 30s, 60s or 120s
    #[arg(long, value_name = "MODE")]
    sense: Option<SenseMode>,
    /// Keeps what is not yet delivered, or not yet shown, in this directory for the next run
    /// [default: ~/.local/state/mobileim]
    #[arg(
        long,
        value_name = "DIR",
        env = "MOBILEIM_OUTBOX",
        hide_env_values = true
    )]
    outbox: Option<PathBuf>,
    /// Keeps nothing for the next run, and takes nothing from earlier ones
    #[arg(long)]
    no_outbox: bool,
}

#[derive(Debug, ClapArgs)]
#[group(multiple = false)]
struct ServerArgs {
    /// Over TCP; the default
    #[arg(long, value_name = "HOST[:PORT]", num_args = 0..=1, default_missing_value = "127.0.0.1:8901")]
    tcp: Option<String>,
    /// Over UDP
    #[arg(long, value_name = "HOST[:PORT]", num_args = 0..=1, default_missing_value = "127.0.0.1:7901")]
    udp: Option<String>,
    /// Over WebSocket
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "ws://127.0.0.1:3000/websocket")]
    ws: Option<String>,
}

impl LoginArgs {
    /// The server's address, as given or by default.
    pub(crate) fn address(&self) -> Result<ServerAddress, String> {
        let ServerArgs { tcp, udp, ws } = &self.server;
        let url = match (tcp, udp, ws) {
            (_, Some(udp), _) => format!("udp://{udp}"),
            (_, _, Some(ws)) if ws.starts_with("ws://") || ws.starts_with("wss://") => ws.clone(),
            (_, _, Some(ws)) => format!("ws://{ws}"),
            (tcp, _, _) => {
                let scheme = if self.tls { "tls" } else { "tcp" };
                format!("{scheme}://{}", tcp.as_deref().unwrap_or("127.0.0.1"))
            }
        };
        url.parse()
            .map_err(|error| format!("not an address: {error}"))
    }

    /// A client of that server.
    pub(crate) fn builder(&self) -> Result<Builder, String> {
        let builder = Client::builder(self.address()?);
        #[cfg(feature = "tls")]
        let builder = match &self.ca {
            Some(_) if !self.address()?.is_encrypted() => {
                return Err("--ca is for TLS: --tcp HOST --tls, or --ws wss://HOST".to_owned());
            }
            Some(file) => builder
                .ca_file(file)
                .map_err(|error| format!("--ca: {error}"))?,
            None => builder,
        };
        let builder = match self.sense {
            Some(mode) => builder.sense_mode(mode),
            None => builder,
        };
        Ok(match self.outbox()? {
            Some(directory) => builder.outbox_dir(directory),
            None => builder,
        })
    }

    /// Where messages are kept, if they are.
    pub(crate) fn outbox(&self) -> Result<Option<PathBuf>, String> {
        if self.no_outbox {
            return Ok(None);
        }
        // XDG Base Directory Specification: what is not absolute is to be ignored.
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
        let state = state.filter(|path| path.is_absolute());
        let home = || Some(std::env::home_dir()?.join(".local/state"));
        let default = || Some(state.or_else(home)?.join("mobileim"));
        self.outbox
            .clone()
            .or_else(default)
            .map(Some)
            .ok_or_else(|| {
                "no home directory to keep messages in: use --outbox DIR or --no-outbox".to_owned()
            })
    }

    pub(crate) fn account(&self) -> Account {
        Account::new(&self.user, &self.token)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "not a number of seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn address(args: &[&str]) -> Result<String, String> {
        let args = ["mobileim", "listen", "--user", "alice"].iter().chain(args);
        let Action::Listen(listen) = Args::try_parse_from(args)
            .map_err(|it| it.to_string())?
            .action
        else {
            unreachable!("it is listen that is parsed")
        };
        listen.login.address().map(|it| it.to_string())
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn each_transport_has_a_default_address() {
        for (args, expected) in [
            (&[][..], "tcp://127.0.0.1:8901"),
            (&["--tcp"], "tcp://127.0.0.1:8901"),
            (&["--udp"], "udp://127.0.0.1:7901"),
            (&["--ws"], "ws://127.0.0.1:3000/websocket"),
            (&["--tcp", "h", "--tls"], "tls://h:8901"),
            (&["--udp", "h:1"], "udp://h:1"),
            (&["--ws", "h"], "ws://h:3000/websocket"),
            (&["--ws", "wss://h/im"], "wss://h:443/im"),
        ] {
            assert_eq!(address(args).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn two_transports_at_once_are_refused() {
        assert!(address(&["--tcp", "h", "--udp", "h"]).is_err());
        assert!(address(&["--udp", "h", "--tls"]).is_err());
    }
}
