//! What a seed decides beforehand: who there is, how bad everything is, and how small the memory.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use mobileim_hub::Sessions;
use mobileim_protocol::{MAX_BODY, Transport, client, fingerprint_hash, mailbox};

/// One world's conditions.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// One entry for each device: its user, its transport, and the longest body that it takes.
    pub(super) devices: Vec<(String, Transport, usize)>,
    /// Whether users may be online on several of them at once.
    pub(super) sessions: Sessions,
    /// Whether what users write stays in logs, and there is a group.
    pub(super) has_conversations: bool,
    pub(super) network: Network,
    pub(super) store: StorePlan,
    pub(super) mailbox: mailbox::Config,
    /// How much memory all mailboxes have.
    pub(super) mailbox_memory: usize,
    pub(super) client_mutation: Option<client::Mutation>,
    /// How long things go wrong.
    pub(super) trouble: Duration,
    /// The mean time between two things that somebody does.
    pub(super) pause: Duration,
    /// How often what is done is a fault rather than a message, in per cent.
    pub(super) faults: u32,
    /// How long the application takes to decide about a login or a message; mostly no time.
    pub(super) decision: Option<Range<u64>>,
    /// On how many messages a proxy before the server closes their streams, in per cent; mostly on none.
    pub(super) closes_on: u64,
    /// How many logins and messages the application refuses for now, in per cent; mostly none.
    pub(super) refuses_for_now: u32,
    /// How long tokens are valid, in ms; mostly for ever.
    pub(super) token_life: Option<u64>,
    /// How long a message of the application's may wait at most, in ms; mostly for ever.
    pub(super) longest_ttl: Option<u64>,
    /// How often somebody takes away what waits for a user, of all that is done, in per cent; mostly never.
    pub(super) purges: u32,
    /// Decides about these two.
    pub(super) apart: Rng,
}

/// How links treat what is sent.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// Milliseconds.
    pub(super) delay: Range<u64>,
    /// Of datagrams, in per cent.
    pub(super) loss: u32,
    pub(super) duplication: u32,
}

/// How the store behaves.
#[derive(Debug, Clone)]
pub(super) enum StorePlan {
    /// It answers at once.
    Synchronous,
    /// It commits and answers after some milliseconds.
    Slow {
        commit: Range<u64>,
        answer: Range<u64>,
        /// How many messages a user may have stored.
        quota: Option<u64>,
    },
}

impl Network {
    /// Nothing goes wrong.
    pub(super) fn good() -> Self {
        Self {
            delay: 1..20,
            loss: 0,
            duplication: 0,
        }
    }
}

impl Plan {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        // Drawn from numbers of its own: each seed's world is otherwise what it was.
        let mut apart = Rng::with_seed(!rng.clone().u64(..));
        let users = rng.usize(2..=4);
        let transports = [Transport::Tcp, Transport::WebSocket, Transport::Udp];
        let mut later = Rng::with_seed(apart.clone().u64(..).rotate_left(7));
        let mut devices = Vec::new();
        for user in 0..users {
            let count = if rng.u32(0..100) < 25 { 2 } else { 1 };
            for _ in 0..count {
                let transport = transports[rng.usize(0..transports.len())];
                let of_original = transport.max_body_of_client();
                let max_body = [MAX_BODY, MAX_BODY, of_original][apart.usize(0..3)];
                devices.push((format!("user{user}"), transport, max_body));
            }
        }
        let sessions =
            [Sessions::Single, Sessions::Single, Sessions::PerDevice][apart.clone().usize(0..3)];
        if sessions == Sessions::PerDevice {
            // What a device is passed over for is a matter of its own.
            for (_, _, max_body) in &mut devices {
                *max_body = MAX_BODY;
            }
            let mut more = apart.fork();
            for user in 0..users {
                for _ in 0..more.usize(0..3) {
                    let transport = transports[more.usize(0..transports.len())];
                    devices.push((format!("user{user}"), transport, MAX_BODY));
                }
            }
        }
        let slowest = [5, 50, 400, 2000][rng.usize(0..4)];
        let bad = rng.bool();
        let (pause, trouble) =
            [(30, 3..20), (300, 20..100), (1500, 60..400)][rng.usize(0..3)].clone();
        let (pause, trouble) = (
            Duration::from_millis(pause),
            Duration::from_secs(rng.u64(trouble)),
        );
        Self {
            devices,
            sessions,
            has_conversations: sessions == Sessions::PerDevice && later.bool(),
            network: Network {
                delay: 1..slowest,
                loss: if bad { rng.u32(0..40) } else { 0 },
                duplication: if bad { rng.u32(0..10) } else { 0 },
            },
            store: StorePlan::draw(rng),
            mailbox: draw_mailbox(rng),
            mailbox_memory: [usize::MAX, usize::MAX, 0, 100_000][apart.usize(0..4)],
            client_mutation: None,
            trouble,
            pause,
            faults: [0, 3, 10, 30][rng.usize(0..4)],
            decision: (rng.u32(0..100) < 20).then(|| 1..rng.u64(2..2000)),
            closes_on: [0, 0, 0, 1, 10][apart.usize(0..5)],
            refuses_for_now: [0, 0, 0, 1, 30][apart.usize(0..5)],
            token_life: (apart.u32(0..4) == 0).then(|| apart.u64(1_000..60_000)),
            longest_ttl: [None, None, Some(1_000), Some(120_000)][apart.usize(0..4)]
                .filter(|_| sessions == Sessions::Single),
            purges: [0, 0, 0, 2, 10][apart.usize(0..5)] * u32::from(sessions == Sessions::Single),
            apart: apart.fork(),
        }
    }

    /// Returns whether the proxy closes the stream on which a message with this fingerprint comes.
    pub(super) fn closes_on(&self, fp: &str) -> bool {
        fingerprint_hash("", fp) % 100 < self.closes_on
    }
}

impl StorePlan {
    fn draw(rng: &mut Rng) -> Self {
        if rng.u32(0..100) < 20 {
            return Self::Synchronous;
        }
        let slowest = [2, 30, 300, 3000][rng.usize(0..4)];
        Self::Slow {
            commit: 0..slowest,
            answer: 0..slowest,
            quota: (rng.u32(0..100) < 10).then(|| rng.u64(1..30)),
        }
    }
}

/// The default bounds, or such that everything spills.
fn draw_mailbox(rng: &mut Rng) -> mailbox::Config {
    let default = mailbox::Config::default();
    if rng.u32(0..100) < 40 {
        return default;
    }
    mailbox::Config {
        max_messages: rng.usize(1..12),
        max_bytes: rng.usize(1..3000),
        in_flight: rng.usize(1..6),
        load_window: rng.usize(1..8),
        ..default
    }
}
