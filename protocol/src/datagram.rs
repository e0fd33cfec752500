//! Bodies that are longer than a datagram should be, cut into several and put together again.
//!
//! Only if both ends have said at login how long a body they take (docs/protocol.md, "Long bodies"). A part names its
//! body by a hash, so what is sent again consists of the same parts: those that arrived the first time count, and
//! only the others must arrive.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::time::Instant;

/// The longest datagram that a body of more than this is cut into, in bytes: what every path takes whole (RFC 8085,
/// 3.2; RFC 9000, 14).
pub const MAX_DATAGRAM: usize = 1200;

/// What a part begins with; no JSON text does.
const MARK: u8 = 1;

/// The mark, the body's hash, the number of the part, the number of the last.
const HEADER: usize = 11;

/// How many bytes of a body all parts but the last have.
const CHUNK: usize = MAX_DATAGRAM - HEADER;

/// The highest number that a part can have: 64 KiB and more.
const LAST: u8 = 63;

/// The longest body that can be cut, in bytes.
pub const MAX_BODY: usize = CHUNK * (LAST as usize + 1);

/// A body of which no part has come for this long is given up.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Cuts a body into datagrams: one, if it is not longer than [`MAX_DATAGRAM`].
///
/// A body that is longer than [`MAX_BODY`] becomes nothing.
pub fn cut(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let whole = body.len() <= MAX_DATAGRAM;
    let last = body.len().saturating_sub(1) / CHUNK;
    let last = u8::try_from(last)
        .ok()
        .filter(|last| *last <= LAST && !whole);
    let name = hash(body);
    let parts = last.map(|last| {
        body.chunks(CHUNK).zip(0..).map(move |(chunk, number)| {
            let mut datagram = Vec::with_capacity(HEADER + chunk.len());
            datagram.push(MARK);
            datagram.extend_from_slice(&name.to_be_bytes());
            datagram.extend_from_slice(&[number, last]);
            datagram.extend_from_slice(chunk);
            datagram
        })
    });
    let single = whole.then(|| body.to_vec());
    single.into_iter().chain(parts.into_iter().flatten())
}

/// How many bytes the datagrams have that a body of this length is cut into.
pub const fn len_in_parts(body: usize) -> usize {
    if body <= MAX_DATAGRAM {
        body
    } else {
        body + HEADER * body.div_ceil(CHUNK)
    }
}

/// Returns whether a datagram is a part of a body.
pub fn is_part(datagram: &[u8]) -> bool {
    datagram.first() == Some(&MARK)
}

/// The parts of bodies that are not complete, by who sends them.
#[derive(Debug)]
pub struct Assembly<K> {
    /// How many bytes are held at most, of one sender and of all.
    max_bytes: (usize, usize),
    bytes: usize,
    bodies: BTreeMap<(K, u64), Incomplete>,
}

#[derive(Debug)]
struct Incomplete {
    last: u8,
    parts: BTreeMap<u8, Box<[u8]>>,
    bytes: usize,
    heard_at: Instant,
}

struct Part<'a> {
    name: u64,
    number: u8,
    last: u8,
    chunk: &'a [u8],
}

impl<K: Ord + Copy> Assembly<K> {
    /// Holds at most this many bytes of one sender's bodies, and of all.
    pub fn new(of_one: usize, of_all: usize) -> Self {
        Self {
            max_bytes: (of_one, of_all),
            bytes: 0,
            bodies: BTreeMap::new(),
        }
    }

    /// Takes a part; gives the body once that is complete. What is no part, or does not fit, is ignored.
    pub fn receive(&mut self, now: Instant, from: K, datagram: &[u8]) -> Option<Vec<u8>> {
        let part = Part::read(datagram)?;
        let key = (from, part.name);
        let body = self.bodies.entry(key).or_insert_with(|| Incomplete {
            last: part.last,
            parts: BTreeMap::new(),
            bytes: 0,
            heard_at: now,
        });
        body.heard_at = now;
        if body.last == part.last && !body.parts.contains_key(&part.number) {
            body.parts.insert(part.number, part.chunk.into());
            body.bytes += part.chunk.len();
            self.bytes += part.chunk.len();
        }
        if body.parts.len() > usize::from(body.last) {
            let body = self.remove(key)?;
            let whole: Vec<u8> = body.parts.into_values().flatten().collect();
            return (hash(&whole) == part.name).then_some(whole);
        }
        self.make_room(now, key);
        None
    }

    /// Gives up what a sender has not completed.
    pub fn forget(&mut self, sender: K) {
        let range = (sender, 0)..=(sender, u64::MAX);
        let keys: Vec<_> = self.bodies.range(range).map(|(key, _)| *key).collect();
        for key in keys {
            self.remove(key);
        }
    }

    /// How many bytes are held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives up what is too old; then, of the sender and of all, what was heard of least recently. Never the newest.
    fn make_room(&mut self, now: Instant, newest: (K, u64)) {
        let (of_one, of_all) = self.max_bytes;
        let (sender, _) = newest;
        let range = (sender, 0)..=(sender, u64::MAX);
        let mut bytes = self
            .bodies
            .range(range.clone())
            .map(|(_, body)| body.bytes)
            .sum::<usize>();
        while bytes > of_one {
            let others = self
                .bodies
                .range(range.clone())
                .filter(|(key, _)| **key != newest);
            let Some(oldest) = oldest(others) else { break };
            bytes -= self.remove(oldest).map_or(0, |body| body.bytes);
        }
        while self.bytes > of_all {
            let others = self.bodies.iter().filter(|(key, _)| **key != newest);
            let Some(oldest) = oldest(others) else { break };
            self.remove(oldest);
        }
        let too_old = oldest(self.bodies.iter());
        if let Some(key) = too_old
            && now.since(self.bodies[&key].heard_at) > MAX_AGE
        {
            self.remove(key);
        }
    }

    fn remove(&mut self, key: (K, u64)) -> Option<Incomplete> {
        let body = self.bodies.remove(&key)?;
        self.bytes -= body.bytes;
        Some(body)
    }
}

fn oldest<'a, K: Copy + 'a>(
    bodies: impl Iterator<Item = (&'a (K, u64), &'a Incomplete)>,
) -> Option<(K, u64)> {
    bodies
        .min_by_key(|(_, body)| body.heard_at)
        .map(|(key, _)| *key)
}

impl<'a> Part<'a> {
    fn read(datagram: &'a [u8]) -> Option<Self> {
        let (header, chunk) = datagram.split_first_chunk::<HEADER>()?;
        let [MARK, name @ .., number, last] = header else {
            return None;
        };
        let name = u64::from_be_bytes(*name);
        let fits = if number < last {
            chunk.len() == CHUNK
        } else {
            (1..=CHUNK).contains(&chunk.len())
        };
        (number <= last && *last <= LAST && fits).then_some(Self {
            name,
            number: *number,
            last: *last,
            chunk,
        })
    }
}

/// FNV-1a.
fn hash(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
