//! Bytes as what an application, a driver, a server and the clock do to a client.

mod model;
mod received;
mod waits;

use std::time::Duration;

use mobileim_protocol::client::{
    Account, Client, Config, Draft, LinkId, Output, Prepared, RestoreError, SendError, State, Token,
};
use mobileim_protocol::payload::{self, ErrorResponse, Kickout};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport, encode};

use super::input::Input;
use super::trace;
use model::{Model, Server};

const USERS: [&str; 3] = ["alice", "bob", "carol"];
const FPS: [&str; 4] = ["1", "2", "", "three"];

/// Carries out what the bytes say, checks after each step, and at the end that everything is delivered.
pub fn run(input: &[u8], change: impl FnOnce(&mut Config)) {
    let mut input = Input::new(input);
    let mut world = World::new(&mut input, change);
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.everything_is_delivered();
}

struct World {
    client: Client,
    config: Config,
    model: Model,
    now: Instant,
    deadline: Option<Instant>,
    /// Whether the application is out of sight.
    hidden: bool,
}

impl World {
    fn new(input: &mut Input<'_>, change: impl FnOnce(&mut Config)) -> Self {
        let transport = match input.number(2) {
            0 => Transport::Udp,
            1 => Transport::Tcp,
            _ => Transport::WebSocket,
        };
        let mut config = Config {
            outbox_limit: 8,
            ..Config::new(transport, input.number(255))
        };
        change(&mut config);
        let mut world = Self {
            client: Client::new(config.clone()),
            model: Model::new(transport.is_datagram()),
            config,
            now: Instant::from_millis(1_000_000_000),
            deadline: None,
            hidden: true,
        };
        world.listen(true);
        world
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let choice = input.number(24);
        trace(|| format!("at {} ms, step {choice}", self.now.as_micros() / 1000));
        match choice {
            0 => self.login(input),
            1..=3 => self.come_online(),
            4..=7 => self.send(input),
            8 | 9 => self.server_acknowledges(input),
            10 | 11 => self.server_sends_data(input),
            12 => self.server_says(input),
            13 => {
                let body = input.bytes(200).to_vec();
                self.on_link(input, |client, now, link| {
                    client.handle_message(now, link, &body);
                });
            }
            14 => self.report_of_link(input),
            15 | 16 => self.wake(),
            17 | 18 => self.let_time_pass(input),
            19 => match input.number(3) {
                0 => {
                    self.hidden = !self.hidden;
                    let visible = !self.hidden;
                    self.call(|client, now| client.handle_visible(now, visible));
                }
                3 => self.listen(!self.model.listening),
                what => self.call(|client, now| client.handle_network(now, what == 1)),
            },
            20 => self.call(|client, now| client.handle_timeout(now)),
            21 => self.crash(),
            22 => self.restore(input),
            23 => self.server_sends_batch(input),
            _ => {
                if input.number(3) == 0 {
                    self.model.waits.forget_messages();
                    self.call(|client, now| client.logout(now));
                    assert_eq!(self.model.storage.len(), 0, "a logout gives everything up");
                }
            }
        }
    }

