//! Whether it makes sense to ask.
//!
//! A back end that has failed is tried once a second until it answers, with a question whose answer nobody waits for. Meanwhile
//! everybody is told the verdict on failure at once.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// So many failures in a row are no accident.
const FAILURES: u32 = 3;

/// A back end that has failed is tried again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    answered_at: Option<Instant>,
    /// While it has failed: when it is tried next.
    try_at: Option<Instant>,
}

/// Whether to ask about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// It is asked about.
    Ask,
    /// It is asked about to see whether there is an answer.
    Try,
    /// It is not: there would be no answer.
    Spare,
}

impl Health {
    /// Whether to ask about another message now.
    pub(super) fn sense(&self) -> Sense {
        let mut state = self.0.lock();
        let Some(try_at) = state.try_at else {
            return Sense::Ask;
        };
        let now = Instant::now();
        if try_at > now {
            return Sense::Spare;
        }
        state.try_at = Some(now + TRY_AGAIN);
        Sense::Try
    }

    /// It has answered.
    pub(super) fn answer(&self) {
        *self.0.lock() = State {
            failures: 0,
            answered_at: Some(Instant::now()),
            try_at: None,
        };
    }

    /// A request was not answered, or with what is no answer. Returns whether it has failed altogether.
    pub(super) fn fail(&self) -> bool {
        let mut state = self.0.lock();
        state.failures += 1;
        if state.failures >= FAILURES || state.try_at.is_some() {
            state.fail();
        }
        state.try_at.is_some()
    }

    /// It was asked then, and somebody has waited for the whole time. If it has answered nothing since, it has failed: it is not asked by
    /// hundreds more before that is believed. Returns whether it has.
    pub(super) fn is_silent_since(&self, asked_at: Instant) -> bool {
        let mut state = self.0.lock();
        if state.answered_at.is_none_or(|at| at < asked_at) {
            state.fail();
        }
        state.try_at.is_some()
    }
}

impl State {
    fn fail(&mut self) {
        self.try_at = Some(Instant::now() + TRY_AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_failures_it_is_tried_once_a_second_until_there_is_an_answer() {
        let health = Health::default();
        for _ in 0..2 {
            assert!(!health.fail());
            assert_eq!(health.sense(), Sense::Ask);
        }
        assert!(health.fail());
        assert_eq!(health.sense(), Sense::Spare);
        for _ in 0..2 {
            tokio::time::advance(TRY_AGAIN).await;
            assert_eq!(health.sense(), Sense::Try);
            assert_eq!(health.sense(), Sense::Spare);
            assert!(health.fail());
        }
        health.answer();
        assert_eq!(health.sense(), Sense::Ask);
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_answer_is_enough_if_there_was_none_since() {
        let health = Health::default();
        let asked_at = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        health.answer();
        assert!(!health.is_silent_since(asked_at), "others were answered");
        tokio::time::advance(Duration::from_secs(1)).await;
        let asked_at = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(health.is_silent_since(asked_at));
    }
}
