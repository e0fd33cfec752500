//! The client engine: no networking, no clock, no threads.
//!
//! [`Client`] decides everything a client does between the application and a byte on a link: login and
//! re-login, heartbeat and dead-link verdict, reconnect with back-off, the outbox of unacknowledged messages,
//! retransmission, duplicate suppression. A driver owns the sockets and the clock.
//!
//! **Every call that takes `now` must be followed by draining [`Client::poll_output`] until it returns
//! [`Output::Timeout`]**, the one deadline at which [`Client::handle_timeout`] is due.
//!
//! A link is one attempt to reach the server. The engine numbers them ([`LinkId`]) and has at most one; what
//! a driver reports of an older one is ignored, so late callbacks need no care.
//!
//! `now` may jump or go back (see [`MonotonicClock`]); random numbers come from
//! [`Config::seed`].

mod addresses;
mod config;
mod connection;
mod held;
mod outbox;
mod output;
mod outputs;
mod pacing;
mod questions;
mod receive;
mod refresh;
mod retry_after;
mod send;
mod signals;
mod standing;
mod timer;

use core::time::Duration;

#[cfg(feature = "mutations")]
pub use config::Mutation;
pub use config::{Account, Config, Token};
pub use output::{
    AskError, Draft, Event, LinkId, LinkLostReason, LoginError, LostReason, Output, RestoreError,
    SendError, State, Unanswered,
};
pub use send::Prepared;
pub use timer::Timer;

use crate::backoff::Backoff;
use crate::codec;
use crate::dedup::DedupMemory;
use crate::message::{Message, MessageType, SERVER, is_user_id};
use crate::time::{Instant, MonotonicClock};
use crate::timers::{Deadline, Timers};
use addresses::Addresses;
use held::Held;
use outbox::Outbox;
use outputs::{Next, Outputs};
use pacing::{Pacing, Server};
use questions::Questions;
use standing::Standing;

/// How many received fingerprints a client remembers. A sender that was away for an hour may repeat itself.
pub const RECEIVED_MEMORY: usize = 10_000;

/// The state machine of one client. See the [module](self) for the contract.
#[derive(Debug)]
pub struct Client {
    config: Config,
    clock: MonotonicClock,
    rng: fastrand::Rng,
    standing: Standing,
    /// The state that the driver was told last.
    told: State,
    account: Option<Account>,
    /// How often another user logged in than the one before.
    users: u32,
    /// Server time of the first login; 0 before it and after a logout. Sent with every login (docs/protocol.md, "What the server does").
    first_login_time: i64,
    last_link: LinkId,
    addresses: Addresses,
    /// The last token that was asked for could not be had: there is no use in a link before there is one.
    token_failed: bool,
    /// The longest body that the server took at the last login; before the first, that this client sends.
    max_body: usize,
    backoff: Backoff,
    /// When a reason to hurry last ended a wait, or is going to.
    hurried_at: Option<Instant>,
    /// The server has said to stay away until then.
    not_before: Option<Instant>,
    outbox: Outbox,
    questions: Questions,
    received: DedupMemory,
    held: Held,
    timers: Timers<Timer, { Timer::ALL.len() }>,
    outputs: Outputs,
}

impl Client {
    /// A client that does nothing until [`Client::login`], and shows no message before
    /// [`Client::handle_listening`].
    pub fn new(config: Config) -> Self {
        Self {
            clock: MonotonicClock::default(),
            rng: fastrand::Rng::with_seed(config.seed),
            standing: Standing::Offline,
            told: State::Offline,
            account: None,
            users: 0,
            first_login_time: 0,
            last_link: LinkId::default(),
            addresses: Addresses::new(config.addresses),
            token_failed: false,
            max_body: config.longest_body(),
            backoff: Backoff::new(config.reconnect_base, config.reconnect_cap),
            hurried_at: None,
            not_before: None,
            outbox: Outbox::new(
                Pacing::new(config.transport, Server::MobileIm),
                config.lost_after,
            ),
            questions: Questions::default(),
            received: DedupMemory::new(RECEIVED_MEMORY, None),
            held: Held::default(),
            timers: Timers::new(&Timer::ALL),
            outputs: Outputs::default(),
            config,
        }
    }

    /// Begins to log in and to stay logged in. Does nothing if this user already is, or is about to be; but if the client
    /// waits to connect again, it waits no longer, even if the server has said to: it is somebody who asks for it.
    ///
    /// After a kick or a refusal, unacknowledged messages of the same user go out once the login is accepted;
    /// those of another user are reported [`Event::Lost`].
    pub fn login(&mut self, now: Instant, account: Account) -> Result<(), LoginError> {
        self.resume(now, account, 0)
    }

    /// The same, going on with the login of another client of this user, which is gone or about to be: the server
    /// replaces a link of an equal `first_login_time` without a word, where it would kick out that of an earlier one.
    pub fn resume(
        &mut self,
        now: Instant,
        account: Account,
        first_login_time: i64,
    ) -> Result<(), LoginError> {
        let now = self.clock.read(now);
        if account.user_id.is_empty() {
            return Err(LoginError::NoUserId);
        }
        if !is_user_id(&account.user_id) {
            return Err(LoginError::BadUserId);
        }
        let same_user = self.user_id() == Some(&account.user_id);
        if self.has_login() {
            if !same_user {
                return Err(LoginError::OtherUser);
            }
            self.account = Some(account);
            self.not_before = None;
            self.end_wait(now);
            return Ok(());
        }
        if !same_user {
            self.users = self.users.wrapping_add(1);
            self.lose_outbox(LostReason::OtherUser);
        }
        self.account = Some(account);
        self.first_login_time = first_login_time;
        self.backoff.reset();
        self.token_failed = false;
        self.connect(now);
        Ok(())
    }

