//! What the application sends.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::Client;
use super::outbox::Entry;
use super::output::{Draft, Event, LostReason, Output, RestoreError, SendError};
use super::standing::{Link, Standing};
use super::timer::Timer;
use crate::codec;
use crate::message::{Message, MessageType, is_fingerprint, is_receiver};
use crate::time::Instant;

/// A message in the form in which it goes out, see [`Client::prepare`].
#[derive(Debug, Clone)]
pub struct Prepared {
    fp: String,
    to: String,
    body: String,
    qos: bool,
    /// Which user of the client it is from.
    user: u32,
}

impl Prepared {
    /// Its fingerprint.
    pub fn fp(&self) -> &str {
        &self.fp
    }

    /// Its body: JSON text, which [`Client::restore`] takes back.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Whether it is to be acknowledged, and sent again until it is.
    pub fn has_qos(&self) -> bool {
        self.qos
    }
}

impl Draft {
    /// Checks what the message refers to, which [`Client::prepare`] takes as it is: for an application that may write anything there.
    pub fn check_refs(&self) -> Result<(), SendError> {
        let Some(refs) = &self.refs else {
            return Ok(());
        };
        let mut message = Message::new(MessageType::CommonData, "", "");
        message.refs = Some(refs.into());
        let body = codec::encode(&message);
        let is_read = |read: Message<'_>| read.refs == message.refs;
        // Two bodies of a batch have a line feed between them.
        if body.as_bytes().contains(&b'\n') || !codec::decode_text(&body).is_ok_and(is_read) {
            return Err(SendError::BadRefs);
        }
        Ok(())
    }
}

impl Client {
    /// Checks and encodes a message for [`Client::send`].
    ///
    /// A driver that stores messages stores the body of one with QoS in between, so that nothing is sent that is not
    /// stored and what is stored is what is sent.
    pub fn prepare(&mut self, draft: Draft) -> Result<Prepared, SendError> {
        if !self.has_login() {
            return Err(SendError::NotLoggedIn);
        }
        if draft.to.is_empty() {
            return Err(SendError::NoReceiver);
        }
        if !is_receiver(&draft.to) {
            return Err(SendError::BadReceiver);
        }
        let fp = match draft.fp {
            Some(fp) if !is_fingerprint(&fp) => return Err(SendError::BadFingerprint),
            Some(fp) => fp,
            None => new_fingerprint(&mut self.rng),
        };
        let from = self.user_id().ok_or(SendError::NotLoggedIn)?;
        let message = Message {
            fp: Some((&fp).into()),
            qos: draft.qos,
            refs: draft.refs.map(Into::into),
            ..Message::new(MessageType::CommonData, from, &draft.to)
                .with_content(&draft.content)
                .with_typeu(draft.typeu)
        };
        let prepared = Prepared {
            body: codec::encode(&message),
            fp,
            to: draft.to,
            qos: draft.qos,
            user: self.users,
        };
        self.check(&prepared)?;
        Ok(prepared)
    }

    /// Sends a message, now or as soon as there is a link. If the client waits to connect again, it waits no longer.
    ///
    /// With QoS it is kept and sent again until [`Event::Delivered`] or [`Event::Lost`] says how it ended.
    /// Without, it is sent if the client is online, or refused.
    pub fn send(&mut self, now: Instant, message: Prepared) -> Result<(), SendError> {
        let now = self.clock.read(now);
        self.check(&message)?;
        let Prepared {
            fp, to, body, qos, ..
        } = message;
        if !qos {
            let Some((link, _)) = self.standing.online() else {
                self.end_wait(now);
                return Err(SendError::Offline);
            };
            let link = link.id;
            self.outputs.push_back(Output::Transmit { link, body });
            return Ok(());
        }
        let entry = Entry::new(fp, &to, body);
        self.push(now, entry);
        self.end_wait(now);
        Ok(())
    }

    /// Whether somebody is logged in, or will be without another [`Client::login`].
    pub(super) fn has_login(&self) -> bool {
        !matches!(self.standing, Standing::Offline | Standing::Closed)
    }

