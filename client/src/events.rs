//! What the application is told.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc;

use mobileim_protocol::client::Event;

/// The events of a client, in order; there is one receiver to a client.
///
/// Nothing is ever dropped from it: what was acknowledged to the server exists nowhere else. So it has no bound
/// and must be read, or be dropped by an application that does not want it.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    pub(crate) fn new(receiver: mpsc::UnboundedReceiver<Event>) -> Self {
        Self(receiver)
    }

    /// The next event; `None` once the last handle is dropped and everything was received.
    ///
    /// Cancel safe: no event is lost when this is one branch of a `select!`.
    pub async fn recv(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_recv(cx)
    }
}
