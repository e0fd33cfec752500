//! A client engine with a virtual clock, and the server's side of its link played by the test.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use std::collections::VecDeque;
use std::time::Duration;

use mobileim_protocol::client::{
    Account, Client, Config, Draft, Event, LinkId, Output, SendError, State, Token,
};
use mobileim_protocol::payload::{self, LoginRequest, LoginResponse};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport, decode, encode};

pub const FIRST_LOGIN_TIME: i64 = 1_795_176_857_455;

pub struct Harness {
    pub client: Client,
    /// What the server says at login: an interval, as `MobileIM` does, or nothing, as the original.
    pub keep_alive_interval: Option<i64>,
    pub now: Instant,
    /// The deadline of the last `Output::Timeout`.
    pub deadline: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Harness {
    pub fn new(transport: Transport) -> Self {
        Self::with_config(Config::new(transport, 7))
    }

    pub fn with_config(config: Config) -> Self {
        let seconds = i64::try_from(config.sense_mode.seconds()).unwrap();
        let mut harness = Self {
            client: Client::new(config),
            keep_alive_interval: Some(seconds * 1000),
            now: Instant::from_millis(1_000_000),
            deadline: None,
            outputs: VecDeque::new(),
        };
        harness.listen(true);
        harness
    }

    /// The application begins to hear of messages, or ends.
    pub fn listen(&mut self, listening: bool) {
        self.call(|client, now| client.handle_listening(now, listening));
    }

    /// A client that is logged in as alice, with nothing left to look at.
    pub fn online(transport: Transport) -> Self {
        let mut harness = Self::new(transport);
        harness.log_in("alice");
        harness
    }

    pub fn log_in(&mut self, user: &str) {
        self.call(|client, now| client.login(now, account(user)).unwrap());
        self.accept_login();
        self.outputs.clear();
    }

    /// Opens the link that the client asked for and accepts its login.
    pub fn accept_login(&mut self) -> LoginRequest {
        let link = self.link();
        self.call(|client, now| client.handle_connected(now, link));
        let login = self
            .transmitted()
            .into_iter()
            .find(|message| message.kind == MessageType::Login)
            .expect("a LOGIN");
        self.receive(&login_response(0, self.keep_alive_interval));
        assert_eq!(self.client.state(), State::Online);
        payload::decode(login.content.as_deref()).unwrap()
    }

    /// One call to the engine, followed by the drain that its contract asks for.
    pub fn call<T>(&mut self, f: impl FnOnce(&mut Client, Instant) -> T) -> T {
        let result = f(&mut self.client, self.now);
        loop {
            match self.client.poll_output() {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    return result;
                }
                output => self.outputs.push_back(output),
            }
        }
    }

    /// Sends a message, as a driver without storage does, and returns its fingerprint.
    pub fn send(&mut self, draft: Draft) -> Result<String, SendError> {
        let prepared = self.client.prepare(draft)?;
        let fp = prepared.fp().to_owned();
        self.call(|client, now| client.send(now, prepared))?;
        Ok(fp)
    }

    pub fn receive(&mut self, message: &Message<'_>) {
        let link = self.link();
        let text = encode(message);
        // As a page does, which has no other bytes; the rest of the tests hands over bytes.
        self.call(|client, now| client.handle_text(now, link, &text));
    }

    pub fn receive_on(&mut self, link: LinkId, body: &[u8]) {
        self.call(|client, now| client.handle_message(now, link, body));
    }

    /// Lets time pass; the engine is woken at each of its deadlines, not a microsecond later.
    pub fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= end) {
            assert!(deadline >= self.now, "a deadline in the past would spin");
            self.now = deadline;
            self.call(|client, now| client.handle_timeout(now));
        }
        self.now = end;
    }

    /// Lets time pass as for a frozen tab: timers fire only at the end.
    pub fn freeze(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.call(|client, now| client.handle_timeout(now));
    }

    /// The link that counts: the last one that the client asked for.
    pub fn link(&self) -> LinkId {
        let mut last = LinkId(0);
        for output in &self.outputs {
            if let Output::Connect { link } | Output::Transmit { link, .. } = output {
                last = last.max(*link);
            }
        }
        if last == LinkId(0) {
            self.client.link().expect("a link")
        } else {
            last
        }
    }

    pub fn cut(&mut self) {
        let link = self.link();
        self.call(|client, now| client.handle_disconnected(now, link));
    }

    /// Takes out all outputs so far.
    pub fn outputs(&mut self) -> Vec<Output> {
        self.outputs.drain(..).collect()
    }

    /// Takes out the messages that were sent so far; the rest stays.
    pub fn transmitted(&mut self) -> Vec<Message<'static>> {
        self.take(|output| match output {
            Output::Transmit { body, .. } => Some(decode(body.as_bytes()).unwrap().into_owned()),
            _ => None,
        })
    }

    /// Takes out the events so far; the rest stays.
    pub fn events(&mut self) -> Vec<Event> {
        self.take(|output| match output {
            Output::Event(event) => Some(event.clone()),
            _ => None,
        })
    }

    /// The texts of the application messages that were sent so far.
    pub fn transmitted_texts(&mut self) -> Vec<String> {
        self.transmitted()
            .into_iter()
            .filter(|message| message.kind == MessageType::CommonData)
            .map(|message| message.content.unwrap().into_owned())
            .collect()
    }

    fn take<T>(&mut self, choose: impl Fn(&Output) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.outputs.retain(|output| {
            let chosen = choose(output);
            let keep = chosen.is_none();
            taken.extend(chosen);
            keep
        });
        taken
    }
}

pub fn account(user: &str) -> Account {
    Account {
        user_id: user.to_owned(),
        token: Token::Fixed("token".to_owned()),
        extra: None,
    }
}

pub fn login_response(code: i64, keep_alive_interval: Option<i64>) -> Message<'static> {
    login_response_with(|response| {
        response.code = code;
        response.keep_alive_interval = keep_alive_interval;
        if code != 0 {
            response.first_login_time = -1;
        }
    })
}

/// An accepted login, but for what `change` makes of it.
pub fn login_response_with(change: impl FnOnce(&mut LoginResponse)) -> Message<'static> {
    let mut response = LoginResponse {
        code: 0,
        first_login_time: FIRST_LOGIN_TIME,
        keep_alive_interval: None,
        max_batch: None,
        max_body: None,
        max_questions: None,
        server: None,
        token_expires_in: None,
        retry_after: None,
        missed_since: None,
    };
    change(&mut response);
    let content = payload::encode(&response);
    Message::new(MessageType::LoginResponse, SERVER, "alice").with_content(content)
}

pub fn from_bob(text: &str, fp: &str) -> Message<'static> {
    Message::new(MessageType::CommonData, "bob", "alice")
        .with_content(text.to_owned())
        .with_qos(fp.to_owned())
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
