//! What is looked at after each call of the server.

use std::sync::Arc;

use mobileim_hub::Sessions;

use super::device::sent_fp;
use super::model::Violation;
use super::network::Wire;
use super::server::ConnectionId;
use super::world::World;

impl World {
    /// A message is given to a link.
    pub(super) fn check_delivery(&mut self, id: ConnectionId, body: &[u8]) {
        if self.model.has_limits()
            && let Some(fp) = sent_fp(body)
        {
            let Wire { device, link, .. } = self.wires[id];
            let delivered = self.model.deliver((device, link), &fp, self.told_time);
            self.check(delivered);
        }
    }

    /// A sender is told that its message is delivered or safe.
    pub(super) fn acknowledged(&mut self, fp: &str) {
        let now = self.now + self.server_ahead;
        let acknowledged = self.model.acknowledge(fp, now, &self.disk.lock());
        self.check(acknowledged);
    }

    pub(super) fn look_at_disk(&mut self) {
        let disk = Arc::clone(&self.disk);
        let mut disk = disk.lock();
        for (user, message) in disk.take_deleted() {
            let now = self.now + self.server_ahead;
            let deleted = self.model.delete(&user, &message, now, &disk);
            self.check(deleted);
        }
        for (mailbox, message) in disk.take_passed() {
            let now = self.now + self.server_ahead;
            let passed = self.model.delete(&mailbox, &message, now, &disk);
            self.check(passed);
        }
    }

    /// Whoever does not read, and however slow the store is: memory is bounded.
    pub(super) fn check_memory(&mut self) {
        let Some(server) = &self.server else { return };
        let config = &self.plan.mailbox;
        let max_messages = 2 * (config.max_messages + config.load_window);
        for device in &self.devices {
            let devices = self.devices.iter();
            let devices = devices.filter(|other| {
                self.plan.sessions == Sessions::PerDevice && other.user == device.user
            });
            let messages = server.handle.view().in_memory(&device.user).messages;
            if messages > max_messages * devices.count().max(1) {
                let user = &device.user;
                let what = format!("{messages} messages for {user} are in memory");
                self.violation.get_or_insert(Violation(what));
            }
        }
    }
}
