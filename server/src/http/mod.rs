//! HTTP: whether the server is well, what it counts, and the demo page.

mod connections;
mod login;
mod metrics;
mod process;
mod shared;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::auth::PasswordLogin;
use crate::gateway::opening::Opening;
use crate::gateway::websocket;
use crate::host::without_port;
use crate::status::Status;
use mobileim_hub::Deferred;

pub(crate) use shared::Shared;

/// The chat page that `make demo` builds in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DemoPage {
    /// What it connects to,
    pub(crate) websocket: Option<SocketAddr>,
    /// and with TLS, which a page that came with TLS must.
    pub(crate) wss: Option<SocketAddr>,
}

/// A file of the page, as the build script writes it.
struct File {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

#[cfg(feature = "demo-page")]
include!(concat!(env!("OUT_DIR"), "/demo_page.rs"));
#[cfg(not(feature = "demo-page"))]
static FILES: &[File] = &[];

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>MobileIM</title>\
    <p>This server was built without the chat page. <code>make demo</code> builds both.";

/// How long the store may take to say whether it works.
const CHECK_TIME: Duration = Duration::from_secs(3);

/// What is said of a server that drains.
const STOPS: &str = "the server stops";

/// What requests are told of.
type Looked = State<watch::Receiver<Status>>;

/// Serves requests until the server has ended.
pub(crate) async fn serve(
    listener: TcpListener,
    opening: Opening,
    page: Option<DemoPage>,
    login: Option<PasswordLogin>,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) {
    let is_encrypted = opening.is_encrypted();
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", metrics::route(Arc::clone(&shared)))
        .with_state(status.clone());
    if let Some(login) = login {
        router = router.merge(login::router(login, Arc::clone(&shared), status.clone()));
    }
    if let Some(page) = page {
        router = router
            .route(
                "/config.json",
                get(async move |headers| config(page, is_encrypted, &headers)),
            )
            .fallback(get(async |request: Request| file(request.uri().path())));
    }
    let router = router.layer(DefaultBodyLimit::max(shared.limits.body));
    connections::serve(listener, opening, router, shared, status).await;
}

/// The process is alive: always well. Says all the same what is known to be wrong.
async fn health(State(status): Looked) -> String {
    let trouble = match &*status.borrow() {
        Status::Waiting(why) => Some(why.clone()),
        Status::Serving(parts) => {
            let driver = parts.server.driver();
            driver.store_trouble().or_else(|| driver.login_trouble())
        }
        Status::Draining(_) | Status::Ended => Some(STOPS.to_owned()),
    };
    match trouble {
        None => "ok\n".to_owned(),
        Some(trouble) => format!("ok, but {trouble}\n"),
    }
}

/// Whether messages for everybody can be taken; if not, says why.
async fn readiness(State(status): Looked) -> Response {
    let check = match &*status.borrow() {
        Status::Waiting(why) => Deferred::Ready(Err(why.clone())),
        Status::Serving(parts) => match parts.server.driver().login_trouble() {
            None => parts.server.driver().check_store(),
            Some(trouble) => Deferred::Ready(Err(trouble)),
        },
        Status::Draining(_) | Status::Ended => Deferred::Ready(Err(STOPS.to_owned())),
    };
    let found = match check {
        Deferred::Ready(found) => found,
        Deferred::Pending(found) => tokio::time::timeout(CHECK_TIME, found)
            .await
            .unwrap_or_else(|_| Err("the message store does not answer".to_owned())),
    };
    match found {
        Ok(()) => "ok\n".into_response(),
        Err(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")).into_response(),
    }
}

/// Where the page finds the `WebSocket` listener: on the host that the page was loaded from.
fn config(page: DemoPage, is_encrypted: bool, headers: &HeaderMap) -> Response {
    let plain = page.websocket.filter(|_| !is_encrypted);
    let found = plain.map(|address| ("ws", address));
    let url = found
        .or(page.wss.map(|address| ("wss", address)))
        .map(|(scheme, address)| {
            let host = headers
                .get(HOST)
                .and_then(|host| host.to_str().ok())
                .map_or_else(
                    || address.ip().to_string(),
                    |host| without_port(host).to_owned(),
                );
            format!("{scheme}://{host}:{}{}", address.port(), websocket::PATH)
        });
    Json(json!({ "websocket": url })).into_response()
}

fn file(path: &str) -> Response {
    if FILES.is_empty() && path == "/" {
        return Html(NO_PAGE).into_response();
    }
    let path = if path == "/" { "/index.html" } else { path };
    let Some(file) = FILES.iter().find(|file| file.path == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // The names of what is in here have a hash of what is in them.
    let caching = if path.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [(CONTENT_TYPE, file.content_type), (CACHE_CONTROL, caching)];
    (headers, file.bytes).into_response()
}
