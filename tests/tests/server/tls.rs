//! TLS, on each listener that has it.

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::{Addresses, Certificates, Running, TlsListeners};
use mobileim_tests::application::{ANY_PORT, server, server_without_quotas};
use mobileim_tests::raw::{RawConnection, data, received};
use mobileim_tests::{TestCertificate, within};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::STREAMS;

fn listeners(certificates: Certificates) -> TlsListeners {
    TlsListeners::new(certificates)
        .tcp(ANY_PORT)
        .websocket(ANY_PORT)
        .http(ANY_PORT)
}

/// A server with every listener but HTTP's, which has TLS only.
async fn start(certificate: &TestCertificate) -> Running {
    let tls = listeners(certificate.load());
    server().tls(tls).start().await.expect("free ports")
}

fn address(transport: Transport, addresses: &Addresses) -> SocketAddr {
    let address = match transport {
        Transport::WebSocket => addresses.wss,
        _ => addresses.tcp_tls,
    };
    address.expect("the listener is on")
}

async fn open(
    transport: Transport,
    server: &Running,
    certificate: &TestCertificate,
) -> RawConnection {
    let address = address(transport, server.addresses());
    RawConnection::open_tls(transport, address, certificate).await
}

#[tokio::test]
async fn who_is_encrypted_and_who_is_not_talk_with_each_other() {
    let certificate = TestCertificate::new();
    let server = start(&certificate).await;
    for transport in STREAMS {
        let mut alice = open(transport, &server, &certificate).await;
        assert_eq!(alice.log_in_as("alice", "t", 0).await.0, 0);
        let mut bob = RawConnection::log_in(transport, server.addresses(), "bob").await;
        let tls = |user| server.handle().view().sessions(user)[0].peer.tls;
        assert!(tls("alice") && !tls("bob"));
        // In one TLS record, in several, and more than the socket takes at a time.
        for (number, length) in [1, 5_000].into_iter().enumerate() {
            let (fp, text) = (format!("{transport}-{number}"), "x".repeat(length));
            alice.send(&data("alice", "bob", &fp, &text)).await;
            assert_eq!(bob.receive_json().await["dataContent"], text);
            bob.send(&received("bob", "alice", &fp)).await;
            assert_eq!(alice.receive_json().await["dataContent"], fp);
            let fp = format!("{fp}-back");
            bob.send(&data("bob", "alice", &fp, &text)).await;
            assert_eq!(alice.receive_json().await["dataContent"], text);
            alice.send(&received("alice", "bob", &fp)).await;
            assert_eq!(bob.receive_json().await["dataContent"], fp);
        }
    }
}

#[tokio::test]
async fn what_is_said_last_arrives_and_the_end_is_announced() {
    let certificate = TestCertificate::new();
    let server = start(&certificate).await;
    for (transport, code) in [(Transport::Tcp, None), (Transport::WebSocket, Some(1008))] {
        let mut mallory = open(transport, &server, &certificate).await;
        assert_eq!(mallory.log_in_as("mallory", "bad", 0).await, (1025, -1));
        // Without `close_notify` reading would fail.
        assert_eq!(mallory.expect_closed().await, code);
    }
    let mut tcp = open(Transport::Tcp, &server, &certificate).await;
    let mut websocket = open(Transport::WebSocket, &server, &certificate).await;
    assert_eq!(tcp.log_in_as("tina", "t", 0).await.0, 0);
    assert_eq!(websocket.log_in_as("walter", "t", 0).await.0, 0);
    let stopped = tokio::spawn(server.shutdown());
    assert_eq!(websocket.expect_closed().await, Some(1012));
    assert_eq!(tcp.expect_closed().await, None);
    drop((tcp, websocket));
    within("the end", stopped).await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_nobody_up() {
    let certificate = TestCertificate::new();
    let tls = listeners(certificate.load());
    let server = server_without_quotas().tls(tls).start().await.unwrap();
    for transport in STREAMS {
        let mut deaf = open(transport, &server, &certificate).await;
        let deaf_name = format!("deaf-{transport}");
        assert_eq!(deaf.log_in_as(&deaf_name, "t", 0).await.0, 0);
        let name = format!("alice-{transport}");
        let mut alice = RawConnection::log_in(transport, server.addresses(), &name).await;
        let text = "x".repeat(5_000);
        // More than the buffers of both systems take, and the server on top of that.
        for _ in 0..10_000 {
            let message = json!({
                "type": 2, "dataContent": text, "from": name, "to": deaf_name, "QoS": false,
            });
            alice.send(&message).await;
            if !server.handle().is_online(&deaf_name) {
                break;
            }
        }
        assert!(!server.handle().is_online(&deaf_name), "{transport}");
        alice.send(&json!({ "type": 1 })).await;
        assert_eq!(alice.receive_json().await["type"], 51);
    }
}

#[tokio::test]
async fn a_session_outlives_its_certificate_and_new_ones_get_the_new_one() {
    let certificate = TestCertificate::new();
    let server = start(&certificate).await;
    let certificates = server.certificates().expect("there is TLS");
    let mut alice = open(Transport::Tcp, &server, &certificate).await;
    assert_eq!(alice.log_in_as("alice", "t", 0).await.0, 0);
    assert!(!certificates.reload().unwrap(), "it is the same");

    certificate.renew();
    let tcp = address(Transport::Tcp, server.addresses());
    // Unless its watch has come first.
    certificates.reload().unwrap();
    for transport in STREAMS {
        let mut bob = open(transport, &server, &certificate).await;
        assert_eq!(bob.log_in_as("bob", "t", 0).await.0, 0);
    }
    alice.send(&json!({ "type": 1 })).await;
    assert_eq!(alice.receive_json().await["type"], 51);

    std::fs::write(certificate.key(), "half a fi").unwrap();
    let error = certificates.reload().unwrap_err().to_string();
    assert!(error.starts_with("there is no private key in "), "{error}");
    certificate
        .connect(tcp)
        .await
        .expect("the one before stays");
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_so_in_its_words_and_let_go() {
    let certificate = TestCertificate::new();
    let server = start(&certificate).await;
    for transport in STREAMS {
        let address = address(transport, server.addresses());
        for garbage in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0; 100],
            &[0x16, 3, 1, 0xff, 0xff, 1],
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(garbage).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut answer = Vec::new();
            let end = within("the end", stream.read_to_end(&mut answer)).await;
            end.expect("it is not reset");
            // An alert (RFC 8446, section 6), unless the client has gone before there is anything to say of it.
            assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
        }
        let mut alice = open(transport, &server, &certificate).await;
        assert_eq!(alice.log_in_as("alice", "t", 0).await.0, 0);
    }
    assert_eq!(server.handle().stats().failed_openings, 6);
}

