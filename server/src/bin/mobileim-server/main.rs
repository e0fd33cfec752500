//! `mobileim-server`: the server as a program.

mod args;

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use mobileim_server::store::{Limits, MemoryStore, NoStore, PostgresStore, SqliteStore, Store};
use mobileim_server::{AcceptAnyToken, BindError, Running, Server};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use args::{Args, StoreKind};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            EnvFilter::builder()
                .with_env_var("MOBILEIM_LOG")
                .with_default_directive(tracing::Level::INFO.into())
                .from_env_lossy(),
        )
        .init();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mobileim-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error>> {
    // Before the first line that anybody may take for "it runs": signals must find somebody who listens.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = start(args).await?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "ready {}", running.addresses())?;
    stdout.flush()?;
    drop(stdout);
    tokio::select! {
        _ = terminate.recv() => info!("SIGTERM: stopping"),
        _ = interrupt.recv() => info!("SIGINT: stopping"),
    }
    running.shutdown().await;
    info!("stopped");
    Ok(())
}

async fn start(args: Args) -> Result<Running, Box<dyn Error>> {
    if !args.dev {
        return Err(
            "refusing to start: there is no way to configure authentication yet, and without it anybody \
             could log in as anybody; --dev accepts that, for development"
                .into(),
        );
    }
    warn_of_dev_mode(&args);
    let store = open_store(&args).await?;
    let mut builder = Server::builder(AcceptAnyToken)
        .tcp(args.tcp.0)
        .udp(args.udp.0)
        .websocket(args.ws.0)
        .http(args.http.0)
        .store(store)
        .demo_page(true);
    for sense in args.sense {
        for transport in sense.transports() {
            builder = builder
                .sense_mode(transport, sense.mode)
                .map_err(|error| format!("--sense: {error}"))?;
        }
    }
    Ok(builder.start().await.map_err(|error| explain(&error))?)
}

async fn open_store(args: &Args) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    let kind = args
        .store
        .unwrap_or(match (&args.database_url, &args.data_dir) {
            (Some(_), _) => StoreKind::Postgres,
            (None, Some(_)) => StoreKind::Sqlite,
            (None, None) => StoreKind::Memory,
        });
    let limits = Limits::default()
        .with_max_messages(args.max_stored.0)
        .with_max_age(args.max_stored_age.0);
    Ok(match kind {
        StoreKind::Sqlite => {
            let directory = args.data_dir.as_ref();
            let directory = directory.ok_or("--store sqlite needs --data-dir DIR")?;
            let store = SqliteStore::open(directory, limits).await?;
            info!("messages wait in {}", store.path().display());
            Arc::new(store)
        }
        StoreKind::Postgres => {
            let url = args.database_url.as_ref();
            let url = url.ok_or("--store postgres needs --database-url URL")?;
            let store = PostgresStore::connect(&url.0, limits).await?;
            info!("messages wait in {}", store.place());
            Arc::new(store)
        }
        StoreKind::Memory => {
            info!("messages wait in memory: a restart loses them");
            Arc::new(MemoryStore::with_limits(limits))
        }
        StoreKind::None => {
            info!("messages to offline users are not stored, and not acknowledged");
            Arc::new(NoStore)
        }
    })
}

fn warn_of_dev_mode(args: &Args) {
    warn!("--dev: ANY TOKEN IS ACCEPTED. Never use this in production.");
    let listeners = [args.tcp, args.udp, args.ws, args.http];
    for address in listeners.into_iter().filter_map(|listen| listen.0) {
        if !address.ip().is_loopback() {
            warn!(
                "--dev: {address} can be reached from other machines: ANYBODY THERE CAN LOG IN AS ANYBODY"
            );
        }
    }
}

fn explain(error: &BindError) -> String {
    let flag = error.listener;
    format!("{error}; --{flag} ADDR sets another address, --{flag} off switches it off")
}
