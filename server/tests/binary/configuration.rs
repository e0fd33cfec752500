//! What is wrong with flags, variables and the file, and what is right.

use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use mobileim_server::config::SETTINGS;

use crate::program::{ANY, refused, said, server, start, stop};

#[test]
fn without_dev_it_refuses_to_start() {
    let log = refused(2, &[]);
    assert!(log.starts_with("error: refusing to start"), "{log}");
    assert!(log.contains("\n    [auth]\n"), "{log}");
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
    assert!(
        dev.contains(
            "'--jwt-secret <SECRET>' says who may log in, and cannot be combined with '--dev'"
        ),
        "{dev}"
    );
    let dev = refused(2, &["--dev", "--udp-tokens", "once"]);
    assert!(dev.contains("any number of times"), "{dev}");
}

#[test]
fn what_does_not_go_together_is_told_with_the_line_that_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let secret = "\"a secret of at least 32 bytes in all\"";
    for (file, expected) in [
        (
            "dev = true\nstore = \"sqlite\"\n".to_owned(),
            "mobileim.toml:2: 'store' is sqlite, which needs 'data-dir'\n",
        ),
        (
            "dev = true\nsense = \"udp=15s\"\n".to_owned(),
            "mobileim.toml:2: 'sense': there is no sense mode 15s on udp",
        ),
        (
            format!("dev = true\n[auth]\njwt-secret = {secret}\n"),
            "mobileim.toml:3: 'auth.jwt-secret' says who may log in, and cannot be combined with 'dev'\n",
        ),
        (
            "dev = true\n[auth]\nudp-tokens = \"once\"\n".to_owned(),
            "mobileim.toml:3: 'auth.udp-tokens' is once, which needs keys for tokens: any token is accepted, any number of times, with 'dev'\n",
        ),
        (
            "[auth]\n\nwebhook-url = \"https://app.example.com/\"\n".to_owned(),
            "mobileim.toml:3: 'auth.webhook-url' needs a secret that signs what is asked",
        ),
        (
            format!(
                "[auth]\nwebhook-url = \"https://app.example.com/\"\nwebhook-secret = {secret}\njwt-secret = {secret}\n"
            ),
            "mobileim.toml:2: 'auth.webhook-url' is in place of keys for tokens: it cannot be combined with 'auth.jwt-secret'\n",
        ),
        (
            "[auth]\njwt-jwks-url = \"https://id.example.com/keys\"\nusers-file = \"mobileim.toml\"\n".to_owned(),
            "mobileim.toml:3: ",
        ),
    ] {
        std::fs::write(dir.path().join("mobileim.toml"), &file).unwrap();
        let output = server(&["check"]).current_dir(dir.path()).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.starts_with(&format!("error: {expected}")), "{file}{log}");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn a_variable_that_no_setting_has_is_warned_of_by_check_and_in_the_log() {
    let warned = "unknown variable 'MOBILEIM_TCPP'; did you mean 'MOBILEIM_TCP'?";
    let mut check = server(&["check", "--dev"]);
    let output = check
        .env("MOBILEIM_TCPP", "1")
        .env("MOBILEIM_CA", "2")
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, format!("warning: {warned}\n"));
    let off = [
        "--dev", "--tcp", ANY, "--udp", "off", "--ws", "off", "--http", "off",
    ];
    let (child, _) = start(server(&off).env("MOBILEIM_TCPP", "1"));
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(log.contains(warned), "{log}");
}

#[test]
fn limits_that_make_no_sense_are_told_with_what_would() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[limits]\nmax-body = \"10KiB\"\n# Longer.\nmax-body-tcp = \"20KiB\"\n";
    std::fs::write(dir.path().join("mobileim.toml"), text).unwrap();
    let check = |args: &[&str]| {
        let args = [&["check", "--dev"], args].concat();
        let output = server(&args).current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let log = check(&[]);
    let expected = "error: mobileim.toml:4: 'limits.max-body-tcp' is 20KiB, which is more than 'limits.max-body', 10KiB\n";
    assert!(log.starts_with(expected), "{log}");
    for (flag, value, expected) in [
        ("--max-body", "100KiB", "expected a size from 6KiB to 64KiB"),
        ("--http-head", "1KiB", "expected a size from 8KiB to 64KiB"),
        ("--login-time", "0s", "expected a duration from 1s to 5m"),
        (
            "--http-connections",
            "0",
            "expected a number from 1 to 65535",
        ),
    ] {
        let log = check(&[flag, value]);
        assert!(
            log.starts_with("error: invalid value") && log.contains(expected),
            "{log}"
        );
    }
}

#[test]
fn a_client_has_the_time_to_log_in_that_is_set() {
    let args = [
        "--dev", "--udp", "off", "--ws", "off", "--http", "off", "--tcp", ANY,
    ];
    let (child, line) = start(server(&args).args(["--login-time", "1s"]));
    let tcp = line.trim().strip_prefix("ready tcp=").unwrap();
    let begun = Instant::now();
    let mut client = TcpStream::connect(tcp).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "it is closed");
    let patience = Duration::from_secs(1)..Duration::from_secs(5);
    assert!(patience.contains(&begun.elapsed()), "{:?}", begun.elapsed());
    let (_, log) = stop(child, Signal::TERM);
    assert!(log.contains("no login in time"), "{log}");
}

/// The terminal client's variables: whoever sets one for it must not set something of the server's by that.
#[test]
fn no_variable_is_the_terminal_clients_too_but_that_of_the_log() {
    let args = include_str!("../../../client/src/bin/mobileim/args.rs");
    let of_client = args.split('"').filter(|text| text.starts_with("MOBILEIM_"));
    let mut both: Vec<_> = of_client
        .filter(|name| SETTINGS.iter().any(|setting| setting.variable == *name))
        .collect();
    both.retain(|name| *name != "MOBILEIM_LOG");
    assert_eq!(both, [""; 0]);
}
