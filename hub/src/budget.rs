//! What may be sent to an address before it has proved that it receives (docs/protocol.md, "UDP: what an address is sent").
//!
//! Anybody can write another's address on a datagram. So an address is sent what its own datagrams have paid for: a
//! stranger as many bytes as it sent, a session three times as many (as in QUIC: RFC 9000, section 8.1). What goes beyond
//! waits here, and the client is asked for a proof: to acknowledge a fingerprint that was made for this session and
//! sent to this address only.
//!
//! What a message that is delivered pays for itself is less than proof, since whoever sent it knows its fingerprint
//! too: three times its length, which its sender has sent before.
//!
//! Messages are paid for by what only a client sends. What a server may have sent as well (messages, answers, or
//! what is no message) pays for answers alone, which no server answers: so two servers whose addresses were forged to each
//! other cannot pass a message to and fro.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::{Instant, MessageType, datagram};
use parking_lot::Mutex;

use crate::control;
use crate::link::Evidence;

/// What a session is sent for each byte that came from it.
const FACTOR: usize = 3;
/// Bounds on what waits: as many bodies and bytes as a mailbox has on its way, and one body of any length.
const MAX_HELD: usize = 256;
const MAX_HELD_BYTES: usize = 512 * 1024;
/// What the request for a proof takes, with a user id of usual length.
const PROBE_LEN: usize = 160;
/// The least time between two requests for a proof: the answer to the first may be under way.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// The purpose of a body, as far as it matters for who may pay for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// No server answers it, nor passes it on.
    Answer,
    /// A message of a user or of the application.
    Message,
}

/// What may be sent to an address, of which the link to it asks before it sends.
#[derive(Debug)]
pub struct Budget {
    /// Whether `unproven` has become `None`.
    proven: AtomicBool,
    unproven: Mutex<Option<Unproven>>,
}

impl Default for Budget {
    /// The budget of a stranger.
    fn default() -> Self {
        Self {
            proven: AtomicBool::new(false),
            unproven: Mutex::new(Some(Unproven::default())),
        }
    }
}

impl Budget {
    /// Gives a body to `push` if it is paid for. If not, it waits for more to be learnt, and the client is asked for a proof;
    /// `make_fp` makes what nobody can guess, if it can. Returns `false` if the body is lost because too much waits.
    pub fn send(
        &self,
        now: impl FnOnce() -> Instant,
        body: Bytes,
        purpose: Purpose,
        make_fp: impl FnOnce() -> Option<String>,
        mut push: impl FnMut(Bytes),
    ) -> bool {
        if self.is_proven() {
            push(body);
            return true;
        }
        let mut guard = self.unproven.lock();
        let Some(unproven) = guard.as_mut() else {
            drop(guard);
            push(body);
            return true;
        };
        match unproven.send(body, purpose) {
            Sent::Now(body) => push(body),
            Sent::Held => unproven.probe(now, make_fp).into_iter().for_each(push),
            Sent::Lost => return false,
        }
        true
    }

    /// Something was learnt of the address: gives to `push` what waited for that.
    pub fn learn(
        &self,
        now: impl FnOnce() -> Instant,
        evidence: Evidence<'_>,
        make_fp: impl FnOnce() -> Option<String>,
        mut push: impl FnMut(Bytes),
    ) {
        if self.is_proven() {
            return;
        }
        let mut guard = self.unproven.lock();
        let Some(unproven) = guard.as_mut() else {
            return;
        };
        match evidence {
            Evidence::Heard { bytes, kind } => unproven.hear(bytes, kind),
            Evidence::LoggedIn { user, .. } => unproven.log_in(user),
            Evidence::Acknowledged { fp, .. } if unproven.is_proof(fp) => {
                self.proven.store(true, Ordering::Release);
                let held = guard.take().into_iter().flat_map(Unproven::into_held);
                return held.for_each(push);
            }
            Evidence::Acknowledged { bytes, .. } => unproven.acknowledge(bytes),
        }
        while let Some(body) = unproven.release() {
            push(body);
        }
        unproven.probe(now, make_fp).into_iter().for_each(push);
    }

    /// Bound on the bytes of answers that may be sent now.
    pub fn allowance(&self) -> usize {
        let unproven = self.unproven.lock();
        unproven.as_ref().map_or(usize::MAX, Unproven::allowance)
    }

    fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Acquire)
    }
}

/// The account of an address.
#[derive(Debug, Default)]
struct Unproven {
    /// Whose session it is; `None` for a stranger.
    user: Option<Arc<str>>,
    /// What came before the login was accepted, in bytes.
    heard: usize,
    /// How many bytes of anything may be sent.
    for_all: usize,
    /// How many bytes of answers may be sent besides.
    for_answers: usize,
    held: VecDeque<(Bytes, Purpose)>,
    held_bytes: usize,
    /// Whether a message was sent.
    delivered: bool,
    probe: Option<Probe>,
}

/// The request for a proof.
#[derive(Debug)]
struct Probe {
    fp: String,
    sent: Option<Instant>,
}

