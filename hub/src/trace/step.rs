//! What happens to a message on its way, as it is told and as it is remembered.

use std::fmt;
use std::time::Duration;

use crate::event::Refusal;

/// Something that happened to a message with `QoS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The server has it from its sender, or sends it itself.
    Received,
    /// Its sender was told to wait for so long, and to send it again then (error 304).
    PutOff {
        /// For how long.
        wait: Duration,
    },
    /// It was seen before: whatever became of it holds.
    SeenBefore,
    /// There is no room for it, or something that its sender sent before is to come first. Its sender sends it again.
    NotTaken,
    /// It was sent to a session of the receiver's.
    Sent {
        /// Which session.
        session: u64,
    },
    /// It was sent again to a session, which had not acknowledged it in time.
    SentAgain {
        /// Which session.
        session: u64,
    },
    /// The receiver has acknowledged it; so its sender is acknowledged.
    Delivered,
    /// It is durable; so its sender is acknowledged.
    Stored,
    /// The receiver has acknowledged it after it was stored.
    Fetched,
    /// Its sender has repeated it, and is acknowledged again.
    AcknowledgedAgain,
    /// It is neither delivered nor stored.
    Refused {
        /// Why.
        why: Refusal,
    },
    /// It has waited for longer than its sender wanted, and is not delivered.
    Expired,
    /// The application has accepted a message to the server.
    Accepted,
    /// The application is asked about it.
    Asked,
    /// The application, which was asked, allows it.
    AllowedByApplication,
    /// The application gives it another text.
    ChangedByApplication,
    /// The application refuses it.
    RefusedByApplication {
        /// With which code.
        code: i64,
    },
}

const RECEIVED: u8 = 0;
const PUT_OFF: u8 = 1;
const SEEN_BEFORE: u8 = 2;
const NOT_TAKEN: u8 = 3;
const SENT: u8 = 4;
const SENT_AGAIN: u8 = 5;
const DELIVERED: u8 = 6;
const STORED: u8 = 7;
const FETCHED: u8 = 8;
const ACKNOWLEDGED_AGAIN: u8 = 9;
const REFUSED_FULL: u8 = 10;
const REFUSED_TOO_LONG: u8 = 11;
const REFUSED_NO_STORE: u8 = 12;
const REFUSED_UNAVAILABLE: u8 = 13;
const ACCEPTED: u8 = 14;
const REFUSED_BY_APPLICATION: u8 = 15;
const ASKED: u8 = 16;
const ALLOWED_BY_APPLICATION: u8 = 17;
const CHANGED_BY_APPLICATION: u8 = 18;
const EXPIRED: u8 = 19;

impl Step {
    pub(crate) const fn sent(session: u64, is_repetition: bool) -> Self {
        if is_repetition {
            Self::SentAgain { session }
        } else {
            Self::Sent { session }
        }
    }

