//! How a server stops, and what it is before it serves.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mobileim_protocol::Transport;
use mobileim_server::Drain;
use mobileim_server::store::{Completion, MemoryStore, Request, Store};
use mobileim_server::{Addresses, Deferred};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::{RawConnection, Received};
use mobileim_tests::within;
use serde_json::{Value, json};
use tokio::net::{TcpStream, UdpSocket};

use crate::http::get;
use crate::{STREAMS, TRANSPORTS};

const SPREAD: Duration = Duration::from_secs(20);

/// Logs in as a client of MobileIM does, which says what it takes.
async fn log_in(transport: Transport, addresses: &Addresses, user: &str) -> RawConnection {
    let mut connection = RawConnection::open(transport, addresses).await;
    let content =
        json!({"loginUserId": user, "loginToken": "t", "firstLoginTime": 0, "maxBody": 65536});
    let login = json!({
        "type": 0, "from": user, "to": "0", "dataContent": content.to_string(),
        "QoS": false, "typeu": -1, "sm": -1,
    });
    connection.send(&login).await;
    assert_eq!(connection.receive_json().await["type"], 50);
    connection
}

#[tokio::test]
async fn clients_of_mobileim_are_told_when_to_come_back_on_each_transport() {
    let drain = Drain::default().with_spread(SPREAD);
    let running = server().drain(drain).start().await.unwrap();
    let addresses = *running.addresses();
    let mut connections = Vec::new();
    for transport in TRANSPORTS {
        for number in 0..10 {
            let user = format!("{transport} {number}");
            connections.push(log_in(transport, &addresses, &user).await);
        }
    }
    let stopped = tokio::spawn(running.shutdown());
    let mut waits = Vec::new();
    for connection in &mut connections {
        let error = connection.receive_json().await;
        assert_eq!(error["type"], 52, "{error}");
        let content: Value = serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(content["errorCode"], 305);
        waits.push(content["retryAfter"].as_u64().unwrap_or(0));
    }
    drop(connections);
    stopped.await.unwrap();
    waits.sort_unstable();
    let (first, last) = (waits[0], waits[waits.len() - 1]);
    assert!(u128::from(last) <= SPREAD.as_millis(), "{waits:?}");
    assert!(last - first > 5_000, "all at once: {waits:?}");
}

#[tokio::test]
async fn original_clients_are_told_nothing_but_on_websocket_by_the_end_of_the_connection() {
    let running = server().start().await.unwrap();
    let addresses = *running.addresses();
    let mut tcp = RawConnection::log_in(STREAMS[0], &addresses, "alice").await;
    let mut page = RawConnection::log_in(STREAMS[1], &addresses, "bob").await;
    let stopped = tokio::spawn(running.shutdown());
    assert_eq!(tcp.receive().await, Received::Closed(None));
    let (code, reason) = page.close_frame().await;
    assert_eq!(code, 1012);
    assert!(
        reason.starts_with("the server stops: come back in "),
        "{reason}"
    );
    drop((tcp, page));
    stopped.await.unwrap();
}

/// Never says that it is closed.
#[derive(Default)]
struct Stuck(MemoryStore);

impl Store for Stuck {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        self.0.submit(user, request)
    }

    fn close(&self) -> Deferred<()> {
        Deferred::pending(std::future::pending())
    }
}

#[tokio::test]
async fn while_it_drains_http_says_so_and_the_time_for_it_has_an_end() {
    const TIME: Duration = Duration::from_secs(2);
    let running = server()
        .http(ANY_PORT)
        .drain(Drain::default().with_time(TIME))
        .store(Arc::new(Stuck::default()))
        .start()
        .await
        .unwrap();
    let addresses = *running.addresses();
    let began = Instant::now();
    let stopped = tokio::spawn(running.shutdown());
    let http = addresses.http.unwrap();
    let drains = async {
        loop {
            let answer = get(http, "/readyz").await;
            if answer.starts_with("HTTP/1.1 503 ") {
                return answer;
            }
        }
    };
    let answer = within("the drain", drains).await;
    assert!(answer.ends_with("the server stops\n"), "{answer}");
    let answer = get(http, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    within("the end", stopped).await.unwrap();
    assert!(began.elapsed() >= TIME);
    let refused = TcpStream::connect(http).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_server_that_has_to_wait_refuses_clients_on_each_transport_and_says_why() {
    let bound = server().http(ANY_PORT).bind().await.unwrap();
    bound.wait_for("another one serves");
    let addresses = *bound.addresses();
    let http = addresses.http.unwrap();
    let answer = get(http, "/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.ends_with("another one serves\n"), "{answer}");
    let answer = get(http, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for address in [addresses.tcp, addresses.websocket] {
        let refused = TcpStream::connect(address.unwrap()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(addresses.udp.unwrap()).await.unwrap();
    socket.send(b"{}").await.unwrap();
    let refused = within("the answer", socket.recv(&mut [0]))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

    let running = bound.start(Arc::new(MemoryStore::default())).await.unwrap();
    assert_eq!(*running.addresses(), addresses);
    for transport in TRANSPORTS {
        RawConnection::log_in(transport, &addresses, "alice").await;
    }
    assert!(get(http, "/readyz").await.starts_with("HTTP/1.1 200 "));
}