    /// Ends the session for good. What is unacknowledged is reported [`Event::Lost`] and forgotten.
    pub fn logout(&mut self, now: Instant) {
        self.clock.read(now);
        if let (Some((link, _)), Some(user_id)) = (self.standing.online(), self.user_id()) {
            let link = link.id;
            let body = codec::encode(&Message::new(MessageType::Logout, user_id, SERVER));
            self.outputs.push_back(Output::Transmit { link, body });
        }
        self.close();
        self.lose_outbox(LostReason::LoggedOut);
    }

    /// Takes back the hashes of [messages](Event::Message) that an earlier run of the application stored, oldest first.
    pub fn restore_received(&mut self, hashes: impl IntoIterator<Item = u64>) {
        for hash in hashes {
            self.received.insert(self.clock.last(), hash);
        }
    }

    /// A hint that the network is back, or gone. Coming back means reconnecting at once, unless the server has said to
    /// stay away.
    pub fn handle_network(&mut self, now: Instant, available: bool) {
        let now = self.clock.read(now);
        if available {
            self.hurry(now);
        } else {
            self.doubt_link(now);
        }
    }

    /// A hint that the user looks at the application again: reconnects at once, or checks the link. Or that it is out
    /// of sight: then a link that is lost is replaced within the longest wait, but not in haste.
    pub fn handle_visible(&mut self, now: Instant, visible: bool) {
        let now = self.clock.read(now);
        self.backoff.set_patient(!visible);
        if visible {
            self.hurry(now);
        }
    }

    /// Whether the application hears of messages; it does not until this says so.
    ///
    /// As long as nobody listens, what arrives is held: not shown, not remembered, not acknowledged, so that the server
    /// keeps it. It is bounded; what is dropped comes again. When somebody listens, it is dealt with in order as if it
    /// arrived now. The end of a session drops it.
    pub fn handle_listening(&mut self, now: Instant, listening: bool) {
        self.clock.read(now);
        self.held.listening = listening;
        if listening {
            let (held, overflow) = self.held.take();
            self.outputs.put_back(held, overflow);
        }
    }

    /// Does what is due. Calling it early does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.clock.read(now);
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Connect => self.lose_link(now, LinkLostReason::ConnectTimeout),
                Timer::Token => self.give_up_token(now),
                Timer::Login => self.lose_link(now, LinkLostReason::LoginTimeout),
                Timer::LoginRetransmit => self.transmit_login(now),
                Timer::Reconnect => self.connect(now),
                Timer::KeepAlive => self.check_link(now),
                Timer::Refresh => self.ask_for_new_token(now),
                Timer::Outbox => self.transmit_outbox(now),
                Timer::Questions => self.check_questions(now),
            }
        }
    }

    /// The next thing for the driver to do; [`Output::Timeout`] when there is nothing more.
    pub fn poll_output(&mut self) -> Output {
        loop {
            match self.outputs.pop_front() {
                Some(Next::Output(output)) => return output,
                Some(Next::Received(received)) => self.decide(received),
                Some(Next::Overflow) => self.make_up_for_overflow(),
                None => {
                    let deadline = self.timers.next();
                    return Output::Timeout(deadline.map(|Deadline { at, timer }| Deadline {
                        at: self.clock.to_outer(at),
                        timer,
                    }));
                }
            }
        }
    }

    /// Where the client stands.
    pub fn state(&self) -> State {
        self.standing.state()
    }

    /// The link that counts, while there is one.
    pub fn link(&self) -> Option<LinkId> {
        self.standing.link().map(|link| link.id)
    }

    /// Which of the server's [addresses](Config::addresses) the link leads to, counted from 0.
    pub fn address(&self) -> usize {
        self.addresses.current()
    }

    /// The longest frame with several bodies that may be sent on the link, in bytes, see [`batch`](crate::batch);
    /// `None` if each is to go by itself.
    pub fn max_batch(&self) -> Option<usize> {
        self.standing.online()?.1.max_batch
    }

    /// Who is, or was last, logged in or logging in.
    pub fn user_id(&self) -> Option<&str> {
        self.account
            .as_ref()
            .map(|account| account.user_id.as_str())
    }

    /// Returns whether bodies are to be [cut](crate::datagram::cut) for the link.
    pub fn cuts_bodies(&self) -> bool {
        let session = self.standing.online();
        session.is_some_and(|(_, session)| session.knows_parts)
            && self.config.transport.is_datagram()
    }

    /// The longest body that may be sent, in bytes: what the server took at the last login, or
    /// [`Config::longest_body`].
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// How many messages are unacknowledged.
    pub fn pending(&self) -> usize {
        self.outbox.len()
    }

    /// The smoothed time from sending a message to its acknowledgement on this link, if one was measured.
    pub fn round_trip_time(&self) -> Option<Duration> {
        self.standing
            .link()?
            .round_trip
            .smoothed()
            .map(Duration::from)
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
