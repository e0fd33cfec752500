//! What can never be delivered is refused, or set aside: it must not keep its sender from sending for ever.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{
    Draft, Event, LoginError, LostReason, Output, RestoreError, SendError, State,
};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, encode};
use support::{Harness, account, seconds};

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::WebSocket, Transport::Udp];

/// 86 Chinese characters of 3 bytes each: 258 bytes.
fn too_long() -> String {
    "名".repeat(86)
}

/// A server that closes the link when it gets a text that begins with "poison", and acknowledges all else.
struct ClosingServer {
    alice: Harness,
    delivered: Vec<String>,
    lost: Vec<(String, LostReason)>,
    /// How many links it has closed.
    closed: u32,
}

impl ClosingServer {
    fn new(transport: Transport) -> Self {
        Self {
            alice: Harness::online(transport),
            delivered: Vec::new(),
            lost: Vec::new(),
            closed: 0,
        }
    }

    fn send(&mut self, to: &str, text: &str) {
        self.alice.send(Draft::new(to, text)).unwrap();
    }

    /// Answers what was sent, in order; comes back for as long as something waits.
    fn run(&mut self, answers_heartbeats: bool) {
        for _ in 0..1000 {
            match self.alice.client.state() {
                State::Waiting => self.alice.advance(seconds(1) / 10),
                State::Online => self.serve(answers_heartbeats),
                _ => {
                    let link = self.alice.client.link().unwrap();
                    self.alice
                        .call(|client, now| client.handle_connected(now, link));
                    self.alice.receive(&support::login_response(0, None));
                }
            }
            for event in self.alice.events() {
                match event {
                    Event::Delivered { fp } => self.delivered.push(fp),
                    Event::Lost { message, reason } => {
                        self.lost
                            .push((message.content.unwrap().into_owned(), reason));
                    }
                    _ => {}
                }
            }
            if self.alice.client.pending() == 0 {
                return;
            }
        }
        panic!("{} messages still wait", self.alice.client.pending());
    }

