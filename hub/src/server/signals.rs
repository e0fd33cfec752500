//! What passes between clients (docs/protocol.md, "Signals"): told to those who are online, and to nobody else.

use mobileim_protocol::{Signal, is_user_id};

use super::ServerHandle;
use crate::control;
use crate::sender::Sender;
use crate::store::ReadMark;

impl ServerHandle {
    /// A user writes something to another, or in a group.
    pub(crate) fn pass_typing(&self, sender: &Sender, with: &str) {
        let by = Some(sender.user.to_string());
        if self.is_group(with) {
            if self.groups().may_write(with, &sender.user).is_ok() {
                let typing = Signal::Typing {
                    with: with.to_owned(),
                    by,
                };
                for member in self.groups().all_members(with) {
                    if member != sender.user {
                        self.signal(&member, &typing);
                    }
                }
            }
        } else if is_user_id(with) && *with != *sender.user {
            let typing = Signal::Typing {
                with: sender.user.to_string(),
                by,
            };
            self.signal(with, &typing);
        }
    }

    /// A user has read a conversation. The user's other devices are told, and if that is wanted the other user.
    pub(super) fn pass_read(&self, reader: &Sender, with: &str, mark: ReadMark) {
        let by = Some(reader.user.to_string());
        let own = Signal::Read {
            with: with.to_owned(),
            by: by.clone(),
            seq: mark.seq,
            unread: Some(mark.unread),
            mentions: Some(mark.mentions).filter(|count| *count > 0),
        };
        let directory = self.registry().directory();
        directory.for_each_mailbox(&reader.user, |mailbox| {
            if *mailbox != *reader.mailbox {
                self.signal_on(mailbox, &reader.user, &own);
            }
        });
        let tells_others = self.registry().config().conversations.read_receipts;
        if tells_others && !self.is_group(with) && *with != *reader.user {
            let read = Signal::Read {
                with: reader.user.to_string(),
                by,
                seq: mark.seq,
                unread: None,
                mentions: None,
            };
            self.signal(with, &read);
        }
    }

    /// Tells a user on all devices.
    fn signal(&self, user: &str, signal: &Signal) {
        self.registry()
            .directory()
            .for_each_mailbox(user, |mailbox| self.signal_on(mailbox, user, signal));
    }

    fn signal_on(&self, mailbox: &str, user: &str, signal: &Signal) {
        self.registry().look_at(mailbox, |known| {
            known.transmit_to_mobileim(|| control::signalled(user, signal));
        });
    }
}
