//! `mobileim` as scripts use it: through pipes and exit codes.

use mobileim_client::{Message, MessageType, SERVER, Transport, codes};
use mobileim_server::{AcceptAnyToken, Config, DevicePolicy, Server, Sessions};

use crate::common::FakeServer;
use crate::program::Program;

#[tokio::test]
async fn send_succeeds_when_the_message_was_acknowledged() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let mut server = FakeServer::start(transport).await;
        let args = ["--token", "secret", "--to", "bob", "--typeu", "-7", "hi 👋"];
        let program = Program::start(&server, "send", &args);
        let (mut peer, request) = server.accept_login().await;
        assert_eq!(request.token, "secret");
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content.as_deref(), Some("hi 👋"));
        assert_eq!((message.typeu, message.qos), (-7, true));
        peer.acknowledge(&message);
        peer.expect(MessageType::Logout).await;
        peer.close();
        let (status, stderr) = program.end().await;
        assert!(status.success() && stderr.is_empty(), "{stderr}");
    }
}

#[tokio::test]
async fn send_reads_standard_input_and_sends_without_qos() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let mut program = Program::start(&server, "send", &["--to", "bob", "--no-qos", "-"]);
    program.type_line("two\nlines").await;
    drop(program.stdin.take());
    let (mut peer, _) = server.accept_login().await;
    let message = peer.expect(MessageType::CommonData).await;
    assert_eq!(message.content.as_deref(), Some("two\nlines"));
    assert!(!message.qos);
    peer.expect(MessageType::Logout).await;
    peer.close();
    assert!(program.end().await.0.success());
}

#[tokio::test]
async fn send_fails_when_no_acknowledgement_comes() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let program = Program::start(&server, "send", &["--to", "bob", "--timeout", "0.3", "hi"]);
    let (peer, _) = server.accept_login().await;
    let (status, stderr) = program.end().await;
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        stderr,
        "mobileim: not delivered: no acknowledgement came in time\n"
    );
    drop(peer);
}

#[tokio::test]
async fn send_fails_when_the_login_is_refused() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let program = Program::start(&server, "send", &["--to", "bob", "hi"]);
    let mut peer = server.accept().await;
    peer.expect_login().await;
    peer.answer_login(codes::TOKEN_EXPIRED);
    let (status, stderr) = program.end().await;
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("the token has expired (1026)"), "{stderr}");
}

#[tokio::test]
async fn listen_prints_one_message_a_line() {
    let mut server = FakeServer::start(Transport::WebSocket).await;
    let mut program = Program::start(&server, "listen", &["--count", "3"]);
    let (mut peer, _) = server.accept_login().await;
    for (from, to, text) in [
        ("bob", "alice", "two\nlines"),
        (SERVER, "alice", "\u{1b}[2Jnews"),
        ("alice", "bob", "from another device"),
    ] {
        let message = Message::new(MessageType::CommonData, from, to);
        peer.send(&message.with_content(text).with_qos(format!("fp of {from}")));
        peer.expect(MessageType::Received).await;
    }
    assert_eq!(program.line().await, r"bob: two\nlines");
    assert_eq!(program.line().await, "0: \u{fffd}[2Jnews");
    assert_eq!(program.line().await, "alice to bob: from another device");
    peer.expect(MessageType::Logout).await;
    peer.close();
    let (status, stderr) = program.end().await;
    assert!(status.success());
    assert_eq!(stderr, "* online\n");
}

#[tokio::test]
async fn listen_prints_json_for_scripts() {
    let mut server = FakeServer::start(Transport::Udp).await;
    let mut program = Program::start(&server, "listen", &["--json", "--count", "1"]);
    let (peer, _) = server.accept_login().await;
    let message = Message::new(MessageType::CommonData, "bob", "alice");
    peer.send(
        &message
            .with_content("a \"b\"\n")
            .with_typeu(3)
            .with_qos("the fp"),
    );
    let line: serde_json::Value = serde_json::from_str(&program.line().await).unwrap();
    let expected = serde_json::json!({
        "from": "bob", "to": "alice", "content": "a \"b\"\n", "fp": "the fp", "qos": true, "typeu": 3,
    });
    assert_eq!(line, expected);
    assert!(program.end().await.0.success());
}