impl Unproven {
    /// How many bytes of answers may be sent now.
    fn allowance(&self) -> usize {
        self.for_all + self.for_answers
    }

    /// Something came from the address.
    fn hear(&mut self, bytes: usize, kind: Option<MessageType>) {
        if self.user.is_none() {
            self.heard += bytes;
            self.for_all += bytes;
            return;
        }
        let from_a_client = matches!(
            kind,
            Some(
                MessageType::Login
                    | MessageType::KeepAlive
                    | MessageType::Logout
                    | MessageType::Received
                    | MessageType::Echo
            )
        );
        if from_a_client {
            self.for_all += FACTOR * bytes;
        } else {
            self.for_answers += FACTOR * bytes;
        }
    }

    /// Its login is accepted.
    fn log_in(&mut self, user: &Arc<str>) {
        self.user = Some(Arc::clone(user));
        self.for_all += (FACTOR - 1) * mem::take(&mut self.heard);
    }

    /// A message of this many bytes is acknowledged.
    fn acknowledge(&mut self, bytes: usize) {
        self.for_all += FACTOR * bytes;
    }

    /// Whether acknowledging `fp` proves that the address receives.
    fn is_proof(&self, fp: &str) -> bool {
        let probe = self.probe.as_ref();
        probe.is_some_and(|probe| probe.sent.is_some() && probe.fp == fp)
    }

    /// Pays for a body, which is then to be sent. If there is not enough, it waits, or is lost if too much waits.
    fn send(&mut self, body: Bytes, purpose: Purpose) -> Sent {
        if self.pay(cost(&body), purpose) {
            return Sent::Now(body);
        }
        // A mailbox repeats what is not acknowledged, and shares its bytes.
        let is_same = |held: &Bytes| (held.as_ptr(), held.len()) == (body.as_ptr(), body.len());
        if self.held.iter().any(|(held, _)| is_same(held)) {
            return Sent::Held;
        }
        let full = self.held.len() >= MAX_HELD || self.held_bytes + body.len() > MAX_HELD_BYTES;
        if full && !self.held.is_empty() {
            return Sent::Lost;
        }
        self.held_bytes += body.len();
        self.held.push_back((body, purpose));
        Sent::Held
    }

    /// The next of what waits, if it is paid for now.
    fn release(&mut self) -> Option<Bytes> {
        let (body, purpose) = self.held.front()?;
        let (cost, purpose) = (cost(body), *purpose);
        if !self.pay(cost, purpose) {
            return None;
        }
        let (body, _) = self.held.pop_front()?;
        self.held_bytes -= body.len();
        if self.held.is_empty() {
            self.held = VecDeque::new();
        }
        Some(body)
    }

    /// The request for a proof, if something waits for it and it is paid for. `make_fp` gives what nobody can guess.
    fn probe(
        &mut self,
        now: impl FnOnce() -> Instant,
        make_fp: impl FnOnce() -> Option<String>,
    ) -> Option<Bytes> {
        let user = self.user.as_ref().filter(|_| !self.held.is_empty())?;
        if self.probe.is_none() {
            let fp = make_fp()?;
            self.probe = Some(Probe { fp, sent: None });
        }
        let allowance = self.for_all + self.for_answers;
        let probe = self.probe.as_mut()?;
        let now = now();
        if probe
            .sent
            .is_some_and(|sent| now.since(sent) < PROBE_INTERVAL)
        {
            return None;
        }
        let body = control::probe(user, &probe.fp, allowance)?;
        probe.sent = Some(now);
        self.pay(body.len(), Purpose::Answer).then_some(body)
    }

    /// All that waits.
    fn into_held(self) -> impl Iterator<Item = Bytes> {
        self.held.into_iter().map(|(body, _)| body)
    }

    fn pay(&mut self, bytes: usize, purpose: Purpose) -> bool {
        let (from_answers, kept) = match purpose {
            Purpose::Answer => (bytes.min(self.for_answers), 0),
            Purpose::Message => (0, self.kept_for_probe()),
        };
        let from_all = bytes - from_answers;
        let enough = from_all + kept <= self.for_all;
        if enough {
            self.for_answers -= from_answers;
            self.for_all -= from_all;
            self.delivered |= purpose == Purpose::Message;
        }
        enough
    }

    /// What a message must leave, so that a proof can be asked for at once when the next one waits. The first may take
    /// all there is: most sessions get no second one soon.
    fn kept_for_probe(&self) -> usize {
        let was_sent = self
            .probe
            .as_ref()
            .is_some_and(|probe| probe.sent.is_some());
        if self.delivered && !was_sent {
            PROBE_LEN
        } else {
            0
        }
    }
}

/// How many bytes a body takes in datagrams: what is long enough goes in parts, each with a header.
fn cost(body: &Bytes) -> usize {
    datagram::len_in_parts(body.len())
}

