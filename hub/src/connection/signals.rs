//! What passes between clients.

use mobileim_protocol::{Instant, Message, Signal, payload};

use super::{Connection, Step};
use crate::sender::Sender;

impl Connection {
    /// What cannot be read, or is too much, is dropped: nobody waits for it.
    pub(super) fn receive_signal(
        &mut self,
        now: Instant,
        sender: &Sender,
        message: &Message<'_>,
    ) -> Step {
        if self
            .server
            .registry()
            .take_message(now, &sender.mailbox)
            .is_err()
        {
            return self.count_excess();
        }
        self.excess = self.excess.saturating_sub(1);
        if let Ok(Signal::Typing { with, .. }) = payload::decode(message.content.as_deref()) {
            self.server.pass_typing(sender, &with);
        }
        Step::Continue
    }
}
