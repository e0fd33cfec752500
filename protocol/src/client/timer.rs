//! The client's deadlines.

/// Everything a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// Connecting takes too long: give the link up.
    Connect,
    /// The token does not come: give the attempt up.
    Token,
    /// The login takes too long: give the link up.
    Login,
    /// LOGIN may be lost: send it again (datagram links).
    LoginRetransmit,
    /// The back-off is over: connect.
    Reconnect,
    /// A heartbeat is due, or its answer overdue.
    KeepAlive,
    /// The token will expire: get another one.
    Refresh,
    /// An acknowledgement is overdue: send again, or give up.
    Outbox,
    /// A question is to be sent again, or its answer overdue.
    Questions,
}

impl Timer {
    /// In the order in which they are handled when several are due.
    pub(super) const ALL: [Self; 9] = [
        Self::Connect,
        Self::Token,
        Self::Login,
        Self::LoginRetransmit,
        Self::Reconnect,
        Self::KeepAlive,
        Self::Refresh,
        Self::Outbox,
        Self::Questions,
    ];
}
