//! Whatever bytes come, and whatever is called in whatever order: the engines keep their promises.
//!
//! The fuzz targets in fuzz/ run the same for as long as one likes, and look where they are going; the inputs that they
//! found worth keeping are tried here too. `MOBILEIM_SEED=n` tries one random input, `MOBILEIM_INPUT=FILE` one of a
//! fuzz target, and `MOBILEIM_TRACE=1` prints each step of it; `MOBILEIM_SEEDS=n` tries this many.

mod interpreter;

use std::env;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use mobileim_protocol::{client, mailbox};

/// How many random inputs each test tries: a few seconds.
const SEEDS: u64 = 1000;

fn run_client(input: &[u8]) {
    interpreter::client::run(input, |_| ());
}

fn run_mailbox(input: &[u8]) {
    interpreter::mailbox::run(input, |_| ());
}

fn run_mailbox_with_logs(input: &[u8]) {
    interpreter::mailbox::run_with_logs(input, |_| ());
}

#[test]
fn a_client_keeps_its_promises_whatever_happens() {
    try_inputs("client", 600, run_client);
}

#[test]
fn a_mailbox_keeps_its_promises_whatever_happens() {
    try_inputs("mailbox", 600, run_mailbox);
}

#[test]
fn a_mailbox_that_reads_logs_keeps_its_promises_whatever_happens() {
    try_inputs("mailbox", 600, run_mailbox_with_logs);
}

#[test]
fn a_mailbox_that_keeps_a_log_keeps_its_promises_whatever_happens() {
    try_inputs("mailbox", 600, |input| {
        interpreter::mailbox::keeper::run(input, |_| ());
    });
}

#[test]
fn whatever_is_read_as_a_message_is_written_as_the_same() {
    try_inputs("codec", 200, interpreter::wire::codec);
}

#[test]
fn frames_do_not_depend_on_how_a_stream_was_cut() {
    try_inputs("framing", 400, interpreter::wire::framing);
}

/// Runs what the fuzz target has found worth keeping, the same with a few bytes changed, and random inputs; or one that
/// the environment names.
fn try_inputs(target: &str, most: usize, run: fn(&[u8])) {
    if let Some(file) = env::var_os("MOBILEIM_INPUT") {
        return run(&fs::read(file).expect("MOBILEIM_INPUT names a file"));
    }
    let kept = kept_inputs(target);
    let input = |seed| {
        if seed % 2 == 0 {
            random_input(seed, most)
        } else {
            changed_input(seed, &kept)
        }
    };
    if let Some(seed) = number("MOBILEIM_SEED") {
        return run(&input(seed));
    }
    for (index, kept) in kept.iter().enumerate() {
        try_input(&format!("number {index} of {target}"), kept, run);
    }
    for seed in 0..number("MOBILEIM_SEEDS").unwrap_or(SEEDS) {
        try_input(&format!("MOBILEIM_SEED={seed}"), &input(seed), run);
    }
}

/// The corpus of a fuzz target, in the order of its names.
fn kept_inputs(target: &str) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let kept = fs::read_dir(corpus.join(target)).unwrap();
    let mut files: Vec<_> = kept.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no inputs are kept for {target}");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}

/// The same for the same seed.
fn random_input(seed: u64, most: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    // Small numbers mean something to most choices, and are what frames begin with.
    let end = if random.bool() { 32 } else { 255 };
    let length = random.usize(..=most);
    (0..length).map(|_| random.u8(..=end)).collect()
}

/// One of these with a few bytes changed, the same for the same seed.
fn changed_input(seed: u64, kept: &[Vec<u8>]) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut input = kept[random.usize(..kept.len())].clone();
    if !input.is_empty() {
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..input.len());
            input[at] = random.u8(..);
        }
    }
    input
}

fn try_input(name: &str, input: &[u8], run: fn(&[u8])) {
    if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| run(input))) {
        eprintln!("{name} breaks a promise, see above");
        panic::resume_unwind(panic);
    }
}

/// How many random inputs it takes to break a promise.
fn inputs_to_find(run: impl Fn(&[u8]) + panic::RefUnwindSafe) -> Option<u64> {
    (0..1000).find(|seed| {
        let input = random_input(*seed, 600);
        panic::catch_unwind(|| run(&input)).is_err()
    })
}

#[test]
fn each_fault_that_is_put_in_is_found() {
    for mutation in [
        mailbox::Mutation::AcknowledgeBeforeCommit,
        mailbox::Mutation::ForgetDelivered,
        mailbox::Mutation::ForgetBacklog,
        mailbox::Mutation::DeleteWhenSent,
        mailbox::Mutation::OvertakeBacklog,
        mailbox::Mutation::TakeSuccessors,
        mailbox::Mutation::SendTogether,
    ] {
        let run = |input: &[u8]| {
            interpreter::mailbox::run(input, |config| config.mutation = Some(mutation));
        };
        let found_by = inputs_to_find(run);
        eprintln!("{mutation:?} is found by seed {found_by:?}");
        assert!(found_by.is_some(), "{mutation:?} is not found");
    }
    for mutation in [
        mailbox::Mutation::AcknowledgeBeforeCommit,
        mailbox::Mutation::TakeSuccessors,
    ] {
        let run = |input: &[u8]| {
            interpreter::mailbox::keeper::run(input, |config| config.mutation = Some(mutation));
        };
        let found_by = inputs_to_find(run);
        eprintln!("{mutation:?} of what keeps a log is found by seed {found_by:?}");
        assert!(found_by.is_some(), "{mutation:?} is not found");
    }
    for mutation in [
        mailbox::Mutation::ForgetBacklog,
        mailbox::Mutation::ForgetLogged,
        mailbox::Mutation::AdvanceTooFar,
    ] {
        let run = |input: &[u8]| {
            interpreter::mailbox::run_with_logs(input, |config| config.mutation = Some(mutation));
        };
        let found_by = inputs_to_find(run);
        eprintln!("{mutation:?} is found by seed {found_by:?}");
        assert!(found_by.is_some(), "{mutation:?} is not found");
    }
    for mutation in [
        client::Mutation::ForgetReceived,
        client::Mutation::NeverSetAside,
    ] {
        let run = |input: &[u8]| {
            interpreter::client::run(input, |config| config.mutation = Some(mutation));
        };
        let found_by = inputs_to_find(run);
        eprintln!("{mutation:?} is found by seed {found_by:?}");
        assert!(found_by.is_some(), "{mutation:?} is not found");
    }
}
