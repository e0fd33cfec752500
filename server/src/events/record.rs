//! One event, as it is recorded and told.

use std::sync::Arc;

use mobileim_hub::{CloseReason, Delivery, Label as _, Peer, Refs, Refusal};
use mobileim_protocol::mailbox::{Envelope, SessionId};
use mobileim_protocol::{Device, SERVER, decode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::kind::EventType;

/// What an event takes on the disk beside its user and its body, in bytes.
const ROW_BYTES: usize = 64;

/// How many digits an id has: nobody meets two equal ones.
const ID_DIGITS: usize = 32;

/// Why a session ended that a server has left which ended without a word.
const SERVER_CRASHED: &str = "server_crashed";

/// An event to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// `None` for what is about the events themselves.
    pub(crate) kind: Option<EventType>,
    /// Whom it concerns first.
    pub(crate) user: Arc<str>,
    /// A JSON object, without the event's position.
    pub(crate) body: Arc<str>,
    /// In ms since 1970.
    pub(crate) at: i64,
}

impl Record {
    /// Its type in the database.
    pub(crate) fn type_name(&self) -> &'static str {
        self.kind.map_or(LOST, EventType::name)
    }

    /// What it counts.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len() + self.user.len() + ROW_BYTES
    }
}

/// The name of what says that events were lost.
const LOST: &str = "lost";

/// The form of all events. What is `None` is left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    id: String,
    #[serde(rename = "type")]
    name: &'static str,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    /// The longest body that the receiver takes, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<u64>,
    /// How many other sessions the user has, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<usize>,
    /// The message's number in its conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typeu: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(flatten)]
    refs: Option<Refs>,
    /// How many others are not told one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(flatten)]
    peer: Option<PeerBody>,
}

/// The other end of a session, in an event.
#[derive(Serialize)]
struct PeerBody {
    transport: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    tls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
}

impl From<&Peer> for PeerBody {
    fn from(peer: &Peer) -> Self {
        Self {
            transport: peer.transport.name(),
            address: peer.address.map(|address| address.to_string()),
            tls: peer.tls,
            origin: peer.origin.clone(),
            device: None,
            platform: None,
        }
    }
}

/// Whose session it is, and where from.
#[derive(Clone, Copy)]
pub(crate) struct EventSession<'a> {
    pub(crate) user: &'a Arc<str>,
    pub(crate) id: SessionId,
    peer: &'a Peer,
    /// If its client names one.
    device: Option<&'a Device>,
}

impl<'a> EventSession<'a> {
    pub(crate) const fn new(
        user: &'a Arc<str>,
        id: SessionId,
        peer: &'a Peer,
        device: Option<&'a Device>,
    ) -> Self {
        Self {
            user,
            id,
            peer,
            device,
        }
    }

    fn peer(&self) -> PeerBody {
        PeerBody {
            device: self.device.map(|device| device.id.clone()),
            platform: self.device.and_then(|device| device.platform.clone()),
            ..PeerBody::from(self.peer)
        }
    }
}

/// A message between two ends, by its identity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) fp: &'a str,
}

impl<'a> Named<'a> {
    pub(crate) fn of(delivery: &'a Delivery) -> Self {
        Self {
            from: delivery.from.id(),
            to: &delivery.to,
            fp: &delivery.fp,
        }
    }
}

impl<'a> Body<'a> {
    /// About a message. What happens to it once has one id, however often it is recorded.
    fn of_message(kind: EventType, at: i64, message: Named<'a>) -> Self {
        let Named { from, to, fp } = message;
        let id = if fp.is_empty() {
            random_id()
        } else {
            id_of(&[kind.name(), from, to, fp])
        };
        Self {
            id,
            name: kind.name(),
            at,
            from: Some(from),
            to: Some(to),
            fp: Some(fp).filter(|fp| !fp.is_empty()),
            ..Self::default()
        }
    }

    /// About a session, of which each thing happens once.
    fn of_session(kind: EventType, at: i64, user: &'a str, session: SessionId) -> Self {
        Self {
            id: id_of_session(kind, session),
            name: kind.name(),
            at,
            user: Some(user),
            session: Some(session.0),
            ..Self::default()
        }
    }

    fn record(&self, kind: EventType, user: &Arc<str>) -> Record {
        Record {
            kind: Some(kind),
            user: Arc::clone(user),
            body: json(self).into(),
            at: self.at,
        }
    }
}

pub(crate) fn online(
    at: i64,
    session: &EventSession<'_>,
    replaces: Option<SessionId>,
    others: usize,
) -> Record {
    let kind = EventType::Online;
    let body = Body {
        peer: Some(session.peer()),
        replaces: replaces.map(|session| session.0),
        others: (others > 0).then_some(others),
        ..Body::of_session(kind, at, session.user, session.id)
    };
    body.record(kind, session.user)
}

pub(crate) fn offline(
    at: i64,
    session: &EventSession<'_>,
    reason: CloseReason,
    replaced_by: Option<SessionId>,
    others: usize,
) -> Record {
    let kind = EventType::Offline;
    let body = Body {
        peer: Some(session.peer()),
        reason: Some(reason.name()),
        code: code(reason),
        replaced_by: replaced_by.map(|session| session.0),
        others: (others > 0).then_some(others),
        ..Body::of_session(kind, at, session.user, session.id)
    };
    body.record(kind, session.user)
}

