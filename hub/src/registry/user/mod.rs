//! One user: the session, the mailbox while there is something to do, and what was sent to the server.

mod logged;
mod mailbox;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{Envelope, Mailbox, SessionId};
use mobileim_protocol::{
    DedupMemory, Device, Instant, Message, Transport, codes, fingerprint_hash,
};

pub(crate) use logged::Logged;

use super::held::Counted;
use super::memory::Remembered;
use super::seen::SessionView;
use super::timers::Timer;
use super::turn::Turn;
use super::{LoggedIn, Login};
use crate::control;
use crate::devices::user_of;
use crate::event::Event;
use crate::link::{CloseReason, Link};
use crate::rate::{Rate, Used};
use crate::refs::without_refs;
use crate::sent::Sent;
use crate::store::{LogOwner, owner_of_log};

/// The code of a kick-out by a later login elsewhere.
const DUPLICATE: i64 = codes::KICKED_DUPLICATE_LOGIN;

const NEVER: Instant = Instant::from_micros(u64::MAX);

pub(crate) struct User {
    id: Arc<str>,
    /// What registry and store know it by: the mailbox of one of the user's devices.
    name: Arc<str>,
    session: Option<Session>,
    /// Only while it has something to do or to remember.
    mailbox: Option<Box<Mailbox>>,
    /// The earliest of the mailbox's entries among the timers; later ones are ignored when they come.
    mailbox_wakes_at: Option<Instant>,
    /// What is counted of the mailbox's memory.
    held: Counted,
    /// What it has used of its rate of messages, while there is a session.
    used: Used,
    /// The messages that the server has accepted, while there is a session.
    accepted: Option<Box<DedupMemory>>,
    /// Whether the shard knows that senders must repeat something.
    is_awaiting: bool,
}

/// A logged-in connection.
struct Session {
    id: SessionId,
    link: Arc<dyn Link>,
    first_login_time: i64,
    /// When it began, in ms since 1970.
    since: i64,
    device: Option<Box<Device>>,
    /// When its token expires, or [`NEVER`].
    valid_until: Instant,
    /// Whether the client is one of `MobileIM`: it has said what it takes, and knows what originals do not.
    is_mobileim: bool,
}

impl Session {
    /// A message without what originals do not know, if the client is one of them.
    fn as_its_client_knows(&self, body: Bytes) -> Bytes {
        if self.is_mobileim {
            return body;
        }
        without_refs(&body).map_or(body, Bytes::from)
    }
}

impl User {
    /// Whoever has the mailbox with this name.
    pub(crate) fn new(name: Arc<str>) -> Self {
        let id = match owner_of_log(&name) {
            Some(LogOwner::Group(group)) => group,
            _ => user_of(&name),
        };
        let id = if id.len() == name.len() {
            Arc::clone(&name)
        } else {
            Arc::from(id)
        };
        Self {
            id,
            name,
            session: None,
            mailbox: None,
            mailbox_wakes_at: None,
            held: Counted::default(),
            used: Used::default(),
            accepted: None,
            is_awaiting: false,
        }
    }

    pub(crate) fn is_forgettable(&self) -> bool {
        self.session.is_none() && self.mailbox.is_none() && self.accepted.is_none()
    }

    pub(crate) fn session_view(&self) -> Option<SessionView> {
        let session = self.session.as_ref()?;
        Some(SessionView {
            id: session.id,
            peer: session.link.peer(),
            device: session.device.clone(),
            since: session.since,
            last_seen: session.link.last_seen(),
            max_body: session.link.max_body(),
        })
    }

    pub(crate) fn session_id(&self) -> Option<SessionId> {
        self.session.as_ref().map(|session| session.id)
    }

