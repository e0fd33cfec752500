//! A bound on how long a test waits.

use std::time::Duration;

/// Far more than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the outcome of the future, or fails, rather than let the test hang.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not after {PATIENCE:?}"))
}
