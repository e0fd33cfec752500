//! The loop between the engine and the host.

use alloc::string::String;
use core::cell::{Cell, RefCell};

use mobileim_protocol::Instant;
use mobileim_protocol::client::{Client, Config, Draft, Event, Output, SendError};

use crate::batch::Batch;
use crate::clock;
use crate::event;
use crate::host::Host;

#[derive(Debug)]
pub(crate) struct Driver {
    client: RefCell<Client>,
    host: Host,
    /// Whether the host has a store; without one `persist` and `remember` are never called.
    has_store: bool,
    /// What was to be transmitted and waits for others to go with it.
    batch: RefCell<Batch>,
    /// Whether somebody up the stack is doing what the engine wants.
    acting: Cell<bool>,
    /// When the host's one timer, which stands for [`Output::Timeout`], fires.
    timer: Cell<Option<Instant>>,
}

impl Driver {
    pub(crate) fn new(host: Host, has_store: bool, config: Config) -> Self {
        Self {
            client: RefCell::new(Client::new(config)),
            host,
            has_store,
            batch: RefCell::default(),
            acting: Cell::new(false),
            timer: Cell::default(),
        }
    }

    /// Reads from the engine.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.client.borrow())
    }

    /// Changes the engine, then does what it wants.
    ///
    /// Called from inside a host's callback it leaves the doing to the call that is already at it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Client, Instant) -> T) -> T {
        let answer = change(&mut self.client.borrow_mut(), clock::now());
        self.act();
        answer
    }

    /// Has a message stored, if there is a store, and sent.
    pub(crate) fn send(&self, draft: Draft) -> Result<(), SendError> {
        let message = self.client.borrow_mut().prepare(draft)?;
        if self.has_store && message.has_qos() {
            self.host.persist(message.fp(), message.body());
        }
        self.change(|client, now| client.send(now, message))
    }

    /// Gives the host new fingerprints: sixteen, as the call costs more than they do.
    pub(crate) fn new_fingerprints(&self) {
        let mut all = String::new();
        self.change(|client, _| {
            for _ in 0..16 {
                all.push_str(&client.new_fingerprint());
            }
        });
        self.host.fingerprints(&all);
    }

    /// The host's timer fired.
    pub(crate) fn timeout(&self) {
        self.timer.set(None);
        self.change(Client::handle_timeout);
    }

    /// Sends what waits to be sent together.
    pub(crate) fn flush(&self) {
        let Batch { link, frame } = self.batch.take();
        if !frame.is_empty() {
            self.host.transmit(link, &frame);
        }
    }

    /// Sends a body; together with what else comes in the same task, if the server takes that.
    fn transmit(&self, link: u32, body: &str) {
        let Some(max_batch) = self.look(Client::max_batch) else {
            self.flush();
            return self.host.transmit(link, body);
        };
        if !self.batch.borrow().has_room(link, body, max_batch) {
            self.flush();
        }
        let is_first = self.batch.borrow_mut().push(link, body);
        if is_first {
            self.host.flush_soon();
        }
    }

    /// Sees to it that the timer fires at the deadline or before.
    ///
    /// Every message from the server moves the deadline back a little; the timer stays where it is then, finds
    /// nothing to do when it fires, and is set anew. That is one timer in a heartbeat, not one in a message.
    fn set_timer(&self, deadline: Option<Instant>) {
        let timer = self.timer.get();
        let stays = match (timer, deadline) {
            (Some(timer), Some(at)) => timer <= at,
            (timer, at) => timer == at,
        };
        if !stays {
            self.timer.set(deadline);
            self.host
                .set_timer(deadline.map_or(-1, |at| clock::timer_millis(at.since(clock::now()))));
        }
    }

    /// Does what the engine wants, one thing after the other, holding no borrow while JavaScript runs. What a callback
    /// changes counts from the next thing on.
    fn act(&self) {
        if self.acting.replace(true) {
            return;
        }
        let deadline = loop {
            let output = self.client.borrow_mut().poll_output();
            match output {
                Output::Timeout(deadline) => break deadline.map(|deadline| deadline.at),
                output => self.act_on(&output),
            }
        };
        self.acting.set(false);
        self.set_timer(deadline);
    }

    fn act_on(&self, output: &Output) {
        let host = &self.host;
        match output {
            Output::Connect { link } => host.connect(link.0, self.look(Client::address)),
            Output::RequestToken { link } => host.request_token(link.0),
            Output::Transmit { link, body } => self.transmit(link.0, body),
            Output::Disconnect { link } => {
                self.flush();
                host.disconnect(link.0);
            }
            Output::Event(event) => {
                if let Event::Message {
                    hash: Some(hash), ..
                } = event
                    && self.has_store
                {
                    host.remember(&hexadecimal(*hash));
                }
                event::tell(host, event);
            }
            Output::Timeout(_) => unreachable!("it ends the outputs"),
        }
    }
}

/// 16 digits. `format!` would be longer than the rest of this file.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only the lowest bits count"
)]
fn hexadecimal(hash: u64) -> String {
    let mut digits = String::new();
    let mut rest = hash;
    for _ in 0..16 {
        rest = rest.rotate_left(4);
        digits.extend(char::from_digit(rest as u32 & 15, 16));
    }
    digits
}
