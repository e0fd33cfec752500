//! People on every pair of transports talk through a real server.

use std::sync::Arc;

use mobileim_client::{Draft, Event, LoginError, State, Transport, codes};
use mobileim_server::Push;
use mobileim_tests::{ALL_TRANSPORTS, BAD_TOKEN, Person, TestServer, for_each_pair, within};

/// Texts that have been trouble somewhere: emoji of several code points, escapes, JSON in a text, much of it.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "hi",
        "👩‍👩‍👧‍👦 🇨🇳",
        "你好，世界",
        "\"\\/\u{8}\u{1f}\u{7f}\n\t\u{2028}",
        "",
    ]
    .map(str::to_owned)
    .into();
    texts.push(r#"{"bridge":false,"type":3}"#.to_owned());
    // As much as a datagram of the original may carry, with room for the rest of the message.
    texts.push("長".repeat(500));
    // As much as a client of ours takes, on each transport.
    texts.push("長".repeat(21_000));
    texts.extend((0..20).map(|number| format!("number {number}")));
    texts
}

#[tokio::test]
async fn messages_go_both_ways_once_and_in_order() {
    let server = Arc::new(TestServer::start().await);
    for_each_pair(&server, async |server, first, second| {
        let (alice, bob) = (
            format!("alice-{first}-{second}"),
            format!("bob-{first}-{second}"),
        );
        let alice = Person::online(alice, server.address(first)).await;
        let bob = Person::online(bob, server.address(second)).await;
        talk(alice, bob).await;
    })
    .await;
}

/// Both send all texts, and both are understood.
async fn talk(mut alice: Person, mut bob: Person) {
    for turn in 0..2 {
        let deliveries: Vec<_> = texts()
            .into_iter()
            .map(|text| alice.client.send(Draft::new(&bob.name, text)))
            .collect();
        bob.hears(&alice.name, texts()).await;
        for delivery in deliveries {
            within("delivery", delivery).await.expect("it is delivered");
        }
        if turn == 0 {
            std::mem::swap(&mut alice, &mut bob);
        }
    }
    tokio::join!(alice.leave(), bob.leave());
}

#[tokio::test]
async fn who_is_encrypted_talks_with_everybody_and_comes_back_too() {
    let mut server = TestServer::start().await;
    for transport in [Transport::Tcp, Transport::WebSocket] {
        for other in ALL_TRANSPORTS {
            let address = server.encrypted_address(transport);
            let alice = Person::trusting("alice", address, &server.certificate());
            let bob = Person::online("bob", server.address(other)).await;
            alice.login("token").await.expect("the token is good");
            talk(alice, bob).await;
        }
    }
    let address = |transport| server.encrypted_address(transport);
    let certificate = server.certificate();
    let alice = Person::trusting("alice", address(Transport::Tcp), &certificate);
    let bob = Person::trusting("bob", address(Transport::WebSocket), &certificate);
    for person in [&alice, &bob] {
        person.login("token").await.expect("the token is good");
    }
    server.stop().await;
    server.start_again().await;
    talk(alice, bob).await;
}

#[tokio::test]
async fn messages_without_qos_and_with_a_type_go_both_ways() {
    let server = Arc::new(TestServer::start().await);
    for_each_pair(&server, async |server, first, second| {
        let mut alice = Person::online(format!("a-{first}-{second}"), server.address(first)).await;
        let mut bob = Person::online(format!("b-{first}-{second}"), server.address(second)).await;
        let draft = |to: &Person| Draft {
            qos: false,
            typeu: 7,
            ..Draft::new(&to.name, "psst")
        };
        let sent = alice.client.send(draft(&bob));
        let fp = sent.fp().to_owned();
        within("sending", sent).await.expect("she is online");
        let message = bob.hear().await;
        assert_eq!(message.content.as_deref(), Some("psst"));
        assert_eq!(message.fp.as_deref(), Some(&*fp));
        assert_eq!((message.qos, message.typeu), (false, 7));
        within("sending", bob.client.send(draft(&alice)))
            .await
            .expect("he is online");
        assert!(!alice.hear().await.qos);
        tokio::join!(alice.leave(), bob.leave());
    })
    .await;
}

#[tokio::test]
async fn what_is_sent_to_somebody_offline_is_there_when_he_comes() {
    let server = Arc::new(TestServer::start().await);
    for_each_pair(&server, async |server, first, second| {
        let alice = Person::online(format!("a-{first}-{second}"), server.address(first)).await;
        let mut bob = Person::new(format!("b-{first}-{second}"), server.address(second));
        let deliveries: Vec<_> = texts()
            .into_iter()
            .map(|text| alice.client.send(Draft::new(&bob.name, text)))
            .collect();
        for delivery in deliveries {
            within("storing", delivery)
                .await
                .expect("the server keeps it");
        }
        bob.login("token").await.expect("the token is good");
        bob.hears(&alice.name, texts()).await;
        alice.tell(&bob.name, "and now?").await;
        bob.hears(&alice.name, ["and now?"]).await;
        tokio::join!(alice.leave(), bob.leave());
    })
    .await;
}

