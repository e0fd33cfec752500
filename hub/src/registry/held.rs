//! What all mailboxes hold in memory, together.
//!
//! Each has bounds of its own, and there are as many as receivers. So together they have another one, and each has room for no
//! more than a part of what is left: the nearer the bound, the less. So the sum stays below it however many there are, but for one
//! message, or a few short ones, each: who is online and acknowledges is served as ever, whatever others hold.
//!
//! What a mailbox holds is counted when it has changed by a step. In usual traffic, of which a mailbox holds a few messages for a
//! moment, nothing is.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What is counted at once, in bytes; and what a mailbox has room for in any case.
const STEP: usize = 4096;

/// One mailbox has room for this part of what is left.
const SHARE: usize = 16;

/// The memory of all mailboxes.
#[derive(Debug)]
pub(super) struct Held {
    bytes: AtomicUsize,
    max: usize,
}

/// What was counted of one mailbox.
#[derive(Debug, Default)]
pub(super) struct Counted(usize);

impl Held {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            max,
        }
    }

    /// What all hold, but for less than a step each.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How much one mailbox has room for.
    pub(super) fn room(&self) -> usize {
        let left = self.max.saturating_sub(self.bytes());
        (left / SHARE).max(STEP)
    }

    /// A mailbox holds this much.
    pub(super) fn note(&self, counted: &mut Counted, memory: usize) {
        let Counted(before) = *counted;
        if memory.abs_diff(before) < STEP && (memory > 0 || before == 0) {
            return;
        }
        *counted = Counted(memory);
        if memory > before {
            self.bytes.fetch_add(memory - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - memory, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_in_steps_and_given_back_to_the_last_byte() {
        let held = Held::new(1 << 20);
        let (mut alice, mut bob) = (Counted::default(), Counted::default());
        held.note(&mut alice, STEP - 1);
        assert_eq!(held.bytes(), 0);
        held.note(&mut alice, STEP + 7);
        held.note(&mut bob, 3 * STEP);
        held.note(&mut bob, 3 * STEP - 1);
        assert_eq!(held.bytes(), 4 * STEP + 7);
        held.note(&mut alice, 0);
        held.note(&mut bob, 0);
        assert_eq!(held.bytes(), 0);
    }

    #[test]
    fn however_many_take_what_they_have_room_for_the_bound_is_not_reached() {
        let held = Held::new(1 << 20);
        for _ in 0..1000 {
            let room = held.room();
            if room == STEP {
                break;
            }
            // As much again on its way to the store.
            held.note(&mut Counted::default(), 2 * room);
        }
        assert!(
            (1 << 19..1 << 20).contains(&held.bytes()),
            "{}",
            held.bytes()
        );
        assert_eq!(held.room(), STEP);
        assert_eq!(Held::new(usize::MAX).room(), usize::MAX / SHARE);
    }
}
