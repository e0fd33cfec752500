//! Why a message is not with its receiver: what the server knows of it, in words.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use mobileim_hub::{Refusal, TraceEntry, TraceStep, View};
use mobileim_protocol::Instant;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a message is not with its receiver yet, or never will be
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Why {
    reason: WhyReason,
    /// The same for people
    text: String,
    /// Since when, in ms since 1970, if that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    since: Option<i64>,
    /// The receiver's session that it was sent to and that has not acknowledged it; if the user is offline, that session has ended
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session: Option<u64>,
    /// How often it was sent to that session
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tries: Option<usize>,
    /// When something came from that session, in ms since 1970, if it is there
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_heard: Option<i64>,
    /// When its sender may send it again, in ms since 1970
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    again_at: Option<i64>,
    /// How many messages are stored for the receiver before it: they go first
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    before: Option<usize>,
    /// Whether there are more of those, which were not counted
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    more_before: bool,
    /// When it is of no use any more, in ms since 1970, if ever and if it is stored
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<i64>,
}

/// Why: `asked`, the back end was asked about it, and has not answered; `put_off`, its sender was told to send it again later; `not_taken`, the
/// same, as there was no room for it or the store did not take it; `offline`, the receiver is; `unacknowledged`, the receiver has been sent
/// it; `too_long`, for the client with which the receiver is online, so that it waits for another one; `behind`, the receiver is online, and
/// what came before it goes first; `due`, the receiver is online, and it is next; `expired`, it has waited for too long
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WhyReason {
    Asked,
    PutOff,
    NotTaken,
    Offline,
    Unacknowledged,
    TooLong,
    Behind,
    #[default]
    Due,
    Expired,
}

/// What the store says of a message that waits.
pub(super) struct InStore {
    /// As JSON, in bytes.
    pub(super) length: usize,
    pub(super) expires_at: Option<Instant>,
    /// How many messages stand before it.
    pub(super) before: usize,
    /// Whether more do, which were not counted.
    pub(super) more_before: bool,
}

/// What is looked at.
pub(super) struct Known<'a> {
    pub(super) view: View<'a>,
    /// In ms since 1970.
    pub(super) now: i64,
}

impl Known<'_> {
    /// Returns why a message is not with a user, from what is remembered of it on its way there and from the store, if that has it and was
    /// asked; `None` if it is there, or was refused.
    pub(super) fn why(
        &self,
        user: &str,
        steps: &[TraceEntry],
        stored: Option<&InStore>,
    ) -> Option<Why> {
        let mut why = self.reason(user, steps, stored)?;
        if let Some(stored) = stored {
            why.expires_at = stored.expires_at.map(|at| self.time(at));
            let is_sent = matches!(why.reason, WhyReason::Unacknowledged | WhyReason::Expired);
            let counts = !is_sent && stored.before > 0;
            why.before = counts.then_some(stored.before);
            why.more_before = counts && stored.more_before;
        }
        if why.reason == WhyReason::Expired {
            why.since = why.since.or(why.expires_at.take());
            why.expires_at = None;
        }
        why.text = why.in_words(user, stored, self.limit(user));
        Some(why)
    }

    fn reason(&self, user: &str, steps: &[TraceEntry], stored: Option<&InStore>) -> Option<Why> {
        let since = |reason, at| Why {
            reason,
            since: Some(self.time(at)),
            ..Why::default()
        };
        let has_expired = |stored: &InStore| {
            stored
                .expires_at
                .is_some_and(|at| self.time(at) <= self.now)
        };
        // What a repetition of its sender's is answered with says nothing new.
        let mut newest_first = steps.iter().rev();
        let last = newest_first.find(|entry| {
            !matches!(
                entry.step,
                TraceStep::SeenBefore | TraceStep::AcknowledgedAgain
            )
        });
        let at = last.map_or(Instant::from_micros(0), |entry| entry.at);
        match last.map(|entry| entry.step) {
            Some(TraceStep::Asked) => return Some(since(WhyReason::Asked, at)),
            Some(TraceStep::PutOff { wait }) => {
                let why = since(WhyReason::PutOff, at);
                let again_at = why.since.map(|since| since.saturating_add(millis(wait)));
                return Some(Why { again_at, ..why });
            }
            Some(
                TraceStep::NotTaken
                | TraceStep::Refused {
                    why: Refusal::Unavailable,
                },
            ) => return Some(since(WhyReason::NotTaken, at)),
            Some(TraceStep::Expired) => return Some(since(WhyReason::Expired, at)),
            Some(
                TraceStep::Delivered
                | TraceStep::Fetched
                | TraceStep::Refused { .. }
                | TraceStep::RefusedByApplication { .. },
            ) => return None,
            _ if stored.is_some_and(has_expired) => {
                return Some(Why {
                    reason: WhyReason::Expired,
                    ..Why::default()
                });
            }
            _ => {}
        }
        Some(self.on_its_way(user, steps, stored))
    }

    /// Why it waits, if nothing but its receiver is waited for.
    fn on_its_way(&self, user: &str, steps: &[TraceEntry], stored: Option<&InStore>) -> Why {
        let sent_to = |entry: &TraceEntry| match entry.step {
            TraceStep::Sent { session } | TraceStep::SentAgain { session } => Some(session),
            _ => None,
        };
        let times = |session| {
            let to_it = steps
                .iter()
                .filter(move |step| sent_to(step) == Some(session));
            (
                to_it.clone().next().map(|first| self.time(first.at)),
                to_it.count(),
            )
        };
        let Some(live) = self.view.sessions(user).into_iter().next() else {
            let session = steps.iter().rev().find_map(sent_to);
            return Why {
                reason: WhyReason::Offline,
                session,
                tries: session.map(|session| times(session).1),
                ..Why::default()
            };
        };
        let (since, tries) = times(live.id.0);
        if tries > 0 {
            let silence = millis(self.view.silence(&live));
            return Why {
                reason: WhyReason::Unacknowledged,
                since,
                session: Some(live.id.0),
                tries: Some(tries),
                last_heard: Some(self.now.saturating_sub(silence)),
                ..Why::default()
            };
        }
        let reason = match stored {
            Some(stored) if stored.length > live.max_body => WhyReason::TooLong,
            Some(stored) if stored.before == 0 => WhyReason::Due,
            _ => WhyReason::Behind,
        };
        Why {
            reason,
            ..Why::default()
        }
    }

    /// The longest message that the client takes with which a user is online.
    fn limit(&self, user: &str) -> Option<usize> {
        let live = self.view.sessions(user).into_iter().next();
        live.map(|live| live.max_body)
    }

    /// A time of the server's clock in ms since 1970.
    fn time(&self, at: Instant) -> i64 {
        let ahead = millis(self.view.until(at));
        let ago = millis(self.view.ago(at));
        self.now.saturating_add(ahead).saturating_sub(ago)
    }
}

