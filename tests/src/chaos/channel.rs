//! What a bad network does to what is sent one way: no networking, no clock.

use std::time::Duration;

use mobileim_protocol::Instant;

/// How much may wait for a narrow line: what a datagram would have to wait longer for is lost, as in a router's queue.
const LONGEST_QUEUE: Duration = Duration::from_millis(500);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the name says it")]
pub enum Direction {
    ToServer,
    ToClient,
}

impl Direction {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];
}

/// How bad a network is, one way. Loss and duplication are for datagrams: a stream repairs them itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// The part of the datagrams that is lost: 0.3 for 30 %.
    pub loss: f64,
    /// The part of the datagrams that arrives twice.
    pub duplication: f64,
    /// How long the way takes.
    pub delay: Duration,
    /// How much longer or shorter it may take, drawn evenly for each datagram; so they overtake one another.
    pub jitter: Duration,
    /// What goes through in a second at most.
    pub bytes_per_second: Option<u32>,
}

impl Conditions {
    /// Nothing happens to anything.
    pub const PERFECT: Self = Self {
        loss: 0.0,
        duplication: 0.0,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        bytes_per_second: None,
    };

    /// Nothing gets through.
    pub const DEAD: Self = Self {
        loss: 1.0,
        ..Self::PERFECT
    };
}

/// When the copies of a datagram arrive: none if it is lost, two if it is duplicated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fate {
    /// The first copy.
    pub first: Option<Instant>,
    /// The second. It may arrive before the first.
    pub second: Option<Instant>,
}

impl Fate {
    /// When each copy arrives.
    pub fn arrivals(self) -> impl Iterator<Item = Instant> {
        self.first.into_iter().chain(self.second)
    }
}

/// One way through a bad network.
#[derive(Debug)]
pub struct Channel {
    rng: fastrand::Rng,
    conditions: Conditions,
    /// When the narrow line has sent what waits for it.
    line_free_at: Instant,
    /// The last arrival on a stream, which nothing overtakes.
    last_arrival: Instant,
}

