//! What became of a message in a mailbox, and what its sender is told of that.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, StoreFailure};
use mobileim_protocol::{SERVER, fingerprint_hash};

use super::ServerHandle;
use crate::control;
use crate::devices::{Fanout, Mailboxes, Settled};
use crate::event::{Delivery, Event, Refusal};
use crate::link::CloseReason;
use crate::origin::Origin;

impl ServerHandle {
    /// A mailbox has answered about a message: it has it, or never will. Its sender is told once all have. Returns whether it is known as one
    /// that goes to several.
    pub(super) fn settle_mailbox(&self, hash: u64, mailbox: &str) -> bool {
        match self.fanouts().settle(hash, mailbox) {
            Settled::Unknown => false,
            Settled::Awaits => true,
            Settled::All(fanout) => {
                let Fanout {
                    sender,
                    user,
                    to,
                    fp,
                    bridge,
                    ..
                } = fanout;
                let body = control::acknowledgement(&to, &user, &fp, bridge);
                self.registry()
                    .look_at(&sender, |sender| sender.transmit(body));
                true
            }
        }
    }

    /// A message that was on its way to a mailbox is neither delivered nor stored.
    pub(super) fn reject(
        &self,
        mailbox: &Arc<str>,
        receiver: &Arc<str>,
        message: &Envelope,
        why: StoreFailure,
    ) {
        let hash = fingerprint_hash(&message.from, &message.fp);
        if why == StoreFailure::QuotaExceeded {
            let directory = self.registry().directory();
            if !directory.is_single() && directory.note_missed(mailbox, self.unix_millis()) {
                // The others have it; this device is told when it comes, or comes back.
                self.run(|registry, effects| {
                    registry.with_known_user(self.now(), mailbox, effects, |user, turn| {
                        user.close(turn, CloseReason::SlowReader);
                    });
                });
                self.settle_mailbox(hash, mailbox);
                return;
            }
        }
        let fanout = self.fanouts().forget(hash);
        let is_copy = *message.from == **receiver && !self.registry().directory().is_single();
        let why = match why {
            StoreFailure::QuotaExceeded => {
                if !message.on_behalf {
                    let sender = fanout.map_or_else(
                        || self.registry().directory().sole_mailbox(&message.from),
                        |fanout| Some(fanout.sender),
                    );
                    if let Some(sender) = sender {
                        self.registry().look_at(&sender, |sender| {
                            sender.refuse_for_full_mailbox(message);
                        });
                    }
                }
                Refusal::MailboxFull
            }
            StoreFailure::NoStore => Refusal::NoStore,
            _ => Refusal::Unavailable,
        };
        if !is_copy {
            self.happened(&Event::Refused {
                delivery: Delivery::of(message, receiver, mailbox),
                why,
            });
        }
    }

    /// Tells a user that a message is delivered, stored or accepted, unless another mailbox is still to answer.
    pub(crate) fn acknowledge_sender(&self, event: &Event) {
        let (Event::Delivered(delivery)
        | Event::Stored(delivery)
        | Event::Repeated(delivery)
        | Event::Received {
            delivery,
            qos: true,
            ..
        }) = event
        else {
            return;
        };
        let Origin::User(sender) = &delivery.from else {
            return;
        };
        let Delivery {
            to,
            mailbox,
            fp,
            bridge,
            ..
        } = delivery;
        let directory = self.registry().directory();
        let told = if **to == *SERVER {
            // Its mailbox is that of the sender's device.
            Some(Arc::clone(mailbox))
        } else if directory.is_single() {
            Some(Arc::clone(sender))
        } else if self.settle_mailbox(fingerprint_hash(sender, fp), mailbox)
            || matches!(directory.mailboxes(to), Mailboxes::Many(_))
        {
            None
        } else {
            directory.sole_mailbox(sender)
        };
        if let Some(told) = told {
            let body = control::acknowledgement(to, sender, fp, *bridge);
            self.registry()
                .look_at(&told, |sender| sender.transmit(body));
        }
    }
}
