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
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tracing::debug;

use super::login::Client;
use super::shared::Shared;
use crate::acceptor::Acceptor;
use crate::gateway::FORWARDED_FOR;
use crate::gateway::opening::Opening;
use crate::status::Status;

/// How long a client has to read why its handshake failed.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The least that the library takes for the longest head of a request, in bytes.
const LEAST_HEAD: usize = 8 * 1024;

/// Serves requests until the server has ended.
pub(super) async fn serve(
    listener: TcpListener,
    opening: Opening,
    router: Router,
    shared: Arc<Shared>,
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
                let place = shared.place().await;
                (place, acceptor.accept().await)
            } => accepted,
        };
        let serve = serve_connection(
            tcp,
            peer,
            opening.clone(),
            router.clone(),
            connections.watcher(),
            Arc::clone(&shared),
            status.clone(),
        );
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            match tokio::time::timeout(shared.limits.time, serve).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => debug!(%peer, %error, "HTTP connection ends"),
                Err(_) => {
                    shared.hits.time.count();
                    debug!(%peer, "HTTP connection ends: its time is over");
                }
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
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let limits = shared.limits;
    let mut client = peer;
    let opening = opening.open(tcp, peer, |address| client = address);
    let opened = tokio::select! {
        () = end(status.clone()) => return Ok(()),
        opened = tokio::time::timeout(limits.head_time, opening) => opened,
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
        Err(_) => {
            shared.hits.head_time.count();
            return Err("it did not begin in time".into());
        }
    };
    let router = TowerToHyperService::new(router);
    let served = Arc::clone(&shared);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let forwarded = request.headers().get_all(FORWARDED_FOR).iter();
        let forwarded = forwarded.filter_map(|header| header.to_str().ok());
        let behind = served.proxies.client_behind(client.ip(), forwarded);
        let client = behind.unwrap_or(client);
        request.extensions_mut().insert(Client(client));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answering = router.call(request);
        let shared = Arc::clone(&served);
        async move {
            let answer = answering.await?;
            if answer.status() == StatusCode::PAYLOAD_TOO_LARGE {
                shared.hits.body.count();
            }
            let status = answer.status().as_u16();
            debug!(%client, %method, path, status, "HTTP request");
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head.max(LEAST_HEAD))
        .serve_connection(TokioIo::new(stream), service);
    let ended = watcher.watch(connection).await;
    if let Err(error) = &ended {
        if error.is_parse_too_large() {
            shared.hits.head.count();
        } else if error.is_timeout() {
            shared.hits.head_time.count();
        }
    }
    Ok(ended?)
}
