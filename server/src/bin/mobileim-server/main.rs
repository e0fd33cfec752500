//! `mobileim-server`: the server as a program.

mod api_keys;
mod explain_message;
mod opened;
mod passwords;
mod reload;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use mobileim_server::auth::{ApiAccess, Authentication, PasswordLogin, Replaceable};
use mobileim_server::config::{
    Configuration, Invocation, Listen, LogFormat, Mistake, Settings, example,
};
use mobileim_server::events::EventLog;
use mobileim_server::webhook::MessageQuestions;
use mobileim_server::{BindError, Builder, Certificates, Config, EffectiveSettings, Server};
use opened::{Opened, open_store};
use reload::{Live, SetLog};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, reload as filter};

#[tokio::main]
async fn main() -> ExitCode {
    let invocation =
        Invocation::from_args(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let Configuration {
        settings,
        file,
        shown,
        warnings,
        ..
    } = match invocation {
        Invocation::Serve(configuration) => configuration,
        Invocation::Check(configuration) => return check(&configuration),
        Invocation::Token {
            configuration,
            user,
            valid_for,
        } => return make_token(&configuration, &user, valid_for),
        Invocation::ApiKey { name, scopes } => return api_keys::make(&name, &scopes),
        Invocation::Explain { from, fp, url, key } => {
            return explain_message::print(&from, &fp, &url, key.as_deref()).await;
        }
        Invocation::Password { user } => return passwords::print_line(&user),
        Invocation::Example => {
            print!("{}", example());
            return ExitCode::SUCCESS;
        }
    };
    let set_log = begin_log(&settings);
    info!("mobileim-server {}", env!("CARGO_PKG_VERSION"));
    if let Some(file) = file {
        info!("configuration: {}", file.display());
    }
    for warning in warnings {
        warn!("{warning}");
    }
    match run(settings, EffectiveSettings::new(shown), set_log).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mobileim-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Begins to log to standard error. What is returned sets another filter.
fn begin_log(settings: &Settings) -> SetLog {
    let (filter, handle) = filter::Layer::new(settings.general.log.filter());
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let lines = match settings.general.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_ansi(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    Box::new(move |new| {
        // It fails only if the log is gone.
        let _ = handle.reload(new);
    })
}

/// Says that nothing is wrong with a configuration that was read, but for what will be.
fn check(configuration: &Configuration) -> ExitCode {
    if let Ok(Some(certificates)) = configuration.settings.certificates()
        && let Some(trouble) = certificates.trouble(SystemTime::now())
    {
        eprintln!("warning: {trouble}");
    }
    for warning in &configuration.warnings {
        eprintln!("warning: {warning}");
    }
    match &configuration.file {
        Some(file) => println!("{}: nothing is wrong with it", file.display()),
        None => println!(
            "nothing is wrong with the flags and variables; there is no configuration file"
        ),
    }
    ExitCode::SUCCESS
}

/// Raises the number of descriptors that this process may have, as far as it may: the usual soft limit, 1,024, is for
/// programs that use `select`.
fn raise_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            warn!(%error, "cannot raise the limit of open files");
        }
    }
}

async fn run(
    settings: Settings,
    shown: EffectiveSettings,
    set_log: SetLog,
) -> Result<(), Box<dyn Error>> {
    // Before the first line that anybody may take for "it runs": signals must find somebody who listens.
    let mut ends = Ends::new()?;
    let mut hang_up = signal(SignalKind::hangup())?;
    raise_descriptors();
    let authentication = Replaceable::new(settings.authentication()?);
    let revocations = authentication.revocations().clone();
    revocations.set_kept_for(settings.revoked_for());
    let passwords = PasswordLogin::new(authentication.clone(), settings.password_offer()?);
    let api_keys = ApiAccess::new(settings.api_keys());
    let questions = MessageQuestions::default();
    for (question, asked) in settings.message_questions()? {
        questions.set(question, asked);
    }
    questions.set_presence(settings.presence_question()?);
    warn_of(&settings);
    let certificates = settings.certificates()?;
    let mut builder = builder(&settings, authentication.clone(), certificates)?
        .password_login(passwords.clone())
        .api_keys(api_keys.clone())
        .settings(shown.clone())
        .revocations(revocations.clone())
        .hooks(questions.clone());
    let events = settings.event_policy().map(EventLog::new);
    if let Some(log) = &events {
        builder = builder.events(log.clone(), settings.event_target());
    }
    let bound = builder.bind().await;
    let bound = bound.map_err(|error| explain(&error))?;
    let Opened {
        store,
        mut taken,
        submissions,
        devices,
        groups,
    } = tokio::select! {
        opened = Box::pin(open_store(&settings, &bound, &revocations, events.as_ref())) => opened?,
        signal = ends.next() => {
            info!("{signal}: it had not begun");
            return Ok(());
        }
    };
    let bound = match devices {
        Some((known, book)) => bound.devices(known, book),
        None => bound,
    };
    let bound = bound.groups(groups);
    let bound = match submissions {
        Some(submissions) => bound.submissions(submissions),
        None => bound,
    };
    let mut running = bound.start(store).await.map_err(|error| explain(&error))?;
    info!("serves {}", running.addresses());
    running.trace(settings.general.trace_fp.as_ref().map(|fp| fp.0.as_str()));
    let mut live = Live {
        settings,
        authentication,
        passwords,
        api_keys,
        shown,
        questions,
        events,
        set_log,
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "ready {}", running.addresses())?;
    stdout.flush()?;
    drop(stdout);
    let end = loop {
        tokio::select! {
            signal = ends.next() => {
                info!("{signal}: stopping");
                break Ok(());
            }
            () = &mut taken => {
                warn!("another server has taken over, as this one had lost the message store: stopping");
                break Err("another server has taken over".into());
            }
            // One that came while it was a standby is heeded now.
            _ = hang_up.recv() => {
                info!("SIGHUP: reading the configuration again");
                live.reload(&mut running);
            }
        }
    };
    tokio::select! {
        () = running.shutdown() => {
            info!("stopped");
            end
        }
        signal = ends.next() => Err(format!("{signal} again: not waiting any longer").into()),
    }
}

