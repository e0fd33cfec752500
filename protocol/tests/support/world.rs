//! A small world in virtual time: client engines and mailboxes joined by links that lose, repeat, reorder and break.
//!
//! The server is as small as it can be: it routes to mailboxes over a store that never fails. Everything is
//! drawn from one seed.

#![allow(unreachable_pub, reason = "shared by test files")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::client::{self, Account, Client, Draft, Event, LinkId, State, Token};
use mobileim_protocol::mailbox::{self, Envelope, Mailbox, Position, SessionId, StoredMessage};
use mobileim_protocol::payload::{self, LoginRequest, LoginResponse};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport, decode, encode};

/// What the links do to what is sent on them.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    pub loss: f64,
    pub duplication: f64,
    pub delay: (u64, u64),
    /// Links break after so many milliseconds, at most.
    pub breaks_within: Option<u64>,
}

/// Something on its way.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Opened(usize, LinkId),
    Broken(usize, LinkId),
    ToServer(usize, LinkId, String),
    ToClient(usize, LinkId, Bytes),
    /// A client or mailbox has a deadline.
    Wake,
}

pub struct World {
    now: Instant,
    weather: Weather,
    transport: Transport,
    rng: fastrand::Rng,
    pub users: Vec<User>,
    steps: BinaryHeap<Reverse<(Instant, u64, Step)>>,
    last_step: u64,
}

pub struct User {
    pub name: String,
    client: Client,
    client_deadline: Option<Instant>,
    mailbox: Mailbox,
    mailbox_deadline: Option<Instant>,
    store: BTreeMap<i64, Envelope>,
    next_position: i64,
    /// The link that the server takes for this user's session.
    session: Option<LinkId>,
    open: Option<LinkId>,
    /// On a stream nothing overtakes: when the last thing sent arrives, to the server and to the client.
    arrival: [Instant; 2],
    /// Sender and text of what the application was shown.
    pub shown: Vec<(String, String)>,
    pub delivered: Vec<String>,
    pub lost: usize,
    pub times_online: usize,
}

impl World {
    pub fn new(seed: u64, transport: Transport, weather: Weather, names: &[&str]) -> Self {
        let users = names
            .iter()
            .zip(1..)
            .map(|(name, n)| User::new(name, transport, seed ^ (n << 32)));
        let mut world = Self {
            now: Instant::from_millis(1),
            weather,
            transport,
            rng: fastrand::Rng::with_seed(seed),
            users: users.collect(),
            steps: BinaryHeap::new(),
            last_step: 0,
        };
        for user in 0..world.users.len() {
            let account = Account {
                user_id: world.users[user].name.clone(),
                token: Token::Fixed(String::new()),
                extra: None,
            };
            let now = world.now;
            world.users[user].client.login(now, account).unwrap();
            world.drain_client(user);
        }
        world
    }

    pub fn send(&mut self, from: usize, to: usize, text: &str) {
        let draft = Draft::new(self.users[to].name.clone(), text);
        let now = self.now;
        self.users[from].client.send(now, draft).unwrap();
        self.drain_client(from);
    }

