//! The program: its flags, its one line and its end.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const ANY: &str = "127.0.0.1:0";

fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mobileim-server"));
    command.args(args).env_remove("MOBILEIM_LOG");
    command
}

/// Runs the program to its end, and returns its code and what it said.
fn said(args: &[&str]) -> (Option<i32>, String, String) {
    let output = server(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Runs the program, which ends with a code and prints nothing, and returns its log.
fn refused(code: i32, args: &[&str]) -> String {
    let (status, stdout, log) = said(args);
    assert_eq!((status, stdout.as_str()), (Some(code), ""));
    log
}

/// Starts a server and waits for its line.
fn start(command: &mut Command) -> (Child, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    (child, line)
}

fn stop(mut child: Child, signal: Signal) -> (Option<i32>, String) {
    kill_process(Pid::from_child(&child), signal).unwrap();
    let status = child.wait().unwrap();
    let mut log = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    (status.code(), log)
}

/// A directory with a certificate that is valid until this year, its key, and another key.
fn directory_with_certificate(until: i32) -> TempDir {
    let directory = TempDir::new().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    for (name, text) in [
        ("certificate.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
        (
            "other-key.pem",
            KeyPair::generate().unwrap().serialize_pem(),
        ),
    ] {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

#[test]
fn what_is_wrong_with_certificates_and_proxies_is_told_with_its_line() {
    let directory = directory_with_certificate(4000);
    for (lines, line, expected) in [
        (
            "wss = '127.0.0.1:0'",
            3,
            "'listen.wss' needs a certificate and its private key",
        ),
        (
            "tls-cert = 'certificate.pem'",
            3,
            "'listen.tls-cert' needs its private key",
        ),
        (
            "tls-key = 'key.pem'",
            3,
            "'listen.tls-key' needs its certificate",
        ),
        (
            "tls-cert = 'certificate.pem'\ntls-key = 'other-key.pem'",
            4,
            "'listen.tls-key': the key in other-key.pem does not belong to the first certificate in certificate.pem",
        ),
        (
            "tls-cert = 'key.pem'\ntls-key = 'key.pem'",
            3,
            "'listen.tls-cert': there is no certificate in key.pem",
        ),
        (
            "tls-cert = 'certificate.pem'\ntls-key = 'certificate.pem'",
            4,
            "'listen.tls-key': there is no private key in certificate.pem",
        ),
        (
            "\nproxy-protocol = ['tcp']",
            4,
            "'listen.proxy-protocol' needs to know who may send the header: 'listen.trusted-proxies'",
        ),
        (
            "trusted-proxies = ['10.0.0.0/8', 'proxy']",
            3,
            "expected addresses or networks, such as",
        ),
        (
            "tls-cert = 'gone.pem'\ntls-key = 'key.pem'",
            3,
            "'listen.tls-cert': cannot read gone.pem: No such file or directory",
        ),
    ] {
        let text = format!("dev = true\n[listen]\n{lines}\n");
        fs::write(directory.path().join("mobileim.toml"), text).unwrap();
        let output = server(&["check"]).current_dir(&directory).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let place = format!("error: mobileim.toml:{line}: ");
        assert!(
            told.starts_with(&place) && told.contains(expected),
            "{expected}: {told}"
        );
    }
}

#[test]
fn a_certificate_that_has_expired_is_warned_of() {
    let directory = directory_with_certificate(2020);
    let tls = ["--tls-cert", "certificate.pem", "--tls-key", "key.pem"];
    let mut command = server(&["check", "--dev"]);
    let output = command.args(tls).current_dir(&directory).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let expected =
        "warning: the certificate in certificate.pem HAS EXPIRED at 2020-01-01T00:00:00Z";
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn a_certificate_is_read_again_when_its_files_change() {
    let directory = directory_with_certificate(4000);
    let mut command = server(&[
        "--dev", "--tcp", "off", "--udp", "off", "--ws", "off", "--http", "off",
    ]);
    command.current_dir(&directory).args([
        "--tcp-tls",
        ANY,
        "--tls-cert",
        "certificate.pem",
        "--tls-key",
        "key.pem",
    ]);
    let (mut child, line) = start(&mut command);
    assert!(line.starts_with("ready tcp-tls=127.0.0.1:"), "{line}");
    let renewed = directory_with_certificate(4000);
    // As a mounted secret is replaced: what was there is not touched.
    for name in ["certificate.pem", "key.pem"] {
        fs::remove_file(directory.path().join(name)).unwrap();
        symlink(renewed.path().join(name), directory.path().join(name)).unwrap();
    }
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = lines.find(|line| line.as_ref().unwrap().contains("is another one"));
    assert!(told.is_some(), "the log says so");
    child.kill().unwrap();
    child.wait().unwrap();
}

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
fn without_dev_it_refuses_to_start() {
    let log = refused(2, &[]);
    assert!(log.starts_with("error: refusing to start"), "{log}");
    assert!(log.contains("\n    [auth]\n"), "{log}");
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
fn a_bad_value_is_told_with_the_variable_it_comes_from() {
    let output = server(&[]).env("MOBILEIM_TCP", "8901").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.starts_with("error: invalid value '8901' for 'MOBILEIM_TCP': expected an address"),
        "{log}"
    );
}

#[test]
fn a_flag_wins_over_its_variable() {
    let mut command = server(&["--tcp", "off"]);
    command.env("MOBILEIM_TCP", "not even read");
    let log = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(log.contains("refusing to start"), "{log}");
}

#[test]
fn a_sense_mode_that_udp_does_not_have_is_told() {
    let log = refused(2, &["--dev", "--sense", "udp=15s"]);
    assert!(log.contains("there is no sense mode 15s on udp"), "{log}");
}

#[test]
fn the_example_that_it_prints_is_a_configuration_with_nothing_wrong() {
    let (code, example, _) = said(&["config"]);
    assert_eq!(code, Some(0));
    assert!(example.contains("\n[listen]\n"), "{example}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mobileim.toml");
    std::fs::write(&path, example).unwrap();
    let path = path.to_str().unwrap();
    let expected = (
        Some(0),
        format!("{path}: nothing is wrong with it\n"),
        String::new(),
    );
    assert_eq!(said(&["check", "--dev", "--config", path]), expected);
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line_by_check_and_at_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mobileim.toml"), "dev = on\n").unwrap();
    std::fs::write(dir.path().join("other.toml"), "[listen]\ntpc = \"off\"\n").unwrap();
    for (args, expected) in [
        // The one in the current directory.
        (&["check"][..], "error: mobileim.toml:1: "),
        (&[], "error: mobileim.toml:1: "),
        (
            &["--config", "other.toml"],
            "error: other.toml:2: unknown key 'listen.tpc'; did you mean 'listen.tcp'?",
        ),
    ] {
        let output = server(args).current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.starts_with(expected), "{log}");
    }
}

#[test]
fn it_serves_as_the_file_says() {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "dev = true\n[listen]\ntcp = \"off\"\nudp = \"off\"\nhttp = \"off\"\nws = \"{ANY}\"\n"
    );
    std::fs::write(dir.path().join("mobileim.toml"), text).unwrap();
    let (child, line) = start(server(&[]).current_dir(dir.path()));
    assert!(line.starts_with("ready ws=127.0.0.1:"), "{line}");
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(log.contains("configuration: mobileim.toml"), "{log}");
}

#[test]
fn with_what_the_refusal_says_it_starts_and_makes_tokens() {
    let log = refused(2, &[]);
    let lines = log.lines().filter_map(|line| line.strip_prefix("    "));
    let configuration = lines.collect::<Vec<_>>().join("\n");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("mobileim.toml"), configuration).unwrap();
    let run = |args: &[&str]| server(args).current_dir(dir.path()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();

    let without = text(run(&["check"]).stderr);
    assert!(
        without.contains("mobileim.toml:3: cannot read 'jwt-secret'"),
        "{without}"
    );
    let secret = dir.path().join("jwt-secret");
    std::fs::write(&secret, "too short\n").unwrap();
    let short = text(run(&["check"]).stderr);
    assert!(
        short.contains("a secret must have 32 bytes at least, and this one has 9"),
        "{short}"
    );

    std::fs::write(&secret, "a secret of at least 32 bytes in all\n").unwrap();
    let token = run(&["token", "--user", "alice"]);
    assert_eq!(token.status.code(), Some(0), "{}", text(token.stderr));
    assert_eq!(text(token.stdout).trim_end().split('.').count(), 3);
    let args = [
        "--tcp",
        "off",
        "--udp",
        "off",
        "--http",
        "off",
        "--ws",
        "0.0.0.0:0",
    ];
    let (child, line) = start(server(&args).current_dir(dir.path()));
    assert!(line.starts_with("ready ws=0.0.0.0:"), "{line}");
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(!log.contains("ANY TOKEN"), "{log}");
    assert!(log.contains("is not encrypted"), "{log}");
    assert!(!log.contains("a secret of"), "{log}");

    let dev = refused(
        2,
        &[
            "--dev",
            "--jwt-secret",
            "a secret of at least 32 bytes in all",
        ],
    );
    assert!(dev.contains("--dev accepts any token"), "{dev}");
    let dev = refused(2, &["--dev", "--udp-tokens", "once"]);
    assert!(dev.contains("any number of times"), "{dev}");
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
