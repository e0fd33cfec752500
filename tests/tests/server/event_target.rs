//! The back end that events are sent to, and what it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::Running;
use mobileim_server::events::{EventLog, EventPolicy, EventTarget};
use mobileim_server::outgoing::Trust;
use mobileim_server::store::{SqliteStore, StoreLimits};
use mobileim_tests::application::server;
use mobileim_tests::raw::RawConnection;
use mobileim_tests::within;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What one request is to a back end.
#[derive(Debug)]
enum Request {
    /// It was too long, and its body was not read.
    TooLong(usize),
    /// These events were taken.
    Taken(Vec<Value>),
}

/// A back end that takes bodies up to a length, and what comes to it.
async fn back_end(longest: usize) -> (SocketAddr, mpsc::UnboundedReceiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, longest, tell.clone()));
        }
    });
    (address, told)
}

async fn serve(mut stream: TcpStream, longest: usize, tell: mpsc::UnboundedSender<Request>) {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let (_, length) = head.split_once("content-length: ").unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if length > longest {
                // As proxies do: they answer by the head alone, and let the rest go by.
                let answer =
                    "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                let _ = tell.send(Request::TooLong(length));
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                return;
            }
            if body.len() >= length {
                let body: Value = serde_json::from_str(body).unwrap();
                let events = body["events"].as_array().unwrap().clone();
                let _ = tell.send(Request::Taken(events));
                let answer = "HTTP/1.1 204 No Content\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
                read.clear();
                continue;
            }
        }
        let mut part = vec![0; 65536];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(count) => read.extend_from_slice(&part[..count]),
        }
    }
}

/// A server that records sessions in a directory.
async fn recording(directory: &std::path::Path, target: Option<EventTarget>) -> Running {
    let store = SqliteStore::open(directory, StoreLimits::default())
        .await
        .unwrap();
    let log = EventLog::new(EventPolicy::new("online,offline".parse().unwrap()));
    store.record_events(&log).await.unwrap();
    let builder = server().store(Arc::new(store)).events(log, target);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn a_back_end_to_which_batches_are_too_long_gets_all_in_shorter_ones_that_it_seldom_refuses()
{
    const USERS: usize = 40;
    let directory = tempfile::tempdir().unwrap();
    let first = recording(directory.path(), None).await;
    let mut online = Vec::new();
    for number in 0..USERS {
        let user = format!("user-{number}");
        online.push(RawConnection::log_in(Transport::Tcp, first.addresses(), &user).await);
    }
    within("end of a server", first.shutdown()).await;
    // Some seven events.
    let (address, mut told) = back_end(1500).await;
    let target = EventTarget::new(
        format!("http://{address}/").parse().unwrap(),
        Trust::default(),
        "a secret of a test, long enough".parse().unwrap(),
        100,
        Duration::from_secs(30),
    );
    let _second = recording(directory.path(), Some(target)).await;
    let (mut events, mut taken, mut too_long) = (Vec::new(), 0, Vec::new());
    while events.len() < 2 * USERS {
        match within("next request", told.recv()).await.unwrap() {
            Request::TooLong(length) => too_long.push(length),
            Request::Taken(more) => {
                taken += 1;
                events.extend(more);
            }
        }
    }
    let positions = events
        .iter()
        .map(|event| event["position"].as_i64().unwrap());
    assert!(positions.eq(1..=80), "each once, and in order: {events:?}");
    assert!(too_long[0] > 10_000, "all at first: {too_long:?}");
    assert!(too_long.len() < taken, "{taken} were taken of {too_long:?}");
}
