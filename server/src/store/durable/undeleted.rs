//! What is to be removed.

use mobileim_hub::store::Removal;

/// A message is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deletion {
    pub(super) position: i64,
    /// Its place among everything that was asked for.
    pub(super) number: u64,
    pub(super) why: Removal,
}

pub(super) fn positions(deletions: &[Deletion]) -> Vec<i64> {
    deletions.iter().map(|deletion| deletion.position).collect()
}
