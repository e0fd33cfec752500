//! Sockets: from bytes to bodies and back.

pub(crate) mod admission;
mod end;
mod frames;
mod heard;
mod life;
mod limits;
mod lines;
pub(crate) mod opening;
mod origin;
mod proxies;
mod proxy_header;
mod stream;
mod stream_link;
pub(crate) mod tcp;
pub(crate) mod udp;
mod upgrade;
pub(crate) mod websocket;

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{self, Poll};

use mobileim_protocol::Transport;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

pub use limits::{HttpLimits, Limits};
pub use origin::{Origins, PageOrigin};
pub(crate) use proxies::FORWARDED_FOR;
pub use proxies::TrustedProxies;

use crate::acceptor::Acceptor;
use admission::Admission;
use end::End;
use life::Life;
use mobileim_hub::{CloseReason, Connection, ServerHandle, Step};
use opening::{Failed, Opening};
use stream::Stream;

/// What every gateway runs with.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) server: ServerHandle,
    pub(crate) limits: Arc<Limits>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) proxies: Arc<TrustedProxies>,
    /// Becomes true, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
    /// Held by every task, so that the end of the last one can be awaited.
    pub(crate) _alive: mpsc::Sender<Infallible>,
}

impl Context {
    /// Waits until the server stops.
    pub(crate) async fn stopped(&self) {
        // An error says that nobody is left who could stop it.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
    }
}

/// Serves each connection of a listener in a task of its own, until the server stops.
async fn accept<S>(
    transport: Transport,
    listener: TcpListener,
    opening: Opening,
    context: Context,
    serve: impl Fn(Stream, Life) -> S + Copy + Send + 'static,
) where
    S: Future<Output = ()> + Send + 'static,
{
    let stopped = context.stopped();
    tokio::pin!(stopped);
    let mut acceptor = Acceptor::new(listener, transport);
    loop {
        let (tcp, peer) = tokio::select! {
            () = &mut stopped => return,
            accepted = acceptor.accept() => accepted,
        };
        match Life::begin(transport, peer, &opening, context.clone()) {
            Some(life) if opening.is_nothing() => {
                tokio::spawn(serve(Stream::Plain(tcp), life));
            }
            Some(life) => drop(tokio::spawn(open(opening.clone(), tcp, life, serve))),
            // It is closed at once: whoever knocks in vain need not wait for that.
            None => context
                .server
                .driver()
                .counters()
                .refused_connections
                .count(),
        }
    }
}

/// Waits for what comes first, within the time that the client has to log in, and then serves the connection. That is another
/// task: it takes no more memory than if nothing had come first.
async fn open<S>(
    opening: Opening,
    tcp: TcpStream,
    mut life: Life,
    serve: impl Fn(Stream, Life) -> S,
) where
    S: Future<Output = ()> + Send + 'static,
{
    let link = Arc::clone(&life.link);
    let failed = tokio::select! {
        biased;
        reason = link.closed() => return life.end(&reason.into()),
        opened = opening.open(tcp, link.address(), |client| link.set_address(client)) => match opened {
            Ok(stream) if life.admit() => return drop(tokio::spawn(serve(stream, life))),
            Ok(_) => return life.end(&CloseReason::TooManyConnections.into()),
            Err(failed) => failed,
        }
    };
    let Failed {
        reason,
        cause,
        stream,
    } = failed;
    life.server().driver().counters().failed_openings.count();
    life.end(&End::new(reason, cause));
    if let Some(mut stream) = stream {
        let _ = life::farewell(stream.linger()).await;
    }
}

/// Gives a body to its connection, and waits for the application if it has to decide about a login, or about as many messages as may be.
async fn receive(server: &ServerHandle, connection: &mut Connection, body: &[u8]) -> Step {
    let mut step = connection.receive(server.driver().now(), body);
    loop {
        step = match step {
            Step::Wait(answer) => {
                let answer = answer.await;
                connection.resume(server.driver().now(), answer)
            }
            Step::Full => poll_fn(|cx| decided(server, connection, cx)).await,
            step => return step,
        };
    }
}

/// Waits until a connection that is full is no longer.
fn decided(
    server: &ServerHandle,
    connection: &mut Connection,
    cx: &mut task::Context<'_>,
) -> Poll<Step> {
    match connection.decide(server.driver().now(), cx) {
        Step::Full => Poll::Pending,
        step => Poll::Ready(step),
    }
}

/// Waits for what comes next, and meanwhile does what the application decides about messages that came before. Returns why the connection is
/// to be closed, if it is. Where nobody is asked it is no more than the wait.
async fn next<T>(
    server: &ServerHandle,
    connection: &mut Connection,
    mut poll_next: impl FnMut(&mut task::Context<'_>) -> Poll<T>,
) -> Result<T, CloseReason> {
    poll_fn(|cx| {
        if connection.is_asking()
            && let Step::Close(reason) = connection.decide(server.driver().now(), cx)
        {
            return Poll::Ready(Err(reason));
        }
        poll_next(cx).map(Ok)
    })
    .await
}
