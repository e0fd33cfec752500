//! Keys for the API: made, checked, and replaced.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{ANY, refused, said, server, start, stop};

const OFF: [&str; 6] = ["--tcp", "off", "--udp", "off", "--ws", "off"];

/// A key and its line, as the program makes them.
pub(crate) fn make(name: &str, scopes: &str) -> (String, String) {
    let (code, line, told) = said(&["api-key", "--name", name, "--scopes", scopes]);
    assert_eq!(code, Some(0), "{told}");
    let key = told.strip_prefix("the key, which is not shown again: ");
    (key.unwrap().trim_end().to_owned(), line)
}

/// The status of an answer, and what else it is.
fn ask(address: &str, path: &str, key: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().to_owned();
    (status, answer)
}

#[test]
fn a_key_is_let_in_until_sighup_finds_its_line_gone_and_is_never_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("api-keys");
    let (old, old_line) = make("shop", "server:read");
    let (new, new_line) = make("shop-2", "server:read,send");
    assert!(
        old_line.starts_with("shop server:read sha256:"),
        "{old_line}"
    );
    assert!(!old_line.contains(&old[4..]), "{old_line}");
    std::fs::write(&file, &old_line).unwrap();
    let mut command = server(&["--dev", "--http", ANY, "--log", "debug"]);
    let (mut child, ready) = start(command.args(OFF).arg("--api-keys-file").arg(&file));
    let http = ready.trim().strip_prefix("ready http=").unwrap();
    let status = |key: &str| ask(http, "/api/v1/server", key).0;
    assert_eq!([status(&old), status(&new)], ["200", "401"]);

    let mut log = String::new();
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let mut replace = |text: &str, expected: &str| {
        std::fs::write(&file, text).unwrap();
        kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
        while !log.contains(expected) {
            assert_ne!(reader.read_line(&mut log).unwrap(), 0, "{log}");
        }
        log.clone()
    };
    replace(
        &format!("{old_line}{new_line}"),
        "taken over: api.keys-file",
    );
    assert_eq!([status(&old), status(&new)], ["200", "200"]);
    // What is wrong changes nothing.
    replace(
        &format!("{old_line}{new}\n"),
        "line 2 is not a name, scopes and a hash",
    );
    assert_eq!([status(&old), status(&new)], ["200", "200"]);
    let log = replace(&new_line, "taken over: api.keys-file\n");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    let log = log + &rest;
    let line = "API request key=\"shop-2\" operation=\"server\" status=200";
    assert!(log.contains(line), "{log}");
    assert!(
        log.contains("API request operation=\"server\" status=401"),
        "{log}"
    );
    for key in [&old, &new] {
        assert!(!log.contains(key.as_str()), "{log}");
    }
}

#[test]
fn the_api_may_have_an_address_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("api-keys");
    let (key, line) = make("shop", "server:read");
    std::fs::write(&file, &line).unwrap();
    let mut command = server(&["--dev", "--http", ANY, "--api", ANY]);
    let (child, ready) = start(command.args(OFF).arg("--api-keys-file").arg(&file));
    let (http, api) = ready.trim().split_once(" api=").unwrap();
    let http = http.strip_prefix("ready http=").unwrap();
    assert_eq!(ask(api, "/api/v1/server", &key).0, "200");
    assert_eq!(ask(http, "/api/v1/server", &key).0, "404");
    assert_eq!(ask(api, "/healthz", &key).0, "404");
    assert_eq!(stop(child, Signal::TERM).0, Some(0));
}

#[test]
fn an_address_for_the_api_that_others_reach_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("api-keys");
    std::fs::write(&file, make("shop", "send").1).unwrap();
    let mut command = server(&["--http", "off", "--api", "0.0.0.0:0"]);
    command.args(["--jwt-secret", "a secret of at least 32 bytes in all"]);
    let (child, ready) = start(command.args(OFF).arg("--api-keys-file").arg(&file));
    assert!(ready.starts_with("ready api=0.0.0.0:"), "{ready}");
    let (_, log) = stop(child, Signal::TERM);
    assert!(log.contains("is not encrypted"), "{log}");
}

#[test]
fn what_is_wrong_with_keys_and_their_file_is_told() {
    for (name, scopes, what) in [
        ("a b", "send", "a name has 1 to 64 letters"),
        (
            "shop",
            "all",
            "of: send, send:as-user, send:broadcast, messages:read, users:read, users:write, server:read",
        ),
    ] {
        let log = refused(1, &["api-key", "--name", name, "--scopes", scopes]);
        assert!(
            log.starts_with("mobileim-server: ") && log.contains(what),
            "{log}"
        );
    }
    assert!(refused(2, &["api-key", "--name", "shop"]).contains("--scopes <SCOPES>"));

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("api-keys");
    let path = file.to_str().unwrap();
    let check = |args: &[&str]| refused(2, &[&["check", "--dev"], args].concat());
    let log = check(&["--api-keys-file", path]);
    assert!(
        log.contains("--api-keys-file <FILE>': cannot read it: No such file"),
        "{log}"
    );
    let (key, line) = make("shop", "send");
    for (text, what) in [
        (
            format!("\nshop send {key}\n"),
            "line 2 is not a name, scopes and a hash",
        ),
        (
            line.replace(" send ", " sned "),
            "line 1 has a scope that there is not: there are send",
        ),
        (
            format!("{line}{line}"),
            "line 2 has a key that was there before",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let log = check(&["--api-keys-file", path]);
        assert!(log.contains(what) && !log.contains(&key), "{log}");
    }
    std::fs::write(&file, &line).unwrap();
    let log = check(&["--api", ANY]);
    assert!(
        log.contains("'--api <ADDR>' needs keys for the API: 'api.keys-file'"),
        "{log}"
    );
    let log = check(&["--api-keys-file", path, "--http", "off"]);
    assert!(
        log.contains("'--api-keys-file <FILE>' needs a listener that serves the API"),
        "{log}"
    );
    let toml = directory.path().join("mobileim.toml");
    std::fs::write(&toml, "dev = true\n[api]\nkeys-file = \"/nonexistent\"\n").unwrap();
    let log = refused(2, &["check", "--config", toml.to_str().unwrap()]);
    assert!(
        log.contains("mobileim.toml:3: ") && log.contains("'api.keys-file'"),
        "{log}"
    );
}