#[tokio::test]
async fn a_handshake_counts_into_the_time_to_log_in_and_holds_nobody_up() {
    let certificate = TestCertificate::new();
    let mut config = mobileim_server::Config::default();
    config.login_timeout = Duration::from_secs(2);
    let tls = listeners(certificate.load());
    let server = server().config(config).tls(tls).start().await.unwrap();
    let mut slow = Vec::new();
    for transport in STREAMS {
        for begun in [&b""[..], &[0x16], &[0x16, 3, 1, 0, 200, 1]] {
            let address = address(transport, server.addresses());
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begun).await.unwrap();
            slow.push(stream);
        }
        let mut alice = open(transport, &server, &certificate).await;
        assert_eq!(alice.log_in_as("alice", "t", 0).await.0, 0);
    }
    for mut stream in slow {
        let mut answer = Vec::new();
        let _ = within("the end", stream.read_to_end(&mut answer)).await;
    }
}

#[tokio::test]
async fn a_connection_whose_handshake_failed_gives_its_place_back() {
    let certificate = TestCertificate::new();
    let mut limits = mobileim_server::Limits::default();
    limits.connections = Some(1);
    let tls = listeners(certificate.load());
    let server = server().limits(limits).tls(tls).start().await.unwrap();
    let tcp = address(Transport::Tcp, server.addresses());
    for _ in 0..3 {
        let mut stream = TcpStream::connect(tcp).await.unwrap();
        stream.write_all(b"garbage").await.unwrap();
        stream.shutdown().await.unwrap();
        let _ = within("the end", stream.read_to_end(&mut Vec::new())).await;
    }
    let let_in = async {
        // Its place is free when the server has seen that the last one is gone.
        while certificate.connect(tcp).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    within("a place", let_in).await;
}

async fn get(address: SocketAddr, path: &str, certificate: &TestCertificate) -> String {
    let mut stream = certificate.connect(address).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.0.2.7\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn http_has_tls_too_and_its_page_connects_with_tls() {
    let certificate = TestCertificate::new();
    let tls = listeners(certificate.load());
    let server = server().tls(tls).demo_page(true).start().await.unwrap();
    let https = server.addresses().https.unwrap();
    let answer = get(https, "/healthz", &certificate).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let port = server.addresses().wss.unwrap().port();
    let expected = format!(r#"{{"websocket":"wss://192.0.2.7:{port}/websocket"}}"#);
    let answer = get(https, "/config.json", &certificate).await;
    assert!(answer.ends_with(&expected), "{answer}");
}

#[tokio::test]
async fn handshakes_that_nobody_goes_on_with_lock_nobody_out_of_http_for_long() {
    let certificate = TestCertificate::new();
    let tls = listeners(certificate.load());
    let server = server().http(ANY_PORT).tls(tls).start().await.unwrap();
    let (http, https) = (
        server.addresses().http.unwrap(),
        server.addresses().https.unwrap(),
    );
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(https).await.unwrap());
    }
    let mut stream = TcpStream::connect(http).await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The places are for both, and each has its time.
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut answer));
    read.await.expect("the idle ones are closed").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop(idle);
}