/// Ends a session that a server has left which was killed; `peer` is what [`peer_members`] gave when it began.
pub(crate) fn offline_after_crash(
    at: i64,
    user: &Arc<str>,
    session: SessionId,
    peer: &str,
) -> Record {
    let kind = EventType::Offline;
    let body = Body {
        reason: Some(SERVER_CRASHED),
        ..Body::of_session(kind, at, user, session)
    };
    let record = body.record(kind, user);
    let (inside, before) = (
        peer.strip_prefix('{').unwrap_or("}"),
        record.body.strip_suffix('}').unwrap_or_default(),
    );
    let separator = if inside == "}" { "" } else { "," };
    Record {
        body: format!("{before}{separator}{inside}").into(),
        ..record
    }
}

/// What an event says of the other end of a session, as a JSON object.
pub(crate) fn peer_members(session: &EventSession<'_>) -> String {
    json(&session.peer())
}

/// The reason is a kick-out.
pub(crate) fn kicked(at: i64, session: &EventSession<'_>, code: i64) -> Record {
    let kind = EventType::Kicked;
    let body = Body {
        peer: Some(session.peer()),
        code: Some(code),
        ..Body::of_session(kind, at, session.user, session.id)
    };
    body.record(kind, session.user)
}

pub(crate) fn login_refused(at: i64, user: &Arc<str>, peer: &Peer, code: i64) -> Record {
    let kind = EventType::LoginRefused;
    let body = Body {
        id: random_id(),
        name: kind.name(),
        at,
        user: Some(user),
        code: Some(code),
        peer: Some(peer.into()),
        ..Body::default()
    };
    body.record(kind, user)
}

/// As many more were refused than are told one by one.
pub(crate) fn logins_refused(at: i64, count: u64) -> Record {
    let kind = EventType::LoginRefused;
    let body = Body {
        id: random_id(),
        name: kind.name(),
        at,
        count: Some(count),
        ..Body::default()
    };
    body.record(kind, &Arc::from(""))
}

/// As many events could not be recorded.
pub(crate) fn lost(at: i64, count: u64) -> Record {
    let body = Body {
        id: random_id(),
        name: LOST,
        at,
        count: Some(count),
        ..Body::default()
    };
    Record {
        kind: None,
        user: Arc::from(""),
        body: json(&body).into(),
        at,
    }
}

/// Says of a message no more than which one it is.
pub(crate) fn message(kind: EventType, at: i64, to: &Arc<str>, message: Named<'_>) -> Record {
    Body::of_message(kind, at, message).record(kind, to)
}

pub(crate) fn refused(at: i64, to: &Arc<str>, message: Named<'_>, why: Refusal) -> Option<Record> {
    let kind = EventType::Refused;
    let mut body = Body::of_message(kind, at, message);
    body.reason = Some(match why {
        Refusal::MailboxFull => "mailbox_full",
        Refusal::TooLong { limit } => {
            body.limit = Some(limit);
            "too_long"
        }
        Refusal::NoStore => "no_store",
        Refusal::ByApplication { code } => {
            body.code = Some(code);
            "by_application"
        }
        // A user sends it again; it is not refused for good.
        Refusal::Unavailable if message.from != SERVER => return None,
        _ => "unavailable",
    });
    Some(body.record(kind, to))
}

/// A message to the server.
pub(crate) fn received(
    at: i64,
    from: &Arc<str>,
    message: Named<'_>,
    typeu: i32,
    text: Option<&str>,
) -> Record {
    let kind = EventType::Message;
    let body = Body {
        typeu: Some(typeu),
        text,
        ..Body::of_message(kind, at, message)
    };
    body.record(kind, from)
}

/// A message that is stored.
pub(crate) fn stored(at: i64, to: &Arc<str>, message: &Envelope, with_text: bool) -> Record {
    kept(EventType::Stored, at, to, None, message, with_text)
}

/// A message that stands in a conversation's log, with this number.
pub(crate) fn logged(
    at: i64,
    to: &Arc<str>,
    seq: u64,
    message: &Envelope,
    with_text: bool,
) -> Record {
    kept(EventType::Logged, at, to, Some(seq), message, with_text)
}

fn kept(
    kind: EventType,
    at: i64,
    to: &Arc<str>,
    seq: Option<u64>,
    message: &Envelope,
    with_text: bool,
) -> Record {
    let Envelope { from, fp, .. } = message;
    let mut body = Body::of_message(kind, at, Named { from, to, fp });
    body.seq = seq;
    let decoded = with_text.then(|| decode(&message.body).ok()).flatten();
    if let Some(message) = &decoded {
        body.typeu = Some(message.typeu);
        body.text = message.content.as_deref();
    }
    body.refs = with_text.then(|| Refs::of(&message.body)).flatten();
    body.record(kind, to)
}

/// The code of a kick-out.
fn code(reason: CloseReason) -> Option<i64> {
    match reason {
        CloseReason::Kicked(code) => Some(code),
        _ => None,
    }
}

/// The id of what happens to a session once.
fn id_of_session(kind: EventType, session: SessionId) -> String {
    id_of(&[kind.name(), &session.0.to_string()])
}

/// Of equal parts, an equal id.
fn id_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut id = format!("{:x}", hash.finalize());
    id.truncate(ID_DIGITS);
    id
}

/// Of what is no fact of its own that could be recorded twice.
fn random_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it has only names and numbers")
}

#[cfg(test)]
mod tests;
