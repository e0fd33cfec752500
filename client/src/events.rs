//! What the application is told.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::{mpsc, watch};

use mobileim_protocol::client::Event;

use crate::persistence::Inbox;

/// The events of a client, in order; there is one receiver to a client.
///
/// Nothing is ever dropped from it: what was acknowledged to the server exists nowhere else. So it has no bound
/// and must be read.
///
/// **Without a storage, messages wait for a reader**: until the application asks for the first event, and after it has
/// dropped the `Events`, received messages are not acknowledged. A bounded number is held, and the server keeps them all.
///
/// **With a [`Storage`](crate::Storage)** a received message with QoS stays there until the application has
/// *handled* it: when it asks for the next event, or drops the `Events`. What was not handled comes again in the
/// next run, before anything new: a crash loses no message, and shows at most one again. So drop the `Events`
/// before [`Client::leave`](crate::Client::leave). An application that drops it at the beginning collects all that
/// it receives in the storage.
#[derive(Debug)]
pub struct Events {
    incoming: mpsc::UnboundedReceiver<Incoming>,
    inbox: Inbox,
    /// The hash of the message that was returned last.
    current: Option<u64>,
    /// Tells the client's task whether somebody reads; dropped with this.
    reading: watch::Sender<bool>,
}

/// An event on its way to the application.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) event: Event,
    /// Of a message that is stored until it is handled.
    pub(crate) hash: Option<u64>,
}

impl Events {
    pub(crate) fn new(
        incoming: mpsc::UnboundedReceiver<Incoming>,
        inbox: Inbox,
        reading: watch::Sender<bool>,
    ) -> Self {
        Self {
            incoming,
            inbox,
            current: None,
            reading,
        }
    }

    /// The next event; `None` once the last handle is dropped and everything was received.
    ///
    /// Cancel safe: no event is lost when this is one branch of a `select!`.
    pub async fn recv(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Leaves the message that was returned last to the next run of the application, as if it had not been
    /// returned. `false` if that cannot be: it has no QoS, or could not be stored, or there is no
    /// [`Storage`](crate::Storage).
    pub fn keep(&mut self) -> bool {
        self.current.take().is_some()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.finish();
        self.reading
            .send_if_modified(|reading| !std::mem::replace(reading, true));
        loop {
            let Some(incoming) = ready!(self.incoming.poll_recv(cx)) else {
                return Poll::Ready(None);
            };
            // If the storage is closed, the next run has it.
            if incoming.hash.is_none() || self.inbox.is_open() {
                self.current = incoming.hash;
                return Poll::Ready(Some(incoming.event));
            }
        }
    }

    /// The message that was returned last is handled.
    fn finish(&mut self) {
        if let Some(hash) = self.current.take() {
            self.inbox.handled(hash);
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_event(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // What the application did not survive it has not handled.
        if !std::thread::panicking() {
            self.finish();
        }
    }
}
