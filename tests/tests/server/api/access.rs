//! Who may ask what, where, and what is said of the rest.

use std::fs;

use mobileim_server::auth::{ApiAccess, ApiKeys};
use mobileim_server::{Listener, TlsListeners};
use mobileim_tests::TestCertificate;
use mobileim_tests::application::{ANY_PORT, server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Stage, ask};
use crate::http::get;

/// Each operation that needs a key, with the scopes of which it needs one.
const OPERATIONS: &[(&str, &str, &[&str])] = &[
    ("GET", "/api/v1/server", &["server:read"]),
    ("GET", "/api/v1/stats", &["server:read"]),
    ("GET", "/api/v1/config", &["server:read"]),
    ("POST", "/api/v1/users/online", &["users:read"]),
    ("GET", "/api/v1/users/alice/sessions", &["users:read"]),
    ("DELETE", "/api/v1/users/alice/sessions", &["users:write"]),
    ("DELETE", "/api/v1/users/alice/sessions/7", &["users:write"]),
    ("POST", "/api/v1/users/alice/revoke", &["users:write"]),
    ("DELETE", "/api/v1/users/alice/revoke", &["users:write"]),
    ("POST", "/api/v1/messages", &["send", "send:as-user"]),
    ("GET", "/api/v1/messages/alice/order-1", &["messages:read"]),
    (
        "GET",
        "/api/v1/messages/alice/order-1/steps",
        &["messages:read"],
    ),
    ("POST", "/api/v1/broadcast", &["send:broadcast"]),
    ("GET", "/api/v1/broadcast/order-1", &["send:broadcast"]),
    ("DELETE", "/api/v1/broadcast/order-1", &["send:broadcast"]),
    ("GET", "/api/v1/users/online", &["users:read"]),
    ("GET", "/api/v1/users/alice/waiting", &["users:read"]),
    ("DELETE", "/api/v1/users/alice/waiting", &["users:write"]),
    ("POST", "/api/v1/groups", &["groups:write"]),
    ("GET", "/api/v1/groups", &["groups:read"]),
    ("GET", "/api/v1/groups/%23team", &["groups:read"]),
    ("PATCH", "/api/v1/groups/%23team", &["groups:write"]),
    ("DELETE", "/api/v1/groups/%23team", &["groups:write"]),
    ("GET", "/api/v1/groups/%23team/members", &["groups:read"]),
    ("POST", "/api/v1/groups/%23team/members", &["groups:write"]),
    (
        "POST",
        "/api/v1/groups/%23team/members/remove",
        &["groups:write"],
    ),
    ("GET", "/api/v1/groups/%23team/history", &["history:read"]),
    (
        "GET",
        "/api/v1/users/alice/conversations",
        &["history:read"],
    ),
    ("GET", "/api/v1/users/alice/history/bob", &["history:read"]),
];

/// All scopes that there are.
const SCOPES: &[&str] = &[
    "send",
    "send:as-user",
    "send:broadcast",
    "messages:read",
    "users:read",
    "users:write",
    "server:read",
    "groups:read",
    "groups:write",
    "history:read",
];

