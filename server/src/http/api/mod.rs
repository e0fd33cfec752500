//! `/api/v1`: what a back end asks of the server, with a key.
//!
//! Everything here answers in JSON, and what goes wrong as a problem (RFC 9457). A key is never in an answer nor in the log.

mod broadcasts;
mod check;
mod config;
mod devices;
mod document;
mod event_counts;
mod events;
mod group_changes;
mod group_routes;
mod group_words;
mod groups;
mod history;
mod info;
mod members;
mod messages;
mod operation;
mod outcomes;
mod problem;
mod rates;
mod refs;
mod revocations;
mod sessions;
mod state;
mod stats;
mod steps;
mod users;
mod waiting;
mod why;

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
use tokio::sync::{Semaphore, watch};
use tracing::debug;

use super::shared::Shared;
use super::{OfferedApi, STOPS};
use crate::auth::{ApiAccess, ApiKey};
use crate::effective::EffectiveSettings;
use crate::revocations::Revocations;
use crate::status::{Parts, Status};
pub(super) use broadcasts::Broadcasts;
use operation::Operation;
pub(super) use operation::Requests;
use problem::Problem;
pub(super) use rates::Rates;

/// How many may wait for events at a listener: each has a connection.
const MAX_WAITING: usize = 32;

/// What requests are answered with.
struct Api {
    keys: ApiAccess,
    /// The names of the listeners, and where they are.
    listeners: Arc<[(String, SocketAddr)]>,
    revocations: Revocations,
    settings: Option<EffectiveSettings>,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
    /// Places for those who wait for events.
    waiting: Arc<Semaphore>,
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
        revocations: offered.revocations,
        settings: offered.settings,
        shared,
        status,
        waiting: Arc::new(Semaphore::new(MAX_WAITING)),
    });
    let routes = Router::new()
        .merge(of_messages(&api))
        .merge(of_users(&api))
        .merge(group_routes::of_groups(&api))
        .merge(group_routes::of_conversations(&api))
        .route(
            "/api/v1/server",
            guarded(&api, MethodFilter::GET, Operation::Server, info::answer),
        )
        .merge(event_routes(&api))
        .route(
            "/api/v1/stats",
            guarded(&api, MethodFilter::GET, Operation::Stats, stats::answer),
        )
        .route(
            "/api/v1/config",
            guarded(&api, MethodFilter::GET, Operation::Config, config::answer),
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

/// What is asked of messages.
fn of_messages(api: &Arc<Api>) -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/api/v1/messages",
            guarded(api, MethodFilter::POST, Operation::Send, messages::send),
        )
        .route(
            "/api/v1/messages/{from}/{fp}",
            guarded(api, MethodFilter::GET, Operation::Message, state::state),
        )
        .route(
            "/api/v1/messages/{from}/{fp}/steps",
            guarded(api, MethodFilter::GET, Operation::Steps, steps::list),
        )
        .route(
            "/api/v1/broadcast",
            guarded(
                api,
                MethodFilter::POST,
                Operation::Broadcast,
                broadcasts::begin,
            ),
        )
        .route(
            "/api/v1/broadcast/{id}",
            guarded(
                api,
                MethodFilter::GET,
                Operation::BroadcastProgress,
                broadcasts::progress,
            ),
        )
        .route(
            "/api/v1/broadcast/{id}",
            guarded(
                api,
                MethodFilter::DELETE,
                Operation::BroadcastCancel,
                broadcasts::cancel,
            ),
        )
}

/// What is below `/api/v1/events`.
fn event_routes(api: &Arc<Api>) -> Router<Arc<Api>> {
    let consumer = "/api/v1/events/consumers/{name}";
    Router::new()
        .route(
            "/api/v1/events",
            guarded(api, MethodFilter::GET, Operation::Events, events::read),
        )
        .route(
            "/api/v1/events/consumers",
            guarded(api, MethodFilter::GET, Operation::Consumers, events::list),
        )
        .route(
            consumer,
            guarded(api, MethodFilter::PUT, Operation::MoveConsumer, events::put),
        )
        .route(
            consumer,
            guarded(
                api,
                MethodFilter::DELETE,
                Operation::RemoveConsumer,
                events::remove,
            ),
        )
}