    fn call<T>(&mut self, call: impl FnOnce(&mut Client, Instant) -> T) -> T {
        self.model.begin();
        self.model.waits.tell_time(self.now);
        // Of up to 200 bytes of a batch, each may be one that is no message.
        let most = 256 + 4 * self.client.pending();
        let result = call(&mut self.client, self.now);
        loop {
            let output = self.client.poll_output();
            trace(|| format!("    {output:?}"));
            match output {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    break;
                }
                output => self.model.watch(output),
            }
            assert!(self.model.outputs <= most, "the outputs do not end");
        }
        self.model.check(
            self.client.state(),
            self.client.link(),
            self.client.pending(),
            self.deadline.is_some(),
        );
        result
    }

    /// Something about a link: mostly the one that stands. What is said of another changes nothing.
    fn on_link(&mut self, input: &mut Input<'_>, call: impl FnOnce(&mut Client, Instant, LinkId)) {
        let current = self.client.link().unwrap_or_default();
        let link = match input.number(7) {
            0 => LinkId(current.0.wrapping_sub(1)),
            1 => LinkId(current.0.wrapping_add(1)),
            _ => current,
        };
        let stale = self.client.link() != Some(link);
        self.call(|client, now| call(client, now, link));
        assert!(
            !stale || self.model.outputs == 0,
            "what is said of an old link changes something"
        );
    }

    fn login(&mut self, input: &mut Input<'_>) {
        let account = Account {
            user_id: input
                .one_of(&["alice", "alice", "alice", "bob", ""])
                .to_owned(),
            token: if input.flag() {
                Token::Ask
            } else {
                Token::Fixed("token".to_owned())
            },
            extra: None,
        };
        let is_closed = matches!(self.client.state(), State::Offline | State::Closed);
        let same_user = self.client.user_id() == Some(&account.user_id);
        if same_user || is_closed {
            self.model.waits.forget_links();
        }
        if !same_user && is_closed && !account.user_id.is_empty() {
            self.model.waits.forget_messages();
        }
        let result = self.call(|client, now| client.login(now, account));
        assert!(result.is_ok() || self.model.outputs == 0);
    }

    /// What usually happens: the link opens and the login is accepted.
    fn come_online(&mut self) {
        if matches!(self.client.state(), State::Offline | State::Closed) {
            let account = Account {
                user_id: "alice".to_owned(),
                token: Token::Fixed("token".to_owned()),
                extra: None,
            };
            self.model.waits.forget_links();
            if self.client.user_id() != Some("alice") {
                self.model.waits.forget_messages();
            }
            let result = self.call(|client, now| client.login(now, account));
            result.expect("nobody else is logged in");
        }
        if self.client.state() == State::Waiting {
            self.call(|client, now| client.handle_network(now, true));
        }
        while self.client.state() == State::Waiting {
            // It has just hurried.
            self.wake();
        }
        let link = self.client.link().expect("a link is being opened");
        // It may be waited for before the link is opened.
        self.call(|client, now| client.handle_token(now, link, "token".to_owned()));
        self.model.connected = true;
        self.call(|client, now| client.handle_connected(now, link));
        let max_batch = self.config.transport.max_batch().map(|_| 4096);
        let answer = self.login_response(0, None, max_batch);
        self.call(|client, now| client.handle_message(now, link, answer.as_bytes()));
        assert_eq!(self.client.state(), State::Online);
    }

    /// From now on the link stands, and the server acknowledges what it gets; but it closes the link on some messages.
    fn everything_is_delivered(&mut self) {
        self.come_online();
        self.listen(true);
        for _ in 0..10 + 4 * self.model.storage.len() {
            self.call(|client, now| client.handle_timeout(now));
            while self.model.waits.may_not_send() {
                if self.client.state() != State::Online {
                    self.come_online();
                }
                self.wake();
            }
            if self.client.state() != State::Online {
                self.come_online();
            }
            let link = self.client.link().expect("online");
            let promised = self.model.storage.iter();
            let mut sent: Vec<_> = promised
                .map(|promise| (promise.fp.clone(), closes_link(&promise.body)))
                .collect();
            if sent.is_empty() {
                return;
            }
            sent.retain(|(fp, _)| self.model.sent.contains(fp));
            assert!(!sent.is_empty(), "something waits, and nothing is sent");
            for (fp, closes_link) in sent {
                if closes_link {
                    self.model.break_link();
                    self.call(|client, now| client.handle_disconnected(now, link));
                    break;
                }
                let body = encode(&Message::received("bob", "alice", fp.as_str(), false));
                self.call(|client, now| client.handle_message(now, link, body.as_bytes()));
                let ended = [&self.model.delivered, &self.model.lost].map(|fps| fps.len());
                assert!(ended[0] == 1 || self.model.place(&fp).is_none());
            }
        }
        panic!("{:?} are never delivered", self.model.storage);
    }

    fn send(&mut self, input: &mut Input<'_>) {
        let filling = match input.number(15) {
            0 => 70_000,
            length => usize::try_from(length).unwrap_or(0),
        };
        let draft = Draft {
            to: input.one_of(&["bob", "carol", "0", ""]).to_owned(),
            content: "x".repeat(filling),
            typeu: -1,
            qos: input.number(7) != 0,
            fp: (input.number(3) == 0).then(|| input.one_of(&FPS).to_owned()),
            refs: (input.number(3) == 0).then(|| r#"{"mentions":["bob"]}"#.to_owned()),
        };
        let qos = draft.qos;
        let before = self.client.pending();
        let waits = self.client.state() == State::Waiting;
        let result = match self.client.prepare(draft) {
            Ok(prepared) => self.send_prepared(prepared),
            Err(error) => {
                self.model.begin();
                Err(error)
            }
        };
        let kept = usize::from(qos && result.is_ok());
        // What is overdue is given up when the outbox is looked at.
        let lost = self.model.lost.len();
        assert_eq!(self.client.pending() + lost, before + kept);
        // A send ends the wait for a link, also of a message that needs one.
        let ends_wait = waits && result == Err(SendError::Offline);
        assert!(result.is_ok() || ends_wait || self.model.outputs == 0);
    }

    /// Stores what is to be acknowledged, and sends it; forgets it if it is refused.
    fn send_prepared(&mut self, prepared: Prepared) -> Result<(), SendError> {
        let fp = prepared.fp().to_owned();
        if prepared.has_qos() {
            assert!(self.model.place(&fp).is_none(), "{fp} is stored twice");
            self.model.promise(&fp, prepared.body());
        }
        let result = self.call(|client, now| client.send(now, prepared));
        if result.is_err() {
            self.model.forget(&fp);
        }
        result
    }

    fn server_acknowledges(&mut self, input: &mut Input<'_>) {
        let fp = match input.index(self.model.storage.len()) {
            Some(at) => self.model.storage[at].fp.clone(),
            None => input.one_of(&FPS).to_owned(),
        };
        let acknowledgement = encode(&Message::received("bob", "alice", fp.as_str(), false));
        let pending = self.model.place(&fp).is_some();
        let online = self.client.state() == State::Online;
        let mut current = false;
        let link = self.client.link();
        self.on_link(input, |client, now, of| {
            current = link == Some(of);
            client.handle_message(now, of, acknowledgement.as_bytes());
        });
        let told = usize::from(pending && online && current);
        assert_eq!(self.model.delivered.len(), told);
        assert!(!self.model.lost.contains(&fp));
    }

    /// Answers, errors and kick-outs, when they are due and when not.
    fn server_says(&mut self, input: &mut Input<'_>) {
        let code = [0, 1, 301, 1025, 1027][usize::try_from(input.number(4)).unwrap_or(0)];
        let body = match input.number(7) {
            0 | 1 => {
                let interval = input.number(u64::MAX).cast_signed();
                let max_batch = (interval & 1 == 1).then_some(interval >> 1);
                let original = interval % 8 == 0;
                let interval = interval >> input.number(63);
                self.login_response(code, (!original).then_some(interval), max_batch)
            }
            2 => control(
                MessageType::Kickout,
                &payload::encode(&Kickout { code, reason: None }),
            ),
            what @ (4 | 5) => return self.server_asks_to_wait(input, what == 4),
            3 => {
                let named = input.index(self.model.storage.len());
                let message = named.map_or(String::new(), |at| self.model.storage[at].body.clone());
                control(
                    MessageType::ErrorResponse,
                    &payload::encode(&ErrorResponse {
                        code,
                        message,
                        limit: None,
                        retry_after: None,
                        reason: None,
                    }),
                )
            }
            6 => control(MessageType::KeepAliveResponse, ""),
            _ => {
                // But no message, which would have to be known of.
                let kind = Some(input.number(60))
                    .filter(|kind| *kind != 2)
                    .unwrap_or(60);
                let content = String::from_utf8_lossy(input.bytes(40));
                control(
                    MessageType::from_code(i32::try_from(kind).unwrap_or(0)),
                    &content,
                )
            }
        };
        self.on_link(input, |client, now, link| {
            client.handle_message(now, link, body.as_bytes());
        });
    }

    /// What a driver reports, in any order.
    fn report_of_link(&mut self, input: &mut Input<'_>) {
        let what = input.number(3);
        let current = self.client.link();
        let mut reported = None;
        let link = match input.number(7) {
            0 => LinkId(current.unwrap_or_default().0.wrapping_sub(1)),
            _ => current.unwrap_or_default(),
        };
        // The model must know before the outputs come. What is told of another link changes nothing.
        if current == Some(link) {
            match what {
                0 => self.model.connected = self.model.link.is_some(),
                1 => self.model.break_link(),
                _ => {}
            }
        }
        self.call(|client, now| {
            reported = Some(link);
            match what {
                0 => client.handle_connected(now, link),
                1 => client.handle_disconnected(now, link),
                2 => client.handle_token(now, link, "token".to_owned()),
                _ => client.handle_token_failure(now, link),
            }
        });
        assert!(current == reported || self.model.outputs == 0);
    }

    /// Comes back at the deadline, as a driver does.
    fn wake(&mut self) {
        let Some(deadline) = self.deadline else {
            return;
        };
        self.now = self.now.max(deadline);
        self.call(|client, now| client.handle_timeout(now));
        assert!(
            self.deadline.is_none_or(|at| at > self.now),
            "a deadline that comes at once"
        );
    }

    fn let_time_pass(&mut self, input: &mut Input<'_>) {
        let millis = input.number(0xffff);
        self.now = match input.number(7) {
            0 => self.now - Duration::from_millis(millis),
            1 => self.now - Duration::from_secs(millis),
            2 => self.now + Duration::from_secs(millis),
            _ => self.now + Duration::from_millis(millis),
        };
    }

    /// The page is reloaded: storage is all that is left.
    fn crash(&mut self) {
        // Two runs with one seed would make the same fingerprints.
        self.config.seed += 1;
        self.client = Client::new(self.config.clone());
        self.model.crash();
        self.model.listening = true;
        self.client.handle_listening(self.now, true);
        let hashes = self.model.remembered.clone();
        self.client.restore_received(hashes);
        let stored = std::mem::take(&mut self.model.storage);
        let owner = stored.first().map(|promise| sender(&promise.body));
        let account = Account {
            user_id: owner.unwrap_or_else(|| "alice".to_owned()),
            token: Token::Fixed("token".to_owned()),
            extra: None,
        };
        let user_id = account.user_id.clone();
        let result = self.call(|client, now| client.login(now, account));
        result.expect("a new client");
        for promise in stored {
            let mine = sender(&promise.body) == user_id;
            let body = promise.body.clone();
            if mine {
                self.model.storage.push(promise);
            }
            let result = self.call(|client, now| client.restore(now, &body));
            assert_eq!(result.is_ok(), mine, "{result:?}");
        }
    }

    /// Storage gives back something that is not from this run, or not in order.
    fn restore(&mut self, input: &mut Input<'_>) {
        let user = input.one_of(&USERS);
        let fp = input.one_of(&FPS);
        let message = Message::new(MessageType::CommonData, user, "bob").with_qos(fp);
        let body = encode(&message);
        let mine = self.client.user_id() == Some(user);
        let new = self.model.place(fp).is_none();
        if mine && new && !fp.is_empty() {
            self.model.promise(fp, &body);
        }
        let result = self.call(|client, now| client.restore(now, &body));
        match result {
            Ok(()) => assert!(mine && !fp.is_empty()),
            Err(RestoreError::OtherUser) => assert!(!mine),
            Err(error) => assert!(mine && fp.is_empty(), "{error}"),
        }
        let hostile = input.bytes(60).to_vec();
        let hostile = String::from_utf8_lossy(&hostile).into_owned();
        let result = self.call(|client, now| client.restore(now, &hostile));
        assert!(result.is_err(), "60 bytes are no message of mine");
    }

    /// An answer to a login. An original server says neither an interval nor a longest batch.
    fn login_response(
        &mut self,
        code: i64,
        keep_alive_interval: Option<i64>,
        max_batch: Option<i64>,
    ) -> String {
        self.model.answered_by = Server::that_says(keep_alive_interval, max_batch);
        // Not by `LoginResponse`, which knows no sizes below zero.
        let number = |name: &str, value: Option<i64>| {
            value.map_or_else(String::new, |value| format!(r#","{name}":{value}"#))
        };
        let interval = number("keepAliveInterval", keep_alive_interval);
        let batch = number("maxBatch", max_batch);
        let response =
            format!(r#"{{"code":{code},"firstLoginTime":1795176857455{interval}{batch}}}"#);
        control(MessageType::LoginResponse, &response)
    }
}

/// Returns whether the server of the end closes the link when it gets this message.
fn closes_link(body: &str) -> bool {
    let message = mobileim_protocol::decode(body.as_bytes()).expect("a message");
    message.content.as_deref() == Some("xxx")
}

fn sender(body: &str) -> String {
    let message = mobileim_protocol::decode(body.as_bytes()).expect("a message");
    message.from.expect("a sender").into_owned()
}

fn control(kind: MessageType, content: &str) -> String {
    encode(&Message::new(kind, SERVER, "alice").with_content(content))
}
