//! A service that answers as a test says.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use futures_util::stream::{self, StreamExt as _};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Address;

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// With this.
    Json(String),
    /// With what this makes of the question.
    Made(fn(&[u8]) -> String),
    /// With this, which is good for so many seconds.
    JsonFor(u64, String),
    Status(u16),
    RedirectTo(String),
    /// Never.
    Silent,
    /// With a text that has no end.
    Endless,
    /// With the beginning of a text.
    Unfinished,
}

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A service on loopback.
pub(crate) struct Service {
    pub(crate) at: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    scheme: &'static str,
}

struct Shared {
    reply: Mutex<Reply>,
    asked: watch::Sender<Vec<Asked>>,
}

impl Service {
    pub(crate) async fn start(reply: Reply) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), reply).await
    }

    /// At an address that another one had, for example.
    pub(crate) async fn start_at(at: SocketAddr, reply: Reply) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        Self::with(listener, reply, "http")
    }

    pub(crate) async fn start_tls(acceptor: TlsAcceptor, reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::with(Encrypted { listener, acceptor }, reply, "https")
    }

    fn with<L>(listener: L, reply: Reply, scheme: &'static str) -> Self
    where
        L: Listener<Addr = SocketAddr>,
    {
        let at = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            reply: Mutex::new(reply),
            asked: watch::channel(Vec::new()).0,
        });
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            at,
            shared,
            task,
            scheme,
        }
    }

    pub(crate) fn address(&self) -> Address {
        let (scheme, port) = (self.scheme, self.at.port());
        format!("{scheme}://localhost:{port}/asked?secret=1")
            .parse()
            .unwrap()
    }

    pub(crate) fn answers(&self, reply: Reply) {
        *self.shared.reply.lock() = reply;
    }

    /// What it has been asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.borrow().clone()
    }

    /// Waits until it has been asked so often.
    pub(crate) async fn is_asked(&self, times: usize) {
        let mut asked = self.shared.asked.subscribe();
        let often_enough = asked.wait_for(|asked| asked.len() >= times);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), often_enough).await;
        waited.expect("it is asked").unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let asked = Asked {
        headers,
        body: body.clone(),
    };
    shared.asked.send_modify(|all| all.push(asked));
    let reply = shared.reply.lock().clone();
    let part = || Ok::<_, io::Error>(Bytes::from_static(&[b' '; 1024]));
    match reply {
        Reply::Json(text) => text.into_response(),
        Reply::Made(make) => make(&body).into_response(),
        Reply::JsonFor(seconds, text) => (
            [("cache-control", format!("public, max-age={seconds}"))],
            text,
        )
            .into_response(),
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::RedirectTo(to) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Reply::Silent => std::future::pending().await,
        Reply::Endless => Body::from_stream(stream::repeat_with(part)).into_response(),
        Reply::Unfinished => {
            Body::from_stream(stream::iter([part()]).chain(stream::pending())).into_response()
        }
    }
}

struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (tcp, peer) = self.listener.accept().await.unwrap();
            // Whoever does not trust it ends the handshake.
            if let Ok(stream) = self.acceptor.accept(tcp).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
