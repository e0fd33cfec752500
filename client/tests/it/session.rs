//! What a caller of the handle is told, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::common::{FakeServer, Peer, alice, within};
use mobileim_client::engine::SendError as NotTaken;
use mobileim_client::{
    Account, Client, Draft, Event, Events, LoginError, LostReason, Message, MessageType, SendError,
    State, Transport, codes,
};

async fn online() -> (FakeServer, Peer, Client, Events) {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, events) = server.builder().spawn();
    let (logged_in, (peer, _)) =
        within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
    logged_in.unwrap();
    (server, peer, client, events)
}

#[tokio::test]
async fn a_refused_login_says_why_and_is_not_repeated() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events) = server.builder().spawn();
    let (answer, _peer) = within(async {
        tokio::join!(client.login(alice()), async {
            let mut peer = server.accept().await;
            peer.expect_login().await;
            peer.answer_login(codes::BAD_TOKEN);
            peer
        })
    })
    .await;
    let code = codes::BAD_TOKEN;
    assert_eq!(answer, Err(LoginError::Refused { code }));
    assert_eq!(client.state(), State::Closed);
    let again = within(client.send(Draft::new("bob", "hi"))).await;
    assert_eq!(again, Err(SendError::NotTaken(NotTaken::NotLoggedIn)));
}

#[tokio::test]
async fn a_login_that_is_refused_for_now_is_repeated_until_it_succeeds() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events) = server.builder().spawn();
    let (answer, _peer) = within(async {
        tokio::join!(client.login(alice()), async {
            let mut peer = server.accept().await;
            peer.expect_login().await;
            peer.answer_login(codes::TEMPORARILY_UNAVAILABLE);
            server.accept_login().await
        })
    })
    .await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn a_kick_ends_what_is_awaited() {
    let (_server, mut peer, client, mut events) = online().await;
    let delivery = client.send(Draft::new("bob", "hi"));
    peer.expect(MessageType::CommonData).await;
    peer.kick(codes::KICKED_DUPLICATE_LOGIN);
    assert_eq!(within(delivery).await, Err(SendError::SessionEnded));
    while within(events.recv()).await
        != Some(Event::KickedOut {
            code: codes::KICKED_DUPLICATE_LOGIN,
            reason: None,
        })
    {}
    assert_eq!(client.state(), State::Closed);
}

#[tokio::test]
async fn a_logout_gives_up_what_is_awaited() {
    let (_server, mut peer, client, _events) = online().await;
    let delivery = client.send(Draft::new("bob", "hi"));
    peer.expect(MessageType::CommonData).await;
    tokio::join!(client.logout(), async {
        peer.expect(MessageType::Logout).await;
        peer.close();
    });
    assert_eq!(
        within(delivery).await,
        Err(SendError::Lost(LostReason::LoggedOut))
    );
}

#[tokio::test]
async fn a_logout_ends_a_login_that_gets_nowhere() {
    let address = FakeServer::unused_address(Transport::Tcp).await;
    let address = mobileim_client::ServerAddress::from_socket_addr(Transport::Tcp, address);
    let (client, mut events) = crate::common::quick(address).spawn();
    let (answer, ()) = within(async {
        tokio::join!(client.login(alice()), async {
            while !matches!(events.recv().await, Some(Event::LinkLost { .. })) {}
            client.logout().await;
        })
    })
    .await;
    assert_eq!(answer, Err(LoginError::LoggedOut));
}

#[tokio::test]
async fn a_second_login_of_the_same_user_is_answered_at_once_and_of_another_refused() {
    let (_server, _peer, client, _events) = online().await;
    let again = within(client.login(alice())).await;
    assert_eq!(again.map(|it| it.first_login_time), Ok(1000));
    let other = within(client.login(Account::new("bob", ""))).await;
    let error = mobileim_client::engine::LoginError::OtherUser;
    assert_eq!(other, Err(LoginError::NotBegun(error)));
}

