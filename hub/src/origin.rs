//! Who is to be told what became of a message.

use std::sync::Arc;

use mobileim_protocol::SERVER;

/// Who has sent a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A user, by id: told by an acknowledgement or an error on the session.
    User(Arc<str>),
    /// The application: told by an [`Event`](crate::Event).
    Server,
    /// The application in the name of a user, by id: told by an [`Event`](crate::Event). The user's clients are told nothing.
    OnBehalf(Arc<str>),
}

impl Origin {
    /// Reads a message's `from`, which the application may have sent on that user's behalf.
    pub(crate) fn of(from: Arc<str>, on_behalf: bool) -> Self {
        if on_behalf {
            Self::OnBehalf(from)
        } else {
            from.into()
        }
    }

    /// The id that the message has as its sender's.
    pub fn id(&self) -> &str {
        match self {
            Self::User(user) | Self::OnBehalf(user) => user,
            Self::Server => SERVER,
        }
    }
}

impl From<Arc<str>> for Origin {
    /// Reads a message's `from`.
    fn from(id: Arc<str>) -> Self {
        if *id == *SERVER {
            Self::Server
        } else {
            Self::User(id)
        }
    }
}