    /// Answers a verified login, and applies the kick rules (docs/protocol.md).
    pub(crate) fn login(&mut self, turn: &mut Turn<'_>, login: Login) -> LoggedIn {
        let sent = login.first_login_time.max(0);
        let same = self.session.as_mut();
        if let Some(session) = same.filter(|session| Some(session.id) == login.session) {
            // Sent twice, perhaps since the answer was lost: it must be the same answer.
            if sent != 0 {
                session.first_login_time = sent;
            }
            session.valid_until = login.valid_until.unwrap_or(NEVER);
            let (id, first_login_time) = (session.id, session.first_login_time);
            self.accept_login(turn, &login, first_login_time);
            self.await_end_of_token(turn, id, login.valid_until);
            return LoggedIn::Online(id);
        }
        let old = self.session.as_ref().map(|old| old.first_login_time);
        // Of the session before, if the clock was ahead then: what comes later must be later.
        let before = turn.logins.get(&self.name).copied();
        let first_login_time = match (sent, old.or(before)) {
            (0, None) => login.unix_millis,
            // Later than the old one's, also within its millisecond.
            (0, Some(old)) => login.unix_millis.max(old.saturating_add(1)),
            (sent, _) => sent,
        };
        self.accept_login(turn, &login, first_login_time);
        let replaces = self.session_id();
        let id = turn.next_session_id();
        if let Some(old) = old {
            if first_login_time < old {
                login
                    .link
                    .transmit(control::kickout(&self.id, DUPLICATE, None));
                return LoggedIn::Superseded;
            }
            if first_login_time == old {
                self.close_for(turn, CloseReason::Replaced, Some(id));
            } else {
                self.transmit(control::kickout(&self.id, DUPLICATE, None));
                self.close_for(turn, CloseReason::Kicked(DUPLICATE), Some(id));
            }
        }
        self.begin_session(turn, login, first_login_time, id, replaces);
        LoggedIn::Online(id)
    }

    fn accept_login(&self, turn: &Turn<'_>, login: &Login, first_login_time: i64) {
        let link = &login.link;
        let interval = turn.config().timings.of(link.transport()).interval.into();
        let batches = login.max_batch.zip(link.max_batch());
        let max_body = link.set_max_body(login.max_body);
        let token_expires_in = login
            .valid_until
            .filter(|_| login.is_mobileim)
            .map(|until| until.since(turn.now));
        let terms = control::Terms {
            first_login_time,
            interval,
            max_batch: batches.map(|(_, own)| own),
            max_body,
            max_questions: login.is_mobileim.then_some(control::MAX_QUESTIONS),
            token_expires_in,
            missed_since: login.missed_since.filter(|_| login.is_mobileim),
        };
        link.transmit(control::login_accepted(&self.id, &terms, link.allowance()));
        // The client knows only when it has read the answer.
        link.set_max_batch(batches.map_or(0, |(clients, _)| clients));
    }

    fn begin_session(
        &mut self,
        turn: &mut Turn<'_>,
        login: Login,
        first_login_time: i64,
        id: SessionId,
        replaces: Option<SessionId>,
    ) {
        let Login {
            link,
            unix_millis,
            valid_until,
            is_mobileim,
            device,
            ..
        } = login;
        let (transport, max_body) = (link.transport(), link.max_body());
        turn.reach.note(&self.name, max_body);
        let check_at = check_at(turn, &*link, turn.last_seen(&*link));
        let others = turn.directory().note_online(&self.name, id, unix_millis);
        turn.happened(Event::Online {
            user: Arc::clone(&self.id),
            session: id,
            peer: link.peer(),
            device: device.clone(),
            replaces,
            others,
        });
        if let Some(used) = turn.used.get(&self.name) {
            self.used = *used;
        }
        self.session = Some(Session {
            id,
            link,
            first_login_time,
            since: unix_millis,
            device,
            valid_until: valid_until.unwrap_or(NEVER),
            is_mobileim,
        });
        turn.schedule(check_at, Timer::Session(Arc::clone(&self.name), id));
        self.await_end_of_token(turn, id, valid_until);
        let mailbox = self
            .mailbox
            .get_or_insert_with(|| Box::new(Mailbox::new(turn.config().mailbox)));
        mailbox.set_room(turn.room());
        mailbox.attach(turn.now, id, transport, max_body);
        self.drain_mailbox(turn);
    }

