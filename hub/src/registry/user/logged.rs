//! What a mailbox has to do with the logs of conversations: it keeps one, or its user reads them.

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use mobileim_protocol::mailbox::{Envelope, Place, StoredMessage};
use mobileim_protocol::{NO_ID_HAS, fingerprint_hash};

use super::User;
use crate::devices::Directory;
use crate::refs::without_refs;
use crate::registry::turn::Turn;
use crate::store::{CHANGE_LANE, LogOwner, owner_of_log};

impl User {
    /// A log that the user reads has got a message.
    pub(crate) fn take_logged(&mut self, turn: &mut Turn<'_>, logged: &Logged) {
        let Some(session) = &self.session else {
            // It is found in the log.
            return;
        };
        let reader = Reader::new(&self.id, &self.name, session.is_mobileim);
        let mut stored = logged.stored.clone();
        reader.prepare(turn.directory(), &mut stored, |_, _| {
            logged.numbered.clone()
        });
        let hash = fingerprint_hash(&stored.message.from, &stored.message.fp);
        let now = turn.now;
        self.mailbox_for(turn, hash).take_logged(now, stored);
        self.drain_mailbox(turn);
    }
}

/// A message that a log has got, for all who read it.
pub(crate) struct Logged {
    /// As it is for an original client.
    stored: StoredMessage,
    /// Its body with its number, which is the same for all who are told it.
    numbered: Bytes,
}

impl Logged {
    pub(crate) fn new(place: Place, mut message: Envelope) -> Self {
        let numbered = with_seq(&message.body, place.seq);
        if let Some(plain) = without_refs(&message.body) {
            message.body = plain.into();
        }
        Self {
            numbered,
            stored: StoredMessage {
                seq: Some(place.seq),
                ..StoredMessage::new(place.position, message)
            },
        }
    }
}

/// To whom a message was sent that is in this mailbox: of a mailbox that keeps a log, that depends on who has sent it.
pub(super) fn addressee(id: &Arc<str>, name: &str, sender: &str) -> Arc<str> {
    match owner_of_log(name) {
        Some(pair @ LogOwner::Pair(..)) => Arc::from(pair.seen_by(sender)),
        Some(LogOwner::Group(_)) | None => Arc::clone(id),
    }
}

/// Who reads logs.
pub(super) struct Reader<'a> {
    user: &'a str,
    mailbox: &'a str,
    is_mobileim: bool,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(user: &'a str, mailbox: &'a str, is_mobileim: bool) -> Self {
        Self {
            user,
            mailbox,
            is_mobileim,
        }
    }

    pub(super) const fn mailbox(&self) -> &str {
        self.mailbox
    }

    /// Makes a message of a log one for this reader, and gives its body its number if the reader is told it: an original client knows nothing of numbers and of changes, and is not shown what its
    /// user has sent.
    pub(super) fn prepare(
        &self,
        directory: &Directory,
        stored: &mut StoredMessage,
        number: impl FnOnce(&Bytes, u64) -> Bytes,
    ) {
        let Some(seq) = stored.seq else {
            return;
        };
        let message = &stored.message;
        let lane = message.lane.as_deref();
        stored.is_own = if lane == Some(CHANGE_LANE) {
            !self.is_mobileim
        } else {
            *message.from == *self.user && !self.is_shown_own(directory, lane)
        };
        if self.is_mobileim && !stored.is_own {
            stored.message.body = number(&stored.message.body, seq);
        }
    }

    /// Whether the user's own message is shown here: it is to the user, or was sent from another device, and this one is named.
    fn is_shown_own(&self, directory: &Directory, lane: Option<&str>) -> bool {
        let lane = lane.and_then(|lane| lane.rsplit_once(NO_ID_HAS));
        let is_note = lane.is_some_and(|(_, to)| to == self.user);
        let is_from_here = lane.is_some_and(|(mailbox, _)| mailbox == self.mailbox);
        is_note || !directory.is_single() && !is_from_here && directory.is_named(self.mailbox)
    }
}

/// A message with its number in the conversation: a JSON object, and so is the answer.
pub(super) fn with_seq(body: &Bytes, seq: u64) -> Bytes {
    let Some(end) = body.iter().rposition(|byte| *byte == b'}') else {
        return body.clone();
    };
    let number = format!(",\"seq\":{seq}");
    let mut numbered = BytesMut::with_capacity(body.len() + number.len());
    numbered.put_slice(&body[..end]);
    numbered.put_slice(number.as_bytes());
    numbered.put_slice(&body[end..]);
    numbered.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_its_number_is_the_same_message() {
        let body = Bytes::from_static(b"{\"type\":2,\"dataContent\":\"}\"} ");
        let numbered = with_seq(&body, 17);
        assert_eq!(
            &numbered[..],
            b"{\"type\":2,\"dataContent\":\"}\",\"seq\":17} "
        );
    }
}
