//! A model of the original's delivery over UDP: its timers and its rules, in virtual time, on the same kind of network.
//!
//! Every 5 s a sender looks at what is unacknowledged: what was sent less than 3 s ago is left alone, the rest is sent
//! again, and after two retransmissions the next look gives it up. The server forwards what comes, also again, and
//! acknowledges it at once; every 5 s it sends again what its receiver has not acknowledged and was sent at least 2 s
//! ago, once, and then forgets it. The receiver shows a fingerprint once and acknowledges it each time.
//!
//! In the original's favour, everybody stays logged in, and a message that is forwarded again gets its
//! retransmission again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_tests::chaos::{Channel, Conditions};

use super::{Conversation, Rate};

const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What was sent less than this ago is left alone, by the client and by the server.
const CLIENT_JUST_NOW: Duration = Duration::from_secs(3);
const SERVER_JUST_NOW: Duration = Duration::from_secs(2);

/// So many pairs are modelled for each that is measured: the model costs no waiting.
const PAIRS_FOR_ONE: u32 = 100;

/// About the length of a message.
const LEN: usize = 200;

/// How often a message is sent again before it is given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    client_retransmissions: u32,
    server_retransmissions: u32,
}

impl Rule {
    /// The original's.
    pub(super) const AS_IT_IS: Self = Self {
        client_retransmissions: 2,
        server_retransmissions: 1,
    };

    /// What it would be without an end.
    pub(super) const PATIENT: Self = Self {
        client_retransmissions: u32::MAX,
        server_retransmissions: u32::MAX,
    };
}

pub(super) fn model(
    rule: Rule,
    rate: Rate,
    conditions: Conditions,
    seed: u64,
) -> Vec<Conversation> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..rate.pairs * PAIRS_FOR_ONE)
        .map(|_| Pair::new(rule, rate, conditions, &mut rng).run())
        .collect()
}

/// What happens to message number so and so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Send(usize),
    AtServer(usize),
    AcknowledgedToSender(usize),
    AtReceiver(usize),
    AcknowledgedToServer(usize),
    ClientLooks,
    ServerLooks,
}

/// A message that is unacknowledged.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    sent: Instant,
    retransmissions: u32,
}

/// A sender, a server and a receiver.
struct Pair {
    rule: Rule,
    now: Instant,
    happenings: BinaryHeap<Reverse<(Instant, Happening)>>,
    up: Channel,
    down: Channel,
    sent_at: Vec<Instant>,
    at_client: BTreeMap<usize, Waiting>,
    at_server: BTreeMap<usize, Waiting>,
    last_shown: Option<usize>,
    conversation: Conversation,
}

impl Pair {
    fn new(rule: Rule, rate: Rate, conditions: Conditions, rng: &mut fastrand::Rng) -> Self {
        let count = rate.messages as usize;
        let sent_at: Vec<_> = (0..rate.messages)
            .map(|number| Instant::default() + rate.every * number)
            .collect();
        let mut happenings: BinaryHeap<_> = sent_at
            .iter()
            .enumerate()
            .map(|(number, at)| Reverse((*at, Happening::Send(number))))
            .collect();
        // The timers began at some time before.
        for look in [Happening::ClientLooks, Happening::ServerLooks] {
            let first = Instant::default() + LOOK_EVERY.mul_f64(rng.f64());
            happenings.push(Reverse((first, look)));
        }
        Self {
            rule,
            now: Instant::default(),
            happenings,
            up: Channel::new(conditions, rng.u64(..)),
            down: Channel::new(conditions, rng.u64(..)),
            sent_at,
            at_client: BTreeMap::new(),
            at_server: BTreeMap::new(),
            last_shown: None,
            conversation: Conversation {
                shown_after: vec![None; count],
                acknowledged: vec![false; count],
                ..Conversation::default()
            },
        }
    }

    fn run(mut self) -> Conversation {
        while let Some(Reverse((now, happening))) = self.happenings.pop() {
            self.now = now;
            self.handle(happening);
            if self.is_over() {
                break;
            }
        }
        self.conversation
    }

    /// Whether nothing will happen any more but looks at nothing.
    fn is_over(&self) -> bool {
        self.at_client.is_empty()
            && self.at_server.is_empty()
            && self.happenings.iter().all(|Reverse((_, happening))| {
                matches!(happening, Happening::ClientLooks | Happening::ServerLooks)
            })
    }

    fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Send(number) => {
                self.at_client.insert(number, self.just_sent());
                self.transmit_up(Happening::AtServer(number));
            }
            Happening::AtServer(number) => {
                self.at_server.insert(number, self.just_sent());
                self.transmit_down(Happening::AtReceiver(number));
                self.transmit_down(Happening::AcknowledgedToSender(number));
            }
            Happening::AcknowledgedToSender(number) => {
                self.at_client.remove(&number);
                self.conversation.acknowledged[number] = true;
            }
            Happening::AtReceiver(number) => {
                self.show(number);
                self.transmit_up(Happening::AcknowledgedToServer(number));
            }
            Happening::AcknowledgedToServer(number) => {
                self.at_server.remove(&number);
            }
            Happening::ClientLooks => {
                let limit = self.rule.client_retransmissions;
                let again = look(self.now, &mut self.at_client, CLIENT_JUST_NOW, limit);
                for number in again {
                    self.transmit_up(Happening::AtServer(number));
                }
                self.look_again(happening);
            }
            Happening::ServerLooks => {
                let limit = self.rule.server_retransmissions;
                let again = look(self.now, &mut self.at_server, SERVER_JUST_NOW, limit);
                for number in again {
                    self.transmit_down(Happening::AtReceiver(number));
                }
                self.look_again(happening);
            }
        }
    }

    fn just_sent(&self) -> Waiting {
        Waiting {
            sent: self.now,
            retransmissions: 0,
        }
    }

    fn look_again(&mut self, look: Happening) {
        self.happenings.push(Reverse((self.now + LOOK_EVERY, look)));
    }

    fn show(&mut self, number: usize) {
        let shown = &mut self.conversation.shown_after[number];
        if shown.is_none() {
            let after = self.now.since(self.sent_at[number]).as_micros();
            *shown = Some(u64::try_from(after).unwrap_or(u64::MAX));
            self.conversation.out_of_order += usize::from(self.last_shown > Some(number));
            self.last_shown = self.last_shown.max(Some(number));
        }
    }

    fn transmit_up(&mut self, arrival: Happening) {
        for at in self.up.datagram(self.now, LEN).arrivals() {
            self.happenings.push(Reverse((at, arrival)));
        }
    }

    fn transmit_down(&mut self, arrival: Happening) {
        for at in self.down.datagram(self.now, LEN).arrivals() {
            self.happenings.push(Reverse((at, arrival)));
        }
    }
}

/// Looks at what is unacknowledged; gives what is to be sent again.
fn look(
    now: Instant,
    waiting: &mut BTreeMap<usize, Waiting>,
    just_now: Duration,
    limit: u32,
) -> Vec<usize> {
    waiting.retain(|_, message| message.retransmissions < limit);
    let mut again = Vec::new();
    for (number, message) in waiting {
        if now.since(message.sent) >= just_now {
            message.sent = now;
            message.retransmissions += 1;
            again.push(*number);
        }
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lossy::Outcome;

    const RATE: Rate = Rate {
        pairs: 2,
        messages: 10,
        every: Duration::from_secs(1),
    };

    const SLOW: Conditions = Conditions {
        delay: Duration::from_millis(200),
        ..Conditions::PERFECT
    };

    fn outcome(rule: Rule, conditions: Conditions) -> Outcome {
        Outcome::new("", RATE.every, &model(rule, RATE, conditions, 1))
    }

    #[test]
    fn on_a_good_network_a_message_takes_two_ways_and_nothing_is_lost() {
        let outcome = outcome(Rule::AS_IT_IS, SLOW);
        assert_eq!(outcome.sent, 2000);
        assert_eq!((outcome.p50_millis, outcome.max_millis), (400, 400));
        assert_eq!((outcome.lost, outcome.given_up), (0, 0));
        assert_eq!(outcome.out_of_order, 0);
    }

    #[test]
    fn on_a_dead_network_everything_is_given_up_and_nothing_acknowledged() {
        let outcome = outcome(Rule::AS_IT_IS, Conditions::DEAD);
        assert_eq!((outcome.lost, outcome.given_up), (0, 2000));
    }

    #[test]
    fn what_the_receiver_never_gets_was_acknowledged_all_the_same() {
        let conditions = Conditions { loss: 0.3, ..SLOW };
        let as_it_is = outcome(Rule::AS_IT_IS, conditions);
        assert!(as_it_is.lost > 0 && as_it_is.given_up > 0, "{as_it_is:?}");
        let patient = outcome(Rule::PATIENT, conditions);
        assert_eq!((patient.lost, patient.given_up), (0, 0));
        // A message that is lost waits for a look, which comes 3 s later at the earliest.
        assert!(patient.p90_millis > 3000, "{patient:?}");
    }
}
