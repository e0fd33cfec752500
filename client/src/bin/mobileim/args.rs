//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use mobileim_client::{Account, Builder, Client, Device, SenseMode, ServerAddress};

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
    /// The name of this device, where users may have several, each of which gets each message; the same each time, and no other's
    #[arg(long, value_name = "NAME", env = "MOBILEIM_DEVICE", hide_env_values = true, value_parser = device)]
    device: Option<Device>,
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
    /// Over TCP; the default. Several addresses, separated by commas, are tried in turn, here and elsewhere
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        num_args = 0..=1,
        value_delimiter = ',',
        default_missing_value = "127.0.0.1:8901"
    )]
    tcp: Option<Vec<String>>,
    /// Over UDP
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        num_args = 0..=1,
        value_delimiter = ',',
        default_missing_value = "127.0.0.1:7901"
    )]
    udp: Option<Vec<String>>,
    /// Over WebSocket
    #[arg(
        long,
        value_name = "URL",
        num_args = 0..=1,
        value_delimiter = ',',
        default_missing_value = "ws://127.0.0.1:3000/websocket"
    )]
    ws: Option<Vec<String>>,
}

impl LoginArgs {
    /// The server's addresses, as given or by default; at least one.
    pub(crate) fn addresses(&self) -> Result<Vec<ServerAddress>, String> {
        let ServerArgs { tcp, udp, ws } = &self.server;
        let default = vec!["127.0.0.1".to_owned()];
        let (scheme, addresses) = match (tcp, udp, ws) {
            (_, Some(udp), _) => ("udp", udp),
            (_, _, Some(ws)) => ("ws", ws),
            (tcp, _, _) if self.tls => ("tls", tcp.as_ref().unwrap_or(&default)),
            (tcp, _, _) => ("tcp", tcp.as_ref().unwrap_or(&default)),
        };
        let parse = |address: &String| {
            let is_url =
                scheme == "ws" && (address.starts_with("ws://") || address.starts_with("wss://"));
            let url = if is_url {
                address.clone()
            } else {
                format!("{scheme}://{address}")
            };
            let parsed: Result<ServerAddress, _> = url.parse();
            parsed.map_err(|error| format!("not an address: {error}"))
        };
        addresses.iter().map(parse).collect()
    }

    /// The same in words.
    pub(crate) fn server(&self) -> Result<String, String> {
        let addresses: Vec<_> = self.addresses()?.iter().map(ToString::to_string).collect();
        Ok(addresses.join(" or "))
    }

    /// A client of that server.
    pub(crate) fn builder(&self) -> Result<Builder, String> {
        let addresses = self.addresses()?;
        #[cfg(feature = "tls")]
        let is_encrypted = addresses.iter().all(ServerAddress::is_encrypted);
        let mut addresses = addresses.into_iter();
        let first = addresses.next().ok_or("no address")?;
        let builder = addresses.try_fold(Client::builder(first), Builder::or_at);
        let builder = builder.map_err(|error| error.to_string())?;
        #[cfg(feature = "tls")]
        let builder = match &self.ca {
            Some(_) if !is_encrypted => {
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
        let builder = match &self.device {
            Some(device) => builder.device(device.clone()),
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

fn device(text: &str) -> Result<Device, String> {
    Some(Device::new(text).with_platform("terminal"))
        .filter(Device::is_valid)
        .ok_or_else(|| "expected a name of 1 to 64 bytes".to_owned())
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
        listen.login.server()
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
            (&["--tcp", "h,g:1"], "tcp://h:8901 or tcp://g:1"),
            (
                &["--ws", "h", "--ws", "wss://g"],
                "ws://h:3000/websocket or wss://g:443/websocket",
            ),
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
