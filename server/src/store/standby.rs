//! Waiting for a store that another server has.

use std::time::Duration;

use tracing::info;

use crate::database::OpenError;

/// How long to wait between two attempts, each of which has the patience that its database has with who is about to end.
const RETRY: Duration = Duration::from_millis(100);

/// Opens a store. As long as another process has it, `waits` is told why, once, and it is tried again; and once that was so, also
/// as long as its database is away: it may be the one thing that both servers lose.
pub async fn when_free<S, O: Future<Output = Result<S, OpenError>>>(
    open: impl Fn() -> O,
    waits: impl FnOnce(&OpenError),
) -> Result<S, OpenError> {
    let mut waits = Some(waits);
    let mut said = String::new();
    loop {
        let error = match open().await {
            Err(error) if error.failure.is_in_use() => error,
            Err(error) if waits.is_none() && error.failure.may_pass() => error,
            opened_or_hopeless => {
                if waits.is_none() && opened_or_hopeless.is_ok() {
                    info!("the other server is gone: this one takes over");
                }
                return opened_or_hopeless;
            }
        };
        if let Some(waits) = waits.take() {
            waits(&error);
        } else if error.to_string() != said {
            info!("still a standby: {error}");
        }
        said = error.to_string();
        tokio::time::sleep(RETRY).await;
    }
}
