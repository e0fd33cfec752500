//! `POST /login`: a token for a password.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, ORIGIN, RETRY_AFTER,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tracing::info;

use super::Looked;
use super::shared::{Logins, Shared};
use crate::auth::{Given, NotGiven, PasswordLogin};
use crate::status::Status;

/// Whose request it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client(pub(super) SocketAddr);

#[derive(Deserialize)]
struct Asked {
    user: String,
    password: String,
}

pub(super) fn router(
    login: PasswordLogin,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) -> Router {
    let asked = Arc::clone(&shared);
    let answer = post(
        async move |looked: Looked, client: Extension<Client>, headers: HeaderMap, body: Bytes| {
            with_origin(&looked, &headers, &asked.logins, async || {
                answer(&login, client.0, &body, &asked.logins).await
            })
            .await
        },
    );
    let preflight = async move |looked: Looked, headers: HeaderMap| {
        with_origin(&looked, &headers, &shared.logins, async || allowed()).await
    };
    Router::new()
        .route("/login", answer.options(preflight))
        .with_state(status)
}

async fn answer(
    login: &PasswordLogin,
    Client(client): Client,
    body: &Bytes,
    counted: &Logins,
) -> Response {
    let Ok(Asked { user, password }) = serde_json::from_slice(body) else {
        counted.invalid.count();
        let expected = "expected JSON such as {\"user\":\"alice\",\"password\":\"...\"}";
        return error(StatusCode::BAD_REQUEST, expected);
    };
    match login.token(client.ip(), &user, &password).await {
        Ok(Given { token, expires_at }) => {
            counted.given.count();
            Json(json!({ "token": token, "expiresAt": expires_at })).into_response()
        }
        Err(NotGiven::Off) => StatusCode::NOT_FOUND.into_response(),
        Err(NotGiven::Wrong) => {
            counted.wrong.count();
            info!(%client, ?user, "no token: wrong user or password");
            error(StatusCode::UNAUTHORIZED, "wrong user or password")
        }
        Err(NotGiven::TooMany(wait)) => {
            counted.too_many.count();
            let why = error(StatusCode::TOO_MANY_REQUESTS, "too many attempts");
            later(wait.as_secs() + 1, why)
        }
        Err(NotGiven::Busy) => {
            counted.busy.count();
            let why = error(StatusCode::SERVICE_UNAVAILABLE, "too many others log in");
            later(1 + fastrand::u64(..5), why)
        }
    }
}

/// What a browser asks before a page of another origin may send JSON.
fn allowed() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Answers pages of origins that may open a `WebSocket`, and whoever is no page.
async fn with_origin(
    State(status): &Looked,
    headers: &HeaderMap,
    counted: &Logins,
    answer: impl AsyncFnOnce() -> Response,
) -> Response {
    let origins = status
        .borrow()
        .parts()
        .map(|parts| parts.admission.origins());
    let Some(origins) = origins else {
        return later(
            1,
            error(StatusCode::SERVICE_UNAVAILABLE, "the server does not serve"),
        );
    };
    if !origins.allow(headers) {
        counted.origin_not_allowed.count();
        let text = "this page's origin is not among the allowed origins of this server";
        return error(StatusCode::FORBIDDEN, text);
    }
    let mut response = answer().await;
    let given = response.headers_mut();
    given.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    given.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = headers.get(ORIGIN) {
        given.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        // Else a page of another host could not read how long to wait.
        let exposed = HeaderValue::from_static("retry-after");
        given.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

fn error(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

fn later(seconds: u64, response: Response) -> Response {
    ([(RETRY_AFTER, seconds.to_string())], response).into_response()
}
