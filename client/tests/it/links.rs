//! What holds on every transport, encrypted or not.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::common::{FakeServer, alice, within};
use mobileim_client::{
    Client, Draft, Event, Events, LinkLostReason, Message, MessageType, SERVER, State, Transport,
};

const ALL: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::WebSocket];

async fn all_servers() -> Vec<FakeServer> {
    let mut servers = Vec::new();
    for transport in ALL {
        servers.push(FakeServer::start(transport).await);
    }
    servers.push(FakeServer::start_tls(Transport::Tcp).await);
    servers.push(FakeServer::start_tls(Transport::WebSocket).await);
    servers
}

#[tokio::test]
async fn messages_go_both_ways() {
    for mut server in all_servers().await {
        let (client, mut events) = server.builder().spawn();
        let login = client.login(alice());
        let (logged_in, (mut peer, request)) =
            within(async { tokio::join!(login, server.accept_login()) }).await;
        assert_eq!(request.user_id, "alice");
        assert_eq!(request.token, "alice's token");
        assert_eq!(logged_in.unwrap().first_login_time, 1000);
        assert_eq!(client.state(), State::Online);

        let delivery = client.send(Draft::new("bob", "hi 👋"));
        let fp = delivery.fp().to_owned();
        let message = peer.expect(MessageType::CommonData).await;
        assert_eq!(message.content.as_deref(), Some("hi 👋"));
        assert_eq!(message.fp.as_deref(), Some(&*fp));
        peer.acknowledge(&message);
        assert_eq!(within(delivery).await, Ok(()));

        let long = "長".repeat(400);
        let reply = Message::new(MessageType::CommonData, "bob", "alice").with_content(&long);
        peer.send(&reply.with_qos("fp-of-bob"));
        let received = loop {
            if let Some(Event::Message { message, .. }) = within(events.recv()).await {
                break message;
            }
        };
        assert_eq!(received.content.as_deref(), Some(&*long));
        let acknowledgement = peer.expect(MessageType::Received).await;
        assert_eq!(acknowledgement.content.as_deref(), Some("fp-of-bob"));
        assert_eq!(acknowledgement.to.as_deref(), Some("bob"));
    }
}

#[tokio::test]
async fn a_message_without_qos_is_sent_before_logout_closes_the_link() {
    for mut server in all_servers().await {
        let (client, _events) = server.builder().spawn();
        let (logged_in, (mut peer, _)) =
            within(async { tokio::join!(client.login(alice()), server.accept_login()) }).await;
        logged_in.unwrap();
        let draft = Draft {
            qos: false,
            ..Draft::new("bob", "now or never")
        };
        assert_eq!(within(client.send(draft)).await, Ok(()));
        let (logout, ()) = tokio::join!(client.logout(), async {
            peer.expect(MessageType::CommonData).await;
            let logout = peer.expect(MessageType::Logout).await;
            assert_eq!(logout.to.as_deref(), Some(SERVER));
            peer.close();
        });
        let () = logout;
        assert_eq!(client.state(), State::Closed);
    }
}

#[tokio::test]
async fn a_server_that_comes_late_is_found_and_gets_what_waits_in_order() {
    for transport in ALL {
        let address = FakeServer::unused_address(transport).await;
        let url = mobileim_client::ServerAddress::from_socket_addr(transport, address);
        let (client, mut events) = crate::common::quick(url).spawn();
        let login = tokio::spawn({
            let client = client.clone();
            async move { client.login(alice()).await }
        });
        lost(&mut events).await;
        assert!(client.last_link_error().is_some());
        let deliveries: Vec<_> = (0..3)
            .map(|number| client.send(Draft::new("bob", number.to_string())))
            .collect();

        let mut server = FakeServer::start_at(transport, address, None).await;
        let (mut peer, _) = server.accept_login().await;
        within(login).await.unwrap().unwrap();
        for number in 0..3 {
            let message = peer.expect(MessageType::CommonData).await;
            assert_eq!(message.content.as_deref(), Some(&*number.to_string()));
            peer.acknowledge(&message);
        }
        for delivery in deliveries {
            assert_eq!(within(delivery).await, Ok(()));
        }
    }
}

/// Begins to log in.
fn begin(client: &Client) {
    let client = client.clone();
    tokio::spawn(async move { client.login(alice()).await });
}

/// Waits until the link is lost: longer, in virtual time, than the client waits for anything.
async fn lost(events: &mut Events) -> LinkLostReason {
    let lost = async {
        loop {
            if let Some(Event::LinkLost { reason }) = events.recv().await {
                return reason;
            }
        }
    };
    let lost = tokio::time::timeout(Duration::from_secs(60), lost).await;
    lost.expect("it is given up")
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told() {
    for scheme in ["tcp", "tls", "udp", "ws", "wss"] {
        // RFC 6761 keeps this one from existing.
        let url = format!("{scheme}://nobody.invalid:1");
        let (client, mut events) = crate::common::quick(url.parse().unwrap()).spawn();
        begin(&client);
        assert_eq!(lost(&mut events).await, LinkLostReason::NeverOpened);
        let error = client.last_link_error().unwrap();
        assert!(error.contains("nobody.invalid"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up() {
    for transport in ALL {
        let mut server = FakeServer::start(transport).await;
        let (client, mut events) = server.builder().spawn();
        begin(&client);
        let mut silent = server.accept().await;
        silent.expect_login().await;
        tokio::time::pause();
        assert_eq!(lost(&mut events).await, LinkLostReason::LoginTimeout);
        tokio::time::resume();
        // The next link is another chance.
        let _peer = server.accept_login().await;
        let mut state = client.watch_state();
        let online = state.wait_for(|state| *state == State::Online);
        within(online).await.unwrap();
    }
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for scheme in ["tls", "ws", "wss"] {
        let url = format!("{scheme}://{address}");
        let (client, mut events) = crate::common::quick(url.parse().unwrap()).spawn();
        begin(&client);
        let (_silent, _) = within(listener.accept()).await.unwrap();
        tokio::time::pause();
        assert_eq!(lost(&mut events).await, LinkLostReason::ConnectTimeout);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n").await;
        }
    });
    for (scheme, expected) in [("tls", "TLS"), ("wss", "TLS"), ("ws", "WebSocket")] {
        let url = format!("{scheme}://{address}");
        let (client, mut events) = crate::common::quick(url.parse().unwrap()).spawn();
        begin(&client);
        assert_eq!(lost(&mut events).await, LinkLostReason::NeverOpened);
        let error = client.last_link_error().unwrap();
        assert!(error.contains(expected), "{scheme}: {error}");
    }
}
