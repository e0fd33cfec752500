//! A set of hashes.
//!
//! Not hashbrown's, of which a page would have to load four times as much: what it holds is hashed already and needs no
//! drop. Each hash is in the slot that its lowest bits name or, if that is taken, in the first free one after it.
//! Somebody who makes hashes alike makes one set slow, and not by much: all of them are bounded.

use alloc::vec;
use alloc::vec::Vec;
use core::mem;

/// What is in a slot that is free.
const FREE: u64 = 0;

/// How many slots a set begins with: a power of two, as ever after.
const FEWEST: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct HashSet {
    slots: Vec<u64>,
    /// How many of them are taken: three quarters at most, so that a free one is near.
    taken: usize,
    /// Whether the one hash is in the set that no slot can tell from none.
    has_zero: bool,
}

impl HashSet {
    /// Adds a hash; says whether it is new.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        if hash == FREE {
            return !mem::replace(&mut self.has_zero, true);
        }
        if self.taken * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let is_new = self.put(hash);
        self.taken += usize::from(is_new);
        is_new
    }

    pub(crate) fn contains(&self, hash: u64) -> bool {
        if hash == FREE {
            return self.has_zero;
        }
        !self.slots.is_empty() && self.at(self.slot_of(hash)) == hash
    }

    pub(crate) fn remove(&mut self, hash: u64) {
        if hash == FREE {
            self.has_zero = false;
        } else if self.contains(hash) {
            let mut slot = self.slot_of(hash);
            self.replace(slot, FREE);
            self.taken -= 1;
            // What follows may be there only because this slot was taken.
            loop {
                slot = self.after(slot);
                let moved = self.replace(slot, FREE);
                if moved == FREE {
                    break;
                }
                self.put(moved);
            }
        }
    }

    fn grow(&mut self) {
        let slots = vec![FREE; FEWEST.max(self.slots.len() * 2)];
        for hash in mem::replace(&mut self.slots, slots) {
            if hash != FREE {
                self.put(hash);
            }
        }
    }

    /// Puts a hash in its slot; says whether that was free.
    fn put(&mut self, hash: u64) -> bool {
        let slot = self.slot_of(hash);
        self.replace(slot, hash) == FREE
    }

    /// The slot that a hash is in, or would be.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the lowest bits count"
    )]
    fn slot_of(&self, hash: u64) -> usize {
        let mut slot = hash as usize & (self.slots.len() - 1);
        while self.at(slot) != FREE && self.at(slot) != hash {
            slot = self.after(slot);
        }
        slot
    }

    fn at(&self, slot: usize) -> u64 {
        self.slots[slot]
    }

    fn replace(&mut self, slot: usize, hash: u64) -> u64 {
        mem::replace(&mut self.slots[slot], hash)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_holds_what_any_set_would() {
        let mut rng = fastrand::Rng::with_seed(1);
        // Few hashes that differ, many of them at the same slot, and the one that looks like a free slot.
        for spread in [1, 7, 64, 1 << 40] {
            let mut set = HashSet::default();
            let mut other = BTreeSet::new();
            for _ in 0..20_000 {
                let hash = rng.u64(..300) * spread;
                if rng.bool() {
                    assert_eq!(set.insert(hash), other.insert(hash));
                } else {
                    set.remove(hash);
                    other.remove(&hash);
                }
                let hash = rng.u64(..300) * spread;
                assert_eq!(set.contains(hash), other.contains(&hash));
            }
            for hash in 0..300 {
                let hash = hash * spread;
                assert_eq!(set.contains(hash), other.contains(&hash));
            }
        }
    }
}
