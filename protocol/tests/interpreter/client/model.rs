//! What a client promises, as a model that watches what comes out.

use std::collections::{BTreeMap, BTreeSet};

use super::waits::Waits;
use mobileim_protocol::client::{Event, LinkId, LostReason, Output, State};
use mobileim_protocol::{Message, MessageType, SERVER, decode, fingerprint_hash};

/// How many messages are in flight on a link at most.
const WINDOW: usize = 256;

/// A message that the application was promised an answer for.
#[derive(Debug, Clone)]
pub struct Promise {
    pub fp: String,
    pub to: String,
    pub body: String,
}

/// Whose server, as a client tells it by the answer to its login.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Server {
    #[default]
    MobileIm,
    Original,
}

impl Server {
    /// What says neither an interval nor a longest batch is an original one.
    pub fn that_says(keep_alive_interval: Option<i64>, max_batch: Option<i64>) -> Self {
        let says = |number: Option<i64>| number.is_some_and(|number| number > 0);
        if says(keep_alive_interval) || says(max_batch) {
            Self::MobileIm
        } else {
            Self::Original
        }
    }
}

#[derive(Debug, Default)]
pub struct Model {
    datagram: bool,
    /// The server that the client is logged in at, and the one that answered a login last.
    server: Server,
    pub answered_by: Server,
    /// What is in storage, in the order it came there.
    pub storage: Vec<Promise>,
    /// The hashes in storage.
    pub remembered: Vec<u64>,
    /// The link that stands or is being opened.
    pub link: Option<LinkId>,
    /// The one that waits for its token first.
    unopened: Option<LinkId>,
    /// Whether the driver said that it is open.
    pub connected: bool,
    last_link: LinkId,
    /// What was sent on this link at least once.
    pub sent: BTreeSet<String>,
    /// How many links were closed from outside on which this was sent, of each fingerprint.
    closed_on: BTreeMap<String, u32>,
    /// The same, before this step.
    sent_before: BTreeSet<String>,
    /// What was sent in this step, in order.
    sent_now: Vec<String>,
    /// What was sent in this step before something that comes first, and that.
    overtaken_now: Vec<(String, String)>,
    /// What the application was shown: sender and fingerprint.
    pub shown: BTreeSet<(String, String)>,
    pub state: Option<State>,
    /// How the messages ended in this step.
    pub delivered: Vec<String>,
    pub lost: Vec<String>,
    /// The messages that were shown in this step: sender and, if it is to be acknowledged, fingerprint.
    pub shown_now: Vec<(String, Option<String>)>,
    /// Whether the application hears of messages.
    pub listening: bool,
    /// What it has not heard of yet, with the link on which it came last.
    pub held: Vec<(String, Option<String>, LinkId)>,
    /// What was acknowledged in this step.
    pub acknowledged_now: Vec<String>,
    pub outputs: usize,
    pub waits: Waits,
}

impl Model {
    pub fn new(datagram: bool) -> Self {
        Self {
            datagram,
            ..Self::default()
        }
    }

    pub fn begin(&mut self) {
        self.sent_before.clone_from(&self.sent);
        self.sent_now.clear();
        self.overtaken_now.clear();
        self.delivered.clear();
        self.lost.clear();
        self.acknowledged_now.clear();
        self.shown_now.clear();
        self.outputs = 0;
    }

    /// The client is gone, and another one starts with what storage has.
    pub fn crash(&mut self) {
        self.link = None;
        self.connected = false;
        self.last_link = LinkId::default();
        self.sent.clear();
        self.closed_on.clear();
        self.state = None;
        self.held.clear();
        self.waits = Waits::default();
    }

    /// The server does not take a message for now, nor what followed it where order is kept.
    pub fn hold(&mut self, fp: &str, retry_after: Option<u64>) {
        self.waits.before_sending(retry_after);
        let place = self.place(fp).expect("it names what is stored");
        let (one_lane, to) = (self.is_one_lane(), self.storage[place].to.clone());
        for behind in self.storage.iter().skip(place) {
            if one_lane || behind.to == to {
                self.sent.remove(&behind.fp);
            }
        }
    }

