//! Worlds in which everything goes wrong that can: see [`mobileim_simulation`].
//!
//! `MOBILEIM_SEEDS=n` simulates this many (`make sim SEEDS=n`); `MOBILEIM_SEED=n` that one alone, and prints each step.

use std::env;
use std::sync::{Mutex, PoisonError};
use std::thread;

use mobileim_simulation::{Counts, Mutation, Options, Violation, client, mailbox};

/// What takes about a minute on a slow machine, without optimisation.
const DEFAULT_SEEDS: u64 = 2000;

/// Seeds that once broke a promise. What a seed means changes with the simulation; the faults that they found have
/// tests of their own.
const ONCE_BROKEN: &str = include_str!("../seeds-once-broken.txt");

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a number")),
    )
}

#[derive(Default)]
struct Outcome {
    broken: Vec<(u64, Violation)>,
    counts: Counts,
    events: u64,
    server_runs: u64,
}

/// Simulates many seeds, on all cores; stops at the tenth that breaks a promise.
fn simulate(seeds: impl Iterator<Item = u64> + Send, options: Options) -> Outcome {
    let seeds = Mutex::new(seeds);
    let outcome = Mutex::new(Outcome::default());
    let lock = |outcome: &Mutex<Outcome>| {
        let report = |broken: &[(u64, Violation)]| broken.len() >= 10;
        report(
            &outcome
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .broken,
        )
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !lock(&outcome) {
                    let next = seeds.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(seed) = next else { return };
                    let result = mobileim_simulation::run(seed, options);
                    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                    match result {
                        Ok(report) => {
                            outcome.counts += report.counts;
                            outcome.events += report.events;
                            outcome.server_runs += u64::from(report.server_runs);
                        }
                        Err(violation) => outcome.broken.push((seed, violation)),
                    }
                }
            });
        }
    });
    outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn assert_kept(outcome: &Outcome) {
    for (seed, Violation(what)) in &outcome.broken {
        eprintln!("MOBILEIM_SEED={seed}: {what}");
    }
    assert!(outcome.broken.is_empty(), "promises were broken, see above");
}

#[test]
fn no_promise_is_broken() {
    if let Some(seed) = variable("MOBILEIM_SEED") {
        let options = Options {
            trace: true,
            ..Options::default()
        };
        match mobileim_simulation::run(seed, options) {
            Ok(report) => return eprintln!("{report:?}"),
            Err(Violation(what)) => panic!("{what}"),
        }
    }
    let seeds = variable("MOBILEIM_SEEDS").unwrap_or(DEFAULT_SEEDS);
    let outcome = simulate(0..seeds, Options::default());
    let Outcome {
        counts,
        events,
        server_runs,
        ..
    } = outcome;
    eprintln!("{seeds} seeds, {events} events, {server_runs} server processes, {counts:?}");
    assert_kept(&outcome);
    // A simulation in which nothing happens would show nothing.
    assert!(counts.shown > 20 * seeds && server_runs > 2 * seeds);
    assert!(counts.expired > seeds / 2 && counts.purged > seeds / 2);
}

#[test]
fn seeds_that_once_broke_a_promise_keep_it() {
    let seeds = ONCE_BROKEN.lines().map(|line| line.parse().unwrap());
    assert_kept(&simulate(seeds, Options::default()));
}

#[test]
fn a_seed_is_the_same_world_each_time() {
    for seed in 0..50 {
        let [first, second] = [(); 2].map(|()| mobileim_simulation::run(seed, Options::default()));
        assert_eq!(first, second, "seed {seed}");
    }
}

/// How many seeds it takes to find a fault that was put in.
fn seeds_to_find(mutation: Mutation) -> Option<u64> {
    let options = Options {
        mutation: Some(mutation),
        ..Options::default()
    };
    (0..1000).find(|seed| mobileim_simulation::run(*seed, options).is_err())
}

#[test]
fn each_fault_that_is_put_in_is_found() {
    for mutation in [
        Mutation::Mailbox(mailbox::Mutation::AcknowledgeBeforeCommit),
        Mutation::Mailbox(mailbox::Mutation::ForgetDelivered),
        Mutation::Mailbox(mailbox::Mutation::ForgetBacklog),
        Mutation::Mailbox(mailbox::Mutation::DeleteWhenSent),
        Mutation::Mailbox(mailbox::Mutation::OvertakeBacklog),
        Mutation::Mailbox(mailbox::Mutation::TakeSuccessors),
        Mutation::Mailbox(mailbox::Mutation::SendTogether),
        Mutation::Mailbox(mailbox::Mutation::OutliveTime),
        Mutation::Mailbox(mailbox::Mutation::KeepPurged),
        Mutation::Mailbox(mailbox::Mutation::AcknowledgeFirstDevice),
        Mutation::Mailbox(mailbox::Mutation::SkipDevice),
        Mutation::Mailbox(mailbox::Mutation::OvertakeOwn),
        Mutation::Mailbox(mailbox::Mutation::AdvanceTooFar),
        Mutation::Mailbox(mailbox::Mutation::SkipReader),
        Mutation::Client(client::Mutation::ForgetReceived),
        Mutation::Client(client::Mutation::NeverSetAside),
    ] {
        let seed = seeds_to_find(mutation);
        eprintln!("{mutation:?} is found by seed {seed:?}");
        assert!(seed.is_some(), "{mutation:?} is not found");
    }
}
