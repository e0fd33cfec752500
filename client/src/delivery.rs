//! What became of a message.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::error::SendError;

/// A message on its way. Awaiting it says how it ended.
///
/// With QoS: `Ok` when the receiver has it, or it is safe on the server's disk. Without: `Ok` when it was handed
/// to the link. Dropping a `Delivery` takes nothing back.
#[derive(Debug)]
pub struct Delivery {
    fp: String,
    outcome: oneshot::Receiver<Result<(), SendError>>,
}

impl Delivery {
    pub(crate) fn new(fp: String, outcome: oneshot::Receiver<Result<(), SendError>>) -> Self {
        Self { fp, outcome }
    }

    /// The message's fingerprint, as in [`Event::Delivered`](crate::Event::Delivered).
    pub fn fp(&self) -> &str {
        &self.fp
    }
}

impl Future for Delivery {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome)
            .poll(cx)
            .map(|outcome| outcome.unwrap_or(Err(SendError::Stopped)))
    }
}
