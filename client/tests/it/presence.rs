//! Who is online, with the real server: in the library, and in the terminal program.

use std::time::Duration;

use mobileim_client::{Event, Events, QuestionError, Signal, payload};
use mobileim_server::{AcceptAnyToken, Config, Running, Server, VisibleTo};

use crate::common::{log_in, within};
use crate::program::Program;

async fn server(visible_to: VisibleTo) -> (Running, String) {
    let mut config = Config::default();
    config.presence.visible_to = visible_to;
    config.presence.offline_after = Duration::ZERO;
    let server = Server::builder(AcceptAnyToken).config(config);
    let server = server.tcp("127.0.0.1:0".parse().ok()).start();
    let server = server.await.unwrap();
    let url = format!("tcp://{}", server.addresses().tcp.unwrap());
    (server, url)
}

/// The next that is told of somebody's presence: who, and whether that user is online.
async fn next(events: &mut Events) -> (String, bool) {
    loop {
        let event = within(events.recv()).await.expect("the client runs");
        if let Event::Signalled { signal } = event
            && let Ok(Signal::Presence { with, online, .. }) = payload::decode(Some(&signal))
        {
            return (with, online);
        }
    }
}

#[tokio::test]
async fn who_is_watched_is_told_and_again_after_the_link_was_lost() {
    let (server, url) = server(VisibleTo::Everyone).await;
    let (alice, mut events) = log_in(&url, "alice").await;
    let users = within(alice.watch_presence(&["bob", "carol"]))
        .await
        .unwrap();
    assert_eq!(users.len(), 2);
    assert!(
        users
            .iter()
            .all(|user| !user.online && user.last_seen.is_none())
    );
    let (bob, _bobs_events) = log_in(&url, "bob").await;
    assert_eq!(next(&mut events).await, ("bob".to_owned(), true));
    within(bob.logout()).await;
    assert_eq!(next(&mut events).await, ("bob".to_owned(), false));
    // All sessions end for now, as when a server stops.
    server.handle().driver().close_all(Duration::ZERO);
    let told = [next(&mut events).await, next(&mut events).await];
    assert_eq!(
        told,
        [("bob".to_owned(), false), ("carol".to_owned(), false)]
    );
    let (_carol, _carols_events) = log_in(&url, "carol").await;
    assert_eq!(next(&mut events).await, ("carol".to_owned(), true));
    let seen = within(alice.watch_presence(&["bob"])).await.unwrap();
    assert!(seen[0].last_seen.is_some());
}

#[tokio::test]
async fn a_server_that_tells_nobody_says_so() {
    let (_server, url) = server(VisibleTo::Nobody).await;
    let (alice, _events) = log_in(&url, "alice").await;
    let refused = within(alice.watch_presence(&["bob"])).await;
    assert!(
        matches!(refused, Err(QuestionError::Refused { code: 315, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_terminal_says_who_is_online_and_who_comes() {
    let (_server, url) = server(VisibleTo::Everyone).await;
    let mut alice = Program::start_at(&url, "alice", "chat", &[]);
    alice.line().await;
    assert_eq!(alice.line().await, "* online");
    alice.type_line("/who bob").await;
    assert_eq!(alice.line().await, "* bob is away");
    let (bob, _events) = log_in(&url, "bob").await;
    assert_eq!(alice.line().await, "* bob is online");
    within(bob.logout()).await;
    assert_eq!(alice.line().await, "* bob is away, seen just now");
}
