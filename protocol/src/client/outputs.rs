//! What the driver is to do next, in order; and the received messages among it, which are decided one by one as they
//! come up.

use alloc::collections::VecDeque;

use super::held::Received;
use super::output::Output;

#[derive(Debug)]
pub(crate) enum Next {
    Output(Output),
    /// A message arrived. Whether it is shown and acknowledged is decided when it is its turn: a listener that hears
    /// one message may be removed before the next.
    Received(Received),
    /// Everything that was held came before this, and more was dropped after it.
    Overflow,
}

#[derive(Debug, Default)]
pub(crate) struct Outputs(VecDeque<Next>);

impl Outputs {
    pub(crate) fn push_back(&mut self, output: Output) {
        self.0.push_back(Next::Output(output));
    }

    pub(crate) fn push_front(&mut self, output: Output) {
        self.0.push_front(Next::Output(output));
    }

    pub(crate) fn receive(&mut self, received: Received) {
        self.0.push_back(Next::Received(received));
    }

    /// Takes back what was held, before whatever has arrived since.
    pub(crate) fn put_back(&mut self, mut held: VecDeque<Next>, overflow: bool) {
        if overflow {
            self.0.push_front(Next::Overflow);
        }
        while let Some(received) = held.pop_back() {
            self.0.push_front(received);
        }
    }

    /// Drops what arrived and was not yet decided: whoever it was for is not logged in any more.
    pub(crate) fn drop_received(&mut self) {
        for _ in 0..self.0.len() {
            // Not by `retain`, which the page would have to load for this alone.
            if let Some(next @ Next::Output(_)) = self.0.pop_front() {
                self.0.push_back(next);
            }
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<Next> {
        self.0.pop_front()
    }
}
