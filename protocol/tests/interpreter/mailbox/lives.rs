//! One mailbox after the other for the same user.

use mobileim_protocol::mailbox::Mailbox;

use super::World;
use super::trace;

impl World {
    /// Another mailbox takes over: after a crash, or because this one was idle.
    pub(super) fn replace(&mut self, crash: bool) {
        trace(|| format!("  another mailbox; crash: {crash}"));
        if crash {
            self.store.crash();
            self.model.crash();
            self.untold.clear();
            for device in &mut self.devices {
                device.detach();
            }
            self.new_mailbox();
            for sender in &mut self.senders {
                sender.relink(self.now);
            }
        } else if self.mailbox.is_idle() {
            let sessions = std::mem::take(&mut self.model.sessions);
            self.new_mailbox();
            if !sessions.is_empty() {
                self.mailbox.assume_nothing_stored();
            }
            for (session, kind) in sessions {
                self.attach_session(session, kind);
            }
        } else if let Some(recollections) = self.mailbox.retire() {
            // What it remembers, the server remembers for it.
            self.model.begin(self.now);
            self.mailbox = Mailbox::new(self.config);
            self.model.logs.through = None;
            for recollection in recollections {
                self.mailbox.recall(recollection);
            }
            self.drain();
        }
    }

    fn new_mailbox(&mut self) {
        self.model.begin_life();
        self.mailbox = Mailbox::new(self.config);
        self.deadline = None;
        self.batch.clear();
        self.load = None;
    }
}
