//! Who may log in.

use std::time::Duration;

use mobileim_protocol::payload::LoginRequest;

use crate::deferred::Deferred;
use crate::link::Peer;
use crate::stats::AuthStats;

/// Decides about logins: every one is verified, also a second one on the same connection.
pub trait Authenticator: Send + Sync {
    /// Verifies that the client is who it says it is.
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict>;

    /// The same, for those to whom it matters where the login comes from. This is what is asked.
    fn verify_from(&self, request: &LoginRequest, _source: &LoginSource) -> Deferred<LoginVerdict> {
        self.verify(request)
    }

    /// A number of the user's, which becomes another one when what was accepted before does not count any more. It is asked before a
    /// login is verified and once its session is there, so that nobody slips in between whose sessions are ended meanwhile.
    fn revocation(&self, _user: &str) -> u64 {
        0
    }

    /// What it has counted.
    fn stats(&self) -> AuthStats {
        AuthStats::default()
    }

    /// Why nobody can be verified at present, such as a service that does not answer, if that is so.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// Where a login comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginSource {
    /// Who is at the other end.
    pub peer: Peer,
    /// Whether this connection has a session of the same user already. Then it is the same LOGIN once more, because its answer
    /// was lost, or another one, with another token.
    pub has_session: bool,
}

impl LoginSource {
    /// The source of a login.
    pub const fn new(peer: Peer, has_session: bool) -> Self {
        Self { peer, has_session }
    }
}

/// What an [`Authenticator`] decides.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginVerdict {
    /// The client is who it says it is.
    Accept,
    /// It is, until this time, in ms since 1970: then its session ends, unless it has sent another LOGIN by then.
    AcceptUntil(i64),
    /// It is not: the code that it is told, one of [`codes`](mobileim_protocol::codes) or an application's own from
    /// [`FIRST_APPLICATION_REFUSAL`](mobileim_protocol::codes::FIRST_APPLICATION_REFUSAL) up.
    Refuse(i64),
    /// The same, with the reason for the log; the client is not told. It must not have any part of the token.
    RefuseFor {
        /// The code that the client is told.
        code: i64,
        /// Why.
        why: String,
        /// With [`TEMPORARILY_UNAVAILABLE`](mobileim_protocol::codes::TEMPORARILY_UNAVAILABLE), how long the client is
        /// told to wait before it tries again.
        retry_after: Option<Duration>,
    },
}

/// Believes everybody: for development.
#[derive(Debug, Clone, Copy, Default)]
pub struct AcceptAnyToken;

impl Authenticator for AcceptAnyToken {
    fn verify(&self, _request: &LoginRequest) -> Deferred<LoginVerdict> {
        LoginVerdict::Accept.into()
    }
}

impl<F> Authenticator for F
where
    F: Fn(&LoginRequest) -> Deferred<LoginVerdict> + Send + Sync,
{
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        self(request)
    }
}
