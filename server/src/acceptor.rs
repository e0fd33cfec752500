//! Accepting connections, also when there are no descriptors for them.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tracing::warn;

/// How long to wait after a failure: out of descriptors, most likely, and those that are closed meanwhile help.
const PAUSE: Duration = Duration::from_millis(50);

/// A listener that goes on after failures, which the log is told of once.
pub(crate) struct Acceptor {
    listener: TcpListener,
    /// What it listens for.
    name: String,
    fails: bool,
}

impl Acceptor {
    pub(crate) fn new(listener: TcpListener, name: impl Display) -> Self {
        Self {
            listener,
            name: name.to_string(),
            fails: false,
        }
    }

    /// Waits for a connection. What is written to it goes out at once.
    pub(crate) async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let accepted = self.listener.accept().await;
            match accepted.and_then(|(tcp, peer)| tcp.set_nodelay(true).map(|()| (tcp, peer))) {
                Ok(accepted) => {
                    self.fails = false;
                    return accepted;
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.fails, true) {
                        warn!("cannot accept {} connections: {error}", self.name);
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