/// The signals that end the program.
struct Ends {
    terminate: Signal,
    interrupt: Signal,
}

impl Ends {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one, and gives its name.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Prints a token on standard output, and nothing else.
fn make_token(configuration: &Configuration, user: &str, valid_for: Duration) -> ExitCode {
    let token = match configuration.settings.authentication() {
        Ok(Authentication::Jwt(jwt)) => jwt.sign(user, valid_for),
        _ => None,
    };
    let Some(token) = token else {
        eprintln!(
            "mobileim-server: there is no secret to sign it with: --jwt-secret-file names one; whoever has the \
             private key of a public one makes tokens with that"
        );
        return ExitCode::FAILURE;
    };
    println!("{token}");
    ExitCode::SUCCESS
}

fn builder(
    settings: &Settings,
    authentication: Replaceable,
    certificates: Option<Certificates>,
) -> Result<Builder, Mistake> {
    let mut config = Config::default();
    config.timings = settings.timings()?;
    config.datagram_secrets = settings.auth.require_udp_secret.0;
    config.quotas = settings.quotas();
    config.login_timeout = settings.limits.login_time.0;
    config.mailbox_memory = settings.mailbox_memory();
    config.trace_memory = settings.explain.memory.0;
    config.devices = settings.devices();
    config.conversations = settings.conversations();
    config.max_members = settings.max_members();
    config.max_owned = settings.max_owned();
    config.presence = settings.presence();
    Ok(Server::builder(authentication)
        .config(config)
        .tcp(settings.listen.tcp.0)
        .udp(settings.listen.udp.0)
        .websocket(settings.listen.ws.0)
        .http(settings.listen.http.0)
        .api(settings.listen.api.0)
        .tls(certificates.map(|certificates| settings.tls_listeners(certificates)))
        .trusted_proxies(settings.listen.trusted_proxies.clone().unwrap_or_default())
        .proxy_protocol(
            settings
                .listen
                .proxy_protocol
                .iter()
                .flat_map(|listed| listed.0.clone()),
        )
        .origins(settings.origins())
        .limits(settings.limits())
        .drain(settings.drain())
        .demo_page(settings.has_chat_page())
        .admin_page(settings.api.admin_page.0))
}

/// Warns of what is not secure.
fn warn_of(settings: &Settings) {
    let is_dev = settings.general.dev.0;
    if is_dev {
        warn!("--dev: ANY TOKEN IS ACCEPTED. Never use this in production.");
    }
    let streams = [
        settings.listen.tcp,
        settings.listen.ws,
        settings.listen.http,
    ];
    let encrypted = [
        settings.listen.tcp_tls,
        settings.listen.wss,
        settings.listen.https,
    ];
    if is_dev {
        for address in reachable(
            streams
                .into_iter()
                .chain([settings.listen.udp])
                .chain(encrypted),
        ) {
            warn!(
                "--dev: {address} can be reached from other machines: ANYBODY THERE CAN LOG IN AS ANYBODY"
            );
        }
        return;
    }
    // Where there are proxies, encryption is theirs.
    let has_proxies = settings.listen.trusted_proxies.is_some();
    for address in
        reachable(streams.into_iter().chain([settings.listen.api])).filter(|_| !has_proxies)
    {
        warn!(
            "{address} can be reached from other machines and is not encrypted: WHOEVER IS ON THE WAY CAN READ \
             TOKENS AND MESSAGES. Use --tcp-tls, --wss, --https and --api-tls in its place, or put a proxy with TLS in front of it."
        );
    }
    for address in reachable([settings.listen.udp]) {
        warn!(
            "{address} (UDP) can be reached from other machines, and there is no encryption for UDP: WHOEVER IS ON \
             THE WAY CAN READ TOKENS AND MESSAGES. If no client needs it, --udp off switches it off."
        );
    }
}

/// Returns the addresses that other machines can reach.
fn reachable(listeners: impl IntoIterator<Item = Listen>) -> impl Iterator<Item = SocketAddr> {
    let addresses = listeners.into_iter().filter_map(|listen| listen.0);
    addresses.filter(|address| !address.ip().is_loopback())
}

fn explain(error: &BindError) -> String {
    let flag = error.listener;
    format!("{error}; --{flag} ADDR sets another address, --{flag} off switches it off")
}
