//! HTTP connections: how many there may be, and for how long.
//!
//! They have a share of the process's descriptors, so that they cannot lock out those who chat, nor those who chat them. Past
//! it, who comes next waits until another one ends; and all end, as none may be idle or slow for long.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tracing::debug;

use super::login::Client;
use crate::acceptor::Acceptor;
use crate::gateway::opening::Opening;
use crate::gateway::{FORWARDED_FOR, TrustedProxies};
use crate::status::Status;

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

/// Serves requests until the server has ended.
pub(super) async fn serve(
    listener: TcpListener,
    opening: Opening,
    router: Router,
    places: Places,
    proxies: Arc<TrustedProxies>,
    status: watch::Receiver<Status>,
) {
    let connections = GracefulShutdown::new();
    let ended = end(status.clone());
    tokio::pin!(ended);
    let mut acceptor = Acceptor::new(listener, "HTTP");
    loop {
        let (place, (tcp, peer)) = tokio::select! {
            () = &mut ended => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
                (place, acceptor.accept().await)
            } => accepted,
        };
        let serve = serve_connection(
            tcp,
            peer,
            opening.clone(),
            router.clone(),
            connections.watcher(),
            Arc::clone(&proxies),
            status.clone(),
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

/// Resolves when the server has ended.
async fn end(mut status: watch::Receiver<Status>) {
    // An error says that nobody is left who could end it: it was never started, or dropped.
    let _ = status
        .wait_for(|status| matches!(status, Status::Ended))
        .await;
}

async fn serve_connection(
    tcp: TcpStream,
    peer: SocketAddr,
    opening: Opening,
    router: Router,
    watcher: Watcher,
    proxies: Arc<TrustedProxies>,
    status: watch::Receiver<Status>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut client = peer;
    let opening = opening.open(tcp, peer, |address| client = address);
    let opened = tokio::select! {
        () = end(status.clone()) => return Ok(()),
        opened = tokio::time::timeout(HEAD_TIME, opening) => opened,
    };
    let stream = match opened {
        Ok(Ok(stream)) => stream,
        Ok(Err(failed)) => {
            if let Some(parts) = status.borrow().parts() {
                parts.server.driver().counters().failed_openings.count();
            }
            if let Some(mut stream) = failed.stream {
                let _ = tokio::time::timeout(CLOSE_TIME, stream.linger()).await;
            }
            return Err(format!("{}: {}", failed.reason, failed.cause).into());
        }
        Err(_) => return Err("it did not begin in time".into()),
    };
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.filter_map(|header| header.to_str().ok());
        let behind = proxies.client_behind(client.ip(), forwarded);
        let client = behind.unwrap_or(client);
        request.extensions_mut().insert(Client(client));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answering = router.call(request);
        async move {
            let answer = answering.await?;
            let status = answer.status().as_u16();
            debug!(%client, %method, path, status, "HTTP request");
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    Ok(watcher.watch(connection).await?)
}
