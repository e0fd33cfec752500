//! HTTP connections: how many there may be, and for how long.
//!
//! They have a share of the process's descriptors, so that they cannot lock out those who chat, nor those who chat them. Past
//! it, who comes next waits until another one ends; and all end, as none may be idle or slow for long.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::debug;

use crate::acceptor::Acceptor;
use crate::gateway::Context;
use crate::gateway::opening::{Failed, Opening};

/// The number of connections: fewer than the descriptors that are in reserve.
const CONNECTIONS: usize = 96;

/// How long a request's head may take to arrive, the first one or another on the same connection.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a connection may last in all, however it is read.
const LIFE_TIME: Duration = Duration::from_secs(60);

/// How long a client has to read why its handshake failed.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The places for connections, of all listeners together.
pub(crate) type Places = Arc<Semaphore>;

/// Returns as many places as there are.
pub(crate) fn places() -> Places {
    Arc::new(Semaphore::new(CONNECTIONS))
}

/// Serves requests until the server stops.
pub(super) async fn serve(
    listener: TcpListener,
    opening: Opening,
    router: Router,
    places: Places,
    context: Context,
) {
    let connections = GracefulShutdown::new();
    let stopped = context.stopped();
    tokio::pin!(stopped);
    let mut acceptor = Acceptor::new(listener, "HTTP");
    loop {
        let (place, (tcp, peer)) = tokio::select! {
            () = &mut stopped => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
                (place, acceptor.accept().await)
            } => accepted,
        };
        let serve = serve_connection(
            tcp,
            opening.clone(),
            router.clone(),
            connections.watcher(),
            context.clone(),
        );
        tokio::spawn(async move {
            match tokio::time::timeout(LIFE_TIME, serve).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%peer, %error, "HTTP connection ends"),
                Err(_) => debug!(%peer, "HTTP connection ends: its time is over"),
            }
            drop(place);
        });
    }
    connections.shutdown().await;
}

async fn serve_connection(
    tcp: TcpStream,
    opening: Opening,
    router: Router,
    watcher: Watcher,
    context: Context,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let opened = tokio::select! {
        () = context.stopped() => return Ok(()),
        opened = tokio::time::timeout(HEAD_TIME, opening.encrypt(tcp)) => opened,
    };
    // From here on the watcher says when it is to end.
    drop(context);
    let stream = match opened {
        Ok(Ok(stream)) => stream,
        Ok(Err(Failed { error, mut stream })) => {
            let _ = tokio::time::timeout(CLOSE_TIME, stream.linger()).await;
            return Err(format!("no TLS handshake: {error}").into());
        }
        Err(_) => return Err("no TLS handshake in time".into()),
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    Ok(watcher.watch(connection).await?)
}
