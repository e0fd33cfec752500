//! Who says to be somebody else.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mobileim_client::Transport;
use mobileim_tests::raw::{RawConnection, data};
use serde_json::{Value, json};

use crate::stage::{Addresses, Stage};

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::WebSocket, Transport::Udp];
pub(crate) const SECRET: &str = "a secret of at least 32 bytes in all";

async fn open(transport: Transport, addresses: Addresses) -> RawConnection {
    let address = match transport {
        Transport::Tcp => addresses.tcp,
        Transport::WebSocket => addresses.websocket,
        Transport::Udp => addresses.udp,
    };
    RawConnection::open_at(transport, address).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_sender_is_overwritten_with_who_has_logged_in() {
    let stage = Stage::set(&[]).await;
    let attack = async {
        for transport in TRANSPORTS {
            let mut victim = open(transport, stage.addresses).await;
            assert_eq!(victim.log_in_as("victim", "token", 0).await.0, 0);
            let mut mallory = open(transport, stage.addresses).await;
            assert_eq!(mallory.log_in_as("mallory", "token", 0).await.0, 0);
            for forged in ["tcp-talker", "0", "-1", "victim"] {
                let fp = format!("{transport} {forged}");
                mallory.send(&data(forged, "victim", &fp, "trust me")).await;
                let message = victim.receive_json().await;
                assert_eq!(message["from"], "mallory", "{message}");
                let received = mobileim_tests::raw::received("victim", "mallory", &fp);
                victim.send(&received).await;
                assert_eq!(mallory.receive_json().await["type"], 4);
            }
            for connection in [&mut victim, &mut mallory] {
                connection.send(&json!({ "type": 3 })).await;
            }
        }
    };
    stage.attack("forged sender", attack).await;
    stage.clear().await;
}

/// A token with any claims that is signed with the secret, or another.
fn signed(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

pub(crate) fn token(user: &str) -> String {
    signed(SECRET, &json!({ "sub": user, "exp": in_seconds(600) }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_logged_in_does_not_become_somebody_else() {
    let stage = Stage::set_with(&["--jwt-secret", SECRET], token).await;
    let attack = async {
        for transport in TRANSPORTS {
            let mut mallory = open(transport, stage.addresses).await;
            assert_eq!(
                mallory.log_in_as("mallory", &token("mallory"), 0).await.0,
                0
            );
            // With his own token, which is good.
            let (code, _) = mallory.log_in_as("tcp-talker", &token("mallory"), 0).await;
            assert_eq!(code, 1025);
            if transport.is_datagram() {
                mallory.send(&json!({ "type": 3 })).await;
            } else {
                mallory.expect_closed().await;
            }
        }
    };
    let report = stage.attack("second login as somebody else", attack).await;
    report.expect_counted(r#"mobileim_logins_total{outcome="bad_token"}"#, 3);
    stage.clear().await;
}

/// Tokens of no use to whoever says to be this user, and what they are refused with.
fn wrong(user: &str) -> Vec<(&'static str, String, i64)> {
    let good = json!({ "sub": user, "exp": in_seconds(600) });
    let expired = json!({ "sub": user, "exp": in_seconds(-60) });
    let elsewhere = json!({ "sub": user, "exp": in_seconds(600), "aud": "another" });
    let early = json!({ "sub": user, "exp": in_seconds(600), "nbf": in_seconds(300) });
    let encoded = |value: &Value| BASE64.encode(value.to_string());
    let unsigned = |alg: &str| {
        let head = json!({ "typ": "JWT", "alg": alg });
        format!("{}.{}.", encoded(&head), encoded(&good))
    };
    let honest = token("mallory");
    let parts: Vec<_> = honest.split('.').collect();
    let exchanged = [parts[0], &encoded(&good), parts[2]].join(".");
    vec![
        ("expired", signed(SECRET, &expired), 1026),
        ("alg none", unsigned("none"), 1025),
        ("alg None", unsigned("None"), 1025),
        ("without a signature", unsigned("HS256"), 1025),
        ("another audience", signed(SECRET, &elsewhere), 1025),
        ("not yet", signed(SECRET, &early), 1025),
        ("another key", signed(&SECRET.to_uppercase(), &good), 1025),
        ("another's", honest.clone(), 1025),
        ("claims exchanged", exchanged, 1025),
        ("no token", String::new(), 1025),
        ("dots", "..".to_owned(), 1025),
        ("long", "x".repeat(500), 1025),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_expired_unsigned_for_others_or_of_another_key_let_nobody_in() {
    let stage = Stage::set_with(&["--jwt-secret", SECRET], token).await;
    let attack = async {
        for transport in TRANSPORTS {
            // Another user for each: as one user, an address may try 20 times at once.
            let user = match transport {
                Transport::Tcp => "tcp-talker",
                Transport::WebSocket => "ws-talker",
                Transport::Udp => "udp-talker",
            };
            for (what, token, expected) in wrong(user) {
                let mut mallory = open(transport, stage.addresses).await;
                let answer = mallory.log_in_as(user, &token, 0).await;
                assert_eq!(answer, (expected, -1), "{what}");
            }
        }
    };
    let report = stage.attack("wrong tokens", attack).await;
    report.expect_counted(r#"mobileim_logins_total{outcome="bad_token"}"#, 33);
    report.expect_counted(r#"mobileim_logins_total{outcome="token_expired"}"#, 3);
    stage.clear().await;
}
