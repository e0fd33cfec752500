//! The deadlines of an engine.

use crate::time::Instant;

/// When an engine is to be called, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline<T> {
    /// When.
    pub at: Instant,
    /// The earliest of its timers.
    pub timer: T,
}

/// When each of an engine's timers fires, if it is set. Several that are due are handled in the order of `all`.
#[derive(Debug)]
pub(crate) struct Timers<T: 'static, const COUNT: usize> {
    all: &'static [T; COUNT],
    deadlines: [Option<Instant>; COUNT],
}

impl<T: Copy + PartialEq, const COUNT: usize> Timers<T, COUNT> {
    pub(crate) const fn new(all: &'static [T; COUNT]) -> Self {
        Self {
            all,
            deadlines: [None; COUNT],
        }
    }

    pub(crate) fn set(&mut self, timer: T, at: Option<Instant>) {
        *self.deadline(timer) = at;
    }

    /// Sets a timer, unless it fires earlier.
    pub(crate) fn set_by(&mut self, timer: T, at: Instant) {
        let deadline = self.deadline(timer);
        *deadline = Some(deadline.map_or(at, |earlier| earlier.min(at)));
    }

    /// Returns whether a timer is set, and to a later time than this.
    pub(crate) fn is_later(&mut self, timer: T, at: Instant) -> bool {
        self.deadline(timer).is_some_and(|deadline| deadline > at)
    }

    pub(crate) fn clear_all(&mut self) {
        self.deadlines = [None; COUNT];
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Deadline<T>> {
        let mut next: Option<Deadline<T>> = None;
        for (timer, at) in self.all.iter().zip(&self.deadlines) {
            if let Some(at) = *at
                && next.as_ref().is_none_or(|next| at < next.at)
            {
                next = Some(Deadline { at, timer: *timer });
            }
        }
        next
    }

    /// Takes out one timer that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<T> {
        let mut timers = self.all.iter().zip(&mut self.deadlines);
        let due = timers.find_map(|(timer, at)| at.take_if(|at| *at <= now).map(|_| timer))?;
        Some(*due)
    }

    fn deadline(&mut self, timer: T) -> &mut Option<Instant> {
        let mut timers = self.all.iter().zip(&mut self.deadlines);
        let (_, deadline) = timers
            .find(|(each, _)| **each == timer)
            .expect("`all` has every timer");
        deadline
    }
}
