//! What the back end is asked, and what comes of its answers.

use std::sync::atomic::{AtomicUsize, Ordering};

use mobileim_hub::Peer;
use mobileim_protocol::{Transport, payload};
use serde_json::{Value, json};

use super::*;
use crate::outgoing::testing::{Reply, Service};

const SECRET: &str = "a secret of at least 24 bytes";
const TIME: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(3600);

fn back_end(service: &Service, cached: Duration) -> AskBackEnd {
    with(service, 64, TIME, cached)
}

fn with(service: &Service, concurrency: usize, time: Duration, cached: Duration) -> AskBackEnd {
    let secrets = SECRET.parse().unwrap();
    AskBackEnd::with_time(
        service.address(),
        Trust::default(),
        secrets,
        (concurrency, time),
        cached,
    )
}

fn request(user: &str, token: &str) -> LoginRequest {
    let content = json!({ "loginUserId": user, "loginToken": token, "extra": "phone" });
    payload::decode(Some(&content.to_string())).unwrap()
}

async fn login(back_end: &AskBackEnd, user: &str, token: &str) -> LoginVerdict {
    let address = "203.0.113.7:5000".parse().unwrap();
    let peer = Peer::at(Transport::WebSocket, address).with_tls(true);
    let peer = peer.with_origin(Some("https://app.example.com".into()));
    let source = LoginSource::new(peer, false);
    match back_end.verify_from(&request(user, token), &source) {
        Deferred::Ready(verdict) => verdict,
        Deferred::Pending(verdict) => verdict.await,
    }
}

fn code(verdict: &LoginVerdict) -> i64 {
    match verdict {
        LoginVerdict::RefuseFor { code, .. } => *code,
        _ => 0,
    }
}

fn accepted() -> Reply {
    Reply::Json(json!({ "accept": true }).to_string())
}

#[tokio::test]
async fn the_question_says_all_that_is_known_and_is_signed() {
    let service = Service::start(accepted()).await;
    let back_end = back_end(&service, Duration::ZERO);
    assert_eq!(
        login(&back_end, "alice", "a token").await,
        LoginVerdict::Accept
    );
    let asked = service.asked().remove(0);
    let question: Value = serde_json::from_slice(&asked.body).unwrap();
    let expected = json!({
        "userId": "alice",
        "token": "a token",
        "extra": "phone",
        "transport": "ws",
        "address": "203.0.113.7:5000",
        "tls": true,
        "origin": "https://app.example.com",
    });
    assert_eq!(question, expected);
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/json");
    assert!(header("webhook-id").starts_with("msg_"));
    let sent_at: i64 = header("webhook-timestamp").parse().unwrap();
    assert!((unix_millis() / 1000 - sent_at).abs() < 60);
    assert!(header("webhook-signature").starts_with("v1,"));
}

#[tokio::test]
async fn clear_answers_are_taken_as_they_are() {
    let service = Service::start(accepted()).await;
    let back_end = back_end(&service, Duration::ZERO);
    let later = unix_millis() + 60_000;
    for (answer, expected) in [
        (json!({ "accept": true, "expiresAt": later }), 0),
        (json!({ "accept": true, "expiresAt": later, "more": 1 }), 0),
        // In seconds, by mistake.
        (json!({ "accept": true, "expiresAt": later / 1000 }), 1026),
        (json!({ "accept": false }), 1025),
        (json!({ "accept": false, "code": 1026 }), 1026),
        (
            json!({ "accept": false, "code": 4000, "reason": "banned" }),
            4000,
        ),
    ] {
        service.answers(Reply::Json(answer.to_string()));
        let verdict = login(&back_end, "alice", "token").await;
        assert_eq!(code(&verdict), expected, "{answer}: {verdict:?}");
        if expected == 0 {
            assert_eq!(verdict, LoginVerdict::AcceptUntil(later));
        }
    }
}

