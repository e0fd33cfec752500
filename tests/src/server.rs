//! A real server in this process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mobileim_client::{ServerAddress, Transport, codes};
use mobileim_protocol::payload::LoginRequest;
use mobileim_server::store::{MemoryStore, Store};
use mobileim_server::{
    Addresses, Builder, Deferred, Drain, LoginVerdict, Running, Server, ServerHandle, TlsListeners,
};

use crate::certificate::TestCertificate;

/// The one token that is not accepted.
pub const BAD_TOKEN: &str = "bad token";

/// A server on ports of its own choice, which it keeps through restarts, as it keeps its store.
pub struct TestServer {
    running: Option<Running>,
    addresses: Addresses,
    store: Arc<dyn Store>,
    certificate: TestCertificate,
}

impl TestServer {
    /// Starts a server on loopback.
    pub async fn start() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let any = "127.0.0.1:0".parse().ok();
        let certificate = TestCertificate::new();
        let tls = TlsListeners::new(certificate.load())
            .tcp(any)
            .websocket(any);
        let running = builder(&store)
            .tcp(any)
            .udp(any)
            .websocket(any)
            .tls(tls)
            .start()
            .await
            .expect("loopback has free ports");
        Self {
            addresses: *running.addresses(),
            running: Some(running),
            store,
            certificate,
        }
    }

    /// Where clients find it.
    pub fn address(&self, transport: Transport) -> ServerAddress {
        let address = match transport {
            Transport::Tcp => self.addresses.tcp,
            Transport::Udp => self.addresses.udp,
            Transport::WebSocket => self.addresses.websocket,
        };
        let address = address.expect("every listener is on");
        ServerAddress::from_socket_addr(transport, address)
    }

    /// Where clients find it that use TLS, with a certificate that [`Self::certificate`] has.
    pub fn encrypted_address(&self, transport: Transport) -> ServerAddress {
        let (scheme, address) = match transport {
            Transport::WebSocket => ("wss", self.addresses.wss),
            Transport::Tcp | Transport::Udp => ("tls", self.addresses.tcp_tls),
        };
        let address = address.expect("every listener is on");
        let url = format!("{scheme}://{address}");
        url.parse().expect("it is an address")
    }

    /// The file with its certificate.
    pub fn certificate(&self) -> PathBuf {
        self.certificate.certificate()
    }

    /// The application's way in.
    pub fn handle(&self) -> &ServerHandle {
        self.running.as_ref().expect("the server runs").handle()
    }

    /// Ends it; clients find nobody until [`TestServer::start_again`].
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    /// Starts it again where it was.
    pub async fn start_again(&mut self) {
        let tls = TlsListeners::new(self.certificate.load())
            .tcp(self.addresses.tcp_tls)
            .websocket(self.addresses.wss);
        let running = builder(&self.store)
            .tls(tls)
            .tcp(self.addresses.tcp)
            .udp(self.addresses.udp)
            .websocket(self.addresses.websocket)
            .start()
            .await
            .expect("the ports are free again");
        self.running = Some(running);
    }
}

/// Its clients come back at once when it stops: a test would wait for nothing.
fn builder(store: &Arc<dyn Store>) -> Builder {
    Server::builder(verify)
        .store(Arc::clone(store))
        .drain(Drain::default().with_spread(Duration::ZERO))
}

fn verify(request: &LoginRequest) -> Deferred<LoginVerdict> {
    if request.token == BAD_TOKEN {
        LoginVerdict::Refuse(codes::BAD_TOKEN).into()
    } else {
        LoginVerdict::Accept.into()
    }
}
