//! UDP: the secret of a session, against who writes the server's address on datagrams.

use mobileim_client::{Client, Draft, Event, Message, MessageType, SERVER, State, Transport};
use mobileim_protocol::payload::{self, LoginRequest, LoginResponse};
use mobileim_protocol::{Secret, decode, encode};
use tokio::net::UdpSocket;

use crate::common::{alice, quick, within};

/// The server's end of the way to one client, datagram by datagram.
struct Server {
    socket: UdpSocket,
}

impl Server {
    async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { socket }
    }

    async fn next(&self) -> (Option<Secret>, Message<'static>) {
        let mut buffer = vec![0; 65_536];
        let (len, from) = within(self.socket.recv_from(&mut buffer)).await.unwrap();
        self.socket.connect(from).await.unwrap();
        let (secret, body) = Secret::split(&buffer[..len]);
        (secret, decode(body).unwrap().into_owned())
    }

    /// The next that is no heartbeat.
    async fn expect(&self, kind: MessageType) -> (Option<Secret>, Message<'static>) {
        loop {
            let (secret, message) = self.next().await;
            if message.kind == kind {
                return (secret, message);
            }
        }
    }

    async fn send(&self, secret: Option<Secret>, message: &Message<'_>) {
        let body = encode(message);
        let mut datagram = Vec::new();
        match secret {
            Some(secret) => secret.write(body.as_bytes(), &mut datagram),
            None => datagram.extend_from_slice(body.as_bytes()),
        }
        self.socket.send(&datagram).await.unwrap();
    }
}

fn answer(code: i64) -> Message<'static> {
    let response = LoginResponse {
        code,
        first_login_time: 1000,
        keep_alive_interval: None,
        max_batch: None,
        max_body: Some(65_536),
        max_questions: None,
        server: None,
        token_expires_in: None,
        retry_after: None,
        missed_since: None,
    };
    Message::new(MessageType::LoginResponse, SERVER, "alice")
        .with_content(payload::encode(&response))
}

fn text(text: &str) -> Message<'_> {
    Message::new(MessageType::CommonData, "bob", "alice").with_content(text)
}

#[tokio::test]
async fn without_the_secret_nobody_speaks_in_the_servers_name() {
    let server = Server::start().await;
    let address = server.socket.local_addr().unwrap();
    let url = format!("udp://{address}");
    let (client, mut events) = quick(url.parse().unwrap()).spawn();
    let login = client.login(alice());
    let (logged_in, secret) = within(async {
        tokio::join!(login, async {
            let (none, login) = server.expect(MessageType::Login).await;
            assert_eq!(none, None);
            let login: LoginRequest = payload::decode(login.content.as_deref()).unwrap();
            assert!(login.secret.is_some());
            server.send(login.secret, &answer(0)).await;
            login.secret
        })
    })
    .await;
    logged_in.unwrap();

    for other in [None, Secret::new(1)] {
        let kickout = Message::new(MessageType::Kickout, SERVER, "alice");
        server
            .send(other, &kickout.with_content(r#"{"code":2}"#))
            .await;
        server.send(other, &answer(1025)).await;
        server.send(other, &text("forged")).await;
    }
    server.send(secret, &text("said")).await;
    let said = loop {
        match within(events.recv()).await.unwrap() {
            Event::Message { message, .. } => break message,
            Event::KickedOut { .. } | Event::LoginRefused { .. } | Event::LinkLost { .. } => {
                panic!("somebody else has ended the session")
            }
            _ => {}
        }
    };
    assert_eq!(said.content.as_deref(), Some("said"));
    assert_eq!(client.state(), State::Online);

    let delivery = client.send(Draft::new("bob", "hi"));
    let (with, message) = server.expect(MessageType::CommonData).await;
    assert_eq!(with, secret);
    let (from, to) = (message.to.clone().unwrap(), message.from.clone().unwrap());
    let received = Message::received(from, to, message.fp.clone().unwrap(), false);
    server.send(secret, &received).await;
    assert_eq!(within(delivery).await, Ok(()));
}

#[tokio::test]
async fn an_original_server_that_knows_no_secrets_gets_none() {
    let server = Server::start().await;
    let address = server.socket.local_addr().unwrap();
    let (client, _events) = quick(format!("udp://{address}").parse().unwrap()).spawn();
    let login = client.login(alice());
    let (logged_in, ()) = within(async {
        tokio::join!(login, async {
            server.expect(MessageType::Login).await;
            server.send(None, &answer(0)).await;
        })
    })
    .await;
    logged_in.unwrap();
    let _delivery = client.send(Draft::new("bob", "hi"));
    assert_eq!(server.expect(MessageType::CommonData).await.0, None);
}

#[tokio::test]
async fn each_client_has_a_secret_of_its_own_and_on_streams_none() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let server = Server::start().await;
        let address = server.socket.local_addr().unwrap();
        let (client, _events) = quick(format!("udp://{address}").parse().unwrap()).spawn();
        let message = tokio::select! {
            (_, message) = server.expect(MessageType::Login) => message,
            _ = client.login(alice()) => panic!("nobody has answered"),
        };
        let login_request: LoginRequest = payload::decode(message.content.as_deref()).unwrap();
        seen.push(login_request.secret.map(Secret::get));
    }
    assert_ne!(seen[0], seen[1]);
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let mut server = crate::common::FakeServer::start(transport).await;
        let (client, _events): (Client, _) = server.builder().spawn();
        let login = client.login(alice());
        let (_, (_, request)) = within(async { tokio::join!(login, server.accept_login()) }).await;
        assert_eq!(request.secret, None);
    }
}
