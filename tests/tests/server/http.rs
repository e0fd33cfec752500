//! The HTTP listener.

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::{Builder, HttpLimits, Limits};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::RawConnection;
use mobileim_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 192.0.2.7:8080\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_page_learns_where_to_connect_on_the_host_it_came_from() {
    let server = server()
        .http(ANY_PORT)
        .demo_page(true)
        .start()
        .await
        .unwrap();
    let http = server.addresses().http.unwrap();
    let port = server.addresses().websocket.unwrap().port();
    let answer = get(http, "/config.json").await;
    let expected = format!(r#"{{"websocket":"ws://192.0.2.7:{port}/websocket"}}"#);
    assert!(answer.ends_with(&expected), "{answer}");
    let page = get(http, "/").await;
    assert!(page.contains("make demo"), "{page}");
    for header in [
        "content-security-policy: frame-ancestors 'none'",
        "referrer-policy: no-referrer",
        "x-content-type-options: nosniff",
    ] {
        assert!(page.contains(header), "{page}");
    }
    assert!(get(http, "/nothing").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn without_the_demo_there_is_only_the_health_check() {
    let server = server().http(ANY_PORT).start().await.unwrap();
    let http = server.addresses().http.unwrap();
    for path in ["/healthz", "/readyz"] {
        let answer = get(http, path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\nok\n"), "{path}: {answer}");
    }
    assert!(get(http, "/config.json").await.starts_with("HTTP/1.1 404 "));
}

/// What comes until the server closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut rest = String::new();
    within("the end", stream.read_to_string(&mut rest))
        .await
        .unwrap();
    rest
}

#[tokio::test]
async fn many_idle_connections_lock_nobody_out_for_long() {
    let server = server().http(ANY_PORT).start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(TcpStream::connect(http).await.unwrap());
    }
    let alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    // It waits until the first of the others have had their time.
    let answer = tokio::time::timeout(Duration::from_secs(30), get(http, "/healthz")).await;
    let answer = answer.expect("the idle ones are closed");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop((alice, idle));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_closed_as_is_a_connection_without_another() {
    let server = server().http(ANY_PORT).start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let whole = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
    let mut ends = Vec::new();
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: he", whole] {
        let mut stream = TcpStream::connect(http).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        ends.push(tokio::spawn(rest(stream)));
    }
    let mut answers = Vec::new();
    for end in ends {
        answers.push(end.await.unwrap());
    }
    assert_eq!(
        answers[2].matches("HTTP/1.1 200 OK").count(),
        1,
        "{answers:?}"
    );
    assert!(
        !answers[0].contains("200") && !answers[1].contains("200"),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = server().http(ANY_PORT).start().await.unwrap();
    let mut stream = TcpStream::connect(server.addresses().http.unwrap())
        .await
        .unwrap();
    let head = format!("GET / HTTP/1.1\r\nX: {}", "y".repeat(40_000));
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

/// A server with other limits for requests.
fn server_with(change: impl FnOnce(&mut HttpLimits)) -> Builder {
    let mut limits = Limits::default();
    change(&mut limits.http);
    server().http(ANY_PORT).limits(limits)
}

/// How often a limit was hit.
async fn hits(http: SocketAddr, limit: &str) -> u64 {
    let answer = get(http, "/metrics").await;
    let sample = format!("mobileim_http_limit_hits_total{{limit=\"{limit}\"}} ");
    let (_, value) = answer.split_once(&sample).unwrap();
    value.lines().next().unwrap().parse().unwrap()
}

/// Waits until a limit was hit as often.
async fn all_hits(http: SocketAddr, limit: &str, expected: u64) {
    let counted = async {
        while hits(http, limit).await < expected {
            tokio::task::yield_now().await;
        }
    };
    within("the count", counted).await;
    assert_eq!(hits(http, limit).await, expected, "{limit}");
}

#[tokio::test]
async fn heads_may_be_as_long_as_it_is_said_and_others_are_counted() {
    let server = server_with(|http| http.head = 32 * 1024);
    let server = server.start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let head = "GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX: ";
    for (len, end, status) in [(20_000, "\r\n\r\n", 200), (80_000, "", 431)] {
        let mut stream = TcpStream::connect(http).await.unwrap();
        let head = format!("{head}{}{end}", "y".repeat(len));
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = rest(stream).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{answer}");
    }
    all_hits(http, "head", 1).await;
}

#[tokio::test]
async fn requests_have_the_time_that_is_said_and_what_takes_longer_is_counted() {
    let server = server_with(|http| http.head_time = Duration::from_millis(200));
    let server = server.start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let mut stream = TcpStream::connect(http).await.unwrap();
    stream.write_all(b"GET /healthz HT").await.unwrap();
    assert!(!rest(stream).await.contains("200"));
    all_hits(http, "head_time", 1).await;

    let server = server_with(|http| http.time = Duration::from_millis(200));
    let server = server.start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let idle = TcpStream::connect(http).await.unwrap();
    assert_eq!(rest(idle).await, "");
    all_hits(http, "time", 1).await;
}

#[tokio::test]
async fn as_many_connections_are_served_as_it_is_said_and_others_wait() {
    let server = server_with(|http| http.connections = 2);
    let server = server.start().await.unwrap();
    let http = server.addresses().http.unwrap();
    let mut others = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(http).await.unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
        stream.write_all(request).await.unwrap();
        // It is served, and stays.
        assert_eq!(stream.read_u8().await.unwrap(), b'H');
        others.push(stream);
    }
    let mut waiting = tokio::spawn(async move { get(http, "/healthz").await });
    let early = tokio::time::timeout(Duration::from_millis(100), &mut waiting).await;
    assert!(early.is_err(), "there is no place for it");
    others.pop();
    let answer = within("a place", waiting).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(hits(http, "connections").await > 0);
}
