//! The server says what the original said, in every recorded scenario on every transport.

use std::collections::BTreeMap;
use std::sync::Arc;

use mobileim_server::store::NoStore;
use mobileim_tests::application;
use mobileim_tests::transcript::{self, Transcript};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_transcript_holds() {
    replay_all(transcript::all()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transcript_holds_for_a_client_that_writes_other_types() {
    let transcripts = transcript::all();
    replay_all(transcripts.iter().map(Transcript::in_other_types)).await;
}

async fn replay_all(transcripts: impl IntoIterator<Item = Transcript>) {
    let mut replays = JoinSet::new();
    for transcript in transcripts {
        replays.spawn(async move {
            let held = replay(&transcript).await;
            (transcript, held)
        });
    }
    let mut held = BTreeMap::<String, usize>::new();
    let mut failures = Vec::new();
    while let Some(replay) = replays.join_next().await {
        match replay.expect("a replay does not panic") {
            (transcript, Ok(())) => {
                *held.entry(transcript.transport().to_string()).or_default() += 1;
            }
            (_, Err(why)) => failures.push(why),
        }
    }
    println!("transcripts that hold: {held:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(held.values().collect::<Vec<_>>(), [&13, &13, &13]);
}

/// Each against a server of its own.
async fn replay(transcript: &Transcript) -> Result<(), String> {
    let mut server = application::server();
    if transcript.needs_no_store() {
        server = server.store(Arc::new(NoStore));
    }
    let server = server.start().await.expect("free ports");
    let held = transcript.replay(server.addresses()).await;
    server.shutdown().await;
    held
}