    /// Its code, and the number that goes with it.
    pub(super) fn encode(self) -> (u8, Option<u64>) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        match self {
            Self::Received => (RECEIVED, None),
            Self::PutOff { wait } => (PUT_OFF, Some(millis(wait))),
            Self::SeenBefore => (SEEN_BEFORE, None),
            Self::NotTaken => (NOT_TAKEN, None),
            Self::Sent { session } => (SENT, Some(session)),
            Self::SentAgain { session } => (SENT_AGAIN, Some(session)),
            Self::Delivered => (DELIVERED, None),
            Self::Stored => (STORED, None),
            Self::Fetched => (FETCHED, None),
            Self::AcknowledgedAgain => (ACKNOWLEDGED_AGAIN, None),
            Self::Refused { why } => match why {
                Refusal::MailboxFull => (REFUSED_FULL, None),
                Refusal::TooLong { limit } => (REFUSED_TOO_LONG, Some(limit as u64)),
                Refusal::NoStore => (REFUSED_NO_STORE, None),
                Refusal::Unavailable => (REFUSED_UNAVAILABLE, None),
                Refusal::ByApplication { code } => {
                    (REFUSED_BY_APPLICATION, Some(code.cast_unsigned()))
                }
            },
            Self::Expired => (EXPIRED, None),
            Self::Accepted => (ACCEPTED, None),
            Self::Asked => (ASKED, None),
            Self::AllowedByApplication => (ALLOWED_BY_APPLICATION, None),
            Self::ChangedByApplication => (CHANGED_BY_APPLICATION, None),
            Self::RefusedByApplication { code } => {
                (REFUSED_BY_APPLICATION, Some(code.cast_unsigned()))
            }
        }
    }

    /// Whether the receiver's name goes with this code: it may be the first that is said of a message.
    pub(super) fn has_name(code: u8) -> bool {
        matches!(code, RECEIVED | PUT_OFF | ASKED | REFUSED_BY_APPLICATION)
    }

    /// Whether a number goes with this code.
    pub(super) fn has_number(code: u8) -> bool {
        matches!(
            code,
            PUT_OFF | SENT | SENT_AGAIN | REFUSED_TOO_LONG | REFUSED_BY_APPLICATION
        )
    }

    pub(super) fn decode(code: u8, number: u64) -> Self {
        let refused = |why| Self::Refused { why };
        match code {
            PUT_OFF => Self::PutOff {
                wait: Duration::from_millis(number),
            },
            SEEN_BEFORE => Self::SeenBefore,
            NOT_TAKEN => Self::NotTaken,
            SENT => Self::Sent { session: number },
            SENT_AGAIN => Self::SentAgain { session: number },
            DELIVERED => Self::Delivered,
            STORED => Self::Stored,
            FETCHED => Self::Fetched,
            ACKNOWLEDGED_AGAIN => Self::AcknowledgedAgain,
            REFUSED_FULL => refused(Refusal::MailboxFull),
            REFUSED_TOO_LONG => refused(Refusal::TooLong {
                limit: usize::try_from(number).unwrap_or(usize::MAX),
            }),
            REFUSED_NO_STORE => refused(Refusal::NoStore),
            REFUSED_UNAVAILABLE => refused(Refusal::Unavailable),
            EXPIRED => Self::Expired,
            ACCEPTED => Self::Accepted,
            ASKED => Self::Asked,
            ALLOWED_BY_APPLICATION => Self::AllowedByApplication,
            CHANGED_BY_APPLICATION => Self::ChangedByApplication,
            REFUSED_BY_APPLICATION => Self::RefusedByApplication {
                code: number.cast_signed(),
            },
            _ => Self::Received,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received => f.write_str("received"),
            Self::PutOff { wait } => write!(
                f,
                "refused for now (304): its sender waits for {wait:?} and sends it again"
            ),
            Self::SeenBefore => f.write_str("was here before"),
            Self::NotTaken => f.write_str("not taken: no room, or something is to come first"),
            Self::Sent { session } => write!(f, "sent to session {session}"),
            Self::SentAgain { session } => write!(f, "sent again to session {session}"),
            Self::Delivered => f.write_str("acknowledged by its receiver"),
            Self::Stored => f.write_str("stored"),
            Self::Fetched => f.write_str("acknowledged by its receiver after it was stored"),
            Self::AcknowledgedAgain => f.write_str("acknowledged again to its sender"),
            Self::Refused { why } => write!(f, "refused: {why}"),
            Self::Expired => f.write_str("expired: it has waited for too long"),
            Self::Accepted => f.write_str("accepted by the application"),
            Self::Asked => f.write_str("the application is asked about it"),
            Self::AllowedByApplication => f.write_str("allowed by the application"),
            Self::ChangedByApplication => f.write_str("changed by the application"),
            Self::RefusedByApplication { code } => {
                write!(f, "refused by the application with code {code}")
            }
        }
    }
}
