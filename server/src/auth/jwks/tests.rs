//! Keys that come, go, and cannot be fetched.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header};
use mobileim_hub::{Authenticator as _, Deferred, LoginVerdict};
use mobileim_protocol::codes;
use mobileim_protocol::payload::{self, LoginRequest};
use serde_json::{Value, json};

use super::*;
use crate::auth::{Jwt, Keys};
use crate::outgoing::testing::{Reply, Service};

/// Nothing happens by itself in the time of a test.
const QUIET: Times = Times {
    regular: Duration::from_secs(3600),
    shortest: Duration::from_secs(3600),
    longest: Duration::from_secs(7200),
    apart: Duration::ZERO,
    kept: Duration::from_secs(3600),
};

const TIMEOUT: Duration = Duration::from_secs(20);

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/jwt/", $name, ".pem")).as_bytes()
    };
}

fn key(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::RS256 => EncodingKey::from_rsa_pem(pem!("rsa")),
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem!("p256")),
        _ => EncodingKey::from_ed_pem(pem!("ed25519")),
    }
    .unwrap()
}

/// The public key as a provider publishes it.
fn published(algorithm: Algorithm, name: &str) -> Value {
    let jwk = Jwk::from_encoding_key(&key(algorithm), algorithm).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    jwk["kid"] = json!(name);
    jwk["use"] = json!("sig");
    jwk
}

fn set(keys: &[Value]) -> Reply {
    Reply::Json(json!({ "keys": keys }).to_string())
}

fn token(algorithm: Algorithm, name: Option<&str>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let claims = json!({ "sub": "alice", "exp": now.as_secs() + 60 });
    let mut header = Header::new(algorithm);
    header.kid = name.map(str::to_owned);
    jsonwebtoken::encode(&header, &claims, &key(algorithm)).unwrap()
}

fn jwt(service: &Service, times: Times) -> Jwt {
    let jwks = Jwks::with_times(service.address(), Trust::default(), times, TIMEOUT);
    Jwt::new(Keys::none()).with_jwks(jwks)
}

/// The code with which alice is refused, 0 if she is not, and how long she is to wait.
async fn code(jwt: &Jwt, token: String) -> (i64, Option<Duration>) {
    let content = json!({ "loginUserId": "alice", "loginToken": token }).to_string();
    let request: LoginRequest = payload::decode(Some(&content)).unwrap();
    let verdict = match jwt.verify(&request) {
        Deferred::Ready(verdict) => verdict,
        Deferred::Pending(verdict) => verdict.await,
    };
    match verdict {
        LoginVerdict::RefuseFor {
            code, retry_after, ..
        } => (code, retry_after),
        _ => (0, None),
    }
}

const GOOD: (i64, Option<Duration>) = (0, None);
const BAD: (i64, Option<Duration>) = (codes::BAD_TOKEN, None);

