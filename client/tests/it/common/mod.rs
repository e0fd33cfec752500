//! A server in the hands of the test: it says nothing that the test does not say.

mod disk;
mod tls;
mod transport;

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_client::{
    Account, Builder, Client, Events, Message, MessageType, NOBODY, SERVER, ServerAddress,
    Transport,
};
use mobileim_protocol::payload::{self, ErrorResponse, LoginRequest, LoginResponse};
use mobileim_protocol::{decode, encode};
use tokio::sync::mpsc;

pub(crate) use disk::{files, until_written};
pub(crate) use tls::{Certificate, CertificateFiles};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a peer of the server said; `None` when it went away.
type Incoming = Option<String>;

pub(crate) struct FakeServer {
    transport: Transport,
    address: SocketAddr,
    certificate: Option<Certificate>,
    peers: mpsc::UnboundedReceiver<Peer>,
    task: tokio::task::JoinHandle<()>,
}

/// One link, as the server has it.
pub(crate) struct Peer {
    incoming: mpsc::UnboundedReceiver<Incoming>,
    outgoing: mpsc::UnboundedSender<String>,
}

impl FakeServer {
    pub(crate) async fn start(transport: Transport) -> Self {
        Self::start_at(transport, "127.0.0.1:0".parse().unwrap(), None).await
    }

    /// One that encrypts.
    pub(crate) async fn start_tls(transport: Transport) -> Self {
        let address = "127.0.0.1:0".parse().unwrap();
        Self::start_at(transport, address, Some(Certificate::new())).await
    }

    pub(crate) async fn start_at(
        transport: Transport,
        address: SocketAddr,
        certificate: Option<Certificate>,
    ) -> Self {
        let (peer_sender, peers) = mpsc::unbounded_channel();
        let (address, task) =
            transport::serve(transport, address, certificate.as_ref(), peer_sender).await;
        Self {
            transport,
            address,
            certificate,
            peers,
            task,
        }
    }

    /// An address where nobody listens, for now.
    pub(crate) async fn unused_address(transport: Transport) -> SocketAddr {
        let mut server = Self::start(transport).await;
        server.task.abort();
        let _ = (&mut server.task).await;
        server.address
    }

    pub(crate) fn url(&self) -> String {
        let plain = ServerAddress::from_socket_addr(self.transport, self.address).to_string();
        match &self.certificate {
            Some(_) => plain.replace("tcp://", "tls://").replace("ws://", "wss://"),
            None => plain,
        }
    }

    /// A client of this server that reconnects at once.
    pub(crate) fn builder(&self) -> Builder {
        let builder = quick(self.url().parse().unwrap());
        match &self.certificate {
            Some(certificate) => builder.tls_config(certificate.trusted()),
            None => builder,
        }
    }

    /// The next link.
    pub(crate) async fn accept(&mut self) -> Peer {
        within(self.peers.recv()).await.expect("the server runs")
    }

    /// The next link, logged in.
    pub(crate) async fn accept_login(&mut self) -> (Peer, LoginRequest) {
        let mut peer = self.accept().await;
        let request = peer.expect_login().await;
        peer.answer_login(0);
        (peer, request)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    /// The next message from the client; `None` when it went away.
    pub(crate) async fn recv(&mut self) -> Option<Message<'static>> {
        let body = within(self.incoming.recv()).await.flatten()?;
        Some(
            decode(body.as_bytes())
                .expect("a client sends messages")
                .into_owned(),
        )
    }

    /// Whether the client has said nothing that was not yet asked for, although all else had the time to happen.
    pub(crate) async fn says_nothing(&mut self) -> bool {
        // Often enough for the runtime to look at its sockets many times.
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
        self.incoming.is_empty()
    }

    /// The next message, which is of this kind. A heartbeat may come before it: after a lost link a client asks whether the
    /// server answers.
    pub(crate) async fn expect(&mut self, kind: MessageType) -> Message<'static> {
        loop {
            let message = self.recv().await.expect("the client is there");
            if message.kind == kind {
                return message;
            }
            assert_eq!(message.kind, MessageType::KeepAlive, "{message:?}");
        }
    }

    pub(crate) async fn expect_login(&mut self) -> LoginRequest {
        let message = self.expect(MessageType::Login).await;
        payload::decode(message.content.as_deref()).unwrap()
    }

    pub(crate) fn send(&self, message: &Message<'_>) {
        self.send_raw(encode(message));
    }

    pub(crate) fn send_raw(&self, body: String) {
        // A client that went away is the test's own business.
        let _ = self.outgoing.send(body);
    }

    pub(crate) fn answer_login(&self, code: i64) {
        let response = payload::encode(&LoginResponse {
            code,
            first_login_time: if code == 0 { 1000 } else { -1 },
            keep_alive_interval: Some(15_000),
            max_batch: None,
            max_body: None,
            max_questions: None,
            server: None,
            token_expires_in: None,
            retry_after: None,
            missed_since: None,
        });
        self.send(&Message::new(MessageType::LoginResponse, SERVER, NOBODY).with_content(response));
    }

    /// Acknowledges what the client sent, in its receiver's name.
    pub(crate) fn acknowledge(&self, message: &Message<'_>) {
        let (to, from) = (message.to.clone().unwrap(), message.from.clone().unwrap());
        self.send(&Message::received(
            to,
            from,
            message.fp.clone().unwrap(),
            false,
        ));
    }

    /// Refuses what the client sent, as a MobileIM server does.
    pub(crate) fn refuse(&self, message: &Message<'_>, code: i64) {
        let response = payload::encode(&ErrorResponse {
            code,
            message: encode(message),
            limit: None,
            retry_after: None,
            reason: None,
        });
        let answer = Message::new(MessageType::ErrorResponse, SERVER, NOBODY);
        self.send(&answer.with_content(response));
    }

    pub(crate) fn kick(&self, code: i64) {
        let message = Message::new(MessageType::Kickout, SERVER, NOBODY);
        self.send(&message.with_content(format!(r#"{{"code":{code}}}"#)));
    }

    /// Closes the link.
    pub(crate) fn close(self) {
        drop(self);
    }
}

/// A client that does not wait long before it reconnects.
pub(crate) fn quick(address: ServerAddress) -> Builder {
    let wait = Duration::from_millis(20);
    Client::builder(address).reconnect_waits(wait, wait)
}

pub(crate) fn alice() -> Account {
    Account::new("alice", "alice's token")
}

/// A client that is logged in at a real server.
pub(crate) async fn log_in(url: &str, user: &str) -> (Client, Events) {
    let (client, events) = Client::builder(url.parse().unwrap()).spawn();
    within(client.login(Account::new(user, "token")))
        .await
        .unwrap();
    (client, events)
}

/// The same, or a failure rather than a test that hangs.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("this takes no ten seconds")
}
