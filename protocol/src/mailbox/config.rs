//! The settings of mailboxes.

use core::time::Duration;

/// The bounds and times of a [`Mailbox`](super::Mailbox).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// A receiver that has not acknowledged after so long has the message stored for it; at least this, and
    /// at least twice the session's measured time to acknowledge.
    pub persist_after: Duration,
    /// And at most this.
    pub persist_after_max: Duration,
    /// When to ask the store again for what it could not do.
    pub store_retry: Duration,
    /// How many messages are held in memory at most: so many that may be sent, so many on their way into the store
    /// behind them, and a [`load_window`](Self::load_window) of those that come from it.
    pub max_messages: usize,
    /// How many bytes of bodies are held in memory at most, likewise.
    pub max_bytes: usize,
    /// How many messages are on their way to a session at most.
    pub in_flight: usize,
    /// How many stored messages are loaded at a time.
    pub load_window: usize,
    /// How many messages are remembered as delivered, and how many as stored, to recognise repeated ones.
    pub remembered: usize,
    /// For how long.
    pub remember_for: Duration,
    /// A fault that is put in on purpose, to see whether tests find it.
    #[cfg(feature = "mutations")]
    pub mutation: Option<Mutation>,
    /// How long what a sender sends next waits for the repetition of a message that could not be taken: longer
    /// than any sender waits before it repeats itself.
    pub await_repetition: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            persist_after: Duration::from_millis(300),
            persist_after_max: Duration::from_millis(1500),
            store_retry: Duration::from_secs(5),
            max_messages: 1024,
            max_bytes: 1024 * 1024,
            in_flight: 256,
            load_window: 256,
            remembered: 4096,
            remember_for: Duration::from_secs(600),
            await_repetition: Duration::from_secs(120),
            #[cfg(feature = "mutations")]
            mutation: None,
        }
    }
}

/// A fault of a mailbox, or of what gives messages to several.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// The sender is acknowledged when the store is asked to append, rather than when that is durable.
    AcknowledgeBeforeCommit,
    /// A repeated message is delivered again.
    ForgetDelivered,
    /// At login, what is stored is not read.
    ForgetBacklog,
    /// A message is deleted when it is sent, rather than when it is acknowledged.
    DeleteWhenSent,
    /// What comes while the backlog is read goes before it.
    OvertakeBacklog,
    /// What a sender sends after something that could not be taken is taken.
    TakeSuccessors,
    /// On datagrams, a sender's messages are all sent at once.
    SendTogether,
    /// What has waited for too long in the store is sent all the same.
    OutliveTime,
    /// What is taken away from the store stays here.
    KeepPurged,
    /// What others write into a log while the backlog is read is not read.
    ForgetLogged,
    /// What was not acknowledged in a log is passed by when what stands behind it is.
    AdvanceTooFar,
    /// A sender is acknowledged when one of several devices has its message.
    AcknowledgeFirstDevice,
    /// The last of several devices is passed over.
    SkipDevice,
    /// What a sender is to send again later may be overtaken on the sender's own other devices.
    OvertakeOwn,
    /// What is new in a log is not shown to the first of its readers, though online.
    SkipReader,
}

impl Config {
    /// Whether this fault was put in. Never, but for tests of the tests.
    #[cfg(feature = "mutations")]
    #[doc(hidden)]
    pub fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    #[cfg(not(feature = "mutations"))]
    #[doc(hidden)]
    pub const fn has(&self, _mutation: Mutation) -> bool {
        false
    }
}