#[tokio::test]
async fn everybody_returns_after_a_restart_and_gets_what_was_sent_meanwhile() {
    const BEFORE: usize = 10;
    const MEANWHILE: usize = 20;
    const AFTER: usize = 30;

    let mut server = TestServer::start().await;
    let mut pairs = Vec::new();
    for first in ALL_TRANSPORTS {
        for second in ALL_TRANSPORTS {
            let alice = Person::online(format!("a-{first}-{second}"), server.address(first)).await;
            let bob = Person::online(format!("b-{first}-{second}"), server.address(second)).await;
            pairs.push((alice, bob, Vec::new()));
        }
    }
    let mut send = |numbers: std::ops::Range<usize>| {
        for (alice, bob, deliveries) in &mut pairs {
            for number in numbers.clone() {
                let draft = Draft::new(&bob.name, format!("number {number}"));
                deliveries.push(alice.client.send(draft));
            }
        }
    };
    send(0..BEFORE);
    server.stop().await;
    send(BEFORE..MEANWHILE);
    server.start_again().await;
    send(MEANWHILE..AFTER);
    for (alice, mut bob, deliveries) in pairs {
        let texts = (0..AFTER).map(|number| format!("number {number}"));
        bob.hears(&alice.name, texts).await;
        for delivery in deliveries {
            within("delivery", delivery).await.expect("it is delivered");
        }
        // He is back too, not only his messages.
        alice.tell(&bob.name, "welcome back").await;
        bob.hears(&alice.name, ["welcome back"]).await;
        tokio::join!(alice.leave(), bob.leave());
    }
}

#[tokio::test]
async fn a_login_elsewhere_kicks_the_older_one() {
    let server = Arc::new(TestServer::start().await);
    for_each_pair(&server, async |server, first, second| {
        let name = format!("carol-{first}-{second}");
        let mut old = Person::online(&name, server.address(first)).await;
        let mut new = Person::online(&name, server.address(second)).await;
        let code = old.until("kick", kick).await.0;
        assert_eq!(code, codes::KICKED_DUPLICATE_LOGIN);
        assert_eq!(old.client.state(), State::Closed);
        let dave = Person::online(format!("dave-{first}-{second}"), server.address(first)).await;
        dave.tell(&name, "where are you?").await;
        new.hears(&dave.name, ["where are you?"]).await;
        tokio::join!(old.leave(), new.leave(), dave.leave());
    })
    .await;
}

#[tokio::test]
async fn an_administrator_can_kick_and_the_server_can_speak() {
    let server = TestServer::start().await;
    for transport in ALL_TRANSPORTS {
        let mut erin = Person::online(format!("erin-{transport}"), server.address(transport)).await;
        let push = Push {
            content: "closing soon".to_owned(),
            typeu: 9,
            qos: true,
            ttl: None,
            refs: None,
        };
        let fp = server.handle().send(&erin.name, &push);
        let message = erin.hear().await;
        assert_eq!(message.fp.as_deref(), fp.as_deref());
        assert_eq!(message.from.as_deref(), Some(mobileim_client::SERVER));
        assert_eq!(
            (message.content.as_deref(), message.typeu),
            (Some("closing soon"), 9)
        );

        assert!(server.handle().kick(&erin.name, Some("closing")));
        let (code, reason) = erin.until("kick", kick).await;
        assert_eq!(code, codes::KICKED_BY_ADMINISTRATOR);
        assert_eq!(reason.as_deref(), Some("closing"));
        erin.login("token")
            .await
            .expect("a kicked user may come back");
        erin.leave().await;
    }
}

#[tokio::test]
async fn a_bad_token_is_refused() {
    let server = TestServer::start().await;
    for transport in ALL_TRANSPORTS {
        let mallory = Person::new("mallory", server.address(transport));
        let code = codes::BAD_TOKEN;
        assert_eq!(
            mallory.login(BAD_TOKEN).await,
            Err(LoginError::Refused { code })
        );
        assert_eq!(mallory.client.state(), State::Closed);
        mallory.login("token").await.expect("another token is good");
        mallory.leave().await;
    }
}

fn kick(event: Event) -> Option<(i64, Option<String>)> {
    match event {
        Event::KickedOut { code, reason } => Some((code, reason)),
        _ => None,
    }
}
