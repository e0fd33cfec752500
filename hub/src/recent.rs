//! A bounded map: past its capacity the oldest entry is forgotten.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};

/// Values by the hashes of their keys, in the order they came.
#[derive(Debug)]
pub(crate) struct Recent<V> {
    capacity: usize,
    order: VecDeque<u64>,
    values: HashMap<u64, V>,
    /// With a random seed, so that keys cannot be chosen to collide.
    hasher: RandomState,
}

impl<V> Recent<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            order: VecDeque::new(),
            values: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    pub(crate) fn get(&self, key: impl Hash) -> Option<&V> {
        if self.values.is_empty() {
            return None;
        }
        self.values.get(&self.hasher.hash_one(key))
    }

    pub(crate) fn get_mut(&mut self, key: impl Hash) -> Option<&mut V> {
        self.values.get_mut(&self.hasher.hash_one(key))
    }

    /// The value of an entry, which is added as the newest if it is not there.
    pub(crate) fn get_or_default(&mut self, key: impl Hash) -> &mut V
    where
        V: Default,
    {
        let key = self.hasher.hash_one(key);
        if !self.values.contains_key(&key) {
            self.add(key, V::default());
        }
        self.values.entry(key).or_default()
    }

    /// Adds an entry as the newest, or replaces its value and leaves it where it is.
    pub(crate) fn insert(&mut self, key: impl Hash, value: V) {
        let key = self.hasher.hash_one(key);
        self.add(key, value);
    }

    fn add(&mut self, key: u64, value: V) {
        if self.values.insert(key, value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.capacity {
            self.forget_oldest();
        }
    }

    pub(crate) fn oldest(&self) -> Option<&V> {
        self.values.get(self.order.front()?)
    }

    pub(crate) fn newest(&self) -> Option<&V> {
        self.values.get(self.order.back()?)
    }

    pub(crate) fn forget_oldest(&mut self) {
        if let Some(key) = self.order.pop_front() {
            self.values.remove(&key);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.order.len(), self.values.len());
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_the_first_is_forgotten() {
        let mut recent = Recent::new(3);
        for number in 0..4 {
            recent.insert(format!("key {number}"), number);
            recent.insert("key 1", 10);
        }
        assert_eq!(recent.len(), 3);
        assert_eq!(
            (recent.get("key 0"), recent.get("key 1")),
            (None, Some(&10))
        );
        assert_eq!((recent.oldest(), recent.newest()), (Some(&10), Some(&3)));
    }
}
