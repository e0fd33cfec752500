//! Encryption, with the server itself.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use mobileim_client::{Account, Builder, Event, LinkLostReason, TrustError};
use mobileim_server::{AcceptAnyToken, Certificates, Running, Server, TlsListeners};
use tokio::process::Command;

use crate::common::{CertificateFiles, quick, within};

async fn start(files: &CertificateFiles) -> Running {
    let any: Option<SocketAddr> = "127.0.0.1:0".parse().ok();
    let certificates = Certificates::load(files.certificate(), files.key()).unwrap();
    let listeners = TlsListeners::new(certificates).tcp(any).websocket(any);
    let server = Server::builder(AcceptAnyToken).tls(listeners).start();
    server.await.unwrap()
}

fn urls(server: &Running, host: &str) -> [String; 2] {
    let addresses = server.addresses();
    let (tls, wss) = (addresses.tcp_tls.unwrap(), addresses.wss.unwrap());
    [
        format!("tls://{host}:{}", tls.port()),
        format!("wss://{host}:{}", wss.port()),
    ]
}

/// Why a client does not get through.
async fn link_error(builder: Builder) -> String {
    let (client, mut events) = builder.spawn();
    let logging_in = client.clone();
    tokio::spawn(async move { logging_in.login(Account::new("alice", "token")).await });
    let lost = async {
        loop {
            if let Some(Event::LinkLost { reason }) = events.recv().await {
                return reason;
            }
        }
    };
    assert_eq!(within(lost).await, LinkLostReason::NeverOpened);
    client.last_link_error().unwrap().to_string()
}

#[tokio::test]
async fn a_server_is_trusted_whose_certificate_is_in_the_file() {
    let files = CertificateFiles::new();
    let server = start(&files).await;
    for url in urls(&server, "127.0.0.1") {
        let builder = quick(url.parse().unwrap());
        let (client, _events) = builder.ca_file(files.certificate()).unwrap().spawn();
        within(client.login(Account::new("alice", "token")))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_not_spoken_to() {
    let server = start(&CertificateFiles::new()).await;
    let other = CertificateFiles::new();
    for url in urls(&server, "127.0.0.1") {
        let system = quick(url.parse().unwrap());
        let others = quick(url.parse().unwrap()).ca_file(other.certificate());
        for builder in [system, others.unwrap()] {
            let error = link_error(builder).await;
            let expected = "TLS: nobody who is trusted vouches for the server's certificate";
            assert!(error.contains(expected), "{error}");
        }
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told() {
    let files = CertificateFiles::new();
    let server = start(&files).await;
    for url in urls(&server, "localhost") {
        let builder = quick(url.parse().unwrap());
        let error = link_error(builder.ca_file(files.certificate()).unwrap()).await;
        assert!(
            error.contains("not valid for name \"localhost\""),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_trusted_is_told_at_once() {
    let files = CertificateFiles::new();
    let builder = || quick("tls://127.0.0.1:1".parse().unwrap());
    assert!(matches!(
        builder().ca_file("/nonexistent").err(),
        Some(TrustError::Unreadable { .. })
    ));
    assert!(matches!(
        builder().ca_file(files.key()).err(),
        Some(TrustError::NoCertificate(_))
    ));
}

async fn send(server: &[&str], ca: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mobileim"));
    command.arg("send").args(server).args([
        "--user",
        "alice",
        "--to",
        "bob",
        "--no-outbox",
        "--timeout",
        "2",
    ]);
    if let Some(ca) = ca {
        command.arg("--ca").arg(ca);
    }
    within(command.arg("hi").kill_on_drop(true).output())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_script_says_whom_to_trust_and_is_told_what_is_wrong_with_that() {
    let files = CertificateFiles::new();
    let server = start(&files).await;
    let [tls, wss] = urls(&server, "127.0.0.1");
    let tcp = tls.trim_start_matches("tls://");
    let certificate = files.certificate();
    for server in [&["--tcp", tcp, "--tls"][..], &["--ws", &wss]] {
        let sent = send(server, Some(&certificate)).await;
        assert!(sent.status.success(), "{sent:?}");
        let told = |output: Output| {
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            String::from_utf8(output.stderr).unwrap()
        };
        let untrusted = told(send(server, None).await);
        assert!(untrusted.contains("nobody who is trusted"), "{untrusted}");
        let missing = told(send(server, Some(Path::new("/nonexistent"))).await);
        let expected = "mobileim: --ca: cannot read /nonexistent: No such file or directory";
        assert!(missing.starts_with(expected), "{missing}");
        let key = told(send(server, Some(&files.key())).await);
        assert!(key.contains("--ca: there is no certificate in "), "{key}");
    }
    let plain = send(&["--tcp", tcp], Some(&certificate)).await;
    let plain = String::from_utf8(plain.stderr).unwrap();
    assert!(plain.starts_with("mobileim: --ca is for TLS"), "{plain}");
}
