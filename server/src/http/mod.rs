//! HTTP: whether the server is well, what it counts, tokens for passwords, the chat page, the API, and the admin page.

mod admin;
mod api;
mod connections;
mod embedded;
mod event_metrics;
mod login;
mod metrics;
mod page;
mod process;
mod shared;
mod submissions;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::auth::{ApiAccess, PasswordLogin};
use crate::effective::EffectiveSettings;
use crate::gateway::opening::Opening;
use crate::revocations::Revocations;
use crate::status::Status;
use mobileim_hub::Deferred;

pub(crate) use page::ChatPage;
pub(crate) use shared::Shared;

/// How long the store may take to say whether it works.
const CHECK_TIME: Duration = Duration::from_secs(3);

/// What is said of a server that drains.
const STOPS: &str = "the server stops";

/// What requests are told of.
type Looked = State<watch::Receiver<Status>>;

/// What is there beside what every listener has.
#[derive(Clone)]
pub(crate) struct Offered {
    pub(crate) page: Option<ChatPage>,
    pub(crate) login: Option<PasswordLogin>,
    pub(crate) api: Option<OfferedApi>,
}

/// The API: for whom, and what it tells of the listeners.
#[derive(Clone)]
pub(crate) struct OfferedApi {
    pub(crate) keys: ApiAccess,
    /// Their names and addresses.
    pub(crate) listeners: Arc<[(String, SocketAddr)]>,
    /// Whether there is the admin page beside it.
    pub(crate) admin_page: bool,
    /// The settings that it shows.
    pub(crate) settings: Option<EffectiveSettings>,
    /// What it revokes.
    pub(crate) revocations: Revocations,
}

/// Serves requests until the server has ended.
pub(crate) async fn serve(
    listener: TcpListener,
    opening: Opening,
    offered: Offered,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) {
    let is_encrypted = opening.is_encrypted();
    let Offered { page, login, api } = offered;
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(readiness))
        .route("/metrics", metrics::route(Arc::clone(&shared)))
        .with_state(status.clone());
    if let Some(page) = page {
        router = router.merge(page::router(page, login.clone(), is_encrypted));
    }
    if let Some(login) = login {
        router = router.merge(login::router(login, Arc::clone(&shared), status.clone()));
    }
    let mut router = router.layer(DefaultBodyLimit::max(shared.limits.body));
    if let Some(api) = api {
        router = router.merge(admin::router(&api));
        router = router.merge(api::router(api, false, Arc::clone(&shared), status.clone()));
    }
    connections::serve(listener, opening, router, shared, status).await;
}

/// The same for the API alone.
pub(crate) async fn serve_api(
    listener: TcpListener,
    opening: Opening,
    api: OfferedApi,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) {
    let admin = admin::router(&api);
    let router = api::router(api, true, Arc::clone(&shared), status.clone());
    connections::serve(listener, opening, router.merge(admin), shared, status).await;
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
