//! The engine's deadline on the runtime's clock.

use std::time::Duration;

use mobileim_protocol::Instant;
use tokio::time::{Instant as TokioInstant, Sleep};

/// One sleep, moved only when the engine's deadline is another one.
pub(crate) struct Alarm {
    deadline: Option<Instant>,
    sleep: std::pin::Pin<Box<Sleep>>,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            deadline: None,
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    pub(crate) fn set(&mut self, epoch: TokioInstant, deadline: Option<Instant>) {
        if self.deadline == deadline {
            return;
        }
        self.deadline = deadline;
        if let Some(deadline) = deadline {
            let at = epoch + Duration::from_micros(deadline.as_micros());
            self.sleep.as_mut().reset(at);
        }
    }

    /// Waits for the deadline; for ever if there is none.
    pub(crate) async fn fired(&mut self) {
        if self.deadline.is_none() {
            std::future::pending::<()>().await;
        }
        self.sleep.as_mut().await;
        // Whatever comes next is another deadline, even if it is the same instant.
        self.deadline = None;
    }
}
