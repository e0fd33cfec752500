//! What a run of `mobileim` leaves for the next.

use std::path::Path;
use std::process::Output;

use mobileim_client::{Message, MessageType, ServerAddress, Transport, codes};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::common::{FakeServer, Peer, alice, files, until_written, within};

/// Not yet delivered, but kept.
const KEPT: i32 = 75;

fn mobileim(outbox: &Path, url: &str, action: &str, args: &[&str]) -> Child {
    mobileim_as("alice", outbox, url, action, args)
}

fn mobileim_as(user: &str, outbox: &Path, url: &str, action: &str, args: &[&str]) -> Child {
    let (scheme, address) = url.split_once("://").unwrap();
    Command::new(env!("CARGO_BIN_EXE_mobileim"))
        .args([action, &format!("--{scheme}"), address])
        .args(["--user", user])
        .args(args)
        .env("MOBILEIM_OUTBOX", outbox)
        .env_remove("MOBILEIM_TOKEN")
        .env_remove("RUST_LOG")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn send(outbox: &TempDir, url: &str, args: &[&str]) -> Child {
    let args = [&["--to", "bob"], args].concat();
    mobileim(outbox.path(), url, "send", &args)
}

/// Waits for its end; gives its exit code, and what it printed.
async fn end(program: Child) -> (Option<i32>, String, String) {
    let output = within(program.wait_with_output()).await.unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// The line that a program fails with when what it was to send is kept.
fn kept(outbox: &TempDir, url: &str, why: &str) -> String {
    format!(
        "mobileim: not delivered yet: {why}; kept in {} and sent by the next run as alice on {url}\n",
        outbox.path().display()
    )
}

async fn unreachable(transport: Transport) -> (std::net::SocketAddr, String) {
    let address = FakeServer::unused_address(transport).await;
    let url = ServerAddress::from_socket_addr(transport, address).to_string();
    (address, url)
}

/// Takes these messages, and the logout after them.
async fn take_all(mut peer: Peer, texts: &[&str]) {
    for text in texts {
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content.as_deref(), Some(*text));
        peer.acknowledge(&message);
    }
    peer.expect(MessageType::Logout).await;
    peer.close();
}

#[tokio::test]
async fn what_could_not_be_sent_goes_out_with_the_next_run_in_order_and_once() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let outbox = TempDir::new().unwrap();
        let (address, url) = unreachable(transport).await;
        for text in ["one", "two"] {
            let (code, _, stderr) = end(send(&outbox, &url, &["--timeout", "0.5", text])).await;
            assert_eq!(code, Some(KEPT));
            assert!(stderr.starts_with("* still connecting… ("), "{stderr}");
            let why = stderr.split_once('(').unwrap().1.split_once(")\n").unwrap();
            let why = format!("not online in time ({})", why.0);
            assert!(stderr.ends_with(&kept(&outbox, &url, &why)), "{stderr}");
        }
        let mut server = FakeServer::start_at(transport, address, None).await;
        let program = send(&outbox, &url, &["three"]);
        let (peer, _) = server.accept_login().await;
        take_all(peer, &["one", "two", "three"]).await;
        let (code, _, stderr) = end(program).await;
        assert_eq!(code, Some(0));
        assert_eq!(stderr, "* delivered 2 messages of earlier runs\n");
        let program = send(&outbox, &url, &["four"]);
        let (peer, _) = server.accept_login().await;
        take_all(peer, &["four"]).await;
        assert_eq!(end(program).await, (Some(0), String::new(), String::new()));
    }
}

#[tokio::test]
async fn listen_and_chat_send_what_is_kept_too() {
    for action in ["listen", "chat"] {
        let outbox = TempDir::new().unwrap();
        let (address, url) = unreachable(Transport::Tcp).await;
        end(send(&outbox, &url, &["--timeout", "0.1", "kept"])).await;
        let mut server = FakeServer::start_at(Transport::Tcp, address, None).await;
        let mut program = mobileim(outbox.path(), &url, action, &[]);
        let (mut peer, _) = server.accept_login().await;
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content.as_deref(), Some("kept"));
        if action == "listen" {
            peer.acknowledge(&message);
            let stderr = program.stderr.as_mut().unwrap();
            let mut lines = BufReader::new(stderr).lines();
            for expected in ["* online", "* delivered 1 message of earlier runs"] {
                let line = within(lines.next_line()).await.unwrap();
                assert_eq!(line.as_deref(), Some(expected));
            }
        } else {
            // The input has ended; what a chat was to send it waits for, but not for ever.
            peer.close();
            let (code, _, stderr) = end(program).await;
            assert_eq!(code, Some(KEPT));
            let text = "mobileim: 1 message not yet delivered; kept in ";
            assert!(stderr.starts_with(text), "{stderr}");
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_as_long_as_asked_and_no_longer() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let outbox = TempDir::new().unwrap();
        let mut server = FakeServer::start(transport).await;
        let program = send(&outbox, &server.url(), &["--timeout", "1", "hi"]);
        let mut silent = server.accept().await;
        silent.expect_login().await;
        let (code, _, stderr) = end(program).await;
        assert_eq!(code, Some(KEPT));
        assert_eq!(stderr, kept(&outbox, &server.url(), "not online in time"));
        let program = send(&outbox, &server.url(), &["there"]);
        let (peer, _) = server.accept_login().await;
        take_all(peer, &["hi", "there"]).await;
        assert_eq!(end(program).await.0, Some(0));
    }
}

