//! Who reads events, and how far.

/// How many there may be: each is looked at when events are removed.
pub(crate) const MAX_CONSUMERS: usize = 100;

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// How far a consumer has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Consumer {
    /// The last event that it has.
    pub(crate) position: i64,
    /// When it came last, in ms since 1970.
    pub(crate) seen_at: i64,
}

/// Returns whether a consumer may have this name.
pub(crate) fn is_consumer_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_part)
}
