//! What a mailbox holds in memory, in the order it came.
//!
//! The front part is the window: it may be sent. Behind it, if the store holds messages that are not in
//! memory, there is a gap, and behind the gap the tail: messages that are on their way into the store and must
//! not overtake what is in the gap.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::entry::{Entry, Envelope, Position, Stored};
use crate::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// How many of them are the window.
    window: usize,
    bytes: usize,
    window_bytes: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn window_len(&self) -> usize {
        self.window
    }

    pub(super) fn window_bytes(&self) -> usize {
        self.window_bytes
    }

    pub(super) fn window(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter().take(self.window)
    }

    pub(super) fn window_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().take(self.window)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    /// Adds a message at the end of the window. Only if there is no tail.
    pub(super) fn push_window(&mut self, entry: Entry) {
        debug_assert_eq!(
            self.window,
            self.entries.len(),
            "a tail must not be overtaken"
        );
        self.window_bytes += entry.message.body.len();
        self.push_tail(entry);
        self.window += 1;
    }

    /// Adds a message behind the gap.
    pub(super) fn push_tail(&mut self, entry: Entry) {
        self.bytes += entry.message.body.len();
        self.entries.push_back(entry);
    }

    /// Adds a message that was in the gap at the end of the window.
    pub(super) fn insert_loaded(&mut self, entry: Entry) {
        self.bytes += entry.message.body.len();
        self.window_bytes += entry.message.body.len();
        self.entries.insert(self.window, entry);
        self.window += 1;
    }

    /// There is no gap any more: the tail is part of the window, and what of it is not on its way into the store has
    /// until `persist_at`. Says whether there is any.
    pub(super) fn join_tail(&mut self, persist_at: Instant) -> bool {
        let mut joined = false;
        for entry in self.entries.iter_mut().skip(self.window) {
            if let Stored::Not { persist_at: at } = &mut entry.stored {
                *at = Some(persist_at);
                joined = true;
            }
        }
        self.window = self.entries.len();
        self.window_bytes = self.bytes;
        joined
    }

    /// Everything is behind a gap now.
    pub(super) fn open_gap_before_all(&mut self) {
        self.window = 0;
        self.window_bytes = 0;
        self.ground();
    }

    /// No session has been sent anything.
    pub(super) fn ground(&mut self) {
        for entry in &mut self.entries {
            entry.flight = None;
        }
    }

    pub(super) fn find(&self, hash: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.hash == hash)
    }

    pub(super) fn find_mut(&mut self, hash: u64) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.hash == hash)
    }

    pub(super) fn find_in_window(&mut self, hash: u64) -> Option<&mut Entry> {
        self.window_mut().find(|entry| entry.hash == hash)
    }

    /// Whether something behind the gap is not yet on its way into the store. If so, the last of it.
    pub(super) fn has_tail_to_store(&self) -> bool {
        self.window < self.entries.len()
            && self
                .entries
                .back()
                .is_some_and(|last| matches!(last.stored, Stored::Not { .. }))
    }

    /// Takes out a message, and says where it stood.
    pub(super) fn remove(&mut self, hash: u64) -> Option<(usize, Entry)> {
        let index = self.entries.iter().position(|entry| entry.hash == hash)?;
        Some((index, self.remove_at(index)?))
    }

    pub(super) fn remove_from_tail(&mut self, hash: u64) -> Option<Entry> {
        let mut tail = self.entries.iter().skip(self.window);
        let index = self.window + tail.position(|entry| entry.hash == hash)?;
        self.remove_at(index)
    }

    /// Takes out of the tail what the store has, at or before a position or anywhere (`None`).
    pub(super) fn drop_stored_tail(&mut self, through: Option<Position>) {
        let mut index = self.window;
        while let Some(entry) = self.entries.get(index) {
            match entry.stored {
                Stored::At(position) if through.is_none_or(|through| position <= through) => {
                    self.remove_at(index);
                }
                _ => index += 1,
            }
        }
    }

    /// Takes out of the window what the store has and what is longer than this.
    pub(super) fn drop_stored_longer_than(&mut self, max_body: usize) {
        let mut index = 0;
        while index < self.window {
            let entry = &self.entries[index];
            if entry.message.body.len() > max_body && matches!(entry.stored, Stored::At(_)) {
                self.remove_at(index);
            } else {
                index += 1;
            }
        }
    }

    /// Takes out what waits and is of no use any more.
    pub(super) fn remove_expired(&mut self, now: Instant) -> Vec<Entry> {
        let mut removed = Vec::new();
        let mut index = 0;
        while let Some(entry) = self.entries.get(index) {
            if entry.expires_at().is_some_and(|at| at <= now) {
                removed.extend(self.remove_at(index));
            } else {
                index += 1;
            }
        }
        removed
    }

    /// Takes out those of what the store has that are meant.
    pub(super) fn remove_stored(&mut self, is_meant: impl Fn(&Envelope) -> bool) {
        let mut index = 0;
        while let Some(entry) = self.entries.get(index) {
            let is_stored = matches!(entry.stored, Stored::At(_)) && !entry.in_log;
            if is_stored && is_meant(&entry.message) {
                self.remove_at(index);
            } else {
                index += 1;
            }
        }
    }

    /// When the first of what waits is of no use any more.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.entries.iter().filter_map(Entry::expires_at).min()
    }

    /// Takes out the messages behind this one that have the same sender and are not acknowledged to it.
    pub(super) fn remove_successors(&mut self, of: &Entry, behind: usize) -> Vec<Entry> {
        let mut removed = Vec::new();
        let mut index = behind;
        while let Some(entry) = self.entries.get(index) {
            if entry.message.lane() == of.message.lane() && !entry.sender_acknowledged {
                removed.extend(self.remove_at(index));
            } else {
                index += 1;
            }
        }
        removed
    }

    fn remove_at(&mut self, index: usize) -> Option<Entry> {
        let entry = self.entries.remove(index)?;
        self.bytes -= entry.message.body.len();
        if index < self.window {
            self.window -= 1;
            self.window_bytes -= entry.message.body.len();
        }
        if self.entries.is_empty() {
            // An idle mailbox holds no buffer.
            self.entries = VecDeque::new();
        }
        Some(entry)
    }
}