    /// Lets everything happen that happens within this time.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(Reverse((at, ..))) = self.steps.peek()
            && *at <= end
        {
            let Some(Reverse((at, _, step))) = self.steps.pop() else {
                return;
            };
            self.now = at;
            self.step(step);
        }
        self.now = end;
    }

    pub fn pending(&self) -> usize {
        self.users
            .iter()
            .map(|user| user.client.pending() + user.store.len())
            .sum()
    }

    /// From now on the sky is clear.
    pub fn clear_up(&mut self) {
        self.weather = Weather {
            loss: 0.0,
            duplication: 0.0,
            breaks_within: None,
            ..self.weather
        };
    }

    fn step(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Opened(user, link) => {
                if let Some(within) = self.weather.breaks_within {
                    let after = Duration::from_millis(self.rng.u64(0..within));
                    self.schedule(after, Step::Broken(user, link));
                }
                self.users[user].open = Some(link);
                self.users[user].arrival = [now; 2];
                self.users[user].client.handle_connected(now, link);
                self.drain_client(user);
            }
            Step::Broken(user, link) => self.break_link(user, link),
            Step::ToServer(user, link, body) => {
                if self.is_open(user, link) {
                    self.serve(user, link, &body);
                }
            }
            Step::ToClient(user, link, body) => {
                if self.is_open(user, link) {
                    self.users[user].client.handle_message(now, link, &body);
                    self.drain_client(user);
                }
            }
            Step::Wake => {
                for user in 0..self.users.len() {
                    if self.users[user].client_deadline.is_some_and(|at| at <= now) {
                        self.users[user].client.handle_timeout(now);
                        self.drain_client(user);
                    }
                    if self.users[user]
                        .mailbox_deadline
                        .is_some_and(|at| at <= now)
                    {
                        self.users[user].mailbox.handle_timeout(now);
                        self.drain_mailbox(user);
                    }
                }
            }
        }
    }

    fn is_open(&self, user: usize, link: LinkId) -> bool {
        self.transport.is_datagram() || self.users[user].open == Some(link)
    }

    /// Both ends notice that a stream broke; what was on its way is gone.
    fn break_link(&mut self, user: usize, link: LinkId) {
        if self.users[user].open != Some(link) {
            return;
        }
        self.users[user].open = None;
        if self.users[user].session == Some(link) {
            self.end_session(user);
        }
        let now = self.now;
        self.users[user].client.handle_disconnected(now, link);
        self.drain_client(user);
    }

    fn end_session(&mut self, user: usize) {
        if let Some(link) = self.users[user].session.take() {
            let now = self.now;
            self.users[user].mailbox.detach(now, session_id(link));
            self.drain_mailbox(user);
        }
    }

    /// The server's side: as little as it takes.
    fn serve(&mut self, user: usize, link: LinkId, body: &str) {
        let now = self.now;
        let message = decode(body.as_bytes()).expect("clients send messages");
        if message.kind == MessageType::Login {
            let request: LoginRequest = payload::decode(message.content.as_deref()).unwrap();
            assert_eq!(request.user_id, self.users[user].name);
            let content = payload::encode(&LoginResponse {
                code: 0,
                first_login_time: request.first_login_time.max(1),
                keep_alive_interval: None,
            });
            self.answer(
                user,
                link,
                &Message::new(MessageType::LoginResponse, SERVER, "").with_content(content),
            );
            if self.users[user].session != Some(link) {
                self.end_session(user);
                self.users[user].session = Some(link);
                self.users[user]
                    .mailbox
                    .attach(now, session_id(link), self.transport, usize::MAX);
                self.drain_mailbox(user);
            }
            return;
        }
        if self.users[user].session != Some(link) {
            return;
        }
        match message.kind {
            MessageType::KeepAlive => {
                self.answer(
                    user,
                    link,
                    &Message::new(MessageType::KeepAliveResponse, SERVER, ""),
                );
            }
            MessageType::Received => {
                let (sender, fp) = (message.to.unwrap(), message.content.unwrap());
                self.users[user]
                    .mailbox
                    .acknowledge(now, session_id(link), &sender, &fp);
                self.drain_mailbox(user);
            }
            MessageType::CommonData => {
                let to = message.to.as_deref().unwrap();
                let receiver = self.users.iter().position(|user| user.name == to).unwrap();
                let envelope = Envelope {
                    from: message.from.as_deref().unwrap().into(),
                    fp: message.fp.as_deref().unwrap().into(),
                    bridge: false,
                    body: Bytes::copy_from_slice(body.as_bytes()),
                };
                self.users[receiver].mailbox.deliver(now, envelope);
                self.drain_mailbox(receiver);
            }
            _ => {}
        }
    }

    fn answer(&mut self, user: usize, link: LinkId, message: &Message<'_>) {
        let body = Bytes::from(encode(message));
        self.carry(user, 1, || Step::ToClient(user, link, body.clone()));
    }

    fn drain_client(&mut self, user: usize) {
        loop {
            match self.users[user].client.poll_output() {
                client::Output::Timeout(deadline) => {
                    self.users[user].client_deadline = deadline;
                    return self.schedule_wake(deadline);
                }
                client::Output::Connect { link } => {
                    self.schedule(Duration::from_millis(20), Step::Opened(user, link));
                }
                client::Output::Transmit { link, body } => {
                    self.carry(user, 0, || Step::ToServer(user, link, body.clone()));
                }
                client::Output::Disconnect { link } => self.break_link(user, link),
                client::Output::Event(event) => self.users[user].note(event),
                _ => {}
            }
        }
    }

    fn drain_mailbox(&mut self, user: usize) {
        let now = self.now;
        loop {
            let target = &mut self.users[user];
            match target.mailbox.poll_output() {
                mailbox::Output::Timeout(deadline) => {
                    target.mailbox_deadline = deadline;
                    return self.schedule_wake(deadline);
                }
                mailbox::Output::Transmit { session, body } => {
                    let link = LinkId(u32::try_from(session.0).unwrap());
                    self.carry(user, 1, || Step::ToClient(user, link, body.clone()));
                }
                mailbox::Output::AcknowledgeSender { sender, fp, .. } => {
                    let sender = self
                        .users
                        .iter()
                        .position(|user| *user.name == *sender)
                        .unwrap();
                    if let Some(link) = self.users[sender].session {
                        let acknowledgement =
                            Message::received(&*self.users[user].name, "", &*fp, false)
                                .into_owned();
                        self.answer(sender, link, &acknowledgement);
                    }
                }
                mailbox::Output::Append { messages } => target.append(now, messages),
                mailbox::Output::Load { after, limit, .. } => target.load(now, after, limit),
                mailbox::Output::Delete { position } => {
                    target.store.remove(&position.0);
                }
                output => panic!("unexpected {output:?}"),
            }
        }
    }

    /// Puts something on a link, once, twice or not at all.
    fn carry(&mut self, user: usize, direction: usize, step: impl Fn() -> Step) {
        let (least, most) = self.weather.delay;
        let datagram = self.transport.is_datagram();
        if datagram && self.rng.f64() < self.weather.loss {
            return;
        }
        let copies = if datagram && self.rng.f64() < self.weather.duplication {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let mut at = self.now + Duration::from_millis(self.rng.u64(least..=most));
            if !datagram {
                at = at.max(self.users[user].arrival[direction]);
                self.users[user].arrival[direction] = at;
            }
            self.schedule_at(at, step());
        }
    }

    fn schedule_wake(&mut self, deadline: Option<Instant>) {
        if let Some(at) = deadline {
            self.schedule_at(at.max(self.now), Step::Wake);
        }
    }

    fn schedule(&mut self, after: Duration, step: Step) {
        self.schedule_at(self.now + after, step);
    }

    fn schedule_at(&mut self, at: Instant, step: Step) {
        self.last_step += 1;
        self.steps.push(Reverse((at, self.last_step, step)));
    }
}

