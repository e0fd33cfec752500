//! `mobileim`: chat, send and listen from a terminal or a script.

mod args;
mod chat;
mod keyboard;
mod line;
mod listen;
mod screen;
mod send;
mod shutdown;
mod status;
mod text;

use std::process::ExitCode;

use args::{Action, Args};
use clap::Parser as _;

/// What a command ends with where it fails: a line for a person.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
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
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("mobileim: {message}");
    ExitCode::FAILURE
}
