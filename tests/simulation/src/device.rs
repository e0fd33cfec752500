//! A device of a user: the client engine, what it has stored, and the application's wishes.

use mobileim_hub::GROUP_CHANGED;
use mobileim_protocol::client::{
    Account, Client, Config, Draft, Event, LinkId, Mutation, Output, Token,
};
use mobileim_protocol::{Instant, MessageType, Transport, decode};
use std::time::Duration;

use super::server::ConnectionId;
use super::world;

/// What a device does to its environment.
#[derive(Debug)]
pub(super) enum Action {
    Connect(LinkId),
    RequestToken(LinkId),
    Transmit(LinkId, String),
    Disconnect(LinkId),
    /// The application got a message.
    Shown(String),
    /// The application was told that a message is delivered.
    Delivered(String),
    /// The application was told that a message is given up.
    Lost(String),
    /// Somebody else is logged in as this user.
    Kicked,
}

pub(super) struct Device {
    pub(super) user: String,
    /// What it is called; nothing, as an original is, or as users have one session.
    pub(super) name: Option<String>,
    pub(super) transport: Transport,
    /// The longest body that it takes.
    pub(super) max_body: usize,
    /// None while the process is not running.
    client: Option<Client>,
    storage: Storage,
    /// Whether the application hears of messages.
    listening: bool,
    /// How far the device's clock is ahead of the world's, in microseconds; it may be set back.
    clock_offset: i64,
    deadline: Option<Instant>,
    /// Until then nothing happens on the device: a frozen page, a process that is not scheduled.
    pub(super) frozen_until: Instant,
    /// What has arrived while it was frozen.
    pub(super) held: Vec<world::Event>,
    /// The connection or address of the current link.
    pub(super) connection: Option<(LinkId, ConnectionId)>,
}

/// What survives the process.
#[derive(Debug, Default)]
struct Storage {
    outbox: Vec<(String, String)>,
    received: Vec<u64>,
}

impl Storage {
    fn forget(&mut self, fp: &str) {
        self.outbox.retain(|(stored, _)| stored != fp);
    }
}

