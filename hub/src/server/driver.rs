//! The calls for the owner of the sockets and the clock.

use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Completion;

use super::ServerHandle;
use crate::deferred::Deferred;
use crate::event::Event;
use crate::registry::Config;
use crate::stats::Counters;
use crate::store::StoreLimits;

/// A server, as its gateways and its one timer see it.
#[derive(Clone, Copy)]
pub struct Driver<'a>(&'a ServerHandle);

impl<'a> Driver<'a> {
    pub(crate) const fn new(server: &'a ServerHandle) -> Self {
        Self(server)
    }

    /// The time, as deadlines are counted.
    pub fn now(self) -> Instant {
        self.0.now()
    }

    /// When [`Driver::handle_timeout`] is due.
    pub fn next_deadline(self) -> Option<Instant> {
        let presence = self.0.presence();
        self.0.registry().next_deadline(|| presence.next_deadline())
    }

    /// Returns when the next deadline may have moved to an earlier time since this returned last.
    pub async fn deadline_moved(self) {
        self.0.registry().deadline_moved().await;
    }

    /// Does what is due. Calling it early does no harm.
    pub fn handle_timeout(self, now: Instant) {
        self.0.handle_timeout(now);
    }

    /// The process did not run for a while until now, as a machine that was paused or is overloaded: whoever could not be heard
    /// meanwhile gets the whole time again to be heard. To be called before [`Driver::handle_timeout`].
    pub fn note_absence(self, now: Instant) {
        self.0.registry().note_absence(now);
    }

    /// Follows the message with this fingerprint: each of its steps is a line in the log, at `info`, without its text.
    pub fn set_trace(self, fp: Option<&str>) {
        self.0.registry().trace().follow(fp);
    }

    /// Ends every session and closes every connection: the server stops. Each client is told another wait before it comes
    /// back, drawn evenly from up to `spread`: `MobileIM` clients by error 305, on `WebSocket` the others too.
    pub fn close_all(self, spread: Duration) {
        self.0.close_all(self.now(), spread);
    }

    /// The store's answer to a request of this user's mailbox: what [`Completions`](crate::store::Completions) calls.
    pub fn complete(self, now: Instant, user: &str, completion: Completion) {
        self.0.complete(now, user, completion);
    }

    /// What waited for this to be written down may be done: what [`Recorded`](crate::Recorded) calls.
    pub fn recorded(self, event: &Event) {
        self.0.acknowledge_sender(event);
    }

    /// Forgets devices that did not come for long, and notes that those that are online were. To be called about once an hour.
    pub fn sweep_devices(self) {
        self.0.sweep_devices();
    }

    /// Closes the store: resolves when everything that was submitted before is durable or has failed.
    pub fn close_store(self) -> Deferred<()> {
        self.0.registry().store().close()
    }

    /// Has the store keep to other limits from now on, for what is new.
    pub fn set_store_limits(self, limits: StoreLimits) {
        self.0.registry().store().set_limits(limits);
    }

    /// Finds out whether messages can be stored now; if not, why.
    pub fn check_store(self) -> Deferred<Result<(), String>> {
        self.0.registry().store().check()
    }

    /// Why messages cannot be stored, as far as it is known without finding out.
    pub fn store_trouble(self) -> Option<String> {
        self.0.registry().store().trouble()
    }

    /// Why nobody can log in at present.
    pub fn login_trouble(self) -> Option<String> {
        self.0.authenticator().trouble()
    }

    /// Why the application's part does not hear from those whom it has to ask.
    pub fn hook_trouble(self) -> Option<String> {
        self.0.hooks().trouble()
    }

    /// Times and bounds.
    pub fn config(self) -> &'a Config {
        self.0.registry().config()
    }

    /// What gateways count.
    pub fn counters(self) -> &'a Counters {
        self.0.counters()
    }
}
