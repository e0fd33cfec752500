//! The document that says what there is, as `OpenAPI` 3.1 has it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::path::Operation as Described;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::operation::Operation;
use super::problem::{self, Problem};
use super::{
    broadcasts, config, devices, events, groups, history, info, members, messages, revocations,
    sessions, state, stats, steps, users, waiting,
};
use serde_json::json;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "MobileIM server",
        description = "What a back end asks of the server. Errors are problems (RFC 9457). docs/api.md says more.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        info::answer,
        stats::answer,
        config::answer,
        users::online,
        sessions::list,
        sessions::kick_all,
        sessions::kick,
        devices::list,
        devices::remove,
        revocations::revoke,
        revocations::take_back,
        messages::send,
        state::state,
        steps::list,
        broadcasts::begin,
        broadcasts::progress,
        broadcasts::cancel,
        users::all,
        waiting::list,
        waiting::purge,
        groups::make,
        groups::list,
        groups::read,
        groups::change,
        groups::end,
        members::list,
        members::add,
        members::remove,
        history::of_group,
        history::conversations,
        history::of_user,
        events::read,
        events::list,
        events::put,
        events::remove,
        answer
    ),
    components(schemas(Problem)),
    modifiers(&WithErrors),
    tags(
        (name = "messages", description = "Messages of the server"),
        (name = "users", description = "Who is online, and their sessions"),
        (name = "groups", description = "Groups, who is in them, and what was written there"),
        (name = "events", description = "What has happened"),
        (name = "server", description = "The server itself")
    )
)]
struct Api;

/// The name of the way to show a key.
const KEY: &str = "key";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = Api::openapi().to_pretty_json();
    format!("{}\n", text.expect("a document is JSON"))
});

/// Says what there is
///
/// This document. It needs no key.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "openapi",
    tag = "server",
    responses((status = 200, description = "This document", body = serde_json::Value))
)]
pub(super) async fn answer() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str())
}

/// What all operations have: keys, and what can go wrong.
struct WithErrors;

impl Modify for WithErrors {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key that mobileim-server api-key has made"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(KEY, SecurityScheme::Http(bearer.build()));
        for path in document.paths.paths.values_mut() {
            for described in [
                &mut path.get,
                &mut path.post,
                &mut path.put,
                &mut path.patch,
                &mut path.delete,
            ]
            .into_iter()
            .flatten()
            {
                complete(described);
            }
        }
    }
}

/// Adds to an operation what needs no word of its own.
fn complete(described: &mut Described) {
    let id = described.operation_id.clone().unwrap_or_default();
    let operation = Operation::ALL
        .into_iter()
        .find(|operation| operation.name() == id);
    let scopes = operation.map_or(&[][..], Operation::scopes);
    let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
    let Some(scope) = names.first() else {
        return;
    };
    let text = described.description.get_or_insert_default();
    let one_of = names.join("` or `");
    // A string takes all.
    let _ = write!(text, "\n\nScope: `{one_of}`.");
    let requirement = |name: &&str| SecurityRequirement::new(KEY, [*name]);
    described.security = Some(names.iter().map(requirement).collect());
    let mut errors = vec![
        (
            401,
            "Unauthorized",
            "There is no key, or none that is valid",
            "this needs a key: Authorization: Bearer, and the key",
        ),
        (403, "Forbidden", "The key has not the scope", ""),
        (
            429,
            "Too Many Requests",
            "The key is used for more requests than limits.api-rate allows, or too much is under way: Retry-After says when to ask again",
            "these are more requests than limits.api-rate allows",
        ),
        (
            503,
            "Service Unavailable",
            "The server does not serve yet, or stops: Retry-After says when to ask again",
            "the server stops",
        ),
    ];
    if described.parameters.is_some() {
        errors.push((
            400,
            "Bad Request",
            "The path or the query is wrong",
            "expected a code that is 2, or 1025 or more",
        ));
    }
    if described.request_body.is_some() {
        errors.extend([
            (
                400,
                "Bad Request",
                "The body is no such JSON, or something in it is wrong",
                "expected 1 to 1000 users, not 0",
            ),
            (
                413,
                "Payload Too Large",
                "The body is longer than limits.api-body",
                "Failed to buffer the request body: length limit exceeded",
            ),
            (
                415,
                "Unsupported Media Type",
                "The body has another type than application/json",
                "Expected request with `Content-Type: application/json`",
            ),
        ]);
    }
    for (status, title, meaning, detail) in errors {
        let mut example =
            json!({ "type": "about:blank", "title": title, "status": status, "detail": detail });
        if status == 403 {
            example["detail"] = format!("this needs a key with the scope {scope}").into();
            example["missingScope"] = (*scope).into();
        }
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(Some(example));
        let response = ResponseBuilder::new()
            .description(meaning)
            .content(problem::CONTENT, content.build());
        let responses = &mut described.responses.responses;
        responses.insert(status.to_string(), response.build().into());
    }
}