/// What is asked of users.
fn of_users(api: &Arc<Api>) -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/api/v1/users/online",
            guarded(api, MethodFilter::POST, Operation::Online, users::online),
        )
        .route(
            "/api/v1/users/{user}/sessions",
            guarded(api, MethodFilter::GET, Operation::Sessions, sessions::list),
        )
        .route(
            "/api/v1/users/{user}/sessions",
            guarded(
                api,
                MethodFilter::DELETE,
                Operation::KickAll,
                sessions::kick_all,
            ),
        )
        .route(
            "/api/v1/users/{user}/sessions/{id}",
            guarded(api, MethodFilter::DELETE, Operation::Kick, sessions::kick),
        )
        .route(
            "/api/v1/users/{user}/devices",
            guarded(api, MethodFilter::GET, Operation::Devices, devices::list),
        )
        .route(
            "/api/v1/users/{user}/devices",
            guarded(
                api,
                MethodFilter::DELETE,
                Operation::RemoveDevice,
                devices::remove,
            ),
        )
        .route(
            "/api/v1/users/{user}/revoke",
            guarded(
                api,
                MethodFilter::POST,
                Operation::Revoke,
                revocations::revoke,
            ),
        )
        .route(
            "/api/v1/users/{user}/revoke",
            guarded(
                api,
                MethodFilter::DELETE,
                Operation::TakeBack,
                revocations::take_back,
            ),
        )
        .route(
            "/api/v1/users/{user}/waiting",
            guarded(api, MethodFilter::GET, Operation::Waiting, waiting::list),
        )
        .route(
            "/api/v1/users/{user}/waiting",
            guarded(api, MethodFilter::DELETE, Operation::Purge, waiting::purge),
        )
        .route(
            "/api/v1/users/online",
            guarded(api, MethodFilter::GET, Operation::AllOnline, users::all),
        )
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
    mut request: Request,
    next: Next,
) -> Response {
    let permitted = api.permit(operation, request.headers());
    let key = match &permitted {
        Ok(key) => key.as_ref().map(|key| Arc::clone(&key.name)),
        Err(refused) => refused.key.clone(),
    };
    let answer = match permitted {
        Ok(key) => {
            if let Some(key) = key {
                request.extensions_mut().insert(key);
            }
            next.run(request).await
        }
        Err(refused) => refused.problem.into_response(),
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

    /// Returns the key that is sent, if one is needed and it allows the operation.
    fn permit(
        &self,
        operation: Operation,
        headers: &HeaderMap,
    ) -> Result<Option<ApiKey>, NotPermitted> {
        let scopes = operation.scopes();
        let Some(first) = scopes.first() else {
            return Ok(None);
        };
        let unknown = |detail| NotPermitted {
            key: None,
            problem: Problem::unauthorized(detail),
        };
        let Some(sent) = headers.get(AUTHORIZATION) else {
            return Err(unknown(
                "this needs a key: Authorization: Bearer, and the key",
            ));
        };
        let sent = sent.to_str().ok().and_then(|sent| sent.split_once(' '));
        let sent = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let keys = self.keys.current();
        let known = keys
            .zip(sent)
            .and_then(|(keys, (_, sent))| keys.find(sent.trim()).cloned());
        let Some(key) = known else {
            return Err(unknown(
                "this is no key, or none that is valid: expected Authorization: Bearer, and the key",
            ));
        };
        if let Err(wait) = self
            .shared
            .rates
            .take(&key.name, self.shared.limits.api_rate)
        {
            return Err(NotPermitted {
                key: Some(key.name),
                problem: Problem::too_many(
                    "these are more requests than limits.api-rate allows",
                    wait,
                ),
            });
        }
        if !scopes.iter().any(|scope| key.may(*scope)) {
            return Err(NotPermitted {
                key: Some(key.name),
                problem: Problem::forbidden(*first),
            });
        }
        Ok(Some(key))
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

    /// Returns when the server does not serve any more: what waits is answered then.
    fn stops(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut status = self.status.clone();
        async move {
            let stops = |status: &Status| !matches!(status, Status::Serving(_));
            // Whose status nobody tells any more has ended.
            let _ = status.wait_for(stops).await;
        }
    }
}

/// A request that is not answered, and the name of its key if it has one.
struct NotPermitted {
    key: Option<Arc<str>>,
    problem: Problem,
}
