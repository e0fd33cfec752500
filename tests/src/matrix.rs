//! Every pair of transports.

use std::sync::Arc;

use mobileim_protocol::Transport;
use tokio::task::JoinSet;

/// The three ways to a server.
pub const ALL_TRANSPORTS: [Transport; 3] = [Transport::WebSocket, Transport::Tcp, Transport::Udp];

/// Runs the same for each of the nine pairs of transports, all at the same time.
pub async fn for_each_pair<S, F>(shared: &Arc<S>, run: impl Fn(Arc<S>, Transport, Transport) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut pairs = JoinSet::new();
    for first in ALL_TRANSPORTS {
        for second in ALL_TRANSPORTS {
            pairs.spawn(run(Arc::clone(shared), first, second));
        }
    }
    while let Some(pair) = pairs.join_next().await {
        if let Err(error) = pair {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