#[tokio::test]
async fn each_operation_needs_a_key_with_its_scope() {
    let stage = Stage::start().await;
    let http = stage.address();
    for &(method, path, scopes) in OPERATIONS {
        let (_, line) = path.rsplit_once('/').unwrap();
        let none = ask(http, method, path, "", "").await;
        none.complains(401, "needs a key");
        assert!(
            none.head.contains("www-authenticate: bearer"),
            "{line}: {none:?}"
        );
        for &others in SCOPES {
            let made = ApiKeys::make("other", others).unwrap();
            stage.keys.replace(Some(made.line.parse().unwrap()));
            let headers = format!("Authorization: Bearer {}\r\n", made.key);
            let answer = ask(http, method, path, &headers, "").await;
            if scopes.contains(&others) {
                assert!(![401, 403].contains(&answer.status), "{path}: {answer:?}");
                continue;
            }
            let problem = answer.problem(403);
            let scope = scopes[0];
            assert_eq!(problem["missingScope"], scope, "{path}");
            assert!(problem["detail"].as_str().unwrap().ends_with(scope));
            let expected = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
            assert!(answer.head.contains(&expected), "{answer:?}");
            assert!(!answer.text.contains(&made.key));
        }
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused_whatever_it_looks_like() {
    let stage = Stage::start().await;
    let key = &stage.key;
    for sent in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {key}"),
        key.clone(),
        format!("Bearer {key}x"),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {}", key.to_uppercase()),
        "Bearer k\u{e4}y".to_owned(),
    ] {
        let headers = format!("Authorization: {sent}\r\n");
        let answer = ask(stage.address(), "GET", "/api/v1/server", &headers, "").await;
        answer.complains(401, "this is no key");
        assert!(!answer.text.contains(key.as_str()), "{answer:?}");
    }
    // The scheme's case is nobody's.
    let headers = format!("authorization: bearer {key}\r\n");
    let answer = ask(stage.address(), "GET", "/api/v1/server", &headers, "").await;
    answer.json();
}

#[tokio::test]
async fn several_keys_are_valid_at_once_until_others_take_their_place() {
    let stage = Stage::start().await;
    let http = stage.address();
    let made = ["old", "new"].map(|name| ApiKeys::make(name, "server:read").unwrap());
    let status = async |key: &str| {
        let headers = format!("Authorization: Bearer {key}\r\n");
        ask(http, "GET", "/api/v1/server", &headers, "")
            .await
            .status
    };
    let both = format!("{}\n{}\n", made[0].line, made[1].line);
    stage.keys.replace(Some(both.parse().unwrap()));
    assert_eq!(status(&made[0].key).await, 200);
    assert_eq!(status(&made[1].key).await, 200);
    stage.keys.replace(Some(made[1].line.parse().unwrap()));
    assert_eq!(status(&made[0].key).await, 401);
    assert_eq!(status(&made[1].key).await, 200);
}

#[tokio::test]
async fn what_there_is_not_is_a_problem_too() {
    let stage = Stage::start().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/server",
        "/api/v1/users",
    ] {
        let answer = stage.get(path).await;
        answer.complains(404, "nothing here");
    }
    for (method, path, allowed) in [
        ("POST", "/api/v1/server", "get"),
        ("GET", "/api/v1/messages", "post"),
        ("PUT", "/api/v1/users/alice/sessions", "delete"),
        ("OPTIONS", "/api/v1/openapi.json", "get"),
    ] {
        let answer = stage.ask(method, path, "").await;
        answer.complains(405, method);
        let allow = answer.head.lines().find(|line| line.starts_with("allow: "));
        assert!(allow.unwrap().contains(allowed), "{answer:?}");
    }
    // What else there is at this address is as ever.
    assert!(get(stage.address(), "/healthz").await.ends_with("ok\n"));
    assert!(!get(stage.address(), "/nothing").await.contains("problem"));
}

#[tokio::test]
async fn without_keys_there_is_no_api() {
    let keys = ApiAccess::new(None);
    let builder = server().http(ANY_PORT).demo_page(true);
    let without = builder.api_keys(keys.clone()).start().await.unwrap();
    let http = without.addresses().http.unwrap();
    for path in ["/api/v1/server", "/api/v1/openapi.json", "/api/v1"] {
        let answer = ask(http, "GET", path, "", "").await;
        answer.complains(404, "no keys");
    }
    let answer = ask(http, "PUT", "/api/v1/server", "", "").await;
    answer.complains(404, "no keys");
    keys.replace(Some("".parse().unwrap()));
    let answer = ask(http, "GET", "/api/v1/server", "", "").await;
    answer.problem(401);
    let never = server().http(ANY_PORT).start().await.unwrap();
    let http = never.addresses().http.unwrap();
    let answer = ask(http, "GET", "/api/v1/server", "", "").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, ""));
}

