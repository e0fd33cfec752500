//! What becomes at once of a message of the server.

/// What became at once of a message of the server. What becomes of it later, with QoS, an [`Event`](crate::Event) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// It is on its way; without QoS, it left on the receiver's session.
    OnItsWay,
    /// A message with its fingerprint came before, which holds, whatever became of that: this one goes nowhere.
    Repeated,
    /// The receiver is offline. Only without QoS.
    Offline,
    /// The mailbox has no room for it now. What is sent before it is sent again may overtake it. Only with QoS.
    NoRoom,
    /// It is longer than every client of the receiver takes, or any client.
    TooLong {
        /// The longest body that is taken, in bytes.
        limit: usize,
    },
}

impl Sent {
    /// Returns whether it is on its way, or was before.
    pub const fn is_on_its_way(self) -> bool {
        matches!(self, Self::OnItsWay | Self::Repeated)
    }
}
