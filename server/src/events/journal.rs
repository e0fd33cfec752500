//! What the hub tells, as it is recorded.

use std::sync::Arc;

use mobileim_hub::{
    Clock, CloseReason, Delivery, Event, Journal, Peer, Rate, Recorded, Refusal, Used,
};
use mobileim_protocol::SERVER;
use mobileim_protocol::mailbox::SessionId;
use parking_lot::Mutex;

use super::kind::EventType;
use super::log::EventLog;
use super::queue::{Entry, SessionChange};
use super::record::{self, EventSession, Named, Record};

/// How many refused logins are recorded one by one: a flood of them is recorded as a number.
const REFUSED_LOGINS: Rate = Rate::new(10, 100);

/// Has recorded what is to be.
pub(crate) struct EventJournal {
    log: EventLog,
    clock: Arc<dyn Clock>,
    refused_logins: Mutex<Used>,
}

impl EventJournal {
    pub(crate) fn new(log: EventLog, clock: Arc<dyn Clock>) -> Self {
        Self {
            log,
            clock,
            refused_logins: Mutex::default(),
        }
    }

    /// A session began or ended. Nothing waits for that.
    fn record_session(&self, record: Option<Record>, session: Option<SessionChange>) {
        if record.is_none() && session.is_none() {
            return;
        }
        self.log.record(Entry {
            record,
            session,
            waits: None,
        });
    }

    fn online(&self, session: &EventSession<'_>, replaces: Option<SessionId>, others: usize) {
        let settings = self.log.settings();
        if !settings.users.has(session.user) {
            return;
        }
        let now = self.clock.unix_millis();
        let record = settings
            .has(EventType::Online)
            .then(|| record::online(now, session, replaces, others));
        let begins = settings.follows_sessions().then(|| SessionChange::Begins {
            session: session.id,
            user: Arc::clone(session.user),
            peer: record::peer_members(session),
        });
        self.record_session(record, begins);
    }

    fn offline(
        &self,
        session: &EventSession<'_>,
        reason: CloseReason,
        replaced_by: Option<SessionId>,
        others: usize,
    ) {
        let settings = self.log.settings();
        let is_wanted = settings.users.has(session.user);
        if !is_wanted && !self.log.has_changed() {
            return;
        }
        let now = self.clock.unix_millis();
        if let CloseReason::Kicked(code) = reason
            && is_wanted
            && settings.has(EventType::Kicked)
        {
            let kicked = record::kicked(now, session, code);
            self.record_session(Some(kicked), None);
        }
        let offline = (is_wanted && settings.follows_sessions())
            .then(|| record::offline(now, session, reason, replaced_by, others));
        // It may have been followed when it began.
        let is_followed = offline.is_some() || self.log.has_changed();
        let ends = is_followed.then_some(SessionChange::Ends(session.id));
        self.record_session(offline, ends);
    }

    /// Something has happened to a message. Returns whether its acknowledgement waits: not if the database does not take
    /// events now, as nobody knows when it will. What was taken in is recorded then.
    fn of_message(&self, event: &Event, delivery: &Delivery, record: Option<Record>) -> bool {
        let waits = !self.log.state().fails();
        let is_taken = self.log.record(Entry {
            record,
            session: None,
            waits: (waits && !delivery.fp.is_empty()).then(|| event.clone()),
        });
        is_taken && waits
    }

    /// Whether this message's end, of this type, is recorded.
    fn wants(&self, kind: EventType, delivery: &Delivery) -> bool {
        let Named { from, to, .. } = Named::of(delivery);
        self.log.settings().wants(kind, &[from, to])
    }

    fn refused(&self, delivery: &Delivery, why: Refusal) {
        if !self.wants(EventType::Refused, delivery) {
            return;
        }
        let now = self.clock.unix_millis();
        let record = record::refused(now, &delivery.to, Named::of(delivery), why);
        self.record_session(record, None);
    }

    fn login_refused(&self, user: &Arc<str>, peer: &Peer, code: i64) {
        let settings = self.log.settings();
        if !settings.wants(EventType::LoginRefused, &[user]) {
            return;
        }
        let taken = self
            .refused_logins
            .lock()
            .take(self.clock.now(), REFUSED_LOGINS);
        if taken.is_err() {
            return self.log.state().omit_login();
        }
        let now = self.clock.unix_millis();
        let record = record::login_refused(now, user, peer, code);
        self.record_session(Some(record), None);
    }
}

impl Journal for EventJournal {
    fn start(&self, recorded: Recorded) {
        self.log.set_recorded(recorded);
    }

    fn record(&self, event: &Event) -> bool {
        let now = || self.clock.unix_millis();
        match event {
            Event::Online {
                user,
                session,
                peer,
                device,
                replaces,
                others,
            } => {
                let session = EventSession::new(user, *session, peer, device.as_deref());
                self.online(&session, *replaces, *others);
            }
            Event::Offline {
                user,
                session,
                peer,
                device,
                reason,
                replaced_by,
                others,
            } => {
                let session = EventSession::new(user, *session, peer, device.as_deref());
                self.offline(&session, *reason, *replaced_by, *others);
            }
            Event::Delivered(delivery) if self.wants(EventType::Delivered, delivery) => {
                let kind = EventType::Delivered;
                let record = record::message(kind, now(), &delivery.to, Named::of(delivery));
                return self.of_message(event, delivery, Some(record));
            }
            // What was stored, the store records as it removes it, with the same id.
            Event::Expired(delivery) if self.wants(EventType::Expired, delivery) => {
                let kind = EventType::Expired;
                let record = record::message(kind, now(), &delivery.to, Named::of(delivery));
                self.record_session(Some(record), None);
            }
            Event::Received {
                delivery,
                typeu,
                text,
                ..
            } if self.wants(EventType::Message, delivery) => {
                let message = Named::of(delivery);
                let from = Arc::from(message.from);
                let record = record::received(now(), &from, message, *typeu, text.as_deref());
                return self.of_message(event, delivery, Some(record));
            }
            // It must not overtake what is being recorded.
            Event::Repeated(delivery) => {
                let kind = if *delivery.to == *SERVER {
                    EventType::Message
                } else {
                    EventType::Delivered
                };
                return self.wants(kind, delivery) && self.of_message(event, delivery, None);
            }
            Event::Refused { delivery, why } => self.refused(delivery, *why),
            Event::LoginRefused { user, peer, code } => self.login_refused(user, peer, *code),
            // What the store does it records itself. What is not wanted is passed over.
            _ => {}
        }
        false
    }

    fn keeps_text(&self) -> bool {
        let settings = self.log.settings();
        settings.text && settings.has(EventType::Message)
    }
}