    fn is_one_lane(&self) -> bool {
        !self.datagram && self.server == Server::MobileIm
    }

    pub fn is_shown(&self, from: &str, fp: &str) -> bool {
        self.shown.contains(&(from.to_owned(), fp.to_owned()))
    }

    /// Something arrived while nobody listens. Those without QoS leave room for the others.
    pub fn hold_received(&mut self, from: &str, fp: Option<String>, link: LinkId) {
        let mut held = self.held.iter_mut();
        if let Some(held) = held.find(|it| fp.is_some() && it.0 == from && it.1 == fp) {
            held.2 = link;
        } else if fp.is_some() || self.held.len() < 256 {
            self.held.push((from.to_owned(), fp, link));
        }
    }

    pub fn close_link(&mut self) {
        self.link = None;
        self.connected = false;
    }

    /// The same, from outside: what was sent on the link may be to blame.
    pub fn break_link(&mut self) {
        self.close_link();
        for fp in &self.sent {
            *self.closed_on.entry(fp.clone()).or_default() += 1;
        }
    }

    pub fn promise(&mut self, fp: &str, body: &str) {
        let message = decode(body.as_bytes()).expect("a message");
        self.storage.push(Promise {
            fp: fp.to_owned(),
            to: message.to.expect("a receiver").into_owned(),
            body: body.to_owned(),
        });
    }

    /// Storage forgets a message. Returns whether it had it.
    pub fn forget(&mut self, fp: &str) -> bool {
        self.sent.remove(fp);
        let place = self.place(fp);
        place.map(|place| self.storage.remove(place)).is_some()
    }

    pub fn watch(&mut self, output: Output) {
        self.outputs += 1;
        match output {
            Output::Connect { link } => {
                assert_eq!(self.link, None, "two links at once");
                assert!(link > self.last_link, "the number of a link comes twice");
                self.waits.connects();
                self.link = Some(link);
                self.unopened = None;
                self.last_link = link;
                self.connected = false;
                self.sent.clear();
            }
            Output::RequestToken { link } if self.link.is_none() => {
                // There was no token the last time: this time it comes first.
                assert!(link > self.last_link, "the number of a link comes twice");
                self.waits.connects();
                self.unopened = Some(link);
            }
            Output::RequestToken { link } => assert_eq!(self.link, Some(link)),
            Output::Disconnect { link } => {
                assert_eq!(self.link, Some(link));
                self.close_link();
            }
            Output::Transmit { link, body } => {
                assert_eq!(self.link, Some(link), "sent on a link that is gone");
                assert!(self.connected, "sent on a link that is not open");
                self.transmit(&decode(body.as_bytes()).expect("a message"));
            }
            Output::Event(event) => self.event(event),
            output @ Output::Timeout(_) => panic!("unexpected {output:?}"),
        }
    }

