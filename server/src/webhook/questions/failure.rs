//! What becomes of a message that the back end was to decide about and has not.

use std::time::Duration;

use mobileim_hub::Verdict;
use mobileim_protocol::codes;

/// Within which time a message comes again about which there was no answer, in ms: before an original client, which repeats after
/// 5 s, does so for the first time.
const COME_AGAIN: std::ops::Range<u64> = 2_000..5_000;

/// The verdict on a message about which there is no clear answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is delivered.
    Allow,
    /// It is refused (1027).
    Refuse,
    /// Its sender keeps it and sends it again (304).
    Retry,
}

impl OnFailure {
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::Allow => Verdict::Allow,
            Self::Refuse => Verdict::RefuseSaying {
                code: codes::TEMPORARILY_UNAVAILABLE,
                text: "the message could not be checked".to_owned(),
            },
            Self::Retry => {
                let wait = Duration::from_millis(fastrand::u64(COME_AGAIN));
                Verdict::RefuseForNow(wait)
            }
        }
    }

    /// What is said of it in the log.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Allow => "messages are delivered without",
            Self::Refuse => "messages are refused",
            Self::Retry => "clients are told to send messages again later",
        }
    }
}