#[tokio::test]
async fn with_an_address_of_its_own_the_api_is_there_alone() {
    let stage = Stage::with(server().http(ANY_PORT).api(ANY_PORT)).await;
    let addresses = stage.server.addresses();
    let (http, api) = (addresses.http.unwrap(), addresses.api.unwrap());
    assert!(addresses.to_string().ends_with(&format!(" api={api}")));
    let told = stage.get("/api/v1/server").await.json();
    assert_eq!(told["listeners"]["api"], api.to_string());
    let elsewhere = ask(http, "GET", "/api/v1/openapi.json", "", "").await;
    assert_eq!(elsewhere.status, 404);
    assert!(!elsewhere.head.contains("problem"), "{elsewhere:?}");
    for path in ["/healthz", "/metrics", "/"] {
        stage.get(path).await.complains(404, "nothing here");
    }
    assert!(get(http, "/healthz").await.ends_with("ok\n"));
}

#[tokio::test]
async fn the_apis_own_address_may_be_encrypted_and_the_api_is_then_nowhere_else() {
    let certificate = TestCertificate::new();
    let tls = TlsListeners::new(certificate.load()).api(ANY_PORT);
    let stage = Stage::with(server().http(ANY_PORT).tls(tls)).await;
    let addresses = stage.server.addresses();
    let api = addresses.api_tls.unwrap();
    assert!(addresses.to_string().ends_with(&format!(" api-tls={api}")));
    let request = format!(
        "GET /api/v1/server HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        stage.key
    );
    let mut stream = certificate.connect(api).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains(&format!(r#""api-tls":"{api}""#)),
        "{answer}"
    );
    let elsewhere = ask(stage.address(), "GET", "/api/v1/openapi.json", "", "").await;
    assert_eq!(elsewhere.status, 404);
    // A key that is sent without encryption is not read.
    let mut plain = TcpStream::connect(api).await.unwrap();
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn the_apis_own_address_takes_headers_of_trusted_proxies_alone() {
    let builder = server()
        .api(ANY_PORT)
        .trusted_proxies("127.0.0.0/8".parse().unwrap())
        .proxy_protocol([Listener::Api]);
    let stage = Stage::with(builder).await;
    let request = format!(
        "GET /api/v1/server HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        stage.key
    );
    let answer = async |bytes: String| {
        let mut stream = TcpStream::connect(stage.address()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let header = "PROXY TCP4 198.51.100.1 10.0.0.1 4660 443\r\n";
    let told = answer(format!("{header}{request}")).await;
    assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    assert_eq!(answer(request.clone()).await, "");
}

#[tokio::test]
async fn a_server_that_does_not_serve_yet_says_so() {
    let made = ApiKeys::make("shop", "server:read").unwrap();
    let keys = ApiAccess::new(Some(made.line.parse().unwrap()));
    let bound = server().http(ANY_PORT).api_keys(keys).bind().await.unwrap();
    bound.wait_for("it is a standby");
    let http = bound.addresses().http.unwrap();
    let headers = format!("Authorization: Bearer {}\r\n", made.key);
    let answer = ask(http, "GET", "/api/v1/server", &headers, "").await;
    answer.complains(503, "it is a standby");
    assert!(answer.head.contains("retry-after: 1"), "{answer:?}");
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let stage = Stage::start().await;
    stage.get("/api/v1/server").await.json();
    stage.get("/api/v1/server").await.json();
    stage.get("/api/v1/nothing").await.problem(404);
    stage.ask("PUT", "/api/v1/server", "").await.problem(405);
    let http = stage.address();
    ask(http, "POST", "/api/v1/messages", "", "")
        .await
        .problem(401);
    let metrics = get(http, "/metrics").await;
    for (operation, status, count) in [
        ("server", 200, 2),
        ("other", 404, 1),
        ("other", 405, 1),
        ("send", 401, 1),
    ] {
        let sample = format!(
            "\nmobileim_api_requests_total{{operation=\"{operation}\",status=\"{status}\"}} {count}\n"
        );
        assert!(metrics.contains(&sample), "{sample}{metrics}");
    }
}

#[tokio::test]
async fn the_document_in_the_docs_is_the_servers_own() {
    let stage = Stage::start().await;
    let answer = ask(stage.address(), "GET", "/api/v1/openapi.json", "", "").await;
    let document = answer.json();
    let text = fs::read_to_string("../docs/openapi.json").unwrap();
    // The order of names in examples is another one where something else in the build keeps it.
    assert!(
        serde_json::from_str::<Value>(&text).unwrap() == document,
        "docs/openapi.json is to be:\n{}",
        answer.text
    );
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for &(method, path, scopes) in OPERATIONS {
        let path = path
            .replace("/messages/alice/order-1", "/messages/{from}/{fp}")
            .replace("order-1", "{id}")
            .replace("alice", "{user}")
            .replace("%23team", "{group}")
            .replace("bob", "{with}")
            .replace('7', "{id}");
        let described = &document["paths"][path.as_str()][method.to_lowercase()];
        let security = scopes.iter().map(|scope| json!({ "key": [scope] }));
        assert_eq!(
            described["security"],
            json!(security.collect::<Vec<_>>()),
            "{path}"
        );
        let responses = described["responses"].as_object().unwrap();
        for status in ["200", "401", "403", "503"] {
            let content = responses[status]["content"].as_object().unwrap();
            let (kind, content) = content.iter().next().unwrap();
            assert_ne!(content["example"], Value::Null, "{path} {status}");
            assert_eq!(
                kind == "application/json",
                status == "200",
                "{path} {status}"
            );
        }
        assert_eq!(
            responses.contains_key("415"),
            ["POST", "PATCH"].contains(&method),
            "{path}"
        );
        assert_eq!(
            responses.contains_key("400"),
            *scopes != ["server:read"],
            "{path}"
        );
    }
}

/// A request as the page has it for curl: its method, path and body.
fn request(line: &str) -> (&str, &str, &str) {
    let (_, rest) = line.split_once("https://im.example.com").unwrap();
    let path = rest.split(['"', ' ']).next().unwrap();
    let body = rest.split('\'').nth(1).unwrap_or_default();
    let method = match line.strip_prefix("curl -X ") {
        Some(rest) => rest.split(' ').next().unwrap(),
        None if body.is_empty() => "GET",
        None => "POST",
    };
    (method, path, body)
}

#[tokio::test]
async fn the_requests_of_the_page_are_answered_as_it_says() {
    for page in ["../docs/api.md", "../docs/api.zh.md"] {
        let stage = Stage::conversing().await;
        let text = fs::read_to_string(page).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("curl "));
        let mut answers = Vec::new();
        for line in lines {
            assert!(line.contains("-H \"Authorization: Bearer $KEY\""), "{line}");
            let (method, path, body) = request(line);
            answers.push(stage.ask(method, path, body).await.json());
        }
        let receiver = |user: &str| json!({ "user": user, "outcome": "stored" });
        let receivers = [receiver("alice"), receiver("bob")];
        let expected = json!({ "fp": "order-4711-sent", "receivers": receivers });
        assert_eq!(answers[0], expected);
        assert_eq!(answers[1], json!({ "online": [] }));
        assert_eq!(answers[4], json!({ "kicked": 0 }));
        assert_eq!(answers[5]["user"], "alice");
        assert_eq!(answers[6], json!({ "takenBack": true }));
        assert_eq!(answers[13]["members"], 2);
        assert_eq!(
            (&answers[14]["members"], &answers[14]["admins"]),
            (&json!(3), &json!(1))
        );
        assert_eq!(answers[15]["receivers"][0]["outcome"], "stored");
        assert_eq!(answers[16]["members"].as_array().unwrap().len(), 3);
        assert_eq!(answers[20], json!({ "ended": "#team" }));
        assert_eq!(answers[21]["conversations"][0]["with"], "#team");
        assert_eq!(answers[22]["messages"][2]["text"], "Good morning");
        assert_eq!(answers[23]["messages"].as_array().unwrap().len(), 2);
        assert_eq!(answers.len(), 24, "{page}");
    }
}
