//! Behind proxies: PROXY headers and `X-Forwarded-For`.

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::{Builder, Limits, Listener, Running, TlsListeners};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::RawConnection;
use mobileim_tests::{TestCertificate, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::STREAMS;

const CLIENT: &str = "198.51.100.1:4660";
const V1: &[u8] = b"PROXY TCP4 198.51.100.1 10.0.0.1 4660 443\r\n";
const V1_OTHER: &[u8] = b"PROXY TCP4 198.51.100.2 10.0.0.1 4660 443\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x01\x0a\0\0\x01\x12\x34\x01\xbb";
const V2_LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// Behind proxies on this machine, which send PROXY headers.
fn proxied() -> Builder {
    server()
        .trusted_proxies("127.0.0.0/8".parse().unwrap())
        .proxy_protocol([
            Listener::Tcp,
            Listener::WebSocket,
            Listener::TcpTls,
            Listener::Wss,
        ])
}

fn address(transport: Transport, server: &Running) -> SocketAddr {
    let addresses = server.addresses();
    match transport {
        Transport::WebSocket => addresses.websocket.unwrap(),
        _ => addresses.tcp.unwrap(),
    }
}

/// The address that a user's only session has.
fn seen(server: &Running, user: &str) -> String {
    let sessions = server.handle().view().sessions(user);
    sessions[0].peer.address.unwrap().to_string()
}

async fn connect(server: SocketAddr, header: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(header).await.unwrap();
    stream
}

#[tokio::test]
async fn a_proxy_names_the_client() {
    let server = proxied().start().await.unwrap();
    for transport in STREAMS {
        for (number, header) in [V1, V2].into_iter().enumerate() {
            let stream = connect(address(transport, &server), header).await;
            let mut alice = RawConnection::open_on(transport, stream).await;
            let name = format!("alice-{transport}-{number}");
            assert_eq!(alice.log_in_as(&name, "t", 0).await.0, 0);
            assert_eq!(seen(&server, &name), CLIENT);
        }
    }
}

#[tokio::test]
async fn a_proxy_that_speaks_for_itself_has_its_own_address() {
    let server = proxied().start().await.unwrap();
    for (number, header) in [&b"PROXY UNKNOWN\r\n"[..], V2_LOCAL]
        .into_iter()
        .enumerate()
    {
        let stream = connect(address(Transport::Tcp, &server), header).await;
        let own = stream.local_addr().unwrap().to_string();
        let mut alice = RawConnection::open_on(Transport::Tcp, stream).await;
        let name = format!("alice-{number}");
        assert_eq!(alice.log_in_as(&name, "t", 0).await.0, 0);
        assert_eq!(seen(&server, &name), own);
    }
}

#[tokio::test]
async fn a_header_may_come_byte_by_byte_and_with_what_follows() {
    let server = proxied().start().await.unwrap();
    for header in [V1, V2] {
        let mut stream = connect(address(Transport::Tcp, &server), b"").await;
        stream.set_nodelay(true).unwrap();
        for byte in header {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut alice = RawConnection::open_on(Transport::Tcp, stream).await;
        assert_eq!(alice.log_in_as("alice", "t", 0).await.0, 0);
        assert_eq!(seen(&server, "alice"), CLIENT);
    }
    let login = mobileim_tests::raw::login("bob", "t", 0).to_string();
    let mut together = V2.to_vec();
    mobileim_protocol::framing::write_frame(login.as_bytes(), &mut together);
    let stream = connect(address(Transport::Tcp, &server), &together).await;
    let mut bob = RawConnection::open_on(Transport::Tcp, stream).await;
    assert_eq!(bob.receive_json().await["type"], 50);
    assert_eq!(seen(&server, "bob"), CLIENT);
}

#[tokio::test]
async fn a_header_comes_before_tls() {
    let certificate = TestCertificate::new();
    let tls = TlsListeners::new(certificate.load()).tcp(ANY_PORT);
    let server = proxied().tls(tls).start().await.unwrap();
    let stream = connect(server.addresses().tcp_tls.unwrap(), V2).await;
    let mut stream = certificate.encrypt(stream).await.unwrap();
    let login = mobileim_tests::raw::login("alice", "t", 0).to_string();
    let mut frame = Vec::new();
    mobileim_protocol::framing::write_frame(login.as_bytes(), &mut frame);
    stream.write_all(&frame).await.unwrap();
    within("an answer", stream.read_u8()).await.unwrap();
    assert_eq!(seen(&server, "alice"), CLIENT);
    let peer = &server.handle().view().sessions("alice")[0].peer;
    assert!(peer.tls);
}

/// Waits until the server has closed, and sees that it said nothing.
async fn expect_closed(mut stream: TcpStream) {
    let mut answer = Vec::new();
    let _ = within("the end", stream.read_to_end(&mut answer)).await;
    assert!(answer.is_empty(), "{answer:?}");
}

#[tokio::test]
async fn what_is_no_header_is_closed() {
    let server = proxied().start().await.unwrap();
    let mut frame = Vec::new();
    mobileim_protocol::framing::write_frame(b"{\"type\":5}", &mut frame);
    for transport in STREAMS {
        for garbage in [
            &frame[..],
            b"GET /websocket HTTP/1.1\r\n\r\n",
            b"PROXY TCP4 1.2.3.4\r\n",
            &[b'P'; 300],
        ] {
            expect_closed(connect(address(transport, &server), garbage).await).await;
        }
    }
    // Within its own bounds, and still too long.
    let mut endless = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff".to_vec();
    endless.resize(60_000, 0);
    expect_closed(connect(address(Transport::Tcp, &server), &endless).await).await;
    // The end comes before the header's.
    let mut half = connect(address(Transport::Tcp, &server), &V2[..20]).await;
    half.shutdown().await.unwrap();
    expect_closed(half).await;
}

#[tokio::test]
async fn a_header_that_does_not_come_counts_into_the_time_to_log_in() {
    let mut config = mobileim_server::Config::default();
    config.login_timeout = Duration::from_millis(300);
    let server = proxied().config(config).start().await.unwrap();
    for begun in [&b""[..], &V1[..10], &V2[..20]] {
        expect_closed(connect(address(Transport::Tcp, &server), begun).await).await;
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_not_let_in_where_headers_are_taken() {
    let server = proxied()
        .trusted_proxies("10.0.0.0/8".parse().unwrap())
        .start()
        .await
        .unwrap();
    for transport in STREAMS {
        for header in [V1, V2, b""] {
            expect_closed(connect(address(transport, &server), header).await).await;
        }
    }
    assert_eq!(server.handle().stats().failed_openings, 6);
}

/// Asks for a `WebSocket` with these header lines, and logs in.
async fn log_in_through(server: &Running, user: &str, headers: &str) -> TcpStream {
    let address = server.addresses().websocket.unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let login = mobileim_tests::raw::login(user, "t", 0).to_string();
    let length = u16::try_from(login.len()).unwrap().to_be_bytes();
    // A text in one frame, masked with zeros.
    let frame = [&[0x81, 0xfe][..], &length, &[0; 4], login.as_bytes()].concat();
    let request = format!(
        "GET /websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(within("the upgrade", stream.read_u8()).await.unwrap());
    }
    stream.write_all(&frame).await.unwrap();
    within("an answer", stream.read_u8()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_trusted_proxys_request_is_its_clients() {
    let server = server()
        .trusted_proxies("127.0.0.0/8".parse().unwrap())
        .start()
        .await
        .unwrap();
    for (user, headers, expected) in [
        ("a", "X-Forwarded-For: 198.51.100.1\r\n", "198.51.100.1:0"),
        (
            "b",
            "X-Forwarded-For: 9.9.9.9, 198.51.100.1\r\nX-Forwarded-For: 127.0.0.2\r\n",
            "198.51.100.1:0",
        ),
        ("c", "x-forwarded-for: 198.51.100.1:4660\r\n", CLIENT),
    ] {
        let _stream = log_in_through(&server, user, headers).await;
        assert_eq!(seen(&server, user), expected);
    }
    let stream = log_in_through(&server, "d", "X-Forwarded-For: me\r\n").await;
    assert_eq!(seen(&server, "d"), stream.local_addr().unwrap().to_string());
}

#[tokio::test]
async fn what_others_say_of_whom_they_ask_for_means_nothing() {
    for builder in [
        server(),
        server().trusted_proxies("10.0.0.0/8".parse().unwrap()),
    ] {
        let server = builder.start().await.unwrap();
        let stream = log_in_through(&server, "eve", "X-Forwarded-For: 198.51.100.1\r\n").await;
        assert_eq!(
            seen(&server, "eve"),
            stream.local_addr().unwrap().to_string()
        );
    }
}

#[tokio::test]
async fn http_takes_headers_of_proxies_too() {
    let server = proxied()
        .proxy_protocol([Listener::Http])
        .http(ANY_PORT)
        .start()
        .await
        .unwrap();
    let http = server.addresses().http.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    let mut stream = connect(http, &[V1, request].concat()).await;
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    expect_closed(connect(http, request).await).await;
}

#[tokio::test]
async fn an_address_has_so_many_connections_behind_a_proxy_too() {
    let mut limits = Limits::default();
    limits.connections_per_address = Some(2);
    let behind = || server().trusted_proxies("127.0.0.0/8".parse().unwrap());
    let by_header = proxied().limits(limits).start().await.unwrap();
    let by_forwarding = behind().limits(limits).start().await.unwrap();
    for (server, header) in [(&by_header, V1), (&by_forwarding, &b""[..])] {
        let websocket = server.addresses().websocket.unwrap();
        let mut open = Vec::new();
        let mut outcomes = Vec::new();
        for number in 0..4 {
            // The last one is another client's.
            let header = if number == 3 && !header.is_empty() {
                V1_OTHER
            } else {
                header
            };
            let client = if number == 3 {
                "198.51.100.2"
            } else {
                "198.51.100.1"
            };
            let mut stream = connect(websocket, header).await;
            let request = format!(
                "GET /websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Forwarded-For: {client}\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = vec![0; 12];
            let read = within("an answer", stream.read_exact(&mut answer)).await;
            let is_upgraded = read.is_ok() && answer == b"HTTP/1.1 101";
            outcomes.push(is_upgraded && !is_closed(&mut stream).await);
            open.push(stream);
        }
        assert_eq!(outcomes, [true, true, false, true]);
        // Whoever leaves makes room.
        drop(open);
        within("room", async {
            while server.handle().stats().closed_without_session.total() < 4 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// Whether a Close frame comes behind the answer to an upgrade.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut text = Vec::new();
    let mut chunk = [0; 512];
    let mut wait = Duration::from_millis(500);
    while let Ok(Ok(read)) = tokio::time::timeout(wait, stream.read(&mut chunk)).await {
        text.extend_from_slice(&chunk[..read]);
        if read == 0 {
            return true;
        }
        if text.windows(4).any(|end| end == b"\r\n\r\n") && text.contains(&0x88) {
            return true;
        }
        wait = Duration::from_millis(200);
    }
    false
}