#[tokio::test]
async fn a_message_that_is_too_long_is_not_taken() {
    let (_server, _peer, client, _events) = online().await;
    let error = within(client.send(Draft::new("bob", "x".repeat(7000)))).await;
    assert!(matches!(
        error,
        Err(SendError::NotTaken(NotTaken::TooLong { limit: 6144, .. }))
    ));
}

#[tokio::test]
async fn a_token_is_asked_for_at_each_login() {
    let mut server = FakeServer::start(Transport::Tcp).await;
    let (client, _events) = server.builder().spawn();
    let asked = Arc::new(AtomicU32::new(0));
    let account = Account::with_token_provider("alice", move || {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        async move {
            match number {
                0 => Err("the token server is down"),
                number => Ok(format!("token {number}")),
            }
        }
    });
    let (answer, (peer, request)) = within(async {
        tokio::join!(client.login(account), async {
            drop(server.accept().await);
            server.accept_login().await
        })
    })
    .await;
    answer.unwrap();
    assert_eq!(request.token, "token 1");
    peer.close();
    let (_peer, request) = server.accept_login().await;
    assert_eq!(request.token, "token 2");
    assert_eq!(request.first_login_time, 1000);
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_link_without_a_logout() {
    let (_server, mut peer, client, mut events) = online().await;
    let other = client.clone();
    drop(client);
    let delivery = other.send(Draft::new("bob", "hi"));
    peer.expect(MessageType::CommonData).await;
    drop(other);
    assert_eq!(within(delivery).await, Err(SendError::Stopped));
    assert_eq!(peer.recv().await, None);
    while within(events.recv()).await.is_some() {}
}

#[tokio::test]
async fn messages_wait_unacknowledged_for_an_application_that_reads_late() {
    let (_server, mut peer, client, mut events) = online().await;
    for number in 0..200 {
        peer.send(&from_bob(number));
    }
    peer.send(&from_bob(0));
    assert_eq!(said_until_caught_up(&client, &mut peer).await, []);
    for number in 0..200 {
        let text = loop {
            if let Some(Event::Message { message, .. }) = within(events.recv()).await {
                break message.content;
            }
        };
        assert_eq!(text.as_deref(), Some(&*number.to_string()));
    }
    for number in 0..200 {
        let acknowledgement = peer.expect(MessageType::Received).await;
        let fp = format!("fp {number}");
        assert_eq!(acknowledgement.content.as_deref(), Some(&*fp));
    }
}

#[tokio::test]
async fn what_comes_when_the_events_are_dropped_is_left_to_the_server() {
    let (_server, mut peer, client, mut events) = online().await;
    peer.send(&from_bob(0));
    while !matches!(within(events.recv()).await, Some(Event::Message { .. })) {}
    peer.expect(MessageType::Received).await;
    drop(events);
    // That the events are dropped may be heard after this.
    said_until_caught_up(&client, &mut peer).await;
    peer.send(&from_bob(1));
    assert_eq!(said_until_caught_up(&client, &mut peer).await, []);
}

fn from_bob(number: usize) -> Message<'static> {
    let message = Message::new(MessageType::CommonData, "bob", "alice");
    message
        .with_content(number.to_string())
        .with_qos(format!("fp {number}"))
}

/// What the client says until it has dealt with everything that the server sent before this.
async fn said_until_caught_up(client: &Client, peer: &mut Peer) -> Vec<MessageType> {
    let mut said = Vec::new();
    // What it says to the last of it, it says before the second of these.
    for text in ["hi", "hi again"] {
        let delivery = client.send(Draft::new("bob", text));
        loop {
            let message = within(peer.recv()).await.expect("the link stands");
            if message.kind == MessageType::CommonData {
                peer.acknowledge(&message);
                break;
            }
            said.push(message.kind);
        }
        within(delivery).await.unwrap();
    }
    said
}
