//! What outlives a run of the application.

/// Keeps a client's unacknowledged messages, and what it has received, from one run of the application to the
/// next. Without one, both live as long as the [`Client`](crate::Client).
///
/// Called on the client's task, in order. A message is sent only after [`Storage::persist`] has returned, and a
/// received one acknowledged only after [`Storage::remember`] has: when they return, it should be safe. A
/// message that could not be stored is sent all the same, so an implementation reports its own failures.
pub trait Storage: Send + 'static {
    /// What is stored for this user, who is about to log in.
    fn load(&mut self, user_id: &str) -> Stored;

    /// Stores a message (JSON text) of this user under its fingerprint, until [`Storage::forget`].
    fn persist(&mut self, user_id: &str, fp: &str, body: &str);

    /// Removes a message: it was acknowledged, or given up.
    fn forget(&mut self, fp: &str);

    /// Stores the hash of a message that this user received. Only the last
    /// [`RECEIVED_MEMORY`](crate::engine::RECEIVED_MEMORY) are of use.
    fn remember(&mut self, user_id: &str, hash: u64);
}

/// What a [`Storage`] holds for a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Unacknowledged messages (JSON text), in the order they were persisted.
    pub outbox: Vec<String>,
    /// Hashes of received messages, oldest first.
    pub received: Vec<u64>,
}
