//! What people notice of a back end that is asked about each of their messages, however it behaves.

mod endpoint;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use clap::Args;
use mobileim_client::ServerAddress;
use mobileim_protocol::Transport;
use mobileim_tests::people::{Pair, Times};
use serde::Serialize;
use tokio::runtime::Builder;

use crate::server::Server;
use endpoint::Manner;

/// Measures how long messages take whose back end is asked about each, and is slow, broken or down
#[derive(Debug, Args)]
pub(crate) struct QuestionsArgs {
    /// Pairs of people, of whom one says something every 100 ms
    #[arg(long, value_name = "N", default_value_t = 20)]
    pairs: u32,
    /// Seconds for each back end
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    seconds: u64,
    /// More arguments for the server
    #[arg(last = true, value_name = "ARGUMENT")]
    pass_on: Vec<String>,
}

/// How long messages took, in microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    back_end: String,
    messages: usize,
    p50: u128,
    p99: u128,
    longest: u128,
    /// The 99th percentile of what was said in the first seconds, in which it is found out.
    p99_first: u128,
    /// The same of all that was said later.
    p99_later: u128,
}

const PACE: Duration = Duration::from_millis(100);

/// Somewhat longer than a message waits for an answer.
const FIRST: Duration = Duration::from_secs(4);

const SECRET: &str = "a secret of the server and its back end";

pub(crate) fn run(args: &QuestionsArgs, binary: &Path) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let back_ends = std::iter::once(None).chain(Manner::ALL.map(Some));
    back_ends
        .map(|manner| measure(args, binary, manner))
        .collect()
}

fn measure(
    args: &QuestionsArgs,
    binary: &Path,
    manner: Option<Manner>,
) -> Result<Outcome, Box<dyn Error>> {
    let back_end = manner.map_or_else(|| "none".to_owned(), |manner| manner.to_string());
    eprintln!("back end: {back_end}");
    let mut pass_on = args.pass_on.clone();
    if let Some(manner) = manner {
        let url = format!("http://{}/", endpoint::start(manner)?);
        let asked = ["--webhooks-before-c2c", &url, "--webhooks-secret", SECRET];
        let verdict = ["--webhooks-before-c2c-on-failure", "allow"];
        pass_on.extend(asked.into_iter().chain(verdict).map(str::to_owned));
    }
    let server = Server::start_as_usual(binary, &pass_on, None)?;
    let address = ServerAddress::from_socket_addr(Transport::Tcp, server.address(Transport::Tcp)?);
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let token = |_: &str| "any".to_owned();
    let pairs: Vec<_> = (0..args.pairs)
        .map(|number| runtime.block_on(Pair::meet(number.to_string(), &address, token, PACE)))
        .collect();
    thread::sleep(FIRST);
    let first: Vec<_> = pairs.iter().map(Pair::said).collect();
    thread::sleep(Duration::from_secs(args.seconds).saturating_sub(FIRST));
    let all: Vec<_> = pairs.iter().map(Pair::said).collect();
    for pair in &pairs {
        runtime.block_on(pair.go_on_for(0));
    }
    let times = |from: &dyn Fn(usize) -> usize, to: &[usize]| {
        let each = pairs.iter().zip(to).enumerate();
        Times::of_all(each.map(|(index, (pair, to))| pair.times(from(index), *to)))
    };
    let from_the_first = |_| 0;
    let whole = times(&from_the_first, &all);
    let outcome = Outcome {
        back_end,
        messages: whole.count(),
        p50: whole.of_thousand(500).as_micros(),
        p99: whole.of_thousand(990).as_micros(),
        longest: whole.of_thousand(1000).as_micros(),
        p99_first: times(&from_the_first, &first).of_thousand(990).as_micros(),
        p99_later: times(&|index| first[index], &all)
            .of_thousand(990)
            .as_micros(),
    };
    for pair in pairs {
        runtime.block_on(pair.part());
    }
    Ok(outcome)
}

/// The numbers, for people.
pub(crate) fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| back end | messages | p50 | p99 | longest | p99 in the first 4 s | p99 later | to that without |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let without = outcomes
        .first()
        .map_or(1, |outcome| outcome.p99_later)
        .max(1);
    let millis = |micros: u128| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
    for outcome in outcomes {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {}.{} |",
            outcome.back_end,
            outcome.messages,
            millis(outcome.p50),
            millis(outcome.p99),
            millis(outcome.longest),
            millis(outcome.p99_first),
            millis(outcome.p99_later),
            outcome.p99_later / without,
            outcome.p99_later * 10 / without % 10,
        )
        .expect("writing to a string does not fail");
    }
    text
}
