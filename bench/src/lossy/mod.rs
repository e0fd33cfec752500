//! How long a message takes on a network that loses: the real server and real clients on UDP, and beside them a model
//! of the original's fixed timer on the same kind of network.

mod measured;
mod original;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use mobileim_tests::chaos::Conditions;
use serde::Serialize;

/// Measures the time to delivery over UDP through a bad network, which both clients of each pair are behind.
#[derive(Debug, Args)]
pub(crate) struct LossyArgs {
    /// Pairs of sender and receiver
    #[arg(long, value_name = "N", default_value_t = 20)]
    pairs: u32,
    /// Messages that each sender sends
    #[arg(long, value_name = "N", default_value_t = 20)]
    messages: u32,
    /// Seconds between two messages of a sender; several are measured one after the other
    #[arg(
        long,
        value_name = "SECONDS",
        value_delimiter = ',',
        default_value = "1,5,15"
    )]
    every: Vec<f64>,
    /// Datagrams in a hundred that are lost, each way
    #[arg(long, value_name = "PERCENT", default_value_t = 30.0)]
    loss: f64,
    /// Datagrams in a hundred that come twice, each way
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    duplication: f64,
    /// Milliseconds that the way between a client and the server takes
    #[arg(long, value_name = "MS", default_value_t = 200)]
    delay: u64,
    /// Milliseconds that it may take more or less
    #[arg(long, value_name = "MS", default_value_t = 100)]
    jitter: u64,
    /// What the network draws
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl LossyArgs {
    fn conditions(&self) -> Conditions {
        Conditions {
            loss: self.loss / 100.0,
            duplication: self.duplication / 100.0,
            delay: Duration::from_millis(self.delay),
            jitter: Duration::from_millis(self.jitter),
            ..Conditions::PERFECT
        }
    }
}

/// How often messages are sent.
#[derive(Debug, Clone, Copy)]
struct Rate {
    pairs: u32,
    messages: u32,
    every: Duration,
}

/// What became of the messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Outcome {
    what: String,
    every_millis: u64,
    sent: usize,
    /// How long each took that was delivered, in microseconds, the shortest first.
    #[serde(skip)]
    latencies: Vec<u64>,
    p50_millis: u64,
    p90_millis: u64,
    p99_millis: u64,
    max_millis: u64,
    /// Acknowledged to the sender, and never delivered.
    lost: usize,
    /// Never delivered, and their senders know.
    given_up: usize,
    twice: usize,
    out_of_order: usize,
    /// How often a client gave its link up and logged in again; `None` if that is not modelled.
    links_lost: Option<usize>,
}

/// The messages of one pair: when each was shown, in microseconds after it was sent, in the order they were sent.
#[derive(Debug, Clone, Default)]
struct Conversation {
    shown_after: Vec<Option<u64>>,
    acknowledged: Vec<bool>,
    twice: usize,
    out_of_order: usize,
    links_lost: Option<usize>,
}

impl Outcome {
    fn new(what: &str, every: Duration, conversations: &[Conversation]) -> Self {
        let mut latencies: Vec<_> = conversations
            .iter()
            .flat_map(|conversation| conversation.shown_after.iter().flatten().copied())
            .collect();
        latencies.sort_unstable();
        let undelivered = |acknowledged| {
            let fates = conversations
                .iter()
                .flat_map(|it| it.shown_after.iter().zip(&it.acknowledged));
            fates
                .filter(|(shown, told)| shown.is_none() && **told == acknowledged)
                .count()
        };
        let percentile = |percent: usize| {
            let index = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
            latencies.get(index).map_or(0, |micros| micros / 1000)
        };
        Self {
            what: what.to_owned(),
            every_millis: u64::try_from(every.as_millis()).unwrap_or(u64::MAX),
            sent: conversations.iter().map(|it| it.shown_after.len()).sum(),
            p50_millis: percentile(50),
            p90_millis: percentile(90),
            p99_millis: percentile(99),
            max_millis: percentile(100),
            lost: undelivered(true),
            given_up: undelivered(false),
            twice: conversations.iter().map(|it| it.twice).sum(),
            out_of_order: conversations.iter().map(|it| it.out_of_order).sum(),
            links_lost: conversations.iter().map(|it| it.links_lost).sum(),
            latencies,
        }
    }
}

/// Measures and models each rate.
pub(crate) fn run(args: &LossyArgs, binary: &Path) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let conditions = args.conditions();
    let mut outcomes = Vec::new();
    for &seconds in &args.every {
        let rate = Rate {
            pairs: args.pairs,
            messages: args.messages,
            every: Duration::try_from_secs_f64(seconds)?,
        };
        eprintln!("{} pairs, a message every {seconds} s each", rate.pairs);
        let conversations = measured::measure(binary, rate, conditions, args.seed)?;
        let measured = Outcome::new("MobileIM, measured", rate.every, &conversations);
        if measured.latencies.len() < measured.sent || measured.twice + measured.out_of_order > 0 {
            return Err(format!("a promise is broken: {measured:?}").into());
        }
        outcomes.push(measured);
        for (what, rule) in [
            ("the original, modelled", original::Rule::AS_IT_IS),
            (
                "the original's timer, if it never gave up, modelled",
                original::Rule::PATIENT,
            ),
        ] {
            let conversations = original::model(rule, rate, conditions, args.seed);
            outcomes.push(Outcome::new(what, rate.every, &conversations));
        }
    }
    Ok(outcomes)
}

pub(crate) fn markdown(outcomes: &[Outcome]) -> String {
    let mut lines = vec![
        "| a message every | | sent | p50 | p90 | p99 | longest | acknowledged and lost | given up | twice | out of order | links lost |".to_owned(),
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    lines.extend(outcomes.iter().map(|outcome| {
        let Outcome {
            what,
            every_millis,
            sent,
            lost,
            given_up,
            twice,
            out_of_order,
            links_lost,
            ..
        } = outcome;
        let links_lost = links_lost.map_or("–".to_owned(), |links| links.to_string());
        let seconds = |millis: u64| format!("{}.{:02} s", millis / 1000, millis % 1000 / 10);
        let [p50, p90, p99, max] = [
            outcome.p50_millis,
            outcome.p90_millis,
            outcome.p99_millis,
            outcome.max_millis,
        ]
        .map(seconds);
        let every = Duration::from_millis(*every_millis);
        let part = |count: usize| match (count, *sent) {
            (0, _) => "0".to_owned(),
            (count, sent) => format!("{}.{} %", count * 100 / sent, count * 1000 / sent % 10),
        };
        format!(
            "| {every:?} | {what} | {sent} | {p50} | {p90} | {p99} | {max} | {} | {} | {} | {} | {links_lost} |",
            part(*lost),
            part(*given_up),
            part(*twice),
            part(*out_of_order),
        )
    }));
    lines.join("\n") + "\n"
}
