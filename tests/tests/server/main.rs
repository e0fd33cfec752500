//! What the server does beyond the recorded transcripts, over real sockets and without a client engine.

mod addresses;
mod api;
mod batches;
mod devices;
mod drain;
mod event_target;
mod http;
mod invalid;
mod lengths;
mod login;
mod messages;
mod metrics;
mod panics;
mod presence;
mod proxies;
mod questions;
mod reading;
mod tls;
mod unread;
mod upgrade;
mod violations;
mod websocket;

use mobileim_protocol::Transport;
use mobileim_server::Running;

/// All three.
const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::WebSocket];
/// Those with a connection to close.
const STREAMS: [Transport; 2] = [Transport::Tcp, Transport::WebSocket];

async fn start() -> Running {
    mobileim_tests::application::server()
        .start()
        .await
        .expect("free ports")
}
