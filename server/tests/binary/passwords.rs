//! Tokens for passwords.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::program::{ANY, refused, server, start, stop};
use crate::providers::{get, log_in};

/// What `mobileim-server password` says when it is told a password.
fn password(user: &str, typed: &str) -> (Option<i32>, String, String) {
    let mut child = server(&["password", "--user", user])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The head and the body of what a request is answered with.
fn ask(http: &str, method: &str, headers: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(http).unwrap();
    let length = body.len();
    let request = format!(
        "{method} /login HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn post(http: &str, body: &Value) -> (String, String) {
    ask(http, "POST", "", &body.to_string())
}

#[test]
fn whoever_has_a_password_gets_a_token_and_logs_in_with_it() {
    let (code, line, log) = password("alice", "correct horse\n");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(line.starts_with("alice:$argon2id$"), "{line}");
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    std::fs::write(&users, line).unwrap();
    let mut command = server(&["--udp", "off", "--ws", "off", "--tcp", ANY, "--http", ANY]);
    command.args(["--jwt-secret", "a secret of at least 32 bytes in all"]);
    let (child, ready) = start(command.arg("--users-file").arg(&users));
    let (tcp, http) = ready.trim().split_once(" http=").unwrap();
    let tcp = tcp.strip_prefix("ready tcp=").unwrap();

    let right = json!({ "user": "alice", "password": "correct horse" });
    let (head, body) = post(http, &right);
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    let given: Value = serde_json::from_str(&body).unwrap();
    assert!(given["expiresAt"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(log_in(tcp, given["token"].as_str().unwrap()), 0);

    for wrong in [
        json!({ "user": "alice", "password": "wrong" }),
        json!({ "user": "nobody", "password": "correct horse" }),
    ] {
        let (head, body) = post(http, &wrong);
        assert!(head.starts_with("http/1.1 401 "), "{head}");
        assert_eq!(body, "{\"error\":\"wrong user or password\"}");
    }
    let (head, body) = post(http, &json!({ "user": "alice" }));
    assert!(
        head.starts_with("http/1.1 400 ") && body.contains("expected JSON"),
        "{head}{body}"
    );
    let (head, _) = post(http, &json!("x".repeat(10_000)));
    assert!(head.starts_with("http/1.1 413 "), "{head}");

    // Pages of others get nothing, those of the same host do.
    let evil = "Origin: https://evil.example\r\n";
    let (head, body) = ask(http, "POST", evil, &right.to_string());
    assert!(
        head.starts_with("http/1.1 403 ") && !body.contains("token"),
        "{head}{body}"
    );
    let own = "Origin: http://127.0.0.1:5173\r\n";
    for method in ["POST", "OPTIONS"] {
        let (head, _) = ask(http, method, own, &right.to_string());
        assert!(head.starts_with("http/1.1 20"), "{head}");
        let allowed = "access-control-allow-origin: http://127.0.0.1:5173";
        assert!(head.contains(allowed), "{head}");
        assert!(
            head.contains("access-control-expose-headers: retry-after"),
            "{head}"
        );
    }

    // One attempt after the other.
    let wrong = json!({ "user": "mallory", "password": "guess" });
    let refused = (0..11)
        .map(|_| post(http, &wrong).0)
        .find(|head| head.contains(" 429 "));
    let refused = refused.expect("it is too many");
    assert!(refused.contains("retry-after: "), "{refused}");
    let metrics = get(http, "/metrics");
    for (sample, count) in [
        ("password_logins_total{outcome=\"given\"}", 2),
        ("password_logins_total{outcome=\"wrong\"}", 12),
        ("password_logins_total{outcome=\"too_many\"}", 1),
        ("password_logins_total{outcome=\"invalid\"}", 1),
        ("password_logins_total{outcome=\"origin_not_allowed\"}", 1),
        ("http_limit_hits_total{limit=\"body\"}", 1),
    ] {
        let line = format!("\nmobileim_{sample} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("no token: wrong user or password"), "{log}");
    for secret in ["correct horse", "guess", "$argon2id"] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// What the page is told of how one signs in.
fn sign_in(http: &str) -> String {
    let mut stream = TcpStream::connect(http).unwrap();
    let request = format!("GET /config.json HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    if head.starts_with("HTTP/1.1 404 ") {
        return "no page".to_owned();
    }
    let told: Value = serde_json::from_str(body).unwrap();
    told["signIn"].as_str().unwrap().to_owned()
}

#[test]
fn the_page_learns_what_to_ask_for_also_when_that_changes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mobileim.toml");
    let users = directory.path().join("users");
    std::fs::write(&users, password("alice", "correct horse").1).unwrap();
    let listen = format!("tcp = \"off\"\nudp = \"off\"\nws = \"{ANY}\"\nhttp = \"{ANY}\"\n");
    let auth = "[auth]\njwt-secret = \"a secret of at least 32 bytes in all\"\n";
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let run = |text: &str| {
        write(text);
        let (child, ready) = start(server(&["--config"]).arg(&file));
        let (_, http) = ready.trim().split_once(" http=").unwrap();
        (child, http.to_owned())
    };
    for (text, expected) in [
        (format!("dev = true\n[listen]\n{listen}"), "name"),
        (format!("[listen]\n{listen}{auth}"), "no page"),
    ] {
        let (child, http) = run(&text);
        assert_eq!(sign_in(&http), expected, "{text}");
        assert_eq!(stop(child, Signal::TERM).0, Some(0));
    }
    let page = format!("[listen]\nchat-page = true\n{listen}{auth}");
    let (mut child, http) = run(&page);
    assert_eq!(sign_in(&http), "token");
    write(&format!("{page}users-file = '{}'\n", users.display()));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    let mut log = String::new();
    let mut reader = BufReader::new(child.stderr.as_mut().unwrap());
    while !log.contains("taken over: auth.users-file") {
        assert_ne!(reader.read_line(&mut log).unwrap(), 0, "{log}");
    }
    assert_eq!(sign_in(&http), "password");
    assert_eq!(stop(child, Signal::TERM).0, Some(0));
}

#[test]
fn a_page_needs_listeners() {
    let secret = ["--jwt-secret", "a secret of at least 32 bytes in all"];
    for (off, needs) in [
        ("--http", "a listener that serves it"),
        ("--ws", "a listener that it connects to"),
    ] {
        let log = refused(
            2,
            &[&["check", "--chat-page", off, "off"][..], &secret].concat(),
        );
        assert!(
            log.contains("'--chat-page' needs ") && log.contains(needs),
            "{log}"
        );
    }
}

#[test]
fn a_file_of_users_that_has_changed_counts_from_sighup_on() {
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    std::fs::write(&users, password("alice", "correct horse").1).unwrap();
    let off = ["--tcp", "off", "--udp", "off", "--ws", "off", "--http", ANY];
    let mut command = server(&off);
    command.args(["--jwt-secret", "a secret of at least 32 bytes in all"]);
    let (mut child, ready) = start(command.arg("--users-file").arg(&users));
    let http = ready.trim().strip_prefix("ready http=").unwrap();
    let status = |user: &str| {
        let asked = json!({ "user": user, "password": "correct horse" });
        let (head, _) = post(http, &asked);
        head.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!([status("alice"), status("bob")], ["200", "401"]);
    std::fs::write(&users, password("bob", "correct horse").1).unwrap();
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    let mut log = String::new();
    let mut reader = BufReader::new(child.stderr.as_mut().unwrap());
    while !log.contains("taken over: auth.users-file") {
        assert_ne!(reader.read_line(&mut log).unwrap(), 0, "{log}");
    }
    assert_eq!([status("alice"), status("bob")], ["401", "200"]);
    assert_eq!(stop(child, Signal::TERM).0, Some(0));
}

#[test]
fn what_is_wrong_with_passwords_and_their_file_is_told() {
    let (code, line, log) = password("alice", "short\n");
    assert_eq!((code, line.as_str()), (Some(1), ""));
    assert_eq!(
        log,
        "mobileim-server: a password must have 8 characters at least\n"
    );
    let (code, _, log) = password("a:b", "long enough\n");
    assert_eq!(code, Some(1));
    assert!(log.contains("no colon"), "{log}");

    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    std::fs::write(&users, "alice:in the clear\n").unwrap();
    let users = users.to_str().unwrap();
    let secret = ["--jwt-secret", "a secret of at least 32 bytes in all"];
    let log = refused(
        2,
        &[&["check", "--users-file", users][..], &secret].concat(),
    );
    assert!(
        log.contains("line 1 is not a user, a colon and a hash of argon2"),
        "{log}"
    );
    assert!(!log.contains("in the clear"), "{log}");
    std::fs::write(users, "").unwrap();
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jwt/rsa.pub.pem");
    let log = refused(
        2,
        &["check", "--users-file", users, "--jwt-public-key", key],
    );
    assert!(
        log.contains("'--users-file <FILE>' needs a secret that signs"),
        "{log}"
    );
}
