//! What passes: sent once, to a server that takes it.

use super::Client;
use super::output::Output;
use crate::codec;
use crate::message::{Message, MessageType, SERVER};
use crate::time::Instant;

impl Client {
    /// Tells others what is so at this moment: the text of a [`Signal`](crate::Signal), of which a user tells
    /// [`Typing`](crate::Signal::Typing). Nothing is kept: without a link, or to a server that answers no questions, nothing is sent.
    pub fn signal(&mut self, now: Instant, signal: &str) {
        self.clock.read(now);
        let (Some((link, session)), Some(from)) = (self.standing.online(), self.user_id()) else {
            return;
        };
        if session.max_questions.is_none() {
            return;
        }
        let message = Message::new(MessageType::Signal, from, SERVER).with_content(signal);
        let (link, body) = (link.id, codec::encode(&message));
        if body.len() <= self.max_body {
            self.outputs.push_back(Output::Transmit { link, body });
        }
    }
}