    fn transmit(&mut self, message: &Message<'_>) {
        if message.kind == MessageType::Received {
            let fp = message.content.as_deref().expect("a fingerprint");
            let sender = message.to.as_deref().unwrap_or(SERVER);
            assert!(
                self.is_shown(sender, fp) || sender == SERVER,
                "acknowledged before it is shown"
            );
            self.acknowledged_now.push(fp.to_owned());
        }
        if message.kind != MessageType::CommonData || !message.qos {
            return;
        }
        assert_eq!(self.state, Some(State::Online), "sent before the login");
        assert!(!self.waits.may_not_send(), "sent before it may be");
        let fp = message.fp.as_deref().expect("a fingerprint");
        let place = self.place(fp).expect("persisted before it is sent");
        let to = &self.storage[place].to;
        let before = self.storage[..place].iter();
        let before = before.filter(|earlier| earlier.to == *to);
        // At an original server, what comes before in the same conversation must go right before it. Otherwise, on a
        // datagram link nothing of the same conversation may be under way; on a stream it must go first.
        let overtaken = before.filter(|earlier| match (self.server, self.datagram) {
            (Server::Original, _) => !self.sent_now.contains(&earlier.fp),
            (Server::MobileIm, true) => true,
            (Server::MobileIm, false) => !self.sent.contains(&earlier.fp),
        });
        let pairs = overtaken.map(|overtaken| (fp.to_owned(), overtaken.fp.clone()));
        self.overtaken_now.extend(pairs);
        self.sent.insert(fp.to_owned());
        self.sent_now.push(fp.to_owned());
        assert!(self.sent.len() <= WINDOW);
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::StateChanged(state) => {
                assert_ne!(self.state, Some(state), "the state is no other one");
                self.state = Some(state);
                if state == State::Closed {
                    self.held.clear();
                }
            }
            Event::Message { message, hash } => {
                assert!(self.listening, "shown to nobody");
                let fp = message.fingerprint_to_acknowledge();
                let from = message.from.as_deref().unwrap_or("0");
                self.shown_now
                    .push((from.to_owned(), fp.map(ToOwned::to_owned)));
                assert_eq!(hash, fp.map(|fp| fingerprint_hash(from, fp)));
                self.remembered.extend(hash);
                let Some(fp) = fp else {
                    return;
                };
                assert!(
                    self.shown.insert((from.to_owned(), fp.to_owned())),
                    "{fp} of {from} is shown twice"
                );
            }
            Event::LoggedIn { .. } => self.server = self.answered_by,
            Event::Delivered { fp } => {
                assert!(self.forget(&fp), "delivered, and not stored");
                self.delivered.push(fp);
            }
            Event::Lost { message, reason } => {
                let fp = message.fp.expect("a fingerprint").into_owned();
                if reason == LostReason::BreaksLink {
                    let closed = self.closed_on.remove(&fp);
                    assert!(closed >= Some(3), "{fp} is blamed after {closed:?} links");
                }
                assert!(self.forget(&fp), "lost, and not stored");
                self.lost.push(fp);
            }
            _ => {}
        }
    }

    /// On a stream to a `MobileIM` server, what is left of what was sent in this step went out in the order it is stored. And if something
    /// is repeated, everything is: the server takes nothing later before what it dropped.
    fn check_order(&self) {
        if !self.is_one_lane() {
            return;
        }
        let stored = self.storage.iter().map(|promise| &promise.fp);
        let is_left = |fp: &&String| self.place(fp).is_some();
        let sent: Vec<_> = self.sent_now.iter().filter(is_left).collect();
        let in_order: Vec<_> = stored
            .clone()
            .filter(|fp| self.sent_now.contains(*fp))
            .collect();
        assert_eq!(sent, in_order, "sent in another order");
        let was_sent = |fp: &&String| self.sent_before.contains(*fp);
        if sent.iter().any(was_sent) {
            let repeated: Vec<_> = sent.into_iter().filter(was_sent).collect();
            let all: Vec<_> = stored.filter(was_sent).collect();
            assert_eq!(repeated, all, "some are repeated, and not all");
        }
    }

    pub fn place(&self, fp: &str) -> Option<usize> {
        self.storage.iter().position(|promise| promise.fp == fp)
    }

    /// What holds after every drain.
    pub fn check(&self, state: State, link: Option<LinkId>, pending: usize, timer: bool) {
        for (fp, overtaken) in &self.overtaken_now {
            // Unless it is given up in the same step.
            assert_eq!(self.place(overtaken), None, "{fp} overtakes {overtaken}");
        }
        self.check_order();
        assert_eq!(self.storage.len(), pending, "storage and outbox differ");
        assert!(self.link == link || self.link.is_none() && self.unopened == link);
        assert_eq!(self.state.unwrap_or(State::Offline), state);
        let has_link = matches!(state, State::Connecting | State::LoggingIn | State::Online);
        assert_eq!(has_link, link.is_some());
        let waits = has_link || state == State::Waiting;
        assert_eq!(waits, timer, "{state:?} leads nowhere");
    }
}
