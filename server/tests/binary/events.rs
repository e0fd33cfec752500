//! The section of events: what is wrong in it, what is right, and what SIGHUP takes over.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStderr};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::client::Client;
use crate::program::{ANY, server, start};

/// The beginning of a file that is right; its last line is the third.
const BEGINNING: &str = "dev = true\ndata-dir = \"data\"\n[events]\n";

/// What `check` says of a file in a directory, with its code.
fn check(directory: &Path, file: &str) -> (Option<i32>, String) {
    std::fs::write(directory.join("mobileim.toml"), file).unwrap();
    let mut check = server(&["check"]);
    let output = check.current_dir(directory).output().unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), told)
}

/// A directory with a secret that is right and one that is not.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name, text| std::fs::write(directory.path().join(name), text).unwrap();
    write("secret", "a secret of at least 24 bytes\n");
    write("short", "too short\n");
    directory
}

#[test]
fn what_no_setting_of_events_can_be_is_told_with_its_line_and_what_it_may_be() {
    let directory = directory();
    for (line, expected) in [
        (
            "types = [\"online\", \"oflin\"]",
            "invalid value 'online,oflin' for 'events.types': there is no type 'oflin': expected types of events, of online, offline,",
        ),
        (
            "types = []",
            "invalid value '' for 'events.types': there is no type ''",
        ),
        (
            "types = \"all,online\"",
            "invalid value 'all,online' for 'events.types': there is no type 'all'",
        ),
        (
            "tipes = \"all\"",
            "unknown key 'events.tipes'; did you mean 'events.types'?",
        ),
        (
            "users = \"*-shop\"",
            "invalid value '*-shop' for 'events.users': expected user ids; * at the end stands for any end, as in \"shop-*\"",
        ),
        (
            "users = [\"alice\", \"\"]",
            "invalid value 'alice,' for 'events.users': expected user ids",
        ),
        (
            "text = \"perhaps\"",
            "invalid value 'perhaps' for 'events.text': expected \"on\" or \"off\"",
        ),
        (
            "keep = \"10s\"",
            "invalid value '10s' for 'events.keep': expected a duration such as 12h or 7d, from a minute to a year",
        ),
        (
            "max-bytes = \"1KiB\"",
            "invalid value '1KiB' for 'events.max-bytes': expected a size from 1MiB to 1024GiB",
        ),
        (
            "url = \"shop.example.com/events\"",
            "invalid value 'shop.example.com/events' for 'events.url': expected a URL such as https://",
        ),
        (
            "url = \"http://shop.example.com/events\"",
            "invalid value 'http://shop.example.com/events' for 'events.url': expected https: http is for services on this machine",
        ),
        (
            "secret = \"too short\"",
            "invalid value for 'events.secret': a secret must have 24 bytes at least, and this one has 9",
        ),
        (
            "secret-file = \"short\"",
            "invalid value for 'events.secret-file': a secret must have 24 bytes at least, and this one has 9",
        ),
        (
            "secret-file = \"nowhere\"",
            "cannot read 'nowhere', the file of 'events.secret-file': ",
        ),
        (
            "batch = 0",
            "invalid value '0' for 'events.batch': expected a number from 1 to 65535",
        ),
        (
            "timeout = \"2m\"",
            "invalid value '2m' for 'events.timeout': expected a duration from 1s to 1m",
        ),
    ] {
        let (code, told) = check(directory.path(), &format!("{BEGINNING}{line}\n"));
        let expected = format!("error: mobileim.toml:4: {expected}");
        assert!(told.starts_with(&expected), "{line}: {told}");
        assert_eq!(code, Some(2));
    }
}

