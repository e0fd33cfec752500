//! Tasks without which a server is none.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tracing::error;

/// Runs a task whose end by a panic ends the process: the server could not keep its word any more, and whoever runs it
/// starts it anew.
pub(crate) fn spawn_essential(name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        if AssertUnwindSafe(task).catch_unwind().await.is_err() {
            error!("{name} panicked: the server cannot go on");
            std::process::abort();
        }
    });
}
