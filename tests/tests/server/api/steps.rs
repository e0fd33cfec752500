//! What happened to a message, step by step.

use mobileim_protocol::Transport;
use mobileim_server::Config;
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::RawConnection;
use serde_json::{Value, json};

use super::Stage;

/// The names of the steps, and to whom they belong.
fn names(told: &Value) -> Vec<(&str, &str)> {
    let steps = told["steps"].as_array().unwrap().iter();
    steps
        .map(|step| (step["step"].as_str().unwrap(), step["to"].as_str().unwrap()))
        .collect()
}

/// A server that remembers what happens within so many bytes.
async fn stage(memory: usize) -> Stage {
    let mut config = Config::default();
    config.trace_memory = memory;
    Stage::with(server().http(ANY_PORT).config(config)).await
}

#[tokio::test]
async fn each_step_of_a_message_is_told_with_its_time() {
    let stage = stage(1 << 20).await;
    let addresses = stage.server.addresses();
    let _alice = RawConnection::log_in(Transport::Tcp, addresses, "alice").await;
    let message = json!({ "to": ["alice"], "text": "hi", "fp": "a/1", "wait": 0 });
    stage.post("/api/v1/messages", &message).await.json();
    let sessions = stage.get("/api/v1/users/alice/sessions").await.json();
    let told = stage.get("/api/v1/messages/0/a%2F1/steps").await.json();
    assert_eq!(told["from"], "0");
    assert_eq!(told["fp"], "a/1");
    assert_eq!(
        names(&told)[..2],
        [("received", "alice"), ("sent", "alice")]
    );
    assert_eq!(
        told["steps"][1]["session"], sessions["sessions"][0]["id"],
        "{told}"
    );
    let times = told["steps"].as_array().unwrap().iter();
    let times: Vec<i64> = times.map(|step| step["at"].as_i64().unwrap()).collect();
    assert!(times.is_sorted(), "{told}");
    assert!(told["since"].as_i64().unwrap() <= times[0], "{told}");
    let unknown = stage.get("/api/v1/messages/alice/none/steps").await.json();
    assert_eq!(unknown["steps"], json!([]));
    let wrong = stage.get("/api/v1/messages/-1/none/steps").await;
    wrong.complains(400, "no user can have an id");
}

#[tokio::test]
async fn a_server_that_remembers_nothing_says_so() {
    let stage = stage(0).await;
    let told = stage.get("/api/v1/messages/alice/any/steps").await.json();
    assert_eq!(told, json!({ "from": "alice", "fp": "any", "steps": [] }));
}
