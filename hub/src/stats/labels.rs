//! What counts are told apart by.

use mobileim_protocol::{Transport, codes};

use super::counter::{Label, label};
use crate::link::CloseReason;

label! {
    /// Between whom a message goes.
    pub enum MessageKind {
        /// From a user to a user.
        ClientToClient = "c2c",
        /// From a user to the server.
        ClientToServer = "c2s",
        /// From the server to a user.
        ServerToClient = "s2c",
    }
}

label! {
    /// What becomes of a message. One that is stored is counted again when it is fetched.
    pub enum Outcome {
        /// With QoS: the receiver has acknowledged it, and it was not stored. For a message to the server: the application has
        /// accepted it.
        Delivered = "delivered",
        /// With QoS: made durable, as the receiver is offline or silent.
        Stored = "stored",
        /// It was stored, and now the receiver has acknowledged it.
        Fetched = "fetched",
        /// Its sender has sent it again, after it was delivered or stored, or while it is on its way.
        Repeated = "repeated",
        /// Without QoS: sent to its receiver.
        Sent = "sent",
        /// Without QoS: the receiver is offline, or takes no body as long.
        Dropped = "dropped",
        /// The application refuses it.
        Refused = "refused",
        /// Its sender sends too much, and is to send it again later (304).
        TooMany = "too_many",
        /// None of the receiver's clients takes a body as long.
        TooLong = "too_long",
        /// As much is stored for the receiver as may be.
        MailboxFull = "mailbox_full",
        /// The receiver is offline, and nothing is stored here.
        NoStore = "no_store",
        /// The store could not take it. Its sender was told nothing, and sends it again.
        Unavailable = "unavailable",
        /// It waited for longer than its sender wanted.
        Expired = "expired",
        /// There was no room for it in memory. Its sender was told nothing, and sends it again.
        Overloaded = "overloaded",
    }
}

label! {
    /// What becomes of a login.
    pub enum LoginOutcome {
        /// The user is online.
        Accepted = "accepted",
        /// The token, or the user's id, is refused (1025).
        BadToken = "bad_token",
        /// The token has expired (1026).
        TokenExpired = "token_expired",
        /// One too many from this address; not looked at (1027, or nothing).
        TooManyOfAddress = "too_many_of_address",
        /// One too many as this user from this address.
        TooManyOfUser = "too_many_of_user",
        /// One too many of all.
        TooManyInAll = "too_many_in_all",
        /// It cannot be verified now (1027).
        Unavailable = "unavailable",
        /// A code of the application's.
        Refused = "refused",
        /// The user logged in elsewhere later than this client first did.
        Superseded = "superseded",
    }
}

impl LoginOutcome {
    /// That of a refusal with this code.
    pub(crate) fn of_refusal(code: i64) -> Self {
        match code {
            codes::BAD_TOKEN => Self::BadToken,
            codes::TOKEN_EXPIRED => Self::TokenExpired,
            codes::TEMPORARILY_UNAVAILABLE => Self::Unavailable,
            _ => Self::Refused,
        }
    }
}

/// A message and what becomes of it.
pub type MessageOutcome = (MessageKind, Outcome);

impl<A: Label, B: Label> Label for (A, B) {
    const COUNT: usize = A::COUNT * B::COUNT;

    fn at(index: usize) -> Self {
        (A::at(index / B::COUNT), B::at(index % B::COUNT))
    }

    fn index(self) -> usize {
        self.0.index() * B::COUNT + self.1.index()
    }

    /// The second's.
    fn name(self) -> &'static str {
        self.1.name()
    }
}

impl Label for Transport {
    const COUNT: usize = 3;

    fn at(index: usize) -> Self {
        [Self::Tcp, Self::Udp, Self::WebSocket][index]
    }

    fn index(self) -> usize {
        match self {
            Self::Tcp => 0,
            Self::Udp => 1,
            Self::WebSocket => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::WebSocket => "websocket",
        }
    }
}

/// Whatever code or wait it has.
impl Label for CloseReason {
    const COUNT: usize = Self::COUNT;

    fn at(index: usize) -> Self {
        Self::at(index)
    }

    fn index(self) -> usize {
        self.index()
    }

    fn name(self) -> &'static str {
        self.name()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn all<L: Label + Debug + PartialEq>() {
        for index in 0..L::COUNT {
            assert_eq!(L::at(index).index(), index, "{:?}", L::at(index));
        }
    }

    #[test]
    fn every_label_has_an_index_of_its_own() {
        all::<MessageOutcome>();
        all::<LoginOutcome>();
        all::<Transport>();
        all::<CloseReason>();
    }
}
