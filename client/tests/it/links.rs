//! What holds on every transport, encrypted or not.

use crate::common::{FakeServer, alice, within};
use mobileim_client::{Draft, Event, Message, MessageType, SERVER, State, Transport};

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
            if let Some(Event::Message(message)) = within(events.recv()).await {
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
        loop {
            if let Some(Event::LinkLost { .. }) = within(events.recv()).await {
                break;
            }
        }
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

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_is_not_spoken_to() {
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let server = FakeServer::start_tls(transport).await;
        let other = crate::common::Certificate::new();
        let (client, mut events) = server.builder().tls_config(other.trusted()).spawn();
        tokio::spawn({
            let client = client.clone();
            async move { client.login(alice()).await }
        });
        loop {
            if let Some(Event::LinkLost { .. }) = within(events.recv()).await {
                break;
            }
        }
        let error = client.last_link_error().unwrap();
        assert!(error.contains("certificate"), "{error}");
    }
}
