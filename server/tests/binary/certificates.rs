//! Certificates, and proxies.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;

use crate::program::{ANY, directory_with_certificate, server, start};

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
            "api-tls = '127.0.0.1:0'",
            3,
            "'listen.api-tls' needs a certificate and its private key",
        ),
        (
            "api-tls = '127.0.0.1:0'\ntls-cert = 'certificate.pem'\ntls-key = 'key.pem'",
            3,
            "'listen.api-tls' needs keys for the API: 'api.keys-file' names their file",
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
