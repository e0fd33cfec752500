//! How long the server has told the client to wait, in the client's time.

use mobileim_protocol::client::State;
use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Instant, MessageType, MonotonicClock, Span};

use super::super::input::Input;
use super::{World, control};

/// The longest wait that a server is believed.
const LONGEST: Span = Span::from_secs(5 * 60);

impl World {
    /// "Send this again later", or "come back later".
    pub(super) fn server_asks_to_wait(&mut self, input: &mut Input<'_>, to_send: bool) {
        let named = input.index(self.model.storage.len());
        let named = named.filter(|_| to_send);
        let named = named.map(|at| self.model.storage[at].clone());
        let retry_after = match input.number(3) {
            0 => None,
            _ => Some(input.number(u64::MAX) >> input.number(63)).filter(|millis| *millis > 0),
        };
        let error = ErrorResponse {
            code: if to_send { 304 } else { 305 },
            message: named.as_ref().map_or(String::new(), |it| it.body.clone()),
            limit: None,
            retry_after: retry_after.filter(|millis| i64::try_from(*millis).is_ok()),
            reason: None,
        };
        let retry_after = error.retry_after;
        let body = control(MessageType::ErrorResponse, &payload::encode(&error));
        let listens = matches!(self.client.state(), State::LoggingIn | State::Online);
        let mut current = false;
        let link = self.client.link();
        self.on_link(input, |client, now, of| {
            current = link == Some(of);
            client.handle_message(now, of, body.as_bytes());
        });
        if !(listens && current) {
            return;
        }
        match named {
            Some(named) => self.model.hold(&named.fp, retry_after),
            None if to_send => {}
            None => {
                assert_eq!(self.client.state(), State::Waiting);
                self.model.waits.before_connecting(retry_after);
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Waits {
    clock: MonotonicClock,
    no_link_before: Instant,
    no_message_before: Instant,
}

impl Waits {
    /// The client is told the time.
    pub fn tell_time(&mut self, now: Instant) {
        self.clock.read(now);
    }

    /// With 305, and with 1027 where that says so.
    pub fn before_connecting(&mut self, retry_after: Option<u64>) {
        let wait = Span::from_millis(retry_after.unwrap_or_default()).min(LONGEST);
        self.no_link_before = self.clock.last() + wait;
    }

    /// With 304.
    pub fn before_sending(&mut self, retry_after: Option<u64>) {
        let wait = retry_after.map_or(Span::from_secs(1), Span::from_millis);
        let until = self.clock.last() + wait.min(LONGEST);
        self.no_message_before = self.no_message_before.max(until);
    }

    /// Somebody logs in.
    pub fn forget_links(&mut self) {
        self.no_link_before = Instant::default();
    }

    /// What is unacknowledged is given up.
    pub fn forget_messages(&mut self) {
        self.no_message_before = Instant::default();
    }

    pub fn connects(&self) {
        assert!(self.clock.last() >= self.no_link_before, "back too soon");
    }

    pub fn may_not_send(&self) -> bool {
        self.clock.last() < self.no_message_before
    }
}