    /// What may have changed between [`Client::prepare`] and [`Client::send`].
    fn check(&self, message: &Prepared) -> Result<(), SendError> {
        if !self.has_login() || message.user != self.users {
            return Err(SendError::NotLoggedIn);
        }
        if self.outbox.contains(&message.fp) {
            return Err(SendError::FingerprintInUse);
        }
        let len = message.body.len();
        if len > self.max_body {
            let limit = self.max_body;
            return Err(SendError::TooLong { len, limit });
        }
        if message.qos && self.outbox.len() >= self.config.outbox_limit {
            return Err(SendError::OutboxFull);
        }
        Ok(())
    }

    /// Takes back the [body](Prepared::body) of a message with QoS that an earlier run of the application stored.
    ///
    /// To be called after [`Client::login`], for each message in the order they were sent, before
    /// anything new is sent. One that no server takes, kept by an earlier version, is reported [`Event::Lost`].
    pub fn restore(&mut self, now: Instant, body: &str) -> Result<(), RestoreError> {
        let now = self.clock.read(now);
        let message = codec::decode_text(body)?;
        if self.user_id().is_none() || message.from.as_deref() != self.user_id() {
            return Err(RestoreError::OtherUser);
        }
        let (Some(fp), Some(to)) = (message.fingerprint_to_acknowledge(), &message.to) else {
            return Err(RestoreError::NotRetransmittable);
        };
        if self.outbox.contains(fp) {
            return Ok(());
        }
        let entry = Entry::new(fp.to_owned(), to, body.to_owned());
        let longest = self.config.longest_body();
        if !is_fingerprint(fp) || !is_receiver(to) || body.len() > longest {
            self.report_lost(&entry, LostReason::Invalid);
            return Ok(());
        }
        self.push(now, entry);
        Ok(())
    }

    /// A new fingerprint for [`Draft::fp`]: a UUID v4, as the original uses.
    pub fn new_fingerprint(&mut self) -> String {
        new_fingerprint(&mut self.rng)
    }

    fn push(&mut self, now: Instant, entry: Entry) {
        let link = self.standing.link();
        self.outbox.push(entry, link.map(|link| &link.round_trip));
        self.transmit_outbox(now);
    }

    /// Sends again what has waited long enough for its acknowledgement, gives up what has waited too long, and then
    /// sends what may be sent and was not yet sent on this link: nothing overtakes what is overdue.
    pub(super) fn transmit_outbox(&mut self, now: Instant) {
        let Some((Link { id, round_trip, .. }, _)) = self.standing.online() else {
            return;
        };
        let outputs = &mut self.outputs;
        let mut transmit = |body: &str| {
            let body = body.to_owned();
            outputs.push_back(Output::Transmit { link: *id, body });
        };
        let lost = self.outbox.retransmit(now, round_trip, &mut transmit);
        self.outbox.transmit(now, round_trip, &mut transmit);
        self.schedule_outbox();
        for entry in lost {
            self.report_lost(&entry, LostReason::Unacknowledged);
        }
    }

    fn schedule_outbox(&mut self) {
        let due = self.outbox.next_due();
        self.timers.set(Timer::Outbox, due);
    }

    pub(super) fn lose_outbox(&mut self, reason: LostReason) {
        for entry in self.outbox.take_all() {
            self.report_lost(&entry, reason);
        }
    }

    pub(super) fn report_lost(&mut self, entry: &Entry, reason: LostReason) {
        let message = codec::decode_text(&entry.body)
            .expect("the outbox holds what was encoded or decoded here")
            .into_owned();
        self.emit(Event::Lost { message, reason });
    }
}

/// The bits of a UUID that are not random are its version, 4, and its variant (RFC 9562, 5.4).
pub(super) fn new_fingerprint(rng: &mut fastrand::Rng) -> String {
    let mut bytes = rng.u128(..).to_le_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(half.into(), 16));
        }
    }
    text
}
