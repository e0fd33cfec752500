//! What became of a message to each of its receivers.

use std::collections::HashMap;

use mobileim_hub::{Fate, Refusal, Sent, Watch};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a message
#[derive(Serialize, ToSchema)]
pub(super) struct Outcomes {
    /// Its fingerprint
    fp: String,
    /// Its receivers, in the order of the request
    receivers: Vec<Receiver>,
}

/// What became of a message to one user
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receiver {
    user: String,
    outcome: Outcome,
    /// Whether one with this fingerprint came to the user before: the outcome is that one's, and this one goes nowhere
    #[serde(skip_serializing_if = "is_not")]
    #[schema(required = false)]
    repeated: bool,
    /// With `too_long`, the most bytes that are taken, as JSON with all that goes with the text
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_length: Option<usize>,
}

/// What became of it: `delivered`, the receiver has it; `stored`, it is durable, and waits for the receiver; `on_its_way`, neither yet;
/// `acknowledged`, one of the first two, and it is not remembered which; `sent`, it has left, as it is fleeting; `offline`, so it goes
/// nowhere, as it is fleeting or nothing is stored here; `expired`, its time to live is over; `mailbox_full`, as much as may be is stored
/// for the receiver; `no_room`, for now: send it again a little
/// later; `too_long` for the user's clients. Of one that was sent before: `refused`, the application would not have it; `removed`, it was
/// stored, and was taken away or waited too long; `unknown`, nothing is known of it
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Delivered,
    Stored,
    OnItsWay,
    Acknowledged,
    Sent,
    Offline,
    Expired,
    MailboxFull,
    NoRoom,
    TooLong,
    Refused,
    Removed,
    Unknown,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_not(flag: &bool) -> bool {
    !*flag
}

/// A message whose outcomes are waited for.
pub(super) struct Awaited<'a> {
    watch: Watch<'a>,
    receivers: Vec<Receiver>,
    /// Where those are of whom it is not known yet.
    open: HashMap<String, usize>,
}

impl<'a> Awaited<'a> {
    /// Watched since before it was sent to so many.
    pub(super) fn new(watch: Watch<'a>, count: usize) -> Self {
        Self {
            watch,
            receivers: Vec::with_capacity(count),
            open: HashMap::new(),
        }
    }

    /// It was sent to one.
    pub(super) fn sent(&mut self, user: String, sent: Sent, qos: bool) {
        let (outcome, max_length) = match sent {
            Sent::OnItsWay if qos => (Outcome::OnItsWay, None),
            Sent::OnItsWay => (Outcome::Sent, None),
            Sent::Repeated => (Outcome::OnItsWay, None),
            Sent::Offline => (Outcome::Offline, None),
            Sent::TooLong { limit } => (Outcome::TooLong, Some(limit)),
            _ => (Outcome::NoRoom, None),
        };
        if outcome == Outcome::OnItsWay {
            self.open.insert(user.clone(), self.receivers.len());
        }
        self.receivers.push(Receiver {
            user,
            outcome,
            repeated: sent == Sent::Repeated,
            max_length,
        });
    }

    /// Returns when it is known for all.
    pub(super) async fn settle(&mut self) {
        while !self.open.is_empty()
            && let Some((user, fate)) = self.watch.next().await
        {
            self.note(&user, fate);
        }
    }

    /// As far as it is known.
    pub(super) fn outcomes(mut self, fp: String) -> Outcomes {
        while let Some((user, fate)) = self.watch.try_next() {
            self.note(&user, fate);
        }
        Outcomes {
            fp,
            receivers: self.receivers,
        }
    }

    fn note(&mut self, user: &str, fate: Fate) {
        let (outcome, max_length) = Outcome::of(fate);
        if let Some(index) = self.open.remove(user) {
            let receiver = &mut self.receivers[index];
            (receiver.outcome, receiver.max_length) = (outcome, max_length);
        }
    }
}

impl Outcome {
    /// With the longest body that is taken, if that is why.
    pub(super) const fn of(fate: Fate) -> (Self, Option<usize>) {
        let outcome = match fate {
            Fate::Delivered => Self::Delivered,
            Fate::Stored => Self::Stored,
            Fate::Settled => Self::Acknowledged,
            Fate::Expired => Self::Expired,
            Fate::Refused(why) => return Self::refused(why),
            _ => Self::OnItsWay,
        };
        (outcome, None)
    }

    /// The same of a refusal.
    pub(super) const fn refused(why: Refusal) -> (Self, Option<usize>) {
        match why {
            Refusal::TooLong { limit } => (Self::TooLong, Some(limit)),
            Refusal::MailboxFull => (Self::MailboxFull, None),
            Refusal::NoStore => (Self::Offline, None),
            _ => (Self::NoRoom, None),
        }
    }
}
