//! What is remembered of messages of users who have no session: hashes, bounded in all.
//!
//! A repeated message is recognised for ten minutes. For a user who is online, the mailbox remembers it. Of all others
//! there are as many as senders make up names, so what is remembered of them has one place, of a fixed size: past
//! that the oldest is forgotten, and a repeated message stored twice, which its receiver recognises.

use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Known;

use crate::recent::Recent;

/// How many messages are remembered in one shard.
const CAPACITY: usize = 4096;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remembered {
    /// The user got it, or will, or will not.
    Received(Known),
    /// The user sent it, and the server has accepted it.
    Accepted,
}

#[derive(Debug)]
pub(super) struct Memory {
    max_age: Duration,
    /// By the user, the hash of the message, and whether the user sent it; with the time when it was first remembered.
    known: Recent<(Remembered, Instant)>,
}

impl Memory {
    pub(super) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            known: Recent::new(CAPACITY),
        }
    }

    /// Remembers a user's message, by the hash of its sender and fingerprint.
    pub(super) fn insert(&mut self, now: Instant, user: &str, hash: u64, what: Remembered) {
        self.forget_expired(now);
        let key = (user, hash, what == Remembered::Accepted);
        if let Some((known, _)) = self.known.get_mut(key) {
            *known = what;
            return;
        }
        // Times that go back, as of two threads that read the clock, must not make one that is never due.
        let last = self.known.newest().map_or(now, |(_, last)| *last);
        self.known.insert(key, (what, now.max(last)));
    }

    /// What became of a message to this user.
    pub(super) fn received(&mut self, now: Instant, user: &str, hash: u64) -> Option<Known> {
        match self.find(now, user, hash, false)? {
            Remembered::Received(known) => Some(known),
            Remembered::Accepted => None,
        }
    }

    /// Returns whether the server has accepted this message of the user's.
    pub(super) fn was_accepted(&mut self, now: Instant, user: &str, hash: u64) -> bool {
        self.find(now, user, hash, true).is_some()
    }

    fn find(&mut self, now: Instant, user: &str, hash: u64, sent: bool) -> Option<Remembered> {
        self.forget_expired(now);
        self.known.get((user, hash, sent)).map(|(what, _)| *what)
    }

    fn forget_expired(&mut self, now: Instant) {
        while let Some((_, at)) = self.known.oldest()
            && *at + self.max_age <= now
        {
            self.known.forget_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERED: Remembered = Remembered::Received(Known::Delivered);
    const STORED: Remembered = Remembered::Received(Known::Stored);

    #[test]
    fn it_remembers_for_a_time_what_became_of_whose_message_last() {
        let mut memory = Memory::new(Duration::from_secs(600));
        let now = Instant::from_millis(1000);
        memory.insert(now, "bob", 7, STORED);
        memory.insert(now, "bob", 7, DELIVERED);
        memory.insert(now, "bob", 8, Remembered::Accepted);
        assert_eq!(memory.received(now, "bob", 7), Some(Known::Delivered));
        assert_eq!(memory.received(now, "eve", 7), None);
        assert_eq!(memory.received(now, "bob", 8), None);
        assert!(memory.was_accepted(now, "bob", 8) && !memory.was_accepted(now, "bob", 7));
        let later = now + Duration::from_secs(600);
        assert_eq!(memory.received(later, "bob", 7), None);
        assert_eq!(memory.known.len(), 0);
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        let mut memory = Memory::new(Duration::from_secs(600));
        let now = Instant::from_millis(1000);
        for number in 0..3 * CAPACITY {
            memory.insert(now, &format!("user {number}"), 7, STORED);
        }
        assert_eq!(memory.known.len(), CAPACITY);
        let last = format!("user {}", 3 * CAPACITY - 1);
        assert_eq!(memory.received(now, &last, 7), Some(Known::Stored));
    }
}
