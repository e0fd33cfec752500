//! The back end is asked about messages.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::client::Client;
use crate::program::{ANY, refused, said, server, start, stop};

const SECRET: &str = "a secret of the server and its back end";

/// The example of a page in a language.
fn example(page: &str, language: &str) -> String {
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Runs a back end, and gives the port at which it answers.
fn back_end(program: &str, script: &std::path::Path) -> (Child, String) {
    let mut child = Command::new(program)
        .arg(script)
        .env("WEBHOOK_SECRET", SECRET)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("the tests need {program}: {error}"));
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("port ").unwrap().to_owned();
    (child, port)
}

#[test]
fn the_back_ends_of_the_page_decide_about_messages_of_a_server_that_has_their_secret() {
    let pages = [
        include_str!("../../../docs/webhooks.md"),
        include_str!("../../../docs/webhooks.zh.md"),
    ];
    let directory = tempfile::tempdir().unwrap();
    for (language, program) in [("js", "node"), ("python", "python3")] {
        let text = example(pages[0], language);
        assert_eq!(text, example(pages[1], language));
        let name = if language == "js" {
            "before.mjs"
        } else {
            "before.py"
        };
        let script = directory.path().join(name);
        std::fs::write(&script, text).unwrap();
        let (mut back_end, port) = back_end(program, &script);
        let url = format!("http://127.0.0.1:{port}/");
        let serve = |secret: &str| {
            let off = [
                "--dev", "--udp", "off", "--ws", "off", "--http", "off", "--tcp", ANY,
            ];
            let mut command = server(&off);
            let asked = ["--webhooks-before-c2c", &url, "--webhooks-before-c2s", &url];
            let with = ["--webhooks-secret", secret];
            let (child, line) = start(command.args(asked).args(with));
            let tcp = line.trim().strip_prefix("ready tcp=").unwrap().to_owned();
            (child, tcp)
        };

        let (child, tcp) = serve(SECRET);
        let (mut alice, mut bob) = (Client::log_in(&tcp, "alice"), Client::log_in(&tcp, "bob"));
        alice.says("bob", "hi");
        assert_eq!(bob.receive()["dataContent"], "hi");
        alice.says("bob", "heck");
        assert_eq!(bob.receive()["dataContent"], "h**k");
        for to in ["carol", "0"] {
            alice.says(to, "spam");
            let error = alice.error();
            assert_eq!(
                (&error["errorCode"], &error["reason"]),
                (&json!(2001), &json!("no spam, alice"))
            );
        }
        alice.says("nobody-yet", "later");
        let error = alice.error();
        assert_eq!(
            (&error["errorCode"], &error["retryAfter"]),
            (&json!(304), &json!(5000))
        );
        let (code, log) = stop(child, Signal::TERM);
        assert_eq!(code, Some(0), "{log}");

        // Whoever has another secret is told nothing.
        let (child, tcp) = serve("a secret of somebody else entirely");
        let mut alice = Client::log_in(&tcp, "alice");
        alice.says("bob", "a secret text");
        let error = alice.error();
        assert_eq!(error["errorCode"], 304);
        assert!(error["retryAfter"].as_u64().unwrap() >= 2000, "{error}");
        let (code, log) = stop(child, Signal::TERM);
        assert_eq!(code, Some(0), "{log}");
        let expected = format!(
            "{url} does not decide about messages (beforeC2c): it answers with status 401; clients are told to send messages again later"
        );
        assert!(log.contains(&expected), "{log}");
        assert!(!log.contains("a secret text"), "{log}");
        back_end.kill().unwrap();
        back_end.wait().unwrap();
    }
}

#[test]
fn a_question_needs_a_secret_and_an_address_that_may_be_asked() {
    let url = [
        "check",
        "--dev",
        "--webhooks-before-c2c",
        "https://app.example.com/before",
    ];
    let with = |more: &[&str]| refused(2, &[&url[..], more].concat());
    let log = with(&[]);
    assert!(
        log.contains("'--webhooks-before-c2c <URL>' needs a secret that signs what is asked"),
        "{log}"
    );
    assert!(log.contains("'webhooks.secret-file' names one"), "{log}");
    let log = with(&["--webhooks-secret", "short"]);
    assert!(
        log.contains("a secret must have 24 bytes at least"),
        "{log}"
    );
    let secret = ["--webhooks-secret", "a secret of at least 24 bytes"];
    let with = |more: &[&str]| with(&[&secret[..], more].concat());
    for (more, told) in [
        (
            ["--webhooks-before-c2s", "http://app.example.com/"],
            "expected https",
        ),
        (
            ["--webhooks-before-c2c-on-failure", "perhaps"],
            "retry, allow, refuse",
        ),
        (
            ["--webhooks-time", "31s"],
            "expected a duration from 1s to 30s",
        ),
        (
            ["--webhooks-batch", "0"],
            "expected a number from 1 to 65535",
        ),
        (
            ["--webhooks-provider-ca", "/nonexistent"],
            "cannot read /nonexistent",
        ),
    ] {
        let log = with(&more);
        assert!(log.contains(told), "{log}");
    }
    assert_eq!(said(&[&url[..], &secret[..]].concat()).0, Some(0));
}

#[test]
fn a_question_is_asked_and_no_longer_asked_from_sighup_on() {
    let directory = tempfile::tempdir().unwrap();
    let configure = |more: &str| {
        let listen =
            "[listen]\ntcp = \"127.0.0.1:0\"\nudp = \"off\"\nws = \"off\"\nhttp = \"off\"\n";
        let text = format!("dev = true\n{listen}{more}");
        std::fs::write(directory.path().join("mobileim.toml"), text).unwrap();
    };
    configure("");
    let (mut child, line) = start(server(&[]).current_dir(directory.path()));
    let tcp = line.trim().strip_prefix("ready tcp=").unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut reload = |up_to: &str| {
        kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
        let mut said = String::new();
        while !said.contains(up_to) {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "{said}");
        }
    };
    let (mut alice, mut bob) = (Client::log_in(tcp, "alice"), Client::log_in(tcp, "bob"));
    alice.says("bob", "before");
    assert_eq!(bob.receive()["dataContent"], "before");

    let nobody = TcpListener::bind(ANY).unwrap().local_addr().unwrap();
    let asked = format!("before-c2c = \"http://{nobody}/\"\nbefore-c2c-on-failure = \"refuse\"\n");
    configure(&format!("[webhooks]\n{asked}"));
    reload("needs a secret that signs what is asked");
    configure(&format!("[webhooks]\n{asked}secret = \"{SECRET}\"\n"));
    reload("taken over: webhooks.before-c2c, webhooks.before-c2c-on-failure, webhooks.secret");
    alice.says("bob", "meanwhile");
    let error = alice.error();
    assert_eq!(error["errorCode"], 1027);
    assert_eq!(error["reason"], "the message could not be checked");

    configure("");
    reload("taken over: webhooks.before-c2c");
    alice.says("bob", "after");
    assert_eq!(bob.receive()["dataContent"], "after");
    child.kill().unwrap();
    child.wait().unwrap();
}
