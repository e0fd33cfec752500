//! Where the random numbers of a test begin.

use std::hash::{BuildHasher as _, RandomState};

/// Returns `MOBILEIM_SEED`, or another number each time. Prints it, for the next time.
pub fn seed() -> u64 {
    let seed = match std::env::var("MOBILEIM_SEED") {
        Ok(seed) => seed.parse().expect("MOBILEIM_SEED is a number"),
        Err(_) => random_seed(),
    };
    println!("MOBILEIM_SEED={seed}");
    seed
}

pub(crate) fn random_seed() -> u64 {
    RandomState::new().hash_one(0)
}