#[tokio::test]
async fn chat_talks_through_pipes() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let mut program = Program::start(&server, "chat", &[]);
    assert_eq!(
        program.line().await,
        format!("* connecting to {}…", server.url())
    );
    let (mut peer, _) = server.accept_login().await;
    assert_eq!(program.line().await, "* online");

    program.type_line("hello?").await;
    assert_eq!(program.line().await, "* to whom? /to NAME, or @NAME TEXT");
    program.type_line("@bob hello").await;
    let message = peer.expect(MessageType::CommonData).await;
    assert_eq!(message.to.as_deref(), Some("bob"));
    peer.acknowledge(&message);
    assert_eq!(program.line().await, "✓ bob: hello");

    let reply = Message::new(MessageType::CommonData, "bob", "alice").with_content("hi\nalice");
    peer.send(&reply);
    assert_eq!(program.line().await, "bob: hi");
    assert_eq!(program.line().await, "  alice");

    peer.close();
    assert_eq!(
        program.line().await,
        "* reconnecting… (closed by the server)"
    );
    program.type_line("still there?").await;
    let (mut peer, _) = server.accept_login().await;
    assert_eq!(program.line().await, "* online");
    let message = peer.expect(MessageType::CommonData).await;
    assert_eq!(message.to.as_deref(), Some("bob"));
    // The end of the input waits for the acknowledgement.
    drop(program.stdin.take());
    peer.acknowledge(&message);
    assert_eq!(program.line().await, "✓ bob: still there?");
    peer.expect(MessageType::Logout).await;
    peer.close();
    assert!(program.end().await.0.success());
}

#[tokio::test]
async fn chat_says_that_it_was_kicked() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let mut program = Program::start(&server, "chat", &["--to", "bob"]);
    let (mut peer, _) = server.accept_login().await;
    program.type_line("hello").await;
    peer.expect(MessageType::CommonData).await;
    peer.kick(codes::KICKED_DUPLICATE_LOGIN);
    program.line().await;
    assert_eq!(program.line().await, "* online");
    let kicked = "* kicked: the same user logged in elsewhere (1)";
    assert_eq!(program.line().await, kicked);
    let failed = "✗ bob: hello (the session ended before the message was acknowledged)";
    assert_eq!(program.line().await, failed);
    let (status, _) = program.end().await;
    assert_eq!(status.code(), Some(1));
}

#[tokio::test]
async fn chat_lists_the_users_devices_and_removes_one() {
    let mut config = Config::default();
    config.devices = DevicePolicy {
        sessions: Sessions::PerDevice,
        ..DevicePolicy::default()
    };
    let server = Server::builder(AcceptAnyToken).config(config);
    let server = server.tcp("127.0.0.1:0".parse().ok()).start();
    let server = server.await.unwrap();
    let url = format!("tcp://{}", server.addresses().tcp.unwrap());
    let mut chats = ["d-1", "d-2"].map(|device| {
        let args = ["--device", device];
        Program::start_at(&url, "alice", "chat", &args)
    });
    for chat in &mut chats {
        chat.line().await;
        assert_eq!(chat.line().await, "* online");
    }
    let [phone, laptop] = &mut chats;
    laptop.type_line("/devices").await;
    let mut lines = [laptop.line().await, laptop.line().await];
    lines.sort();
    let (own, other) = ("d-2 (terminal): online, this one", "d-1 (terminal): online");
    // They came at the same time, or nearly.
    let first = [format!("* {own}"), format!("  {other}")];
    let second = [format!("* {other}"), format!("  {own}")];
    let is_one_of = |mut expected: [String; 2]| {
        expected.sort();
        lines == expected
    };
    assert!(is_one_of(first) || is_one_of(second), "{lines:?}");
    for (line, answer) in [
        (
            "/remove-device d-3",
            "* no answer: the server refuses it with code 314: the user has no device with this name",
        ),
        (
            "/remove-device d-2",
            "* no answer: the server refuses it with code 315: a device does not remove itself: log out instead",
        ),
        ("/remove-device d-1", "* d-1 is removed"),
        ("/devices", "* d-2 (terminal): online, this one"),
    ] {
        laptop.type_line(line).await;
        assert_eq!(laptop.line().await, answer);
    }
    assert_eq!(phone.line().await, "* kicked: this device was removed (2)");
}

#[tokio::test]
async fn chat_says_that_a_server_answers_no_questions() {
    let mut server = FakeServer::start(Transport::Udp).await;
    let mut program = Program::start(&server, "chat", &[]);
    program.line().await;
    let (_peer, _) = server.accept_login().await;
    assert_eq!(program.line().await, "* online");
    program.type_line("/devices").await;
    let none = "* no answer: the server answers no questions";
    assert_eq!(program.line().await, none);
}
