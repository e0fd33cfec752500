//! What the application decides about messages later, over real sockets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Message;
use mobileim_server::{Deferred, Hooks, Running, ServerHandle, Verdict};
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, data, received};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::TRANSPORTS;

/// Decides about what contains "?" when a test says so.
#[derive(Clone, Default)]
struct Oracle(Arc<Mutex<HashMap<String, oneshot::Sender<Verdict>>>>);

impl Oracle {
    fn decide(&self, message: &Message<'_>) -> Deferred<Verdict> {
        let text = message.content.as_deref().unwrap_or_default();
        if !text.contains('?') {
            return Verdict::Allow.into();
        }
        let (answer, answered) = oneshot::channel();
        self.0.lock().insert(text.to_owned(), answer);
        Deferred::pending(async { answered.await.unwrap_or(Verdict::Allow) })
    }

    fn says(&self, text: &str, verdict: Verdict) {
        let answer = self.0.lock().remove(text);
        answer
            .expect("it was asked")
            .send(verdict)
            .expect("somebody waits for it");
    }

    /// Waits until nobody wants to know any more.
    async fn is_forgotten(&self, text: &str) {
        let mut answer = self.0.lock().remove(text).expect("it was asked");
        mobileim_tests::within("end of a question", answer.closed()).await;
    }
}

impl Hooks for Oracle {
    fn before_c2c(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.decide(message)
    }

    fn before_c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.decide(message)
    }
}

async fn start() -> (Running, Oracle) {
    let oracle = Oracle::default();
    let server = application::server().hooks(oracle.clone());
    (server.start().await.unwrap(), oracle)
}

/// Everything that a client says is answered by then: it was heard.
async fn is_heard(client: &mut RawConnection) {
    client.send(&json!({ "type": 1 })).await;
    assert_eq!(client.receive_json().await["type"], 51);
}

#[tokio::test]
async fn acknowledgements_and_heartbeats_pass_while_a_question_is_out() {
    let (server, oracle) = start().await;
    for transport in TRANSPORTS {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "alice").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "bob").await;
        let fp = |number: u32| format!("{transport}-{number}");
        alice.send(&data("alice", "bob", &fp(1), "may I?")).await;
        is_heard(&mut alice).await;

        bob.send(&data("bob", "alice", &fp(2), "hi")).await;
        assert_eq!(alice.receive_json().await["dataContent"], "hi");
        alice.send(&received("alice", "bob", &fp(2))).await;
        assert_eq!(bob.receive_json().await["dataContent"], json!(fp(2)));

        // What is behind it in the conversation waits.
        alice.send(&data("alice", "bob", &fp(3), "behind it")).await;
        is_heard(&mut alice).await;
        is_heard(&mut bob).await;
        oracle.says("may I?", Verdict::Replace("I may".to_owned()));
        assert_eq!(bob.receive_json().await["dataContent"], "I may");
        bob.send(&received("bob", "alice", &fp(1))).await;
        assert_eq!(alice.receive_json().await["dataContent"], json!(fp(1)));
        assert_eq!(bob.receive_json().await["dataContent"], "behind it");
        bob.send(&received("bob", "alice", &fp(3))).await;
        assert_eq!(alice.receive_json().await["dataContent"], json!(fp(3)));
    }
}

#[tokio::test]
async fn a_window_of_messages_is_asked_about_at_once() {
    let (server, oracle) = start().await;
    for transport in TRANSPORTS {
        let user = format!("alice-{transport}");
        let mut alice = RawConnection::log_in(transport, server.addresses(), &user).await;
        for number in 0..100 {
            let message = data(&user, "0", &number.to_string(), &format!("{number}?"));
            alice.send(&message).await;
            if number % 10 == 9 {
                // A socket's buffer has no end of room.
                is_heard(&mut alice).await;
            }
        }
        for number in (0..100).rev() {
            oracle.says(&format!("{number}?"), Verdict::Allow);
        }
        for number in 0..100 {
            let acknowledged = alice.receive_json().await;
            assert_eq!(
                acknowledged["dataContent"],
                json!(number.to_string()),
                "{transport}"
            );
        }
    }
}

#[tokio::test]
async fn with_a_session_its_questions_end() {
    let (server, oracle) = start().await;
    for transport in TRANSPORTS {
        for is_kicked in [true, false] {
            let mut bob = RawConnection::log_in(transport, server.addresses(), "bob").await;
            let mut alice = RawConnection::log_in(transport, server.addresses(), "alice").await;
            let fp = format!("{transport} {is_kicked}");
            alice.send(&data("alice", "bob", &fp, "may I?")).await;
            is_heard(&mut alice).await;
            if is_kicked {
                assert!(server.handle().kick("alice", None));
            } else {
                alice.send(&json!({ "type": 3 })).await;
            }
            oracle.is_forgotten("may I?").await;
            is_heard(&mut bob).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_comes_with_the_applications_words() {
    let (server, oracle) = start().await;
    for transport in TRANSPORTS {
        let user = format!("alice-{transport}");
        let mut alice = RawConnection::log_in(transport, server.addresses(), &user).await;
        alice.send(&data(&user, "bob", "1", "may I?")).await;
        is_heard(&mut alice).await;
        let (code, text) = (2001, "no spam here".to_owned());
        oracle.says("may I?", Verdict::RefuseSaying { code, text });
        let error = alice.receive_json().await;
        let content: Value = serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(content["errorCode"], 2001);
        assert_eq!(content["reason"], "no spam here");
    }
}

#[tokio::test]
async fn a_stream_that_is_full_is_read_on_when_there_is_room() {
    let (server, oracle) = start().await;
    for transport in crate::STREAMS {
        let user = format!("alice-{transport}");
        let mut alice = RawConnection::log_in(transport, server.addresses(), &user).await;
        for number in 0..256 {
            let message = data(&user, "0", &number.to_string(), &format!("{number}?"));
            alice.send(&message).await;
        }
        alice.send(&json!({ "type": 1 })).await;
        alice.expect_silence(Duration::from_millis(100)).await;
        oracle.says("0?", Verdict::Allow);
        assert_eq!(alice.receive_json().await["type"], 4);
        assert_eq!(alice.receive_json().await["type"], 51);
        alice.send(&json!({ "type": 3 })).await;
        oracle.is_forgotten("255?").await;
        oracle.0.lock().clear();
    }
}
