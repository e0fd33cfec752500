//! A fault in the application's part: it ends the connection that it concerns, and nothing else.

use serde_json::json;

use mobileim_tests::raw::RawConnection;

use crate::{TRANSPORTS, start};

#[tokio::test]
async fn a_panic_ends_the_connection_that_it_concerns_and_no_other() {
    let server = start().await;
    let mut panics = 0;
    for transport in TRANSPORTS {
        let mut bob = RawConnection::log_in(transport, server.addresses(), "bob").await;
        for text in ["panic", "slow panic"] {
            let mut alice = RawConnection::log_in(transport, server.addresses(), "alice").await;
            alice.send(&data("alice", text)).await;
            if transport.is_datagram() {
                // Nobody can tell that a datagram was lost. The next one is told that there is no session.
                until(|| !server.handle().is_online("alice")).await;
                // Long, as a stranger is not answered with more bytes than came.
                let long = "x".repeat(500);
                alice
                    .send(&json!({ "type": 1, "from": "alice", "dataContent": long }))
                    .await;
                assert_eq!(alice.receive_json().await["type"], 52);
            } else {
                alice.expect_closed().await;
            }
            panics += 1;
            until(|| server.handle().stats().panics == panics).await;
            assert!(!server.handle().is_online("alice"), "{transport} {text}");

            let mut carol = RawConnection::log_in(transport, server.addresses(), "carol").await;
            carol.send(&data("carol", "Hello")).await;
            let heard = bob.receive_json().await;
            assert_eq!(
                (&heard["from"], &heard["dataContent"]),
                (&json!("carol"), &json!("Hello"))
            );
        }
    }
}

fn data(from: &str, text: &str) -> serde_json::Value {
    json!({ "type": 2, "from": from, "to": "bob", "dataContent": text })
}

async fn until(condition: impl Fn() -> bool) {
    mobileim_tests::within("it", async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
}
