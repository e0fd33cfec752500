//! `/api/v1`: what a back end asks of the server, with a key.
//!
//! Everything here answers in JSON, and what goes wrong as a problem (RFC 9457). A key is never in an answer nor in the log.

mod config;
mod document;
mod info;
mod messages;
mod operation;
mod problem;
mod sessions;
mod stats;
mod users;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, any, on};
use tokio::sync::watch;
use tracing::debug;

use super::shared::Shared;
use super::{OfferedApi, STOPS};
use crate::auth::ApiAccess;
use crate::effective::EffectiveSettings;
use crate::status::{Parts, Status};
use operation::Operation;
pub(super) use operation::Requests;
use problem::Problem;

/// The most users that one request may name.
const MAX_USERS: usize = 1000;

/// What requests are answered with.
struct Api {
    keys: ApiAccess,
    /// The names of the listeners, and where they are.
    listeners: Arc<[(String, SocketAddr)]>,
    settings: Option<EffectiveSettings>,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
}

type Asked = State<Arc<Api>>;

/// Answers what is below `/api`, and, if it is alone at its address, that there is nothing else.
pub(super) fn router(
    offered: OfferedApi,
    is_alone: bool,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
) -> Router {
    let max_body = shared.limits.api_body;
    let api = Arc::new(Api {
        keys: offered.keys,
        listeners: offered.listeners,
        settings: offered.settings,
        shared,
        status,
    });
    let routes = Router::new()
        .route(
            "/api/v1/server",
            guarded(&api, MethodFilter::GET, Operation::Server, info::answer),
        )
        .route(
            "/api/v1/stats",
            guarded(&api, MethodFilter::GET, Operation::Stats, stats::answer),
        )
        .route(
            "/api/v1/config",
            guarded(&api, MethodFilter::GET, Operation::Config, config::answer),
        )
        .route(
            "/api/v1/users/online",
            guarded(&api, MethodFilter::POST, Operation::Online, users::online),
        )
        .route(
            "/api/v1/users/{user}/sessions",
            guarded(&api, MethodFilter::GET, Operation::Sessions, sessions::list),
        )
        .route(
            "/api/v1/users/{user}/sessions",
            guarded(
                &api,
                MethodFilter::DELETE,
                Operation::KickAll,
                sessions::kick_all,
            ),
        )
        .route(
            "/api/v1/users/{user}/sessions/{id}",
            guarded(&api, MethodFilter::DELETE, Operation::Kick, sessions::kick),
        )
        .route(
            "/api/v1/messages",
            guarded(&api, MethodFilter::POST, Operation::Send, messages::send),
        )
        .route(
            "/api/v1/openapi.json",
            guarded(
                &api,
                MethodFilter::GET,
                Operation::Document,
                document::answer,
            ),
        )
        .route("/api", any(nothing))
        .route("/api/", any(nothing))
        .route("/api/{*path}", any(nothing))
        .method_not_allowed_fallback(not_allowed)
        .route_layer(from_fn_with_state(Arc::clone(&api), present))
        .route_layer(DefaultBodyLimit::max(max_body));
    let routes = if is_alone {
        routes.fallback(nothing)
    } else {
        routes
    };
    routes.with_state(api)
}

/// What answers an operation to those who may ask.
fn guarded<T: 'static>(
    api: &Arc<Api>,
    method: MethodFilter,
    operation: Operation,
    answer: impl Handler<T, Arc<Api>>,
) -> MethodRouter<Arc<Api>> {
    let guard = from_fn_with_state((Arc::clone(api), operation), guard);
    on(method, answer).route_layer(guard)
}

/// Answers whoever has a key that allows it.
async fn guard(
    State((api, operation)): State<(Arc<Api>, Operation)>,
    request: Request,
    next: Next,
) -> Response {
    let (key, permitted) = api.permit(operation, request.headers());
    let answer = match permitted {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let status = answer.status();
    api.shared.api.count(operation, status);
    debug!(
        key = key.as_deref(),
        operation = operation.name(),
        status = status.as_u16(),
        "API request"
    );
    answer
}

/// Without keys there is nothing here. What there is changes from moment to moment.
async fn present(State(api): Asked, request: Request, next: Next) -> Response {
    let mut answer = if api.keys.current().is_some() {
        next.run(request).await
    } else {
        api.none("there is no API here, as there are no keys for it")
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn nothing(State(api): Asked) -> Response {
    api.none("there is nothing here: /api/v1/openapi.json says what there is")
}

async fn not_allowed(State(api): Asked, method: Method) -> Response {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    api.shared.api.count(Operation::Other, status);
    Problem::new(status, format!("{method} does nothing here")).into_response()
}

impl Api {
    fn none(&self, detail: &str) -> Response {
        self.shared
            .api
            .count(Operation::Other, StatusCode::NOT_FOUND);
        Problem::not_found(detail).into_response()
    }

    /// Returns the name of the key that is sent, if it is one, and whether it allows the operation.
    fn permit(
        &self,
        operation: Operation,
        headers: &HeaderMap,
    ) -> (Option<Arc<str>>, Result<(), Problem>) {
        let Some(scope) = operation.scope() else {
            return (None, Ok(()));
        };
        let Some(sent) = headers.get(AUTHORIZATION) else {
            let detail = "this needs a key: Authorization: Bearer, and the key";
            return (None, Err(Problem::unauthorized(detail)));
        };
        let sent = sent.to_str().ok().and_then(|sent| sent.split_once(' '));
        let sent = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let keys = self.keys.current();
        let known = keys
            .zip(sent)
            .and_then(|(keys, (_, sent))| keys.find(sent.trim()).cloned());
        let Some(key) = known else {
            let detail = "this is no key, or none that is valid: expected Authorization: Bearer, and the key";
            return (None, Err(Problem::unauthorized(detail)));
        };
        let may = key.may(scope);
        (
            Some(key.name),
            may.then_some(()).ok_or(Problem::forbidden(scope)),
        )
    }

    /// The server, while it serves.
    fn serving(&self) -> Result<Parts, Problem> {
        match &*self.status.borrow() {
            Status::Serving(parts) => Ok(parts.clone()),
            Status::Waiting(why) => Err(Problem::unavailable(format!(
                "the server does not serve: {why}"
            ))),
            Status::Draining(_) | Status::Ended => Err(Problem::unavailable(STOPS)),
        }
    }
}

/// What no list of users may be.
fn check_users(users: &[String]) -> Result<(), Problem> {
    if users.is_empty() || users.len() > MAX_USERS {
        return Err(Problem::invalid(format!(
            "expected 1 to {MAX_USERS} users, not {}",
            users.len()
        )));
    }
    users.iter().try_for_each(|user| check_user(user))
}

fn check_user(user: &str) -> Result<(), Problem> {
    if mobileim_protocol::is_user_id(user) {
        return Ok(());
    }
    let longest = mobileim_protocol::MAX_ID_LEN;
    Err(Problem::invalid(format!(
        "no user can have an id that is empty, 0, -1 or longer than {longest} bytes"
    )))
}