impl Why {
    fn in_words(&self, user: &str, stored: Option<&InStore>, limit: Option<usize>) -> String {
        let since = self.since.map(shown).unwrap_or_default();
        let session = self.session.unwrap_or_default();
        let mut text = match self.reason {
            WhyReason::Asked => {
                format!("the back end was asked about it at {since}, and has not answered yet")
            }
            WhyReason::PutOff => {
                let again = self.again_at.map(shown).unwrap_or_default();
                format!("its sender was told at {since} to send it again, at {again} or later")
            }
            WhyReason::NotTaken => {
                format!("it was not taken at {since}: its sender sends it again")
            }
            WhyReason::Offline => match self.session {
                Some(session) => format!(
                    "{user} is offline: session {session}, which it was sent to, has ended and has not acknowledged it"
                ),
                None => format!("{user} is offline"),
            },
            WhyReason::Unacknowledged => {
                let heard = self.last_heard.map(shown).unwrap_or_default();
                let times = match self.tries {
                    Some(tries @ 2..) => format!("{tries} times, first at {since}"),
                    _ => format!("at {since}"),
                };
                format!(
                    "{user} is online, and has not acknowledged it: it was sent to session {session} {times}; from there something came last at {heard}"
                )
            }
            WhyReason::TooLong => {
                let length = stored.map_or(0, |stored| stored.length);
                let limit = limit.unwrap_or_default();
                format!(
                    "{user} is online with a client that takes {limit} bytes at most: it has {length}, and waits for another client"
                )
            }
            WhyReason::Behind => format!("{user} is online: what came before it goes first"),
            WhyReason::Due => format!("{user} is online, and it is next"),
            WhyReason::Expired => format!("it expired at {since}"),
        };
        // A string takes everything.
        if let Some(before) = self.before {
            let least = if self.more_before { "at least " } else { "" };
            let are = if before == 1 {
                "message is"
            } else {
                "messages are"
            };
            let _ = write!(text, "; {least}{before} {are} stored before it");
        }
        if let Some(at) = self.expires_at {
            let _ = write!(text, "; it expires at {}", shown(at));
        }
        text
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn shown(at: i64) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(at.max(0).unsigned_abs());
    humantime::format_rfc3339_millis(at).to_string()
}
