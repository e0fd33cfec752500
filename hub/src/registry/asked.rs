//! What connections hold of messages about which the application is asked, together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// In bytes, about.
#[derive(Debug, Default)]
pub(crate) struct Asked(AtomicUsize);

impl Asked {
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn take(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}
