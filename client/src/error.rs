//! What a caller waits for in vain, and why.

use mobileim_protocol::client::{self as engine, LostReason};
use mobileim_protocol::codes;

use crate::storage::StorageError;

/// Why a login did not succeed. None of these is a matter of waiting: while the server cannot be reached, or
/// refuses for now, the client keeps trying.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// It could not begin.
    #[error(transparent)]
    NotBegun(#[from] engine::LoginError),
    /// The server refused it.
    #[error("refused: {} ({code})", refusal(*code))]
    Refused {
        /// See [`codes`].
        code: i64,
    },
    /// The server ended the session for good.
    #[error("kicked: {} ({code})", reason.as_deref().unwrap_or_else(|| kick(*code)))]
    KickedOut {
        /// See [`codes`].
        code: i64,
        /// In the administrator's words.
        reason: Option<String>,
    },
    /// What earlier runs left cannot be read, or what is sent could not be kept.
    #[error(transparent)]
    Storage(StorageError),
    /// The application logged out before the login was answered.
    #[error("logged out")]
    LoggedOut,
    /// The client's task has ended with its runtime.
    #[error("the client has stopped")]
    Stopped,
}

/// Why a message was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It was not taken: nothing was sent or kept.
    #[error(transparent)]
    NotTaken(#[from] engine::SendError),
    /// It could not be stored, so it was neither sent nor kept.
    #[error("not sent, for it cannot be kept: {0}")]
    NotStored(StorageError),
    /// It was given up: it will not be sent again. It may have arrived all the same, if only its
    /// acknowledgement was lost.
    #[error("given up: {}", lost(*.0))]
    Lost(LostReason),
    /// The server refused the login or ended the session before the message was acknowledged. The client keeps
    /// it, and sends it when the same user logs in again.
    #[error("the session ended before the message was acknowledged")]
    SessionEnded,
    /// The client's task has ended: its last handle was dropped, or its runtime, or it [left](crate::Client::leave).
    #[error("the client has stopped")]
    Stopped,
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// The parameters are no JSON object.
    #[error("the parameters: {0}")]
    BadParameters(String),
    /// It was not asked.
    #[error(transparent)]
    NotAsked(#[from] engine::AskError),
    /// It was asked, and is not answered.
    #[error(transparent)]
    Unanswered(#[from] engine::Unanswered),
    /// The server refuses it.
    #[error("the server refuses it with code {code}: {text}")]
    Refused {
        /// See [`codes`].
        code: i64,
        /// In words.
        text: String,
    },
    /// The answer is none to this question.
    #[error("the answer cannot be read: {0}")]
    BadAnswer(String),
    /// The client's task has ended: its last handle was dropped, or its runtime, or it [left](crate::Client::leave).
    #[error("the client has stopped")]
    Stopped,
}

fn refusal(code: i64) -> &'static str {
    match code {
        codes::BAD_TOKEN => "the token is not valid",
        codes::TOKEN_EXPIRED => "the token has expired",
        codes::TEMPORARILY_UNAVAILABLE => "logins cannot be checked at the moment",
        _ => "the application's own reason",
    }
}

fn kick(code: i64) -> &'static str {
    match code {
        codes::KICKED_DUPLICATE_LOGIN => "the same user logged in elsewhere",
        codes::KICKED_BY_ADMINISTRATOR => "by an administrator",
        _ => "the application's own reason",
    }
}

fn lost(reason: LostReason) -> String {
    match reason {
        LostReason::Unacknowledged => "no acknowledgement came".to_owned(),
        LostReason::Refused(code) => format!("the server refused it ({code})"),
        LostReason::LoggedOut => "logged out before it was acknowledged".to_owned(),
        LostReason::OtherUser => "another user logged in".to_owned(),
        LostReason::TooLongForReceiver { limit } => {
            format!("the receiver's client takes at most {limit} bytes")
        }
        LostReason::TooLong { limit } => format!("the server takes at most {limit} bytes"),
        LostReason::BreaksLink => {
            "three links in a row were closed right after it was sent".to_owned()
        }
        LostReason::Invalid => "no server takes it".to_owned(),
        reason => format!("{reason:?}"),
    }
}
