//! The program, run.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) const ANY: &str = "127.0.0.1:0";

pub(crate) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mobileim-server"));
    command.args(args);
    // Of whoever runs the tests.
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("MOBILEIM_")) {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end, and returns its code and what it said.
pub(crate) fn said(args: &[&str]) -> (Option<i32>, String, String) {
    let output = server(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Runs the program, which ends with a code and prints nothing, and returns its log.
pub(crate) fn refused(code: i32, args: &[&str]) -> String {
    let (status, stdout, log) = said(args);
    assert_eq!((status, stdout.as_str()), (Some(code), ""));
    log
}

/// Starts a server and waits for its line.
pub(crate) fn start(command: &mut Command) -> (Child, String) {
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

pub(crate) fn stop(mut child: Child, signal: Signal) -> (Option<i32>, String) {
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
pub(crate) fn directory_with_certificate(until: i32) -> TempDir {
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
