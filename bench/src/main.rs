//! `mobileim-bench`: what an idle session and an acknowledged message cost the server, on each transport.
//!
//! Starts the real server once for each transport, on loopback, and measures it from outside: resident memory
//! before and after a number of idle sessions log in, then processor time, throughput and latency while pairs of
//! clients exchange messages, each acknowledged by its receiver and to its sender.
//!
//! Then once for each store that outlives the server: how many messages to receivers that are offline are
//! acknowledged, each after a transaction that the disk has kept, and how many share one.
//!
//! The load comes from one thread that knows no JSON: bodies are prepared, answers are searched for the few
//! bytes that matter. What it takes itself is measured too, since on a small machine the two compete.
//!
//! `mobileim-bench lossy` measures something else: how long a message takes on a UDP network that loses, repeats and
//! delays, and what the original's rules would make of it.
//!
//! `mobileim-bench storm` has everybody log in at once, and measures what people notice of it who are online.
//!
//! `mobileim-bench questions` has a back end asked about each message, and measures what people notice of one that is slow, broken or down.
//!
//! `mobileim-bench groups` measures what a message to a group takes, by how many members it has.
//!
//! `make bench` builds both programs and runs it; `mobileim-bench --help` lists what can be varied.

mod body;
mod framing;
mod groups;
mod idle;
mod link;
mod lossy;
mod messages;
mod process;
mod questions;
mod report;
mod server;
mod stores;
mod storm;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mobileim_protocol::Transport;
use serde::Serialize;

use groups::GroupsArgs;
use lossy::LossyArgs;
use messages::{Receivers, Shape};
use questions::QuestionsArgs;
use report::{Measured, Report};
use server::Server;
use stores::Store;
use storm::StormArgs;

/// Measures a MobileIM server on loopback.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    /// The server's binary; beside this program if not given
    #[arg(long, env = "MOBILEIM_SERVER_BIN", value_name = "FILE", global = true)]
    server: Option<PathBuf>,
    /// Which transports, in this order; "none" for none
    #[arg(long, value_delimiter = ',', value_parser = transport, default_value = "tcp,udp,ws")]
    transports: Vec<Choice<Transport>>,
    /// Which stores, in this order; "none" for none. PostgreSQL is started for the purpose
    #[arg(long, value_delimiter = ',', value_parser = store, default_value = "sqlite,postgres")]
    stores: Vec<Choice<Store>>,
    /// Idle sessions whose memory is measured
    #[arg(long, value_name = "N", default_value_t = 2000)]
    sessions: u32,
    /// Messages that are sent under load
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    messages: u32,
    /// Pairs of sender and receiver that exchange them
    #[arg(long, value_name = "N", default_value_t = 50)]
    pairs: u32,
    /// Messages that each sender has on their way
    #[arg(long, value_name = "N", default_value_t = 8)]
    window: u16,
    /// The same for stored messages, in a second run for each store: the more wait, the more share a commit
    #[arg(long, value_name = "N", default_value_t = 64)]
    store_window: u16,
    /// Writes the numbers as JSON too
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
    /// More arguments for the server
    #[arg(last = true, value_name = "ARGUMENT")]
    pass_on: Vec<String>,
}

/// What else can be measured.
#[derive(Debug, Subcommand)]
enum Other {
    Groups(GroupsArgs),
    Lossy(LossyArgs),
    Questions(QuestionsArgs),
    Storm(StormArgs),
}

/// One message at a time: what a message takes on a quiet server.
const ALONE: Shape = Shape {
    messages: 5_000,
    pairs: 1,
    window: 1,
};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mobileim-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let binary = match &args.server {
        Some(binary) => binary.clone(),
        None => std::env::current_exe()?.with_file_name("mobileim-server"),
    };
    if let Some(Other::Groups(groups)) = &args.other {
        let outcomes = groups::run(groups, &binary)?;
        print!("{}", groups::markdown(&outcomes));
        return write_json(args, &outcomes);
    }
    if let Some(Other::Lossy(lossy)) = &args.other {
        let outcomes = lossy::run(lossy, &binary)?;
        print!("{}", lossy::markdown(&outcomes));
        return write_json(args, &outcomes);
    }
    if let Some(Other::Questions(questions)) = &args.other {
        let outcomes = questions::run(questions, &binary)?;
        print!("{}", questions::markdown(&outcomes));
        return write_json(args, &outcomes);
    }
    if let Some(Other::Storm(storm)) = &args.other {
        let outcomes = storm::run(storm, &binary)?;
        print!("{}", storm::markdown(&outcomes));
        return write_json(args, &outcomes);
    }
    let mut transports = Vec::new();
    for transport in args.transports.iter().filter_map(|choice| choice.0) {
        eprintln!("{transport}: {} idle sessions", args.sessions);
        // A server of its own for each measurement: memory that was used once is seldom given back.
        let server = Server::start(&binary, &args.pass_on)?;
        let idle = idle::measure(&server, transport, args.sessions)?;
        drop(server);

        eprintln!("{transport}: {} messages", args.messages);
        let server = Server::start(&binary, &args.pass_on)?;
        let alone = messages::measure(&server, transport, ALONE, Receivers::Online)?;
        let load = messages::measure(
            &server,
            transport,
            Shape {
                messages: args.messages,
                pairs: args.pairs,
                window: args.window,
            },
            Receivers::Online,
        )?;
        transports.push(Measured {
            transport: transport.to_string(),
            idle,
            alone,
            load,
        });
    }
    let mut stores = Vec::new();
    for store in args.stores.iter().filter_map(|choice| choice.0) {
        for window in [args.window, args.store_window] {
            eprintln!("{store}: {} messages, {window} at once", args.messages);
            let shape = Shape {
                messages: args.messages,
                pairs: args.pairs,
                window,
            };
            stores.push(stores::measure(&binary, &args.pass_on, store, shape)?);
        }
    }
    let sync_time = (!stores.is_empty()).then(stores::sync_time).transpose()?;
    let report = Report {
        transports,
        stores,
        sync_micros: sync_time.map(|time| time.as_micros()),
    };
    print!("{}", report.markdown());
    write_json(args, &report)
}

fn write_json(args: &Args, numbers: &impl Serialize) -> Result<(), Box<dyn Error>> {
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_string_pretty(numbers)?)?;
    }
    Ok(())
}

/// Something to be measured, or nothing.
#[derive(Debug, Clone, Copy)]
struct Choice<T>(Option<T>);

fn transport(name: &str) -> Result<Choice<Transport>, String> {
    let all = [Transport::Tcp, Transport::Udp, Transport::WebSocket];
    choose(name, all, "one of tcp, udp, ws and none")
}

fn store(name: &str) -> Result<Choice<Store>, String> {
    choose(name, Store::ALL, "one of sqlite, postgres and none")
}

fn choose<T: ToString>(
    name: &str,
    all: impl IntoIterator<Item = T>,
    choices: &str,
) -> Result<Choice<T>, String> {
    if name == "none" {
        return Ok(Choice(None));
    }
    all.into_iter()
        .find(|one| one.to_string() == name)
        .map(|one| Choice(Some(one)))
        .ok_or_else(|| choices.to_owned())
}