#[tokio::test]
async fn a_message_without_acknowledgement_is_kept_and_its_fingerprint_stays() {
    let outbox = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let program = send(&outbox, &server.url(), &["--timeout", "1", "hi"]);
    let (mut peer, _) = server.accept_login().await;
    let first = peer.expect(MessageType::CommonData).await;
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(KEPT));
    assert_eq!(
        stderr,
        kept(&outbox, &server.url(), "no acknowledgement came in time")
    );
    let program = mobileim(outbox.path(), &server.url(), "listen", &[]);
    let (mut peer, _) = server.accept_login().await;
    assert_eq!(peer.expect(MessageType::CommonData).await.fp, first.fp);
    drop(program);
}

#[tokio::test]
#[cfg(unix)]
async fn an_interrupted_send_says_whether_the_message_is_kept() {
    let outbox = TempDir::new().unwrap();
    let (_, url) = unreachable(Transport::Tcp).await;
    let program = send(&outbox, &url, &["hi"]);
    // It is on the disk before anything else happens with it.
    until_written(outbox.path(), "hi").await;
    let id = program.id().and_then(|id| i32::try_from(id).ok());
    let id = id.and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(KEPT));
    assert!(
        stderr.ends_with(&kept(&outbox, &url, "interrupted")),
        "{stderr}"
    );
}

#[tokio::test]
async fn what_is_refused_at_once_is_not_kept() {
    let outbox = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let program = send(&outbox, &server.url(), &["with a bad token"]);
    let mut peer = server.accept().await;
    peer.expect_login().await;
    peer.answer_login(codes::BAD_TOKEN);
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(1));
    let text = "mobileim: not delivered: refused: the token is not valid (1025)\n";
    assert_eq!(stderr, text);
    let too_long = "x".repeat(10_000);
    let program = send(&outbox, &server.url(), &[&too_long]);
    let (peer, _) = server.accept_login().await;
    take_all(peer, &[]).await;
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("at most 6144 are allowed"), "{stderr}");
    let program = send(&outbox, &server.url(), &["good"]);
    let (peer, _) = server.accept_login().await;
    take_all(peer, &["good"]).await;
    assert_eq!(end(program).await.0, Some(0));
}

#[tokio::test]
async fn a_kept_message_that_is_refused_is_named() {
    let outbox = TempDir::new().unwrap();
    let (address, url) = unreachable(Transport::Tcp).await;
    end(send(&outbox, &url, &["--timeout", "0.1", "bad words"])).await;
    let mut server = FakeServer::start_at(Transport::Tcp, address, None).await;
    let program = send(&outbox, &url, &["good words"]);
    let (mut peer, _) = server.accept_login().await;
    let refused = peer.expect(MessageType::CommonData).await;
    peer.refuse(&refused, 7777);
    take_all(peer, &["good words"]).await;
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(0));
    let text = "* of an earlier run, to bob: bad words (given up: the server refused it (7777))\n";
    assert_eq!(stderr, text);
}

#[tokio::test]
async fn servers_and_users_do_not_share_an_outbox_and_no_outbox_is_none() {
    let outbox = TempDir::new().unwrap();
    let (address, url) = unreachable(Transport::Tcp).await;
    let late = ["--timeout", "0.1"];
    assert_eq!(
        end(send(&outbox, &url, &[&late[..], &["kept"]].concat()))
            .await
            .0,
        Some(KEPT)
    );
    let not_kept = [&late[..], &["--no-outbox", "not kept"]].concat();
    let (code, _, stderr) = end(send(&outbox, &url, &not_kept)).await;
    assert_eq!(code, Some(1));
    assert!(!stderr.contains("kept"), "{stderr}");
    let no_qos = [&late[..], &["--no-qos", "now or never"]].concat();
    let (code, _, stderr) = end(send(&outbox, &url, &no_qos)).await;
    assert_eq!(code, Some(1));
    assert!(!stderr.contains("kept"), "{stderr}");

    let mut other = FakeServer::start(Transport::Tcp).await;
    let program = send(&outbox, &other.url(), &["hi"]);
    let (peer, _) = other.accept_login().await;
    take_all(peer, &["hi"]).await;
    assert_eq!(end(program).await.0, Some(0));

    let mut server = FakeServer::start_at(Transport::Tcp, address, None).await;
    let args = ["--to", "bob", "hi"];
    let program = mobileim_as("Alice", outbox.path(), &url, "send", &args);
    let (peer, request) = server.accept_login().await;
    assert_eq!(request.user_id, "Alice");
    take_all(peer, &["hi"]).await;
    assert_eq!(end(program).await.0, Some(0));
    let program = send(&outbox, &url, &["last"]);
    let (peer, _) = server.accept_login().await;
    take_all(peer, &["kept", "last"]).await;
    assert_eq!(end(program).await.0, Some(0));
}

