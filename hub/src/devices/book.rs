//! Where the devices of users are written down.

use std::sync::Arc;

use crate::deferred::Deferred;

/// A device that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredDevice {
    /// Whose.
    pub user: Arc<str>,
    /// Which of the user's mailboxes it has.
    pub number: u16,
    /// What its client calls it; empty for the one of clients that name none.
    pub id: Arc<str>,
    /// What kind of device it is, as its client says; empty if it does not.
    pub platform: Arc<str>,
    /// When it logged in first, in ms since 1970.
    pub since: i64,
    /// When it was online last, in ms since 1970, to about a day.
    pub seen: i64,
    /// From when on messages were not kept for it, as it has too many, in ms since 1970.
    pub missed_since: Option<i64>,
}

/// Writes down which devices users have.
///
/// Called with no shard of the hub locked, but for [`DeviceBook::note`]: none may block, or call the hub.
pub trait DeviceBook: Send + Sync {
    /// Writes down a device, in place of what was written of the same number. Until that is done its client is not logged in: what others
    /// are told is delivered is kept for it too.
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>>;

    /// The same, for which nobody waits. If it is lost, nothing is but a day of [`RegisteredDevice::seen`].
    fn note(&self, device: RegisteredDevice) {
        drop(self.put(device));
    }

    /// Takes out a device.
    fn remove(&self, user: &str, number: u16);
}

/// Nothing is written down: devices are known until the server ends.
impl DeviceBook for () {
    fn put(&self, _device: RegisteredDevice) -> Deferred<Result<(), String>> {
        Deferred::Ready(Ok(()))
    }

    fn remove(&self, _user: &str, _number: u16) {}
}
