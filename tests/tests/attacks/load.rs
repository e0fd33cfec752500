//! Users who are let in, and use more than their share.

use std::time::Duration;

use futures_util::future::join_all;
use mobileim_tests::raw::{data, login};
use mobileim_tests::within;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use crate::metrics::Metrics;
use crate::stage::{Addresses, Stage};
use crate::wire::{address, connect, flood, framed};

/// A connection on TCP that is logged in.
async fn log_in(number: usize, user: &str, addresses: Addresses) -> TcpStream {
    let stream = connect(address(number), addresses.tcp)
        .await
        .expect("the system has room");
    enter(stream, user).await
}

async fn enter(mut stream: TcpStream, user: &str) -> TcpStream {
    stream
        .write_all(&framed(&login(user, "token", 0)))
        .await
        .unwrap();
    let answer = within("the login's answer", body(&mut stream)).await;
    let answer = answer.expect("it is answered");
    assert!(answer.contains(r#"\"code\":0"#), "{answer}");
    stream
}

/// The next body; none if there is none any more.
async fn body(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<String> {
    let len = stream.read_u32().await.ok()?;
    let mut body = vec![0; usize::try_from(len).ok()?];
    stream.read_exact(&mut body).await.ok()?;
    String::from_utf8(body).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_sends_without_end_is_told_so_and_then_disconnected() {
    let stage = Stage::set(&[]).await;
    let attack = async {
        let floods = (0..10).map(|number| async move {
            let user = format!("mallory-{number}");
            let stream = log_in(number, &user, stage.addresses).await;
            // The same again and again: what is repeated counts, too.
            let message = framed(&data(&user, "nobody", "fp", "spam"));
            let has_ended = flood(stream, &message, Duration::from_secs(15)).await;
            assert!(has_ended, "{user} may go on");
        });
        within("the ends of the floods", join_all(floods)).await;
    };
    let report = stage
        .attack("a flood of messages by ten users", attack)
        .await;
    report.expect_memory_below(64);
    report.expect_counted(
        r#"mobileim_messages_total{kind="c2c",outcome="too_many"}"#,
        10_000,
    );
    report.expect_counted(
        r#"mobileim_sessions_ended_total{reason="too_many_messages"}"#,
        10,
    );
    stage.clear().await;
}

/// How many messages to somebody else each there are, unless `MOBILEIM_ATTACK_RECEIVERS` says another number.
const RECEIVERS: usize = 10_000;
/// How many users send them.
const SENDERS: usize = 25;
/// How many messages each has under way: past what the server holds, it drops them, and who does not repeat them waits in vain.
const WINDOW: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn messages_to_receivers_that_do_not_exist_leave_nothing_in_memory() {
    let stage = Stage::set(&["--message-rate", "unlimited"]).await;
    let number = std::env::var("MOBILEIM_ATTACK_RECEIVERS").ok();
    let number = number.map_or(RECEIVERS, |number| number.parse().expect("a number"));
    let of_each = number / SENDERS;
    let attack = async {
        let senders = (0..SENDERS).map(|number| async move {
            let user = format!("mallory-{number}");
            let (mut reader, mut writer) =
                log_in(number, &user, stage.addresses).await.into_split();
            let window = Semaphore::new(WINDOW);
            let hear = async {
                let mut acknowledged = 0;
                while acknowledged < of_each {
                    let answer = body(&mut reader).await.expect("it goes on");
                    let answer: Value = serde_json::from_str(&answer).unwrap();
                    match answer["type"].as_i64() {
                        Some(4) => {
                            acknowledged += 1;
                            window.add_permits(1);
                        }
                        Some(51) => {}
                        _ => panic!("{answer}"),
                    }
                }
            };
            let live = async {
                for count in 0..of_each {
                    let permit = window.acquire().await;
                    permit.expect("it is never closed").forget();
                    let receiver = format!("nobody-{number}-{count}");
                    let message = data(&user, &receiver, &receiver, "is there anybody?");
                    writer.write_all(&framed(&message)).await.unwrap();
                }
                let mut pace = tokio::time::interval(Duration::from_secs(5));
                loop {
                    pace.tick().await;
                    let heartbeat = json!({ "type": 1 });
                    writer.write_all(&framed(&heartbeat)).await.unwrap();
                }
            };
            tokio::select! { () = live => {} () = hear => {} }
        });
        let all = tokio::time::timeout(Duration::from_secs(300), join_all(senders)).await;
        all.expect("they come to an end");
    };
    let name = format!("{number} receivers that do not exist");
    let report = stage.attack(&name, attack).await;
    report.expect_memory_below(160);
    let stored = u32::try_from(of_each * SENDERS).unwrap();
    report.expect_counted(
        r#"mobileim_messages_total{kind="c2c",outcome="stored"}"#,
        stored,
    );
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_do_not_read_share_what_may_wait() {
    const SILENT: usize = 600;
    // And one message each.
    const MAILBOXES: f64 = 16.0 * 1024.0 * 1024.0 + 600.0 * 6.0 * 1024.0;
    let bounds = ["--send-queues", "8MiB", "--mailbox-memory", "16MiB"];
    let stage = Stage::set(&[&bounds[..], &["--message-rate", "unlimited"]].concat()).await;
    let addresses = stage.addresses;
    let text = "x".repeat(5_500);
    let attack = async {
        let mut silent = Vec::new();
        for number in 0..SILENT {
            let socket = TcpSocket::new_v4().unwrap();
            // What the kernels hold is not the server's.
            socket.set_recv_buffer_size(4 * 1024).unwrap();
            socket.bind((address(number % 100), 0).into()).unwrap();
            let stream = socket.connect(addresses.tcp).await.unwrap();
            silent.push(enter(stream, &format!("silent-{number}")).await);
        }
        let text = &text;
        let senders = (0..10).map(|sender| async move {
            let user = format!("mallory-{sender}");
            let (mut reader, mut writer) =
                log_in(200 + sender, &user, addresses).await.into_split();
            let hear = async { while body(&mut reader).await.is_some() {} };
            let send = async {
                for round in 0..16 {
                    for number in (sender..SILENT).step_by(10) {
                        let fp = format!("{round}-{number}");
                        let message = data(&user, &format!("silent-{number}"), &fp, text);
                        writer.write_all(&framed(&message)).await.unwrap();
                    }
                }
            };
            tokio::select! { () = hear => panic!("{user} is disconnected"), () = send => {} }
        });
        within("the senders", join_all(senders)).await;
        let metrics = Metrics::of(addresses.http).await;
        let waiting = metrics.sum("mobileim_send_queue_bytes");
        let held = metrics.sum("mobileim_mailbox_bytes");
        println!("600 that do not read: {waiting} bytes wait to be written, mailboxes hold {held}");
        assert!(held < MAILBOXES, "{held}");
        let short = metrics.sum("mobileim_messages_short_of_memory_total");
        assert!(short > 0.0, "all had room in {held}");
        silent
    };
    let report = stage.attack("600 receivers that do not read", attack).await;
    report.expect_memory_below(256);
    stage.clear().await;
}