#[tokio::test]
async fn two_programs_of_one_user_do_not_share_an_outbox_and_send_waits_for_the_other() {
    let outbox = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, events) = server.builder().outbox_dir(outbox.path()).spawn();
    let (login, mut other) =
        within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
    login.unwrap();
    for action in ["listen", "chat"] {
        let (code, _, stderr) = end(mobileim(outbox.path(), &server.url(), action, &[])).await;
        assert_eq!(code, Some(1));
        assert!(stderr.starts_with("mobileim: the outbox "), "{stderr}");
        assert!(
            stderr.ends_with("alice.log is in use by another client\n"),
            "{stderr}"
        );
    }
    let (code, _, stderr) = end(send(&outbox, &server.url(), &["--timeout", "0.3", "hi"])).await;
    assert_eq!(code, Some(1));
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert!(lines[0].ends_with("is in use by another client; waiting for it to end"));
    assert!(lines[1].starts_with("mobileim: not delivered: the outbox "));

    let mut program = send(&outbox, &server.url(), &["patient"]);
    let mut lines = BufReader::new(program.stderr.take().unwrap()).lines();
    let line = within(lines.next_line()).await.unwrap().unwrap();
    assert!(line.ends_with("waiting for it to end"), "{line}");
    drop(events);
    within(async { tokio::join!(client.leave(), other.0.expect(MessageType::Logout)) }).await;
    let (peer, _) = server.accept_login().await;
    take_all(peer, &["patient"]).await;
    assert_eq!(end(program).await.0, Some(0));
}

#[tokio::test]
async fn what_send_receives_waits_for_listen() {
    let outbox = TempDir::new().unwrap();
    let mut server = FakeServer::start(Transport::Tcp).await;
    let url = server.url();
    let program = send(&outbox, &url, &["hi"]);
    let (mut peer, _) = server.accept_login().await;
    let news = Message::new(MessageType::CommonData, "bob", "alice").with_content("news");
    peer.send(&news.clone().with_qos("fp of bob"));
    peer.send(&news.with_content("flash"));
    // Sent and received at the same time, in whichever order.
    let mut sent = peer.recv().await.unwrap();
    let mut acknowledgement = peer.recv().await.unwrap();
    if sent.kind == MessageType::Received {
        std::mem::swap(&mut sent, &mut acknowledgement);
    }
    assert_eq!(acknowledgement.content.as_deref(), Some("fp of bob"));
    peer.acknowledge(&sent);
    peer.expect(MessageType::Logout).await;
    peer.close();
    let (code, stdout, stderr) = end(program).await;
    assert_eq!((code, &*stdout), (Some(0), ""));
    // Without QoS it cannot be kept.
    let text =
        "* received from bob: flash\n* received 1 message, to be shown by `listen` or `chat`\n";
    assert_eq!(stderr, text);

    // For that it needs no server.
    drop(server);
    let args = ["--count", "1"];
    let program = end(mobileim(outbox.path(), &url, "listen", &args)).await;
    assert_eq!(program.0, Some(0));
    assert_eq!(program.1, "bob: news\n");
}

#[tokio::test]
async fn an_outbox_that_cannot_be_made_is_said_and_nothing_is_sent() {
    let outbox = TempDir::new().unwrap();
    let file = outbox.path().join("file");
    std::fs::write(&file, "").unwrap();
    let server = FakeServer::start(Transport::Tcp).await;
    for (action, prefix) in [("send", "not delivered: "), ("listen", ""), ("chat", "")] {
        let args = match action {
            "send" => &["--to", "bob", "hi"][..],
            _ => &[],
        };
        let (code, _, stderr) = end(mobileim(&file, &server.url(), action, args)).await;
        assert_eq!(code, Some(1));
        let said = format!("mobileim: {prefix}the outbox {}", file.display());
        assert!(stderr.starts_with(&said), "{stderr}");
        let help = "; --outbox DIR keeps messages elsewhere, --no-outbox nowhere\n";
        assert!(stderr.ends_with(help), "{stderr}");
    }
}

#[tokio::test]
async fn a_damaged_outbox_is_said_and_what_is_good_goes_out() {
    let outbox = TempDir::new().unwrap();
    let (address, url) = unreachable(Transport::Tcp).await;
    for text in ["one", "two"] {
        end(send(&outbox, &url, &["--timeout", "0.1", text])).await;
    }
    let files = files(outbox.path());
    let log = files
        .iter()
        .find(|path| path.extension().is_some_and(|it| it == "log"));
    let mut bytes = std::fs::read(log.unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(log.unwrap(), bytes).unwrap();
    let mut server = FakeServer::start_at(Transport::Tcp, address, None).await;
    let program = send(&outbox, &url, &["three"]);
    let (peer, _) = server.accept_login().await;
    take_all(peer, &["one", "three"]).await;
    let (code, _, stderr) = end(program).await;
    assert_eq!(code, Some(0));
    let first = stderr.lines().next().unwrap();
    assert!(first.contains("WARN the outbox "), "{stderr}");
    assert!(
        first.ends_with("bytes that were not completely written; they are cut off"),
        "{stderr}"
    );
}
