//! A storm of logins, and what people notice of it who are online: everybody comes at once, as after an outage, with the
//! client's real engine, which honours what the server says of waiting.

mod crowd;
mod datagrams;
mod people;
mod streams;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use jsonwebtoken::{EncodingKey, Header};
use mobileim_protocol::{Secret, Transport};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Serialize;
use serde_json::json;

use crate::process;
use crate::server::Server;
use crowd::Crowd;
use datagrams::Datagrams;
use people::{People, Times};
use streams::Streams;

/// Measures what people who are online notice when everybody else logs in at once
#[derive(Debug, Args)]
pub(crate) struct StormArgs {
    /// How many log in on UDP, each from an address of its own
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    udp_clients: u32,
    /// How many log in on TCP: each takes a descriptor, here and in the server
    #[arg(long, value_name = "N", default_value_t = 15_000)]
    tcp_clients: u32,
    /// Pairs of people on each transport, of whom one says something every 10 ms
    #[arg(long, value_name = "N", default_value_t = 2)]
    pairs: u32,
    /// Whether any token lets in, instead of tokens that are verified (HS256)
    #[arg(long)]
    any_token: bool,
    /// Seconds before and after each storm
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    calm: u64,
    /// More arguments for the server
    #[arg(last = true, value_name = "ARGUMENT")]
    pass_on: Vec<String>,
}

/// What a storm was like.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    transport: String,
    clients: u32,
    /// Until all were logged in.
    seconds: f64,
    /// How often one was told to come back.
    told_to_wait: u64,
    /// Server time for each login, with what the people took meanwhile.
    server_cpu_micros: f64,
    /// What people saw before, during and after, by transport.
    people: Vec<(String, Vec<Times>)>,
}

/// A bound on a storm.
const PATIENCE: Duration = Duration::from_secs(300);

/// The secret of a client's session on UDP.
fn session_secret(client: u32) -> Option<Secret> {
    Secret::new(u64::from(client) + 1)
}

const SECRET: &str = "a secret of at least 32 bytes in all";

/// What lets a user in.
fn token(user: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let expires = now.unwrap_or_default().as_secs() + 24 * 3600;
    let claims = json!({ "sub": user, "exp": expires });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), &claims, &key).expect("the claims are JSON")
}

pub(crate) fn run(args: &StormArgs, binary: &Path) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let storms = [
        (Transport::Udp, args.udp_clients),
        (Transport::Tcp, args.tcp_clients),
    ];
    let storms = storms.into_iter().filter(|(_, clients)| *clients > 0);
    storms
        .map(|(transport, clients)| measure(args, binary, transport, clients))
        .collect()
}

fn measure(
    args: &StormArgs,
    binary: &Path,
    transport: Transport,
    clients: u32,
) -> Result<Outcome, Box<dyn Error>> {
    eprintln!("{transport}: {clients} clients");
    let secret = (!args.any_token).then_some(SECRET);
    let server = Server::start_as_usual(binary, &args.pass_on, secret)?;
    let address = server.address(transport)?;
    // Made before: it is the server that is to be busy.
    let mut crowd = Crowd::new(transport, clients, token);
    let mut people = People::meet(&server, args.pairs, token)?;
    let calm = Duration::from_secs(args.calm);
    thread::sleep(calm);

    people.begin_phase();
    let cpu_before = process::cpu_time(server.pid())?;
    let began = Instant::now();
    match transport {
        Transport::Udp => {
            let mut wire = Datagrams::new(address)?;
            crowd.log_in(&mut wire, PATIENCE)?;
        }
        Transport::Tcp | Transport::WebSocket => {
            let mut wire = Streams::new(address, clients)?;
            crowd.log_in(&mut wire, PATIENCE)?;
        }
    }
    let took = began.elapsed();
    let cpu = process::cpu_time(server.pid())?.saturating_sub(cpu_before);
    people.begin_phase();
    thread::sleep(calm);
    let outcome = Outcome {
        transport: transport.to_string(),
        clients,
        seconds: took.as_secs_f64(),
        told_to_wait: crowd.told_to_wait(),
        server_cpu_micros: cpu.as_secs_f64() * 1e6 / f64::from(clients),
        people: people.part(),
    };
    drop(server);
    Ok(outcome)
}

/// The numbers, for people.
pub(crate) fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| logins on | clients | until all are in | told to wait | server CPU per login | people on | before: p50, p99, longest | during | after |\n\
         | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |\n",
    );
    for outcome in outcomes {
        for (on, times) in &outcome.people {
            writeln!(
                text,
                "| {} | {} | {:.1} s | {} | {:.0} µs | {on} | {} |",
                outcome.transport,
                outcome.clients,
                outcome.seconds,
                outcome.told_to_wait,
                outcome.server_cpu_micros,
                times
                    .iter()
                    .map(Times::to_string)
                    .collect::<Vec<_>>()
                    .join(" | "),
            )
            .expect("writing to a string does not fail");
        }
    }
    text
}
