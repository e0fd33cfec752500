//! A sender that keeps what is not acknowledged, and a receiver that is offline until the end.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::client::{Client, Received, data};

/// How many messages a sender has under way at once.
pub(crate) const WINDOW: usize = 200;

/// After so long without an acknowledgement, a sender repeats what is under way.
const REPEAT_AFTER: Duration = Duration::from_millis(300);

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a sender sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// So many messages are acknowledged, from the first one on.
    Acknowledged(usize),
    /// Nothing was, for a while; what is under way is sent again.
    Silence,
}

/// What a sender is to send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) first: usize,
    /// Behind the last.
    pub(crate) end: usize,
    /// How long each text is, at least.
    pub(crate) len: usize,
}

impl Numbers {
    pub(crate) fn from(first: usize) -> Self {
        Self {
            first,
            end: usize::MAX,
            len: 0,
        }
    }

    pub(crate) fn up_to(self, end: usize) -> Self {
        Self { end, ..self }
    }

    pub(crate) fn with_len(self, len: usize) -> Self {
        Self { len, ..self }
    }
}

/// Sends numbered messages to bob, who is offline, until all are acknowledged or the server is gone.
pub(crate) struct Stream {
    seen: Receiver<Seen>,
    thread: JoinHandle<usize>,
}

impl Stream {
    pub(crate) fn start(server: SocketAddr, numbers: Numbers) -> Self {
        let (sender, seen) = channel();
        let thread = thread::spawn(move || stream(server, numbers, &sender));
        Self { seen, thread }
    }

    /// Waits until this many are acknowledged.
    pub(crate) fn wait_for(&self, count: usize) {
        self.wait_until(|seen| matches!(seen, Seen::Acknowledged(number) if number >= count));
    }

    /// Waits until acknowledgements fail to come.
    pub(crate) fn wait_for_silence(&self) {
        self.wait_until(|seen| seen == Seen::Silence);
    }

    /// Begins no more; says how many are acknowledged at last, from the first one on: all that were sent, unless the
    /// server is gone.
    pub(crate) fn end(self) -> usize {
        drop(self.seen);
        self.thread.join().unwrap()
    }

    fn wait_until(&self, enough: impl Fn(Seen) -> bool) {
        loop {
            let seen = self.seen.recv_timeout(PATIENCE);
            if enough(seen.expect("the sender sees something")) {
                return;
            }
        }
    }
}

fn stream(server: SocketAddr, numbers: Numbers, progress: &Sender<Seen>) -> usize {
    let Numbers {
        first,
        mut end,
        len,
    } = numbers;
    let mut alice = Client::log_in(server, "alice");
    let (mut sent, mut acknowledged) = (first, first);
    let mut ever_sent = first;
    while acknowledged < end {
        while sent < end && sent < acknowledged + WINDOW {
            if alice.send(&data("alice", "bob", sent, len)).is_err() {
                return acknowledged;
            }
            sent += 1;
            ever_sent = ever_sent.max(sent);
        }
        let seen = match alice.receive_within(REPEAT_AFTER) {
            Received::Gone => return acknowledged,
            Received::Nothing => {
                sent = acknowledged;
                Seen::Silence
            }
            Received::Message(message) => {
                let number = acknowledged_number(&message);
                assert!(number <= acknowledged, "the store answers in order");
                // A repeated one is acknowledged again.
                acknowledged = acknowledged.max(number + 1);
                Seen::Acknowledged(acknowledged)
            }
        };
        if progress.send(seen).is_err() {
            // Nobody wants more.
            end = end.min(ever_sent);
        }
    }
    acknowledged
}

fn acknowledged_number(message: &Value) -> usize {
    assert_eq!(message["type"], 4, "an acknowledgement: {message}");
    message["dataContent"].as_str().unwrap().parse().unwrap()
}

/// Sends messages until each is acknowledged.
pub(crate) fn send_all(server: SocketAddr, numbers: Numbers) {
    let (progress, _seen) = channel();
    assert_eq!(stream(server, numbers, &progress), numbers.end);
}

/// Logs bob in, who fetches and acknowledges what waits for him up to a message. Gives the numbers of all that came.
pub(crate) fn fetch(server: SocketAddr, last: usize) -> Vec<usize> {
    let mut bob = Client::log_in(server, "bob");
    let mut fetched = Vec::new();
    while fetched.last() != Some(&last) {
        let message = bob.receive().expect("the server stays");
        assert_eq!(message["from"], "alice", "{message}");
        let fp = message["fp"].as_str().unwrap();
        bob.acknowledge("bob", "alice", fp);
        fetched.push(fp.parse().unwrap());
    }
    bob.see_all_handled();
    fetched
}

/// Two users who are online, and so need no store.
pub(crate) struct Pair {
    carol: Client,
    dave: Client,
    exchanged: usize,
}

impl Pair {
    pub(crate) fn log_in(server: SocketAddr) -> Self {
        let mut pair = Self {
            carol: Client::log_in(server, "carol"),
            dave: Client::log_in(server, "dave"),
            exchanged: 0,
        };
        // Nothing waits for him: his mailbox knows that from now on.
        pair.exchange();
        pair
    }

    /// One sends, the other one acknowledges.
    pub(crate) fn exchange(&mut self) {
        let number = self.exchanged;
        self.exchanged += 1;
        self.carol.send(&data("carol", "dave", number, 0)).unwrap();
        let message = self.dave.receive().unwrap();
        assert_eq!(message["fp"], number.to_string());
        self.dave.acknowledge("dave", "carol", &number.to_string());
        let acknowledgement = self.carol.receive().unwrap();
        assert_eq!(acknowledged_number(&acknowledgement), number);
    }
}