#[test]
fn settings_of_events_that_need_others_say_which() {
    let directory = directory();
    let database = "needs a database that events are recorded in: 'data-dir' for SQLite, or 'database-url' for PostgreSQL\n";
    let url = "url = \"https://shop.example.com/events\"\n";
    for (file, expected) in [
        (
            "dev = true\n[events]\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:3: 'events.types' {database}"),
        ),
        (
            "dev = true\nstore = \"memory\"\ndata-dir = \"data\"\n[events]\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:5: 'events.types' {database}"),
        ),
        (
            "dev = true\nstore = \"none\"\n[events]\n\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:5: 'events.types' {database}"),
        ),
        (
            format!("{BEGINNING}types = \"all\"\n{url}"),
            "mobileim.toml:5: 'events.url' needs a secret that signs what is sent, or anybody could send events: 'events.secret-file' names one\n".to_owned(),
        ),
        (
            format!("{BEGINNING}{url}secret-file = \"secret\"\n"),
            "mobileim.toml:4: 'events.url' needs 'events.types', which says what is sent there\n".to_owned(),
        ),
        (
            format!("{BEGINNING}types = \"all\"\nsecret-file = \"secret\"\n"),
            "mobileim.toml:5: 'events.secret-file' signs what is sent to 'events.url', which is not set\n".to_owned(),
        ),
    ] {
        let (code, told) = check(directory.path(), &file);
        assert!(told.starts_with(&format!("error: {expected}")), "{file}{told}");
        assert_eq!(code, Some(2));
    }
    let right = format!(
        "{BEGINNING}types = [\"online\", \"offline\"]\nusers = [\"shop-*\", \"alice\"]\n{url}secret-file = \"secret\"\n"
    );
    let (code, told) = check(directory.path(), &right);
    assert_eq!(
        (code, told.as_str()),
        (Some(0), "mobileim.toml: nothing is wrong with it\n")
    );
}

/// A server in a directory, by the configuration there.
struct Serving {
    child: Child,
    log: BufReader<ChildStderr>,
    tcp: String,
}

impl Serving {
    fn start(directory: &Path, section: &str) -> Self {
        configure(directory, section);
        let (mut child, line) = start(server(&[]).current_dir(directory));
        Self {
            log: BufReader::new(child.stderr.take().unwrap()),
            tcp: line.trim().strip_prefix("ready tcp=").unwrap().to_owned(),
            child,
        }
    }

    /// Has it read another configuration, and gives what it says of that, up to a line with this.
    fn reload(&mut self, directory: &Path, section: &str, up_to: &str) -> String {
        configure(directory, section);
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
        let mut said = String::new();
        while !said.contains(up_to) {
            assert_ne!(self.log.read_line(&mut said).unwrap(), 0, "{said}");
        }
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configure(directory: &Path, section: &str) {
    let listen = "[listen]\ntcp = \"127.0.0.1:0\"\nudp = \"off\"\nws = \"off\"\nhttp = \"off\"\n";
    let text = format!("dev = true\ndata-dir = \"data\"\n{listen}[events]\n{section}");
    std::fs::write(directory.join("mobileim.toml"), text).unwrap();
}

/// Where events are sent to, and what comes there: the id of each request, and its events.
struct BackEnd {
    url: String,
    come: Receiver<(String, Vec<Value>)>,
}

impl BackEnd {
    /// One that answers each request with a status.
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind(ANY).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (tell, come) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut id, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    // A connection that nothing is asked on.
                    if stream.read_line(&mut line).unwrap_or(0) == 0 {
                        break;
                    }
                    match line.trim().to_lowercase().split_once(": ") {
                        Some(("webhook-id", value)) => value.clone_into(&mut id),
                        Some(("content-length", value)) => length = value.parse().unwrap(),
                        None if line.trim().is_empty() => break,
                        Some(_) | None => {}
                    }
                }
                let mut body = vec![0; length];
                if length == 0 || stream.read_exact(&mut body).is_err() {
                    continue;
                }
                let body: Value = serde_json::from_slice(&body).unwrap();
                let answer =
                    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                let _ = stream.get_mut().write_all(answer.as_bytes());
                if tell
                    .send((id, body["events"].as_array().unwrap().clone()))
                    .is_err()
                {
                    return;
                }
            }
        });
        Self { url, come }
    }

    /// The next request, which has one event.
    fn next(&self) -> (String, Value) {
        let (id, mut events) = self.come.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        (id, events.remove(0))
    }
}

