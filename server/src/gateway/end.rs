//! How a stream connection ends, and what the log says of it.

use std::io;
use std::net::SocketAddr;

use mobileim_protocol::Transport;
use tracing::{debug, info};

use mobileim_hub::{CloseReason, Connection};

use super::lines::Lines;

/// The end of a connection.
#[derive(Debug)]
pub(super) struct End {
    pub(super) reason: CloseReason,
    /// What the gateway knows of it beyond the reason.
    cause: Option<String>,
}

impl End {
    pub(super) fn new(reason: CloseReason, cause: String) -> Self {
        Self {
            reason,
            cause: Some(cause),
        }
    }

    /// The other end closed, or the connection broke.
    pub(super) fn disconnected(cause: impl Into<String>) -> Self {
        Self {
            reason: CloseReason::Disconnected,
            cause: Some(cause.into()),
        }
    }

    /// The connection broke.
    pub(super) fn broken(error: &io::Error) -> Self {
        Self::disconnected(error.to_string())
    }

    /// Returns whether the client may still read what is left for it.
    pub(super) fn can_take_more(&self) -> bool {
        !matches!(
            self.reason,
            CloseReason::Disconnected | CloseReason::Expired | CloseReason::SlowReader
        )
    }

    /// Writes the connection's one line in the log: what a client has done wrong at `info`, the ordinary at `debug`.
    /// To be called before [`Connection::close`], which forgets the user.
    ///
    /// Of the former, there are no more than `lines` allows; the rest is at `debug` too.
    ///
    /// Neither tokens nor texts of messages are in it; what the client has chosen is quoted.
    pub(super) fn log(
        &self,
        transport: Transport,
        peer: SocketAddr,
        connection: &Connection,
        lines: &Lines,
    ) {
        let Self { reason, cause } = self;
        let user = connection.user();
        let cause = cause.as_deref().or(connection.cause());
        if is_ordinary(*reason) || !lines.take() {
            debug!(%transport, %peer, user, %reason, cause, "connection ends");
        } else {
            info!(%transport, %peer, user, %reason, cause, "connection ends");
        }
    }
}

impl From<CloseReason> for End {
    fn from(reason: CloseReason) -> Self {
        Self {
            reason,
            cause: None,
        }
    }
}

fn is_ordinary(reason: CloseReason) -> bool {
    matches!(
        reason,
        CloseReason::LoggedOut
            | CloseReason::Disconnected
            | CloseReason::Expired
            | CloseReason::HandshakeFailed
            | CloseReason::TokenExpired
            | CloseReason::Replaced
            | CloseReason::Kicked(_)
            | CloseReason::ServerStopping { .. }
    )
}
