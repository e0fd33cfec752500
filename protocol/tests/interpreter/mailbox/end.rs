//! The end of every sequence: faults stop, and then everything arrives.

use std::time::Duration;

use super::World;
use super::model::KINDS;

impl World {
    /// From now on nothing fails: then everything is shown, every sender is told, and the mailbox can be dropped.
    pub(super) fn everything_arrives(&mut self) {
        let mut kinds = self.model.sessions.values();
        if !kinds.any(|kind| kind.max_body == usize::MAX) {
            self.attach(0, KINDS[0]);
        }
        for _ in 0..100 + self.model.messages.len() {
            self.let_everything_flow();
            // Nobody repeats what the application sends, and nobody waits for it.
            let mut senders = self.senders.iter();
            let outboxes_empty = senders.all(|sender| sender.outbox.is_empty());
            if outboxes_empty && self.model.missing().is_empty() && self.mailbox.is_empty() {
                return self.becomes_idle();
            }
            let later = self.now + Duration::from_secs(10);
            match self.deadline.filter(|at| *at <= later) {
                Some(_) => self.wake(),
                None => self.now = later,
            }
            for sender in &mut self.senders {
                sender.repeat(self.now);
            }
        }
        panic!(
            "{:?} never arrive; {:?} are not acknowledged; in memory are {}",
            self.model.missing(),
            self.senders.each_ref().map(|sender| &sender.outbox),
            self.mailbox.len()
        );
    }

    fn let_everything_flow(&mut self) {
        for _ in 0..1000 {
            let before = self.model.messages.len();
            let mut quiet = true;
            for sender in 0..self.senders.len() {
                while self.senders[sender].take_acknowledgement(self.now) {}
                let arrivals = self.senders[sender].arrivals();
                quiet &= arrivals == 0;
                self.arrive_at_server(sender, 0);
            }
            for device in 0..self.devices.len() {
                quiet &= self.devices[device].link.is_empty();
                quiet &= self.devices[device].acknowledgements.is_empty();
                self.arrive_at_device(device, 0);
                self.take_device_acknowledgement(device, 0);
            }
            while self.store.work(None) || self.store_answers() || self.tell_of_log() {
                quiet = false;
            }
            assert_eq!(before, self.model.messages.len());
            self.check();
            if quiet {
                return;
            }
        }
        panic!("what flows never ends");
    }

    fn becomes_idle(&mut self) {
        for device in 0..self.devices.len() {
            self.detach(device);
        }
        while self.store.work(None) || self.store_answers() {}
        for _ in 0..10 + self.model.messages.len() {
            if self.mailbox.is_idle() {
                assert!(self.mailbox.bytes() == 0);
                return self.check();
            }
            assert!(self.deadline.is_some(), "it is never found idle");
            self.wake();
        }
        panic!("the mailbox is never idle");
    }
}