    fn serve(&mut self, answers_heartbeats: bool) {
        let sent = self.alice.transmitted();
        if sent.is_empty() {
            self.alice.advance(seconds(1) / 10);
        }
        for message in sent {
            match message.kind {
                MessageType::CommonData
                    if message.content.as_deref().unwrap().starts_with("poison") =>
                {
                    self.closed += 1;
                    // What was sent after it is not read any more.
                    self.alice.transmitted();
                    return self.alice.cut();
                }
                MessageType::CommonData => {
                    let fp = message.fp.unwrap();
                    self.alice
                        .receive(&Message::received(message.to.unwrap(), "alice", fp, false));
                }
                MessageType::KeepAlive if answers_heartbeats => {
                    self.alice.receive(&Message::new(
                        MessageType::KeepAliveResponse,
                        SERVER,
                        "alice",
                    ));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn what_no_server_takes_is_refused_at_once() {
    let mut alice = Harness::online(Transport::WebSocket);
    let mut send = |to: &str, fp: Option<String>| {
        let draft = Draft {
            fp,
            ..Draft::new(to, "hi")
        };
        alice.send(draft)
    };
    assert_eq!(send("-1", None), Err(SendError::BadReceiver));
    assert_eq!(send(&too_long(), None), Err(SendError::BadReceiver));
    assert_eq!(send("", None), Err(SendError::NoReceiver));
    assert_eq!(
        send("bob", Some(too_long())),
        Err(SendError::BadFingerprint)
    );
    assert_eq!(
        send("bob", Some(String::new())),
        Err(SendError::BadFingerprint)
    );
    // The longest that can be, and the server.
    assert!(send(&"x".repeat(256), Some("y".repeat(256))).is_ok());
    assert!(send(SERVER, None).is_ok());
    assert_eq!(alice.client.pending(), 2);
}

#[test]
fn nobody_logs_in_as_the_server_as_nobody_or_with_an_id_that_is_too_long() {
    let mut alice = Harness::new(Transport::WebSocket);
    for id in [SERVER, "-1", &too_long()] {
        let result = alice.call(|client, now| client.login(now, account(id)));
        assert_eq!(result, Err(LoginError::BadUserId), "{id}");
    }
    assert_eq!(alice.outputs(), []);
}

#[test]
fn what_an_earlier_version_kept_and_no_server_takes_is_reported_and_forgotten() {
    let mut alice = Harness::online(Transport::WebSocket);
    let message = |to: &str, fp: &str| {
        encode(
            &Message::new(MessageType::CommonData, "alice", to.to_owned())
                .with_content("hi")
                .with_qos(fp.to_owned()),
        )
    };
    for (to, fp) in [
        ("-1", "1"),
        ("", "2"),
        (&too_long(), "3"),
        ("bob", &too_long()),
    ] {
        let body = message(to, fp);
        assert_eq!(
            alice.call(|client, now| client.restore(now, &body)),
            Ok::<(), RestoreError>(())
        );
        let outputs = alice.outputs();
        assert!(
            matches!(&outputs[..], [
                Output::Event(Event::Lost { message, reason: LostReason::Invalid }),
            ] if message.fp.as_deref() == Some(fp)),
            "{outputs:?}"
        );
    }
    assert_eq!(alice.client.pending(), 0);
}

#[test]
fn a_message_on_which_three_links_died_is_set_aside_and_holds_nothing_up() {
    for transport in TRANSPORTS {
        for answers_heartbeats in [true, false] {
            let mut server = ClosingServer::new(transport);
            for text in ["one", "poison", "two", "three"] {
                server.send("bob", text);
            }
            server.send("carol", "four");
            server.run(answers_heartbeats);
            assert_eq!(server.lost, [("poison".to_owned(), LostReason::BreaksLink)]);
            assert_eq!(
                (server.closed, server.delivered.len()),
                (3, 4),
                "{transport}"
            );
        }
    }
}

#[test]
fn each_of_several_such_messages_is_found_among_the_others() {
    for transport in TRANSPORTS {
        let mut server = ClosingServer::new(transport);
        for number in 0..60 {
            let text = if number % 20 == 7 { "poison" } else { "text" };
            server.send(&format!("user {}", number % 4), &format!("{text} {number}"));
        }
        server.run(true);
        let lost: Vec<_> = server.lost.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(lost, ["poison 7", "poison 27", "poison 47"], "{transport}");
        assert_eq!(server.delivered.len(), 57, "{transport}");
        // Three links for each; one that several were on counts for each of them.
        assert!((7..=9).contains(&server.closed), "{} links", server.closed);
    }
}

#[test]
fn a_server_that_ends_again_and_again_is_not_the_fault_of_what_was_sent() {
    for transport in TRANSPORTS {
        let mut alice = Harness::online(transport);
        alice.send(Draft::new("bob", "hi")).unwrap();
        let mut ends = 0;
        while alice.client.pending() > 0 {
            alice.cut();
            ends += 1;
            // It is away for one attempt, then there again.
            for is_back in [false, true] {
                while alice.client.state() == State::Waiting {
                    alice.advance(seconds(1) / 10);
                }
                if is_back {
                    alice.accept_login();
                } else {
                    alice.cut();
                }
            }
        }
        // A message that ends the whole server each time is set aside too.
        assert_eq!(ends, 7, "{transport}");
    }
}

#[test]
fn nothing_is_set_aside_for_links_that_end_later_or_by_themselves() {
    let mut alice = Harness::online(Transport::Tcp);
    alice.send(Draft::new("bob", "hi")).unwrap();
    let come_back = |alice: &mut Harness| {
        while alice.client.state() == State::Waiting {
            alice.advance(seconds(1) / 10);
        }
        alice.accept_login();
    };
    for _ in 0..5 {
        // Twice right after it was sent, then once later: three in a row it must be.
        for wait in [0, 0, 4] {
            alice.advance(seconds(wait));
            alice.cut();
            come_back(&mut alice);
        }
    }
    assert_eq!(alice.client.pending(), 1);
    for _ in 0..5 {
        // Nobody closes the link: it falls silent.
        alice.advance(seconds(60));
        if alice.client.state() == State::Connecting {
            alice.accept_login();
        }
    }
    assert_eq!(alice.client.pending(), 1);
}
