//! What happened to the messages of the last hours, within a bound of memory: the oldest is forgotten first.
//!
//! A step of a message takes 12 bytes, and a few more if a number or the receiver's name goes with it: with three steps for most
//! messages some 55 bytes each. Steps are kept one behind the other, as they come, in chunks; whoever looks for those of one
//! message reads through them. Messages are spread over shards by their hash, so that those who record hardly ever wait for each other,
//! and who reads takes only one shard's lock, for a moment.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;
use parking_lot::Mutex;

use super::{Step, TraceEntry};

/// A power of two.
const SHARDS: usize = 16;

/// The bytes of a chunk.
const CHUNK: usize = 64 << 10;

/// What each step has: six bytes of the message's hash, two of the receiver's, three of the time, and its code.
const HEAD: usize = 12;

/// The longest time within a chunk, in ms: what three bytes hold.
const MAX_OFFSET: u64 = (1 << 24) - 1;

#[derive(Debug)]
pub(crate) struct Recorder {
    shards: [Mutex<Shard>; SHARDS],
    /// How many chunks each shard has at most, with the one that is being filled.
    chunks: usize,
}

#[derive(Debug, Default)]
struct Shard {
    /// The oldest first.
    full: VecDeque<Arc<Chunk>>,
    open: Option<Chunk>,
}

#[derive(Debug, Clone)]
struct Chunk {
    began: Instant,
    steps: Vec<u8>,
}

impl Recorder {
    /// One that takes so many bytes at most, but 2 MiB in any case. It takes none before something is recorded.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            shards: Default::default(),
            chunks: (bytes / CHUNK / SHARDS).max(2),
        }
    }

    /// Remembers a step of the message with this [hash](mobileim_protocol::fingerprint_hash), on its way to a receiver.
    pub(crate) fn record(&self, now: Instant, hash: u64, to: &str, step: Step) {
        let mut shard = self.shards[shard_of(hash)].lock();
        let chunk = shard.chunk_for(now, self.chunks);
        let offset = now.since(chunk.began).as_millis();
        let offset = u64::try_from(offset).map_or(MAX_OFFSET, |millis| millis.min(MAX_OFFSET));
        let (code, number) = step.encode();
        let steps = &mut chunk.steps;
        steps.extend_from_slice(&hash.to_le_bytes()[..6]);
        steps.extend_from_slice(&tag(to));
        steps.extend_from_slice(&offset.to_le_bytes()[..3]);
        steps.push(code);
        if let Some(number) = number {
            write_number(steps, number);
        }
        if Step::has_name(code) {
            let name = to.as_bytes();
            write_number(steps, name.len() as u64);
            steps.extend_from_slice(name);
        }
    }

    /// What is remembered of a message, in order.
    pub(crate) fn find(&self, hash: u64) -> Vec<TraceEntry> {
        let chunks: Vec<Arc<Chunk>> = {
            let shard = self.shards[shard_of(hash)].lock();
            let open = shard.open.clone().map(Arc::new);
            shard.full.iter().cloned().chain(open).collect()
        };
        let mut names = HashMap::<[u8; 2], Arc<str>>::new();
        let mut found = Vec::new();
        for chunk in chunks {
            let mut rest = &chunk.steps[..];
            while let Some((head, more)) = rest.split_at_checked(HEAD) {
                rest = more;
                let code = head[11];
                let number = if Step::has_number(code) {
                    read_number(&mut rest)
                } else {
                    0
                };
                let step = Step::decode(code, number);
                let mut name: &[u8] = &[];
                if Step::has_name(code) {
                    let len = usize::try_from(read_number(&mut rest)).unwrap_or(usize::MAX);
                    (name, rest) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                }
                if head[..6] != hash.to_le_bytes()[..6] {
                    continue;
                }
                let tag = [head[6], head[7]];
                if Step::has_name(code) {
                    names.insert(tag, String::from_utf8_lossy(name).into());
                }
                let offset = u32::from_le_bytes([head[8], head[9], head[10], 0]);
                found.push(TraceEntry {
                    at: chunk.began + Duration::from_millis(offset.into()),
                    to: names.get(&tag).cloned(),
                    step,
                });
            }
        }
        found
    }

    /// Since when messages with such a hash are remembered, if one is.
    pub(crate) fn since(&self, hash: u64) -> Option<Instant> {
        let shard = self.shards[shard_of(hash)].lock();
        let open = shard.open.as_ref().map(|chunk| chunk.began);
        shard.full.front().map(|chunk| chunk.began).or(open)
    }

    /// How much memory it takes now, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let chunks = self.shards.iter().map(|shard| {
            let shard = shard.lock();
            shard.full.len() + usize::from(shard.open.is_some())
        });
        chunks.sum::<usize>() * CHUNK
    }
}

impl Shard {
    /// The chunk that takes one more step.
    fn chunk_for(&mut self, now: Instant, max: usize) -> &mut Chunk {
        const LONGEST: usize = HEAD + 10 + 10 + mobileim_protocol::MAX_ID_LEN;
        let is_full = |chunk: &Chunk| {
            let age = now.since(chunk.began).as_millis();
            chunk.steps.len() + LONGEST > CHUNK || age > u128::from(MAX_OFFSET)
        };
        if let Some(chunk) = self.open.take_if(|chunk| is_full(chunk)) {
            self.full.push_back(Arc::new(chunk));
            while self.full.len() >= max {
                self.full.pop_front();
            }
        }
        self.open.get_or_insert_with(|| Chunk {
            began: now,
            steps: Vec::with_capacity(CHUNK),
        })
    }
}

