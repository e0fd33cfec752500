//! Its one line, its warnings, and its end.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{ANY, directory_with_certificate, refused, server, start, stop};

#[test]
fn one_line_says_where_it_listens_and_both_signals_end_it_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let (child, line) = start(&mut server(&[
            "--dev", "--tcp", ANY, "--udp", ANY, "--ws", ANY, "--http", ANY,
        ]));
        let names: Vec<_> = line
            .split_whitespace()
            .map(|word| word.split('=').next().unwrap())
            .collect();
        assert_eq!(names, ["ready", "tcp", "udp", "ws", "http"]);
        assert!(!line.contains(":0"), "the real ports: {line}");
        let (code, log) = stop(child, signal);
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("ANY TOKEN IS ACCEPTED"), "{log}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut child, line) = start(&mut server(&[
        "--dev", "--tcp", ANY, "--udp", "off", "--ws", "off", "--http", "off",
    ]));
    let address = line.trim().strip_prefix("ready tcp=").unwrap();
    // It waits for this one, which does not close.
    let _client = TcpStream::connect(address).unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut text = String::new();
    while !text.contains("SIGTERM: stopping") {
        assert_ne!(log.read_line(&mut text).unwrap(), 0, "{text}");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    log.read_to_string(&mut text).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(
        text.contains("SIGINT again: not waiting any longer"),
        "{text}"
    );
}

#[test]
fn listeners_that_are_off_are_left_out_and_variables_count() {
    let mut command = server(&["--tcp", "off", "--udp", "off", "--http", "off"]);
    let (child, line) = start(command.env("MOBILEIM_DEV", "true").env("MOBILEIM_WS", ANY));
    assert!(line.starts_with("ready ws=127.0.0.1:"), "{line}");
    assert_eq!(stop(child, Signal::TERM).0, Some(0));
}

#[test]
fn an_address_that_others_can_reach_is_warned_of() {
    let (child, _) = start(&mut server(&[
        "--dev",
        "--tcp",
        "0.0.0.0:0",
        "--udp",
        "off",
        "--ws",
        "off",
        "--http",
        "off",
    ]));
    let (_, log) = stop(child, Signal::TERM);
    assert!(log.contains("ANYBODY THERE CAN LOG IN AS ANYBODY"), "{log}");
}

#[test]
fn encryption_is_proposed_where_there_is_none_and_udp_has_none() {
    let directory = directory_with_certificate(4000);
    let mut command = server(&["--jwt-secret", &"x".repeat(32)]);
    command.current_dir(&directory).args([
        "--tcp",
        "0.0.0.0:0",
        "--udp",
        "0.0.0.0:0",
        "--ws",
        ANY,
        "--http",
        "off",
        "--wss",
        "0.0.0.0:0",
        "--tls-cert",
        "certificate.pem",
        "--tls-key",
        "key.pem",
    ]);
    let (child, line) = start(&mut command);
    assert!(line.contains(" wss=0.0.0.0:"), "{line}");
    let (_, log) = stop(child, Signal::TERM);
    assert_eq!(log.matches("WHOEVER IS ON THE WAY").count(), 2, "{log}");
    assert_eq!(log.matches("Use --tcp-tls").count(), 1, "{log}");
    assert!(log.contains("(UDP) can be reached"), "{log}");
    let (child, _) = start(command.args(["--trusted-proxies", "10.0.0.0/8"]));
    let (_, log) = stop(child, Signal::TERM);
    assert_eq!(log.matches("WHOEVER IS ON THE WAY").count(), 1, "{log}");
    assert!(log.contains("(UDP) can be reached"), "{log}");
}

#[test]
fn a_port_in_use_is_told_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind(ANY).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["tcp", "ws", "http"] {
        let mut args = vec!["--dev", "--udp", "off"];
        for other in ["--tcp", "--ws", "--http"] {
            let value = if &other[2..] == flag { &address } else { ANY };
            args.extend([other, value]);
        }
        let log = refused(1, &args);
        assert!(
            log.contains(&format!("cannot listen on {address} ({flag})")),
            "{log}"
        );
        assert!(log.contains(&format!("--{flag} ADDR")), "{log}");
    }
}

#[test]
fn with_few_descriptors_it_refuses_connections_logs_once_and_goes_on() {
    // 200 for all, 128 of them in reserve.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 200; exec \"$@\"", "sh"]);
    command.arg(env!("CARGO_BIN_EXE_mobileim-server"));
    command.args([
        "--dev", "--udp", "off", "--ws", "off", "--tcp", ANY, "--http", ANY,
    ]);
    let (child, line) = start(&mut command);
    let address = |name: &str| {
        let word = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name));
        word.unwrap().to_owned()
    };
    let connections: Vec<_> = (0..300)
        .map(|_| TcpStream::connect(address("tcp=")).unwrap())
        .collect();
    let is_closed = |mut connection: &TcpStream| {
        let patience = Some(Duration::from_millis(20));
        connection.set_read_timeout(patience).unwrap();
        !matches!(connection.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    // As soon as the server has seen all of them.
    let refused = || connections.iter().filter(|one| is_closed(one)).count();
    assert!((0..20).any(|_| refused() == 300 - 72), "{}", refused());

    let mut http = TcpStream::connect(address("http=")).unwrap();
    http.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");

    drop(connections);
    let log_in = br#"{"type":0,"dataContent":"{\"loginUserId\":\"alice\",\"loginToken\":\"t\"}"}"#;
    let length = u32::try_from(log_in.len()).unwrap().to_be_bytes();
    let log_in = [&length, &log_in[..]].concat();
    // As soon as the server has seen that the others are gone.
    let is_let_in = |_| {
        let mut again = TcpStream::connect(address("tcp=")).unwrap();
        again.write_all(&log_in).is_ok() && again.read(&mut [0; 100]).is_ok_and(|count| count > 0)
    };
    assert!((0..1000).any(is_let_in));

    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0));
    assert_eq!(log.matches("others are refused").count(), 1, "{log}");
    assert_eq!(
        log.matches("there is room for connections again").count(),
        1,
        "{log}"
    );
}