impl User {
    fn new(name: &str, transport: Transport, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            client: Client::new(client::Config::new(transport, seed)),
            client_deadline: None,
            mailbox: Mailbox::new(mailbox::Config::default()),
            mailbox_deadline: None,
            store: BTreeMap::new(),
            next_position: 1,
            session: None,
            open: None,
            arrival: [Instant::default(); 2],
            shown: Vec::new(),
            delivered: Vec::new(),
            lost: 0,
            times_online: 0,
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Message(message) => {
                self.shown.push((
                    message.from.unwrap().into_owned(),
                    message.content.unwrap().into_owned(),
                ));
            }
            Event::Delivered { fp } => self.delivered.push(fp),
            Event::Lost { .. } => self.lost += 1,
            Event::StateChanged(State::Online) => self.times_online += 1,
            Event::BadMessage(error) => panic!("{error}"),
            _ => {}
        }
    }

    fn append(&mut self, now: Instant, messages: Vec<Envelope>) {
        let mut positions = Vec::new();
        for message in messages {
            self.next_position += 1;
            self.store.insert(self.next_position, message);
            positions.push(Position(self.next_position));
        }
        self.mailbox.appended(now, &positions, None);
    }

    fn load(&mut self, now: Instant, after: Position, limit: usize) {
        let behind = self
            .store
            .iter()
            .filter(|(position, _)| **position > after.0);
        let mut messages: Vec<_> = behind
            .take(limit + 1)
            .map(|(position, message)| StoredMessage {
                position: Position(*position),
                message: message.clone(),
            })
            .collect();
        let more = messages.len() > limit;
        messages.truncate(limit);
        self.mailbox.loaded(now, messages, more);
    }
}

fn session_id(link: LinkId) -> SessionId {
    SessionId(u64::from(link.0))
}