#[tokio::test]
async fn whatever_is_no_answer_has_clients_come_back() {
    let service = Service::start(accepted()).await;
    let back_end = back_end(&service, Duration::ZERO);
    let impatient = with(&service, 64, Duration::from_millis(50), Duration::ZERO);
    let text = |value: Value| Reply::Json(value.to_string());
    let wrong = [
        Reply::Json(String::new()),
        Reply::Json("yes".to_owned()),
        text(json!({})),
        text(json!({ "accept": "true" })),
        text(json!({ "accept": true, "expiresAt": "tomorrow" })),
        text(json!({ "accept": false, "code": 0 })),
    ];
    let failed = [
        Reply::Status(500),
        Reply::Status(401),
        Reply::RedirectTo("http://localhost:1/".to_owned()),
        Reply::Endless,
    ];
    let slow = [Reply::Silent, Reply::Unfinished];
    let patiently = wrong.iter().chain(&failed).map(|reply| (&back_end, reply));
    let all = patiently.chain(slow.iter().map(|reply| (&impatient, reply)));
    for (back_end, reply) in all {
        service.answers(reply.clone());
        let verdict = login(back_end, "alice", "a secret token").await;
        let LoginVerdict::RefuseFor {
            code,
            why,
            retry_after,
        } = verdict
        else {
            panic!("{reply:?}: {verdict:?}");
        };
        assert_eq!(code, codes::TEMPORARILY_UNAVAILABLE, "{reply:?}");
        assert!(retry_after.unwrap() >= Duration::from_secs(2));
        assert!(!why.contains("a secret token"), "{why}");
    }
    let stats = back_end.stats();
    assert_eq!(stats.webhook_invalid, wrong.len() as u64);
    assert_eq!(stats.webhook_failed, failed.len() as u64);
    assert_eq!(impatient.stats().webhook_too_slow, slow.len() as u64);
    service.answers(accepted());
    assert_eq!(
        login(&back_end, "alice", "a secret token").await,
        LoginVerdict::Accept
    );
    assert_eq!(back_end.stats().webhook_answered, 1);
}

#[tokio::test]
async fn whom_the_back_end_has_accepted_it_is_not_asked_about_again_for_a_while() {
    let service = Service::start(accepted()).await;
    let (remembers, does_not) = (back_end(&service, LONG), back_end(&service, Duration::ZERO));
    for (user, token, questions) in [
        ("alice", "token", 1),
        ("alice", "token", 1),
        ("alice", "token2", 2),
        ("alicetoken", "", 3),
        ("bob", "token", 4),
    ] {
        assert_eq!(login(&remembers, user, token).await, LoginVerdict::Accept);
        assert_eq!(service.asked().len(), questions, "{user} {token}");
    }
    assert_eq!(remembers.stats().webhook_cached, 1);
    // Another configuration that says the same knows it too.
    let mut after = back_end(&service, LONG);
    after.succeed(&remembers);
    assert_eq!(login(&after, "bob", "token").await, LoginVerdict::Accept);
    assert_eq!(service.asked().len(), 4);
    // A refusal does not stay, nor what was never to stay.
    service.answers(Reply::Json(json!({ "accept": false }).to_string()));
    assert_eq!(code(&login(&remembers, "carol", "token").await), 1025);
    service.answers(accepted());
    assert_eq!(
        login(&remembers, "carol", "token").await,
        LoginVerdict::Accept
    );
    for questions in [7, 8] {
        login(&does_not, "bob", "token").await;
        assert_eq!(service.asked().len(), questions);
    }
}

#[tokio::test]
async fn a_storm_of_logins_is_none_for_the_back_end() {
    let service = Service::start(Reply::Silent).await;
    let back_end = with(&service, 2, LONG, Duration::ZERO);
    let busy = Arc::new(AtomicUsize::new(0));
    let mut logins = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (back_end, busy) = (back_end.clone(), Arc::clone(&busy));
        logins.spawn(async move {
            let verdict = login(&back_end, &format!("user{number}"), "token").await;
            assert_eq!(code(&verdict), codes::TEMPORARILY_UNAVAILABLE);
            busy.fetch_add(1, Ordering::Relaxed);
        });
    }
    // Two ask, 32 wait for that, and the others are told at once.
    for _ in 0..100 - 2 - 32 {
        logins.join_next().await.unwrap().unwrap();
    }
    service.is_asked(2).await;
    assert_eq!(busy.load(Ordering::Relaxed), 66);
    assert_eq!(service.asked().len(), 2);
    assert_eq!(back_end.stats().webhook_busy, 66);
    // Whoever has gone makes room.
    logins.shutdown().await;
    service.answers(accepted());
    assert_eq!(
        login(&back_end, "alice", "token").await,
        LoginVerdict::Accept
    );
}

#[tokio::test]
async fn once_tokens_are_revoked_it_is_asked_again_about_that_user_alone() {
    let service = Service::start(accepted()).await;
    let revocations = Revocations::default();
    let back_end = back_end(&service, LONG).with_revocations(revocations.clone());
    for user in ["alice", "bob"] {
        login(&back_end, user, "t").await;
    }
    // What it means by a time is its own affair.
    let _ = revocations.revoke("alice", Some(0));
    for (user, asked) in [("alice", 3), ("alice", 3), ("bob", 3)] {
        assert_eq!(login(&back_end, user, "t").await, LoginVerdict::Accept);
        assert_eq!(service.asked().len(), asked, "{user}");
    }
}
