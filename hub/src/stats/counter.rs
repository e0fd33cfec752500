//! Numbers that only grow, one for each value of a label.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub fn count(&self) {
        self.add(1);
    }

    /// Counts `count`.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// What was counted until now.
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a number is told apart by.
pub trait Label: Copy + 'static {
    /// How many values it has.
    const COUNT: usize;

    /// The value at an index.
    fn at(index: usize) -> Self;

    /// Its index, below [`Self::COUNT`].
    fn index(self) -> usize;

    /// Its name in metrics.
    fn name(self) -> &'static str;
}

/// A [`Counter`] for each value of a label.
pub(super) struct Counters<L> {
    counters: Box<[Counter]>,
    label: PhantomData<L>,
}

/// What was counted for each value of a label.
#[derive(Clone, PartialEq, Eq)]
pub struct Counts<L> {
    counts: Box<[u64]>,
    label: PhantomData<L>,
}

impl<L: Label> Default for Counters<L> {
    fn default() -> Self {
        Self {
            counters: (0..L::COUNT).map(|_| Counter::default()).collect(),
            label: PhantomData,
        }
    }
}

impl<L: Label> Counters<L> {
    pub(super) fn of(&self, label: L) -> &Counter {
        &self.counters[label.index()]
    }

    pub(super) fn read(&self) -> Counts<L> {
        Counts {
            counts: self.counters.iter().map(Counter::read).collect(),
            label: PhantomData,
        }
    }
}

impl<L: Label> Counts<L> {
    /// How many there were.
    pub fn of(&self, label: L) -> u64 {
        self.counts[label.index()]
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many more there are here than in others.
    pub(super) fn minus(&self, others: &Self) -> Self {
        let pairs = self.counts.iter().zip(&others.counts);
        Self {
            counts: pairs
                .map(|(all, other)| all.saturating_sub(*other))
                .collect(),
            label: PhantomData,
        }
    }

    /// Each value, and how many there were.
    pub fn iter(&self) -> impl Iterator<Item = (L, u64)> {
        let counts = self.counts.iter().copied().enumerate();
        counts.map(|(index, count)| (L::at(index), count))
    }
}

impl<A: Label, B: Label> Counts<(A, B)> {
    /// The same by the first label alone.
    pub fn by_first(&self) -> Counts<A> {
        let mut counts = Counts::default();
        for ((first, _), count) in self.iter() {
            counts.counts[first.index()] += count;
        }
        counts
    }

    /// The same by the second label alone.
    pub fn by_second(&self) -> Counts<B> {
        let mut counts = Counts::default();
        for ((_, second), count) in self.iter() {
            counts.counts[second.index()] += count;
        }
        counts
    }
}

impl<L: Label> Default for Counts<L> {
    fn default() -> Self {
        Self {
            counts: vec![0; L::COUNT].into(),
            label: PhantomData,
        }
    }
}

impl<L: Label> fmt::Debug for Counts<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.iter().filter(|(_, count)| *count > 0);
        f.debug_map()
            .entries(counts.map(|(label, count)| (label.name(), count)))
            .finish()
    }
}

impl<L> fmt::Debug for Counters<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.counters).finish()
    }
}

/// Declares a label without data: its values and their names.
macro_rules! label {
    (
        $(#[$doc:meta])*
        $vis:vis enum $label:ident { $( $(#[$value_doc:meta])* $value:ident = $name:literal, )* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        $vis enum $label { $( $(#[$value_doc])* $value, )* }

        impl $crate::stats::Label for $label {
            const COUNT: usize = [$( $name ),*].len();

            fn at(index: usize) -> Self {
                [$( Self::$value ),*][index]
            }

            fn index(self) -> usize {
                self as usize
            }

            fn name(self) -> &'static str {
                match self { $( Self::$value => $name, )* }
            }
        }
    };
}

pub(super) use label;
