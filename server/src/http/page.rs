//! The chat page, and what it is told of the server.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::embedded::{self, File};
use crate::auth::{PasswordLogin, SignIn};
use crate::gateway::websocket;
use crate::host::without_port;

/// The chat page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChatPage {
    /// What it connects to,
    pub(crate) websocket: Option<SocketAddr>,
    /// and with TLS, which a page that came with TLS must.
    pub(crate) wss: Option<SocketAddr>,
}

/// What the page is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    websocket: Option<String>,
    /// Nothing if the application decides who may log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<&'static str>,
}

#[cfg(feature = "demo-page")]
include!(concat!(env!("OUT_DIR"), "/demo_page.rs"));
#[cfg(not(feature = "demo-page"))]
static FILES: &[File] = &[];

const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>MobileIM</title>\
    <p>This server was built without the chat page. <code>make demo</code> builds both.";

/// Nobody who has the page in a frame can make its user click, and nobody whose image it shows learns its address, which may have a
/// token in it.
const SAFE: [(HeaderName, &str); 3] = [
    (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(super) fn router(page: ChatPage, login: Option<PasswordLogin>, is_encrypted: bool) -> Router {
    let config = async move |headers: HeaderMap| {
        let config = Config {
            websocket: address(page, is_encrypted, &headers),
            sign_in: login.map(|login| name(login.sign_in())),
        };
        ([(CACHE_CONTROL, "no-store")], Json(config))
    };
    Router::new()
        .route("/config.json", get(config))
        .fallback(get(async |request: Request| {
            (SAFE, file(request.uri().path()))
        }))
}

/// How the page calls what it asks a user for.
fn name(sign_in: SignIn) -> &'static str {
    match sign_in {
        SignIn::Name => "name",
        SignIn::Password => "password",
        SignIn::Token => "token",
    }
}

/// Where the page finds the `WebSocket` listener: on the host that it was loaded from.
fn address(page: ChatPage, is_encrypted: bool, headers: &HeaderMap) -> Option<String> {
    let plain = page.websocket.filter(|_| !is_encrypted);
    let (scheme, address) = plain
        .map(|address| ("ws", address))
        .or(page.wss.map(|address| ("wss", address)))?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.map_or_else(
        || address.ip().to_string(),
        |host| without_port(host).to_owned(),
    );
    let port = address.port();
    Some(format!("{scheme}://{host}:{port}{}", websocket::PATH))
}

fn file(path: &str) -> Response {
    if FILES.is_empty() && path == "/" {
        return Html(NO_PAGE).into_response();
    }
    embedded::answer(FILES, path)
}