#[tokio::test]
async fn a_token_is_taken_that_is_signed_with_any_key_of_the_provider() {
    use Algorithm::{ES256, EdDSA, RS256};
    let all = [RS256, ES256, EdDSA];
    let keys = all.map(|algorithm| published(algorithm, &format!("{algorithm:?}")));
    let service = Service::start(set(&keys)).await;
    let jwt = jwt(&service, QUIET);
    for algorithm in all {
        let name = format!("{algorithm:?}");
        assert_eq!(code(&jwt, token(algorithm, Some(&name))).await, GOOD);
        assert_eq!(code(&jwt, token(algorithm, None)).await, GOOD);
    }
    // Signed with one key, and named as another one.
    assert_eq!(code(&jwt, token(RS256, Some("ES256"))).await, BAD);
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_new_key_counts_at_once_and_one_that_is_gone_does_not_any_more() {
    let old = published(Algorithm::RS256, "old");
    let new = published(Algorithm::ES256, "new");
    let service = Service::start(set(&[old])).await;
    let jwt = jwt(&service, QUIET);
    assert_eq!(code(&jwt, token(Algorithm::RS256, Some("old"))).await, GOOD);
    service.answers(set(&[new]));
    assert_eq!(code(&jwt, token(Algorithm::ES256, Some("new"))).await, GOOD);
    assert_eq!(code(&jwt, token(Algorithm::RS256, Some("old"))).await, BAD);
}

#[tokio::test]
async fn keys_are_fetched_again_when_their_time_is_over() {
    let times = Times {
        shortest: Duration::from_millis(1),
        ..QUIET
    };
    let keys = json!({ "keys": [published(Algorithm::RS256, "key")] }).to_string();
    let service = Service::start(Reply::JsonFor(0, keys)).await;
    let jwt = jwt(&service, times);
    jwt.start();
    service.is_asked(3).await;
}

#[tokio::test]
async fn forged_names_of_keys_have_the_provider_asked_once() {
    let service = Service::start(set(&[published(Algorithm::RS256, "key")])).await;
    let apart = Duration::from_secs(600);
    let jwt = jwt(&service, Times { apart, ..QUIET });
    let mut logins = tokio::task::JoinSet::new();
    for number in 0..500 {
        let jwt = jwt.clone();
        logins.spawn(async move {
            let name = format!("forged-{number}");
            code(&jwt, token(Algorithm::ES256, Some(&name))).await
        });
    }
    for (code, _) in logins.join_all().await {
        let known = [codes::BAD_TOKEN, codes::TEMPORARILY_UNAVAILABLE];
        assert!(known.contains(&code), "{code}");
    }
    // A key that was there then may be there by the time that the client comes back.
    let (refused, wait) = code(&jwt, token(Algorithm::ES256, Some("new"))).await;
    assert_eq!(refused, codes::TEMPORARILY_UNAVAILABLE);
    assert!(wait.unwrap() <= apart);
    assert_eq!(code(&jwt, token(Algorithm::RS256, Some("key"))).await, GOOD);
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn while_there_are_no_keys_clients_are_told_to_come_back_and_are_let_in_then() {
    let service = Service::start(Reply::Status(500)).await;
    let jwt = jwt(&service, QUIET);
    let good = || token(Algorithm::RS256, Some("key"));
    assert_eq!(code(&jwt, good()).await.0, codes::TEMPORARILY_UNAVAILABLE);
    let trouble = jwt.trouble().unwrap();
    assert!(
        trouble.ends_with("/asked: it answers with status 500"),
        "{trouble}"
    );
    for garbage in ["", "{}", "[1]", "{\"keys\":1}"] {
        service.answers(Reply::Json(garbage.to_owned()));
        assert_eq!(code(&jwt, good()).await.0, codes::TEMPORARILY_UNAVAILABLE);
        assert!(jwt.trouble().unwrap().contains("it is no set of keys"));
    }
    service.answers(Reply::Endless);
    assert_eq!(code(&jwt, good()).await.0, codes::TEMPORARILY_UNAVAILABLE);
    assert!(jwt.trouble().unwrap().contains("longer than 262144 bytes"));
    service.answers(set(&[published(Algorithm::RS256, "key")]));
    assert_eq!(code(&jwt, good()).await, GOOD);
    assert_eq!(jwt.trouble(), None);
}

#[tokio::test]
async fn keys_go_on_to_count_while_the_provider_is_down_but_not_for_ever() {
    let service = Service::start(set(&[published(Algorithm::RS256, "key")])).await;
    let (long, short) = (jwt(&service, QUIET), {
        let kept = Duration::ZERO;
        jwt(&service, Times { kept, ..QUIET })
    });
    let good = || token(Algorithm::RS256, Some("key"));
    assert_eq!(code(&long, good()).await, GOOD);
    service.answers(Reply::Status(503));
    // Somebody has them fetched again.
    let unknown = token(Algorithm::RS256, Some("unknown"));
    assert_eq!(code(&long, unknown).await, BAD);
    assert_eq!(service.asked().len(), 2);
    assert_eq!(code(&long, good()).await, GOOD);
    assert_eq!(code(&short, good()).await.0, codes::TEMPORARILY_UNAVAILABLE);
}

#[tokio::test]
async fn a_set_without_keys_takes_back_those_that_were_there() {
    let service = Service::start(set(&[published(Algorithm::RS256, "key")])).await;
    let jwt = jwt(&service, QUIET);
    assert_eq!(code(&jwt, token(Algorithm::RS256, Some("key"))).await, GOOD);
    service.answers(set(&[]));
    let unknown = token(Algorithm::RS256, Some("unknown"));
    assert_eq!(code(&jwt, unknown).await.0, codes::TEMPORARILY_UNAVAILABLE);
    let known = token(Algorithm::RS256, Some("key"));
    assert_eq!(code(&jwt, known).await.0, codes::TEMPORARILY_UNAVAILABLE);
}

#[tokio::test]
async fn another_configuration_of_the_same_provider_has_the_keys_at_once() {
    let service = Service::start(set(&[published(Algorithm::RS256, "key")])).await;
    let before = jwt(&service, QUIET);
    assert_eq!(
        code(&before, token(Algorithm::RS256, Some("key"))).await,
        GOOD
    );
    let mut after = jwt(&service, QUIET);
    after.succeed(&before);
    drop(before);
    assert_eq!(
        code(&after, token(Algorithm::RS256, Some("key"))).await,
        GOOD
    );
    assert_eq!(service.asked().len(), 1);
}

#[test]
fn keys_that_are_for_something_else_are_not_used_and_do_not_take_others_with_them() {
    let with = |name: &str, value: Value| {
        let mut key = published(Algorithm::RS256, "key");
        key[name] = value;
        key
    };
    let found = |key: Value| {
        let good = published(Algorithm::ES256, "good");
        let body = json!({ "keys": [key, good, 7] }).to_string();
        let found = set::read(body.as_bytes()).unwrap();
        found.to_string()
    };
    let number = ", not a key, or of an unknown kind";
    for (key, why) in [
        (with("use", json!("enc")), "not for signatures (use)"),
        (
            with("key_ops", json!(["encrypt"])),
            "not for verifying signatures (key_ops)",
        ),
        (
            with("alg", json!("PS256")),
            "for another algorithm (alg) than RS256, ES256 or EdDSA",
        ),
        (
            with("alg", json!("HS256")),
            "for another algorithm (alg) than RS256, ES256 or EdDSA",
        ),
        (
            with("d", json!("AAAA")),
            "a private key, which must not be published",
        ),
        (
            json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" }),
            "a secret (oct), which must not be published",
        ),
        (
            json!({ "kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA" }),
            "damaged",
        ),
        (
            json!({ "kty": "EC", "crv": "P-384", "x": "AAAA", "y": "AAAA" }),
            "of another curve or kind than RSA, P-256 or Ed25519",
        ),
    ] {
        assert_eq!(found(key), format!("one key; not used: {why}{number}"));
    }
}