/// Six bytes of the hash tell messages apart within a shard; these are others.
fn shard_of(hash: u64) -> usize {
    usize::from(hash.to_le_bytes()[7]) % SHARDS
}

/// Tells the receivers of one message apart.
fn tag(to: &str) -> [u8; 2] {
    let (chunks, rest) = to.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = chunks.iter().chain([&last]).fold(0u64, |hash, chunk| {
        (hash ^ u64::from_le_bytes(*chunk)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    let hash = hash.to_be_bytes();
    [hash[0], hash[1]]
}

/// Seven bits in each byte, the lowest first; the eighth says that there are more.
fn write_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    to.push(number.to_le_bytes()[0]);
}

fn read_number(from: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = from.split_first() else {
            break;
        };
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use mobileim_protocol::fingerprint_hash;

    use super::*;
    use crate::event::Refusal;

    const fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1000)
    }

    fn all_steps() -> Vec<Step> {
        let refused = |why| Step::Refused { why };
        vec![
            Step::Received,
            Step::PutOff {
                wait: Duration::from_millis(1500),
            },
            Step::SeenBefore,
            Step::NotTaken,
            Step::Sent { session: 1 },
            Step::Sent { session: u64::MAX },
            Step::SentAgain {
                session: (3 << 32) + 7,
            },
            Step::Delivered,
            Step::Stored,
            Step::Fetched,
            Step::AcknowledgedAgain,
            refused(Refusal::MailboxFull),
            refused(Refusal::TooLong { limit: 65_536 }),
            refused(Refusal::NoStore),
            refused(Refusal::Unavailable),
            Step::Expired,
            Step::Accepted,
            Step::Asked,
            Step::AllowedByApplication,
            Step::ChangedByApplication,
            Step::RefusedByApplication { code: -403 },
        ]
    }

    #[test]
    fn each_step_is_found_as_it_was_in_order_and_with_its_time() {
        let recorder = Recorder::new(0);
        let (hash, other) = (
            fingerprint_hash("alice", "1"),
            fingerprint_hash("carol", "1"),
        );
        for (millis, step) in (5..).zip(all_steps()) {
            recorder.record(at(millis), hash, "bob", step);
            recorder.record(at(millis), other, "dave", step);
        }
        let found = recorder.find(hash);
        let expected: Vec<_> = (5..)
            .zip(all_steps())
            .map(|(millis, step)| TraceEntry {
                at: at(millis),
                to: Some("bob".into()),
                step,
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(recorder.find(fingerprint_hash("alice", "2")), []);
    }

    #[test]
    fn a_message_to_many_is_told_for_each_of_them() {
        let recorder = Recorder::new(0);
        let hash = fingerprint_hash("0", "news");
        let longest = "x".repeat(mobileim_protocol::MAX_ID_LEN);
        for to in ["bob", &longest] {
            recorder.record(at(1), hash, to, Step::Received);
        }
        recorder.record(at(2), hash, &longest, Step::Stored);
        recorder.record(at(3), hash, "bob", Step::Delivered);
        let found = recorder.find(hash);
        let of = |name: &str| {
            let its = found.iter().filter(|it| it.to.as_deref() == Some(name));
            its.map(|it| it.step).collect::<Vec<_>>()
        };
        assert_eq!(of("bob"), [Step::Received, Step::Delivered]);
        assert_eq!(of(&longest), [Step::Received, Step::Stored]);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_is_forgotten() {
        const MESSAGES: u64 = 200_000;
        let recorder = Recorder::new(4 << 20);
        assert_eq!(recorder.memory(), 0);
        let hash = |number: u64| fingerprint_hash("alice", &number.to_string());
        for number in 0..MESSAGES {
            let now = at(number);
            recorder.record(now, hash(number), "bob", Step::Received);
            recorder.record(now, hash(number), "bob", Step::Sent { session: 12 });
            recorder.record(now, hash(number), "bob", Step::Delivered);
        }
        assert!(recorder.memory() <= 4 << 20, "{}", recorder.memory());
        assert_eq!(recorder.find(hash(0)), []);
        let oldest = recorder.since(hash(0)).unwrap();
        // Some 55 bytes for each message.
        let remembered = MESSAGES - oldest.as_micros() / 1000;
        assert!((60_000..100_000).contains(&remembered), "{remembered}");
        assert_eq!(recorder.find(hash(MESSAGES - 1)).len(), 3);
        let number = MESSAGES - remembered / 2;
        assert_eq!(recorder.find(hash(number)).len(), 3);
    }

    #[test]
    fn times_of_a_quiet_server_are_right_too() {
        let recorder = Recorder::new(0);
        let hash = fingerprint_hash("alice", "1");
        let day = 24 * 3_600_000;
        recorder.record(at(0), hash, "bob", Step::Received);
        recorder.record(at(day), hash, "bob", Step::Fetched);
        let times: Vec<_> = recorder.find(hash).iter().map(|it| it.at).collect();
        assert_eq!(times, [at(0), at(day)]);
    }
}
