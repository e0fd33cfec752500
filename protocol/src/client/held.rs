//! Received messages that wait for somebody to hear them: neither shown nor acknowledged, so that the server keeps them.

use alloc::collections::VecDeque;

use super::output::LinkId;
use super::outputs::Next;
use crate::message::Message;

/// How many messages are held at most. A server has 256 with QoS under way to a session.
const MESSAGES: usize = 512;

/// How many messages may be held if one without QoS is to be added, so that these leave room for the others.
const MESSAGES_WITHOUT_QOS: usize = 256;

/// The same in bytes of bodies.
const BYTES_WITHOUT_QOS: usize = 1024 * 1024;

/// How many bytes of bodies are held at most: besides these, what a server has under way, each as long as may be.
const BYTES: usize = BYTES_WITHOUT_QOS + 256 * 64 * 1024;

/// A message that arrived.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) message: Message<'static>,
    /// The hash of sender and fingerprint, if it is to be acknowledged.
    pub(crate) hash: Option<u64>,
    /// The link on which it arrived last.
    pub(crate) link: LinkId,
    /// The length of its body in bytes.
    pub(crate) len: usize,
}

/// What nobody has heard yet, in the order it came.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Whether the application hears of messages.
    pub(crate) listening: bool,
    messages: VecDeque<Next>,
    bytes: usize,
    /// On the current link a message with QoS was dropped. So is what comes after it, until the server begins anew.
    overflow: bool,
}

impl Held {
    /// Holds a message, once however often it comes. Without room it is dropped: the server, which heard nothing of
    /// it, sends it again.
    pub(crate) fn push(&mut self, received: Received) {
        let has_qos = received.hash.is_some();
        for held in &mut self.messages {
            if let Next::Received(held) = held
                && has_qos
                && held.hash == received.hash
            {
                held.link = received.link;
                return;
            }
        }
        let (messages, bytes) = if has_qos {
            (MESSAGES, BYTES)
        } else {
            (MESSAGES_WITHOUT_QOS, BYTES_WITHOUT_QOS)
        };
        let has_room = self.messages.len() < messages && self.bytes + received.len <= bytes;
        if has_room && !self.overflow {
            self.bytes += received.len;
            self.messages.push_back(Next::Received(received));
        } else {
            self.overflow |= has_qos;
        }
    }

    /// Gives everything up to be heard, and whether something came after it and was dropped.
    pub(crate) fn take(&mut self) -> (VecDeque<Next>, bool) {
        self.bytes = 0;
        let messages = core::mem::take(&mut self.messages);
        (messages, core::mem::take(&mut self.overflow))
    }

    /// Drops everything: whoever it was for is not logged in any more. Nobody was told of it, so the server has it for
    /// the next login.
    pub(crate) fn clear(&mut self) {
        self.take();
    }

    /// The link is gone: over the next one the server sends again what was dropped.
    pub(crate) fn link_lost(&mut self) {
        self.overflow = false;
    }

    /// More was dropped than is held: what comes on this link is not to be held.
    pub(crate) fn set_overflow(&mut self) {
        self.overflow = true;
    }
}
