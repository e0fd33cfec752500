//! The admin page, where there is the API. There is no secret in it: who looks at it has to have a key, which it sends to the API.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use super::OfferedApi;
use super::embedded::{self, File};
use crate::auth::ApiAccess;

#[cfg(feature = "admin-page")]
include!(concat!(env!("OUT_DIR"), "/admin_page.rs"));
#[cfg(not(feature = "admin-page"))]
static FILES: &[File] = &[];

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>MobileIM</title>\
    <p>This server was built without the admin page. <code>make demo</code> builds both.";

/// The page runs its own scripts and asks its own server, nothing else; and nobody can have it in a frame.
const SAFE: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Answers below `/admin`, as long as there are keys.
pub(super) fn router(api: &OfferedApi) -> Router {
    if !api.admin_page {
        return Router::new();
    }
    Router::new()
        // Relative, as a proxy may have the page below another path.
        .route(
            "/admin",
            get(async || (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "admin/")])),
        )
        .route(
            "/admin/",
            get(async |State(keys): State<ApiAccess>| file(&keys, "/")),
        )
        .route(
            "/admin/{*path}",
            get(
                async |State(keys): State<ApiAccess>, Path(path): Path<String>| {
                    file(&keys, &format!("/{path}"))
                },
            ),
        )
        .with_state(api.keys.clone())
}

fn file(keys: &ApiAccess, path: &str) -> Response {
    if keys.current().is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let answer = if FILES.is_empty() && path == "/" {
        Html(NO_PAGE).into_response()
    } else {
        embedded::answer(FILES, path)
    };
    (SAFE, answer).into_response()
}
