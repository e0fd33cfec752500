//! The files of a page that is built in.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

/// A file of a page, as the build script writes it.
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
}

/// Answers with the file at a path, which begins with a slash; `/` is the page itself.
pub(super) fn answer(files: &'static [File], path: &str) -> Response {
    let path = if path == "/" { "/index.html" } else { path };
    let Some(file) = files.iter().find(|file| file.path == path) else {
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