#[test]
fn sighup_changes_what_is_recorded_and_where_it_is_sent_to_at_once() {
    let directory = directory();
    let directory = directory.path();
    let (gone, other) = (BackEnd::start("410 Gone"), BackEnd::start("200 OK"));
    let mut serving = Serving::start(directory, "types = \"online\"\nusers = \"shop-*\"\n");
    let tcp = serving.tcp.clone();
    let mut alice = Client::log_in(&tcp, "alice");
    let _shop = Client::log_in(&tcp, "shop-1");

    // One after the other, so that each request has one event.
    let one = "types = [\"online\", \"stored\"]\nbatch = 1\nsecret-file = \"secret\"\n";
    let to = |back_end: &BackEnd| format!("url = \"{}\"\n", back_end.url);
    let said = serving.reload(directory, &[one, &to(&gone)].concat(), "taken over");
    let expected =
        "taken over: events.types, events.users, events.url, events.secret, events.batch";
    assert!(said.contains(expected), "{said}");
    let (refused, event) = gone.next();
    assert_eq!(
        (&event["type"], &event["user"]),
        (&"online".into(), &"shop-1".into())
    );
    let _bob = Client::log_in(&tcp, "bob");

    // What has said that it is gone would be asked in five minutes.
    let rest = "text = true\nkeep = \"2days\"\nmax-bytes = \"1MiB\"\ntimeout = \"5s\"\n";
    let section = [one, rest, &to(&other)].concat();
    let said = serving.reload(directory, &section, "taken over");
    let expected =
        "taken over: events.text, events.keep, events.max-bytes, events.url, events.timeout";
    assert!(said.contains(expected), "{said}");
    let (sent_again, event) = other.next();
    assert_eq!((sent_again, &event["user"]), (refused, &"shop-1".into()));
    assert_eq!(other.next().1["user"], "bob");
    alice.says("dan", "later");
    let (_, event) = other.next();
    assert_eq!(
        (&event["type"], &event["text"]),
        (&"stored".into(), &"later".into())
    );

    // Whether anything is recorded at all is known at the start.
    let said = serving.reload(directory, "", "needs a restart");
    assert!(
        said.contains("needs a restart: events.types, events.text"),
        "{said}"
    );
    assert!(!said.contains("taken over"), "{said}");
    let _erin = Client::log_in(&tcp, "erin");
    assert_eq!(other.next().1["user"], "erin");
    let said = serving.reload(
        directory,
        &section,
        "nothing in the configuration has changed",
    );
    assert!(!said.contains("taken over"), "{said}");
}

#[test]
fn a_server_that_records_nothing_says_that_it_needs_a_restart_to_begin() {
    let directory = directory();
    let directory = directory.path();
    let mut serving = Serving::start(directory, "");
    let section = "types = \"all\"\nusers = \"shop-*\"\n";
    let said = serving.reload(directory, section, "needs a restart");
    let expected = "changed, and needs a restart: events.types, events.users";
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains("taken over"), "{said}");
}

#[test]
fn a_session_whose_end_was_not_to_be_recorded_is_not_ended_by_a_crash_later() {
    let directory = directory();
    let directory = directory.path();
    let back_end = BackEnd::start("200 OK");
    let section = |types: &str| {
        let url = &back_end.url;
        format!("types = \"{types}\"\nbatch = 1\nsecret-file = \"secret\"\nurl = \"{url}\"\n")
    };
    let mut seen = HashSet::new();
    // What it has taken may come again after a crash.
    let mut next = || loop {
        let (_, event) = back_end.next();
        if seen.insert(event["id"].to_string()) {
            return event;
        }
    };
    let online = |event: Value, user: &str| {
        assert_eq!(
            (&event["type"], &event["user"]),
            (&"online".into(), &user.into())
        );
        event["session"].clone()
    };
    let mut serving = Serving::start(directory, &section("online,offline"));
    let tcp = serving.tcp.clone();
    let _alice = Client::log_in(&tcp, "alice");
    online(next(), "alice");
    let _bob = Client::log_in(&tcp, "bob");
    let of_bob = online(next(), "bob");
    serving.reload(directory, &section("online"), "taken over: events.types");
    // It takes the place of the first, whose end is before its beginning.
    let _again = Client::log_in(&tcp, "alice");
    online(next(), "alice");
    serving.reload(
        directory,
        &section("online,offline"),
        "taken over: events.types",
    );
    // With SIGKILL.
    drop(serving);
    let serving = Serving::start(directory, &section("online,offline"));
    let ended = next();
    assert_eq!(
        (&ended["reason"], &ended["session"]),
        (&"server_crashed".into(), &of_bob)
    );
    let _carol = Client::log_in(&serving.tcp, "carol");
    online(next(), "carol");
}
