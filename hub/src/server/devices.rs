//! The devices of users, as they come and go.

use std::sync::Arc;

use mobileim_protocol::{Device, Instant, codes};

use super::ServerHandle;
use crate::deferred::Deferred;
use crate::devices::{DeviceView, Placed};
use crate::store::Which;

/// What a client is told whose device is not one of its user's any more.
const REMOVED: &str = "this device was removed";
const DISPLACED: &str = "another device has taken the place of this one";

impl ServerHandle {
    /// A user's devices, in the order they came; none where users have one session, whatever it is on.
    pub fn devices(&self, user: &str) -> Vec<DeviceView> {
        self.registry().directory().devices(user)
    }

    /// Removes a device of a user's by its name, with what waits for it; its session ends. Returns whether there was such a device.
    pub fn remove_device(&self, user: &str, id: &str) -> bool {
        let Some(mailbox) = self.registry().directory().remove(user, id) else {
            return false;
        };
        let code = codes::KICKED_BY_ADMINISTRATOR;
        self.end_device(self.now(), &mailbox, code, REMOVED);
        true
    }

    /// Forgets devices that did not come for long. To be called now and then.
    pub(crate) fn sweep_devices(&self) {
        let gone = self.registry().directory().sweep(self.unix_millis());
        for mailbox in gone {
            self.end_device(
                self.now(),
                &mailbox,
                codes::KICKED_BY_ADMINISTRATOR,
                REMOVED,
            );
        }
    }

    /// Finds the mailbox of the device that a user logs in on. A new device is written down first.
    pub(crate) fn place(
        &self,
        user: &Arc<str>,
        device: Option<&Device>,
    ) -> Deferred<Result<Placed, String>> {
        let directory = self.registry().directory();
        let mut placed = directory.place(user, device, self.unix_millis());
        let Some(device) = placed.to_put.take() else {
            return Deferred::Ready(Ok(placed));
        };
        let server = self.clone();
        let done = move |put: Result<(), String>| {
            let directory = server.registry().directory();
            directory.was_put(&placed, put.is_ok());
            put.map(|()| placed)
        };
        match directory.put(device) {
            Deferred::Ready(put) => Deferred::Ready(done(put)),
            Deferred::Pending(put) => Deferred::pending(async move { done(put.await) }),
        }
    }

    /// The devices whose place this one takes, which has logged in, are none of its user's any more.
    pub(crate) fn displace_devices(&self, now: Instant, mailbox: &str) {
        for displaced in self.registry().directory().displace(mailbox) {
            self.end_device(now, &displaced, codes::KICKED_DUPLICATE_LOGIN, DISPLACED);
        }
    }

    fn end_device(&self, now: Instant, mailbox: &Arc<str>, code: i64, why: &str) {
        self.kick_from(now, mailbox, None, code, Some(why));
        // What comes for the same number later comes behind this.
        drop(self.purge_mailbox(now, mailbox, &Which::default()));
        self.registry().directory().strike(mailbox);
    }
}
