//! What is too much, and what is no request at all.

use std::fmt::Write as _;

use mobileim_server::Limits;
use mobileim_tests::application::{ANY_PORT, server};
use serde_json::json;

use super::{Stage, ask};
use crate::http::get;

#[tokio::test]
async fn a_body_that_is_no_such_json_is_told_from_one_that_is_too_long() {
    let stage = Stage::start().await;
    for path in ["/api/v1/users/online", "/api/v1/messages"] {
        for (body, what) in [
            ("", "EOF while parsing"),
            ("{", "EOF while parsing"),
            ("[]", "expected struct"),
            ("{\"users\":[1]}", ""),
            ("{}", "missing field"),
            ("{\"receivers\":[\"alice\"]}", "unknown field `receivers`"),
        ] {
            let answer = stage.ask("POST", path, body).await;
            answer.problem(400);
            assert!(answer.text.contains(what), "{path} {body}: {answer:?}");
        }
        let mut deep = "[".repeat(100_000);
        stage.ask("POST", path, &deep).await.problem(400);
        write!(deep, "{}", "]".repeat(200_000)).unwrap();
        stage.ask("POST", path, &deep).await.problem(413);
        let key = &stage.key;
        for kind in ["", "Content-Type: text/plain\r\n"] {
            let headers = format!("Authorization: Bearer {key}\r\n{kind}");
            let answer = ask(stage.address(), "POST", path, &headers, "{}").await;
            answer.complains(415, "application/json");
        }
    }
    let metrics = get(stage.address(), "/metrics").await;
    let hit = "mobileim_http_limit_hits_total{limit=\"body\"} 2\n";
    assert!(metrics.contains(hit), "{metrics}");
}

#[tokio::test]
async fn a_body_may_be_as_long_as_it_is_said_for_the_api() {
    let mut limits = Limits::default();
    limits.http.api_body = 1024;
    let stage = Stage::with(server().http(ANY_PORT).limits(limits)).await;
    let question = |length| json!({ "users": ["x".repeat(length)] });
    let path = "/api/v1/users/online";
    stage.post(path, &question(256)).await.json();
    stage.post(path, &question(1024)).await.problem(413);
}

#[tokio::test]
async fn as_many_users_may_be_named_as_the_document_says() {
    let stage = Stage::start().await;
    let users = |count: usize| (0..count).map(|number| format!("user{number}")).collect();
    let ask = async |users: Vec<String>| {
        let question = json!({ "users": users });
        stage.post("/api/v1/users/online", &question).await
    };
    ask(users(1000)).await.json();
    ask(users(1001))
        .await
        .complains(400, "1 to 1000 users, not 1001");
    ask(users(0)).await.complains(400, "1 to 1000 users, not 0");
    for nobody in [
        String::new(),
        "0".to_owned(),
        "-1".to_owned(),
        "x".repeat(257),
    ] {
        let answer = ask(vec!["alice".to_owned(), nobody]).await;
        answer.complains(400, "no user can have an id");
    }
}
