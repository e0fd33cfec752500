//! `mobileim`: chat, send and listen from a terminal or a script.

mod args;
mod chat;
mod conversations;
mod devices;
mod earlier;
mod keyboard;
mod line;
mod listen;
mod outcome;
mod presence;
mod screen;
mod send;
mod shutdown;
mod status;
mod text;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use args::{Action, Args};
use clap::Parser as _;
use outcome::Failure;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let args = Args::parse();
    log();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error.to_string()).tell(),
    };
    let outcome = runtime.block_on(async {
        match args.action {
            Action::Chat(chat) => chat::run(chat).await,
            Action::Send(send) => send::run(send).await,
            Action::Listen(listen) => listen::run(listen).await,
        }
    });
    // Nothing that still waits for input may keep the program alive.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

/// Says on standard error what a person should know; with `RUST_LOG`, what that asks for.
fn log() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    match EnvFilter::try_from_default_env() {
        Ok(filter) => log.with_env_filter(filter).init(),
        Err(_) => log
            .with_env_filter(EnvFilter::new("mobileim_client=warn"))
            .with_ansi(std::io::stderr().is_terminal())
            .without_time()
            .with_target(false)
            .init(),
    }
}