/// What became of a body.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    /// It is to be sent.
    Now(Bytes),
    /// It waits.
    Held,
    /// It is lost.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: usize = 100;

    fn session() -> Unproven {
        let mut unproven = Unproven::default();
        unproven.hear(LOGIN, Some(MessageType::Login));
        unproven.log_in(&Arc::from("alice"));
        unproven
    }

    fn body(len: usize) -> Bytes {
        Bytes::from(vec![b'x'; len])
    }

    fn goes(unproven: &mut Unproven, len: usize, purpose: Purpose) -> bool {
        matches!(unproven.send(body(len), purpose), Sent::Now(_))
    }

    fn probe(unproven: &mut Unproven, now: Instant) -> Option<Bytes> {
        unproven.probe(|| now, || Some("secret".to_owned()))
    }

    /// How long the longest request for a proof is that has at most `limit` bytes.
    fn probe_len(limit: usize) -> usize {
        control::probe("alice", "secret", limit)
            .expect("it fits")
            .len()
    }

    #[test]
    fn a_stranger_is_sent_as_much_as_it_sent_and_a_session_three_times_that() {
        let mut stranger = Unproven::default();
        stranger.hear(LOGIN, Some(MessageType::Login));
        assert!(!goes(&mut stranger, LOGIN + 1, Purpose::Answer));
        assert!(goes(&mut stranger, LOGIN, Purpose::Answer));
        assert!(!goes(&mut session(), 3 * LOGIN + 1, Purpose::Message));
        assert!(goes(&mut session(), 3 * LOGIN, Purpose::Message));
    }

    #[test]
    fn what_a_server_may_have_sent_pays_for_answers_alone() {
        for kind in [
            Some(MessageType::CommonData),
            Some(MessageType::Kickout),
            None,
        ] {
            let mut alice = session();
            alice.hear(100, kind);
            assert!(!goes(&mut alice, 3 * LOGIN + 1, Purpose::Message));
            assert!(goes(&mut alice, 3 * LOGIN + 300, Purpose::Answer));
        }
    }

    #[test]
    fn an_answer_leaves_what_messages_can_be_paid_with() {
        let mut alice = session();
        alice.hear(100, Some(MessageType::CommonData));
        assert!(goes(&mut alice, 300, Purpose::Answer));
        assert!(goes(&mut alice, 3 * LOGIN, Purpose::Message));
    }

    #[test]
    fn what_waits_goes_in_its_order_when_it_is_paid_for() {
        let mut alice = session();
        assert_eq!(alice.send(body(600), Purpose::Message), Sent::Held);
        assert_eq!(alice.send(body(400), Purpose::Message), Sent::Held);
        alice.hear(99, Some(MessageType::KeepAlive));
        assert_eq!(alice.release(), None);
        alice.hear(1, Some(MessageType::KeepAlive));
        assert_eq!(alice.release(), Some(body(600)));
        assert_eq!(alice.release(), None);
        alice.acknowledge(600);
        assert_eq!(alice.release(), Some(body(400)));
        assert_eq!(alice.release(), None);
    }

    #[test]
    fn after_the_first_message_the_request_for_a_proof_has_its_room() {
        let mut alice = session();
        assert!(goes(&mut alice, 10, Purpose::Message));
        assert!(!goes(
            &mut alice,
            3 * LOGIN - 10 - PROBE_LEN + 1,
            Purpose::Message
        ));
        assert!(probe(&mut alice, Instant::from_millis(0)).is_some());
        assert!(alice.release().is_some());
    }

    #[test]
    fn a_message_that_is_repeated_waits_once() {
        let mut alice = session();
        let message = body(600);
        for _ in 0..3 {
            assert_eq!(alice.send(message.clone(), Purpose::Message), Sent::Held);
        }
        assert_eq!(alice.into_held().count(), 1);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut alice = session();
        assert_eq!(
            alice.send(body(2 * MAX_HELD_BYTES), Purpose::Message),
            Sent::Held
        );
        assert_eq!(alice.send(body(1000), Purpose::Message), Sent::Lost);
        let mut alice = session();
        for _ in 0..MAX_HELD {
            assert_eq!(alice.send(body(400), Purpose::Message), Sent::Held);
        }
        assert_eq!(alice.send(body(400), Purpose::Message), Sent::Lost);
    }

    #[test]
    fn a_proof_is_asked_for_when_something_waits_once_a_second_and_within_what_is_paid() {
        let mut alice = session();
        let start = Instant::from_millis(0);
        assert_eq!(probe(&mut alice, start), None);
        assert!(!alice.is_proof("secret"));
        let long = probe_len(usize::MAX);
        let brief = probe_len(long - 1);
        let rest = long + brief - 1;
        assert!(goes(&mut alice, 3 * LOGIN - rest, Purpose::Answer));
        alice.send(body(400), Purpose::Message);
        assert!(probe(&mut alice, start).is_some());
        assert!(alice.is_proof("secret"));
        assert!(!alice.is_proof("guess"));
        assert_eq!(probe(&mut alice, start + PROBE_INTERVAL / 2), None);
        assert_eq!(
            probe(&mut alice, start + PROBE_INTERVAL),
            None,
            "not paid for"
        );
        alice.hear(1, Some(MessageType::KeepAlive));
        assert!(probe(&mut alice, start + PROBE_INTERVAL).is_some());
    }
}