impl Channel {
    /// A way that does what this seed says.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed),
            conditions,
            line_free_at: Instant::default(),
            last_arrival: Instant::default(),
        }
    }

    /// From now on the way is another one. What is under way arrives as it would have.
    pub fn set(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// What becomes of a datagram of this many bytes.
    pub fn datagram(&mut self, now: Instant, len: usize) -> Fate {
        if self.rng.f64() < self.conditions.loss {
            return Fate::default();
        }
        if self.line_free_at.since(now) > LONGEST_QUEUE {
            return Fate::default();
        }
        let sent = self.through_the_line(now, len);
        let twice = self.rng.f64() < self.conditions.duplication;
        Fate {
            first: Some(sent + self.draw_delay()),
            second: twice.then(|| sent + self.draw_delay()),
        }
    }

    /// When a piece of a stream of this many bytes arrives: late perhaps, but in order.
    pub fn piece(&mut self, now: Instant, len: usize) -> Instant {
        let arrival = self.through_the_line(now, len) + self.draw_delay();
        self.last_arrival = self.last_arrival.max(arrival);
        self.last_arrival
    }

    /// When the narrow line can take the next piece.
    pub fn line_free_at(&self) -> Instant {
        self.line_free_at
    }

    fn through_the_line(&mut self, now: Instant, len: usize) -> Instant {
        let Some(rate) = self.conditions.bytes_per_second else {
            return now;
        };
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) * len / rate.max(1);
        self.line_free_at = self.line_free_at.max(now) + takes;
        self.line_free_at
    }

    fn draw_delay(&mut self) -> Duration {
        let Conditions { delay, jitter, .. } = self.conditions;
        if jitter.is_zero() {
            return delay;
        }
        (delay + jitter.mul_f64(2.0 * self.rng.f64())).saturating_sub(jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: u32 = 100_000;
    const LEN: usize = 100;

    fn ratio(part: u32) -> f64 {
        f64::from(part) / f64::from(MANY)
    }

    /// The fates of many datagrams, one a millisecond: when each was sent and what became of it.
    fn fates(conditions: Conditions, seed: u64) -> Vec<(Instant, Fate)> {
        let mut channel = Channel::new(conditions, seed);
        (0..u64::from(MANY))
            .map(Instant::from_millis)
            .map(|now| (now, channel.datagram(now, LEN)))
            .collect()
    }

    fn count(fates: &[(Instant, Fate)], matches: impl Fn(Fate) -> bool) -> u32 {
        let count = fates.iter().filter(|(_, fate)| matches(*fate)).count();
        u32::try_from(count).unwrap()
    }

    /// Within five standard deviations of 100,000 draws.
    fn is_about(measured: f64, expected: f64) -> bool {
        let deviation = (expected * (1.0 - expected) / f64::from(MANY)).sqrt();
        (measured - expected).abs() <= 5.0 * deviation
    }

    #[test]
    fn as_many_are_lost_and_repeated_as_was_asked_for() {
        for (seed, loss, duplication) in [(1, 0.3, 0.05), (2, 0.01, 0.5), (3, 0.0, 0.0)] {
            let conditions = Conditions {
                loss,
                duplication,
                ..Conditions::PERFECT
            };
            let fates = fates(conditions, seed);
            let lost = count(&fates, |fate| fate.first.is_none());
            let twice = count(&fates, |fate| fate.second.is_some());
            assert!(is_about(ratio(lost), loss), "{lost} lost");
            let expected = duplication * (1.0 - loss);
            assert!(is_about(ratio(twice), expected), "{twice} repeated");
        }
    }

    #[test]
    fn delays_fill_their_range_evenly_and_do_not_leave_it() {
        let conditions = Conditions {
            delay: Duration::from_millis(200),
            jitter: Duration::from_millis(100),
            ..Conditions::PERFECT
        };
        let delays: Vec<_> = fates(conditions, 4)
            .into_iter()
            .map(|(sent, fate)| fate.first.unwrap().since(sent).as_millis())
            .collect();
        assert!(delays.iter().all(|delay| (100..=300).contains(delay)));
        // Each tenth of the range gets a tenth of the datagrams.
        for tenth in 0..10 {
            let range = (100 + tenth * 20)..(120 + tenth * 20);
            let hits = delays.iter().filter(|delay| range.contains(*delay)).count();
            let hits = ratio(u32::try_from(hits).unwrap());
            assert!(is_about(hits, 0.1), "{hits} in {range:?}");
        }
    }

    #[test]
    fn jitter_lets_datagrams_overtake_but_never_pieces_of_a_stream() {
        let conditions = Conditions {
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(10),
            ..Conditions::PERFECT
        };
        let arrivals: Vec<_> = fates(conditions, 5)
            .into_iter()
            .map(|(_, fate)| fate.first)
            .collect();
        assert!(!arrivals.is_sorted());
        let mut channel = Channel::new(conditions, 5);
        let arrivals = (0..1000)
            .map(Instant::from_millis)
            .map(|now| channel.piece(now, LEN));
        assert!(arrivals.is_sorted());
    }

    #[test]
    fn a_narrow_line_takes_its_time_and_loses_what_it_cannot_hold() {
        // Ten datagrams a second fit, a thousand a second come.
        let conditions = Conditions {
            bytes_per_second: Some(1000),
            ..Conditions::PERFECT
        };
        let fates = fates(conditions, 6);
        let arrived = count(&fates, |fate| fate.first.is_some());
        // In 100 s, and six wait at the end.
        assert!((1000..=1006).contains(&arrived), "{arrived} arrived");
        let arrivals: Vec<_> = fates.iter().filter_map(|(_, fate)| fate.first).collect();
        let gaps = arrivals.windows(2).map(|pair| pair[1].since(pair[0]));
        assert!(
            gaps.into_iter()
                .all(|gap| gap >= Duration::from_millis(100))
        );
    }

    #[test]
    fn one_seed_is_one_network() {
        let conditions = Conditions {
            loss: 0.5,
            jitter: Duration::from_millis(10),
            ..Conditions::PERFECT
        };
        assert_eq!(fates(conditions, 7), fates(conditions, 7));
        assert_ne!(fates(conditions, 7), fates(conditions, 8));
    }
}
