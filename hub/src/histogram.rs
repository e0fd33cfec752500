//! How long things took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds: for what takes a fraction of a millisecond on one machine, and seconds
/// where something is wrong.
const BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// Counts durations by their length.
#[derive(Debug, Default)]
pub struct Histogram {
    /// The last is for what is longer than all bounds.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// What a [`Histogram`] has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Durations {
    buckets: [u64; BOUNDS.len() + 1],
    micros: u64,
}

impl Histogram {
    /// Something took this long.
    pub fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What was counted until now.
    pub fn read(&self) -> Durations {
        let mut read = Durations {
            micros: self.micros.load(Ordering::Relaxed),
            ..Durations::default()
        };
        for (read, bucket) in read.buckets.iter_mut().zip(&self.buckets) {
            *read = bucket.load(Ordering::Relaxed);
        }
        read
    }
}

impl Durations {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// How long they took in all.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.micros)
    }

    /// How many took at most so long, and longer than what comes before; the last has no bound.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = BOUNDS.iter().map(|bound| Duration::from_micros(*bound));
        bounds
            .map(Some)
            .chain([None])
            .zip(self.buckets.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_it_fits_into() {
        let histogram = Histogram::default();
        for micros in [0, 100, 101, 10_000_000, 10_000_001] {
            histogram.observe(Duration::from_micros(micros));
        }
        histogram.observe(Duration::from_secs(86_400));
        let read = histogram.read();
        assert_eq!(read.count(), 6);
        let filled: Vec<_> = read.buckets().filter(|(_, count)| *count > 0).collect();
        assert_eq!(
            filled,
            [
                (Some(Duration::from_micros(100)), 2),
                (Some(Duration::from_micros(250)), 1),
                (Some(Duration::from_secs(10)), 1),
                (None, 2)
            ]
        );
        assert_eq!(read.sum(), Duration::from_micros(86_420_000_202));
    }
}