    /// Sends a message. If it is one too many, says how long to wait before the next.
    pub(crate) fn take_message(&mut self, now: Instant, rate: Rate) -> Result<(), Duration> {
        self.used.take(now, rate)
    }

    /// Ends the session, without a word to its connection.
    pub(crate) fn end_session(&mut self, turn: &mut Turn<'_>, reason: CloseReason) {
        self.end_session_for(turn, reason, None);
    }

    fn end_session_for(
        &mut self,
        turn: &mut Turn<'_>,
        reason: CloseReason,
        replaced_by: Option<SessionId>,
    ) {
        let Some(session) = self.session.take() else {
            return;
        };
        let others = turn.directory().note_offline(&self.name, session.id);
        turn.happened(Event::Offline {
            user: Arc::clone(&self.id),
            session: session.id,
            peer: session.link.peer(),
            device: session.device,
            reason,
            replaced_by,
            others,
        });
        turn.logins.insert(&self.name, session.first_login_time);
        if !self.used.is_over(turn.now) {
            // A new session begins with what the old one has left.
            turn.used.insert(&self.name, self.used);
        }
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.detach(turn.now, session.id);
            self.drain_mailbox(turn);
        }
        for hash in self
            .accepted
            .take()
            .iter()
            .flat_map(|memory| memory.hashes())
        {
            turn.memory
                .insert(turn.now, &self.name, hash, Remembered::Accepted);
        }
    }

    /// Ends the session and closes its connection.
    pub(crate) fn close(&mut self, turn: &mut Turn<'_>, reason: CloseReason) {
        self.close_for(turn, reason, None);
    }

    fn close_for(
        &mut self,
        turn: &mut Turn<'_>,
        reason: CloseReason,
        replaced_by: Option<SessionId>,
    ) {
        if let Some(session) = &self.session {
            session.link.close(reason);
            self.end_session_for(turn, reason, replaced_by);
        }
    }

    /// Tells the client to stay away, and closes. Returns whether there was a session.
    pub(crate) fn kick(&mut self, turn: &mut Turn<'_>, code: i64, reason: Option<String>) -> bool {
        let kicked = self.transmit(control::kickout(&self.id, code, reason));
        self.close(turn, CloseReason::Kicked(code));
        kicked
    }

    /// Ends the session for now, as the server stops.
    pub(crate) fn send_away(&mut self, turn: &mut Turn<'_>, retry_after: Duration) {
        if let Some(session) = self.session.as_ref().filter(|session| session.is_mobileim) {
            let farewell = control::session_ends(&self.id, retry_after);
            session.link.transmit(farewell);
        }
        self.close(turn, CloseReason::ServerStopping { retry_after });
    }

    /// Closes the session if it has been silent for too long, and pings it before, if the transport can.
    pub(crate) fn check_session(&mut self, turn: &mut Turn<'_>, id: SessionId) {
        let Some(session) = self.session.as_ref().filter(|session| session.id == id) else {
            return;
        };
        let link = &*session.link;
        let last_seen = turn.last_seen(link);
        let expires_at = last_seen + timeout(turn, link);
        if expires_at <= turn.now {
            return self.close(turn, CloseReason::Expired);
        }
        let check_at = match check_at(turn, link, last_seen) {
            later if later > turn.now => later,
            _ => {
                link.ping();
                expires_at
            }
        };
        turn.schedule(check_at, Timer::Session(Arc::clone(&self.name), id));
    }

    fn await_end_of_token(&self, turn: &mut Turn<'_>, id: SessionId, valid_until: Option<Instant>) {
        if let Some(at) = valid_until {
            turn.schedule(at, Timer::Token(Arc::clone(&self.name), id));
        }
    }

    /// Closes the session if its token has expired. A later token has a timer of its own.
    pub(crate) fn check_token(&mut self, turn: &mut Turn<'_>, id: SessionId) {
        let session = self.session.as_ref().filter(|session| session.id == id);
        if session.is_some_and(|session| session.valid_until <= turn.now) {
            self.close(turn, CloseReason::TokenExpired);
        }
    }

    /// Sends a body on the session. Returns whether there is one.
    pub(crate) fn transmit(&self, body: Bytes) -> bool {
        if let Some(session) = &self.session {
            session.link.transmit(body);
        }
        self.session.is_some()
    }

    /// Sends what only clients of ours know on the session, if there is one of such a client that takes it. It is lost like a message
    /// without QoS.
    pub(crate) fn transmit_to_mobileim(&self, body: impl FnOnce() -> Bytes) {
        if self
            .session
            .as_ref()
            .is_some_and(|session| session.is_mobileim)
        {
            let _ = self.transmit_unreliably(body());
        }
    }

    /// Sends a message without QoS on the session, if there is one that takes it.
    pub(crate) fn transmit_unreliably(&self, body: Bytes) -> Sent {
        let Some(session) = &self.session else {
            return Sent::Offline;
        };
        let body = session.as_its_client_knows(body);
        let limit = session.link.max_body();
        if body.len() > limit {
            return Sent::TooLong { limit };
        }
        session.link.deliver(body);
        Sent::OnItsWay
    }

    /// Tells this user that a message of theirs is refused.
    pub(crate) fn refuse_for_full_mailbox(&self, message: &Envelope) {
        if let Some(session) = &self.session
            && let Some(body) = control::mailbox_full(message, session.link.max_body())
        {
            session.link.transmit(body);
        }
    }

    /// Tells this user that none of the receiver's clients takes a message of theirs.
    pub(crate) fn refuse_as_too_long(&self, message: &Message<'_>, limit: usize) {
        if let Some(session) = &self.session
            && let max_body = session.link.max_body()
            && let Some(body) = control::too_long_for_receiver(&self.id, message, limit, max_body)
        {
            session.link.transmit(body);
        }
    }

    /// Returns whether the server has accepted this message before.
    pub(crate) fn was_accepted(&self, hash: u64) -> bool {
        self.accepted
            .as_ref()
            .is_some_and(|accepted| accepted.contains(hash))
    }

    /// The server has accepted a message.
    pub(crate) fn remember_accepted(&mut self, turn: &mut Turn<'_>, fp: &str) {
        let config = turn.config().mailbox;
        let hash = fingerprint_hash(&self.id, fp);
        if self.session.is_none() {
            // It has ended while the application decided.
            let now = turn.now;
            return turn
                .memory
                .insert(now, &self.name, hash, Remembered::Accepted);
        }
        self.accepted
            .get_or_insert_with(|| {
                let at = turn.now + config.remember_for;
                turn.schedule(at, Timer::Forget(Arc::clone(&self.name)));
                let memory = DedupMemory::new(config.remembered, Some(config.remember_for));
                Box::new(memory)
            })
            .insert(turn.now, hash);
    }

    /// Whether there is something to forget.
    pub(crate) fn has_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// Forgets what was accepted long ago.
    pub(crate) fn forget_accepted(&mut self, turn: &mut Turn<'_>) {
        if let Some(accepted) = &mut self.accepted {
            accepted.forget_expired(turn.now);
            match accepted.emptied_at() {
                Some(at) => turn.schedule(at, Timer::Forget(Arc::clone(&self.name))),
                None => self.accepted = None,
            }
        }
    }
}

fn timeout(turn: &Turn<'_>, link: &dyn Link) -> std::time::Duration {
    turn.config()
        .timings
        .of(link.transport())
        .server_timeout
        .into()
}

/// The time of the next check of a session from which nothing comes: `WebSocket` ones are pinged halfway, since a
/// hidden page's heartbeat is throttled but its browser answers a Ping by itself.
fn check_at(turn: &Turn<'_>, link: &dyn Link, last_seen: Instant) -> Instant {
    let timeout = timeout(turn, link);
    let wait = match link.transport() {
        Transport::WebSocket => timeout / 2,
        Transport::Tcp | Transport::Udp => timeout,
    };
    last_seen + wait
}