impl Device {
    pub(super) fn new(
        user: String,
        name: Option<String>,
        transport: Transport,
        max_body: usize,
    ) -> Self {
        Self {
            user,
            name,
            transport,
            max_body,
            client: None,
            storage: Storage::default(),
            listening: false,
            clock_offset: 0,
            deadline: None,
            frozen_until: Instant::default(),
            held: Vec::new(),
            connection: None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.client.is_some()
    }

    /// Whether frames on this link may have several bodies.
    pub(super) fn takes_batches(&self, link: LinkId) -> bool {
        let client = self.client.as_ref();
        client.is_some_and(|client| client.link() == Some(link) && client.max_batch().is_some())
    }

    /// Whether what is sent on this link is cut into datagrams.
    pub(super) fn cuts_bodies(&self, link: LinkId) -> bool {
        let client = self.client.as_ref();
        client.is_some_and(|client| client.link() == Some(link) && client.cuts_bodies())
    }

    /// How many messages are unacknowledged.
    pub(super) fn pending(&self) -> usize {
        self.storage.outbox.len()
    }

    /// The process starts, logs in, and takes up what it has stored. Nobody listens yet.
    pub(super) fn start(
        &mut self,
        now: Instant,
        seed: u64,
        mutation: Option<Mutation>,
        ask_for_token: bool,
    ) -> Vec<Action> {
        let mut config = Config::new(self.transport, seed);
        config.mutation = mutation;
        config.max_body = self.max_body;
        config.device = self.name.clone().map(mobileim_protocol::Device::new);
        // All lead to the one server that there is.
        config.addresses = usize::try_from(seed % 3).unwrap_or(0) + 1;
        self.client = Some(Client::new(config));
        self.listening = false;
        let mut actions = self.login(now, ask_for_token);
        let (outbox, received) = (self.storage.outbox.clone(), self.storage.received.clone());
        actions.extend(self.call(now, |client, now| {
            client.restore_received(received);
            for (_, body) in outbox {
                client
                    .restore(now, &body)
                    .expect("what was persisted can be restored");
            }
        }));
        actions
    }

    pub(super) fn login(&mut self, now: Instant, ask_for_token: bool) -> Vec<Action> {
        let account = Account {
            user_id: self.user.clone(),
            token: if ask_for_token {
                Token::Ask
            } else {
                Token::Fixed("token".to_owned())
            },
            extra: None,
        };
        self.call(now, |client, now| {
            client.login(now, account).expect("always the same user");
        })
    }

    /// The application begins to hear of messages, or ends.
    pub(super) fn listen(&mut self, now: Instant, listening: bool) -> Vec<Action> {
        self.listening = listening;
        self.call(now, |client, now| client.handle_listening(now, listening))
    }

    /// The process ends without a word.
    pub(super) fn crash(&mut self) {
        self.client = None;
        self.deadline = None;
        self.connection = None;
        self.held.clear();
    }

    /// The application sends a message. Gives its fingerprint, if it was taken.
    pub(super) fn send(
        &mut self,
        now: Instant,
        to: &str,
        content: String,
    ) -> (Option<String>, Vec<Action>) {
        let client = self.client.as_mut();
        let Some(Ok(message)) = client.map(|client| client.prepare(Draft::new(to, content))) else {
            return (None, Vec::new());
        };
        let fp = message.fp().to_owned();
        self.storage
            .outbox
            .push((fp.clone(), message.body().to_owned()));
        let mut taken = false;
        let actions = self.call(now, |client, now| {
            taken = client.send(now, message).is_ok();
        });
        assert!(taken, "what was prepared just now is taken");
        (Some(fp), actions)
    }

    /// One call of the engine, and what follows from it. Nothing if the process is not running.
    pub(super) fn call(
        &mut self,
        now: Instant,
        call: impl FnOnce(&mut Client, Instant),
    ) -> Vec<Action> {
        let own = self.own_time(now);
        let Some(client) = &mut self.client else {
            return Vec::new();
        };
        call(client, own);
        let mut actions = Vec::new();
        loop {
            let action = match client.poll_output() {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    return actions;
                }
                Output::Connect { link } => Action::Connect(link),
                Output::RequestToken { link } => Action::RequestToken(link),
                Output::Transmit { link, body } => Action::Transmit(link, body),
                Output::Disconnect { link } => Action::Disconnect(link),
                Output::Event(event) => match event {
                    Event::Message { message, hash } => {
                        assert!(self.listening, "shown to nobody");
                        self.storage.received.extend(hash);
                        if message.typeu == GROUP_CHANGED {
                            continue;
                        }
                        Action::Shown(message.fp.unwrap_or_default().into_owned())
                    }
                    Event::Delivered { fp } => {
                        self.storage.forget(&fp);
                        Action::Delivered(fp)
                    }
                    Event::Lost { message, .. } => {
                        let fp = message.fp.unwrap_or_default().into_owned();
                        self.storage.forget(&fp);
                        Action::Lost(fp)
                    }
                    Event::KickedOut { .. } => Action::Kicked,
                    Event::BadMessage(error) => panic!("the server sent rubbish: {error}"),
                    _ => continue,
                },
            };
            actions.push(action);
        }
    }

    /// Somebody sets the device's clock. Timers that run are not affected.
    pub(super) fn set_clock(&mut self, ahead: i64) {
        let step = Duration::from_micros(ahead.unsigned_abs());
        self.clock_offset += ahead;
        if let Some(deadline) = &mut self.deadline {
            *deadline = if ahead >= 0 {
                *deadline + step
            } else {
                *deadline - step
            };
        }
    }

    /// The world's time at which the engine has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let deadline = self.deadline?;
        let offset = Duration::from_micros(self.clock_offset.unsigned_abs());
        let at = if self.clock_offset >= 0 {
            deadline - offset
        } else {
            deadline + offset
        };
        Some(at.max(self.frozen_until))
    }

    fn own_time(&self, now: Instant) -> Instant {
        let offset = Duration::from_micros(self.clock_offset.unsigned_abs());
        if self.clock_offset >= 0 {
            now + offset
        } else {
            now - offset
        }
    }
}

/// The fingerprint of an application's message; `None` for any other body.
pub(super) fn sent_fp(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if !text.contains("\"type\":2,") {
        return None;
    }
    decode(body).ok()?.fp.map(|fp| fp.into_owned())
}

/// The fingerprint in an acknowledgement; `None` for any other body.
pub(super) fn acknowledged_fp(body: &[u8]) -> Option<String> {
    // Cheaper than decoding everything that is sent.
    let text = std::str::from_utf8(body).ok()?;
    if !text.contains("\"type\":4,") {
        return None;
    }
    let message = decode(body).ok()?;
    (message.kind == MessageType::Received)
        .then(|| message.content.unwrap_or_default().into_owned())
}
