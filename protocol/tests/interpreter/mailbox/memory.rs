//! What a mailbox must recognise: the last `capacity`, none older than an age.

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Config;

use super::people::Id;

/// Like the engine's own, and as simple as can be.
#[derive(Debug, Default)]
pub struct Memory(Vec<(Id, Instant)>);

impl Memory {
    pub fn insert(&mut self, config: &Config, now: Instant, id: Id) {
        self.0.retain(|(_, at)| now < *at + config.remember_for);
        let last = self.0.last().map_or(now, |(_, last)| *last);
        if !self.0.iter().any(|(known, _)| *known == id) {
            self.0.push((id, now.max(last)));
        }
        let surplus = self.0.len().saturating_sub(config.remembered);
        self.0.drain(..surplus);
    }

    pub fn contains(&self, config: &Config, now: Instant, id: Id) -> bool {
        let mut known = self.0.iter();
        known.any(|(known, at)| *known == id && now < *at + config.remember_for)
    }
}
