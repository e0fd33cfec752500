//! Who may log in, and who may use the API.

mod api_keys;
mod jwks;
mod jwt;
mod keys;
mod passwords;
mod replaceable;
mod used;
mod users;
mod webhook;

use mobileim_hub::{AcceptAnyToken, AuthStats, Authenticator, Deferred, LoginSource, LoginVerdict};
use mobileim_protocol::payload::LoginRequest;

use crate::revocations::Revocations;

pub use api_keys::{ApiAccess, ApiKeys, ApiKeysError, NewApiKey, NoApiKey};
pub(crate) use api_keys::{ApiKey, Scope};
pub use jwks::Jwks;
pub use jwt::{Jwt, Refused};
pub use keys::{KeyError, Keys};
pub(crate) use passwords::{Given, NotGiven, SignIn};
pub use passwords::{Offer, PasswordLogin};
pub use replaceable::Replaceable;
pub use users::{NoLine, Users, UsersError};
pub use webhook::AskBackEnd;

/// The authenticators that can be configured.
#[derive(Debug)]
#[non_exhaustive]
pub enum Authentication {
    /// Everybody is believed.
    AnyToken,
    /// JSON Web Tokens.
    Jwt(Box<Jwt>),
    /// The back end says.
    BackEnd(AskBackEnd),
}

impl Authentication {
    /// Begins what it has to do while it waits for logins.
    fn start(&self) {
        match self {
            Self::AnyToken | Self::BackEnd(_) => {}
            Self::Jwt(jwt) => jwt.start(),
        }
    }

    /// Heeds revocations.
    fn heed(self, revocations: &Revocations) -> Self {
        let revocations = revocations.clone();
        match self {
            Self::AnyToken => Self::AnyToken,
            Self::Jwt(jwt) => Self::Jwt(Box::new(jwt.with_revocations(revocations))),
            Self::BackEnd(back_end) => Self::BackEnd(back_end.with_revocations(revocations)),
        }
    }

    /// Takes the place of another one, and takes over what still holds of what that one knows.
    fn succeed(&mut self, other: &Self) {
        match (self, other) {
            (Self::Jwt(new), Self::Jwt(old)) => new.succeed(old),
            (Self::BackEnd(new), Self::BackEnd(old)) => new.succeed(old),
            _ => {}
        }
    }
}

impl Authenticator for Authentication {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        match self {
            Self::AnyToken => AcceptAnyToken.verify(request),
            Self::Jwt(jwt) => jwt.verify(request),
            Self::BackEnd(back_end) => back_end.verify(request),
        }
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        match self {
            Self::AnyToken => AcceptAnyToken.verify_from(request, source),
            Self::Jwt(jwt) => jwt.verify_from(request, source),
            Self::BackEnd(back_end) => back_end.verify_from(request, source),
        }
    }

    fn stats(&self) -> AuthStats {
        match self {
            Self::AnyToken => AuthStats::default(),
            Self::Jwt(jwt) => jwt.stats(),
            Self::BackEnd(back_end) => back_end.stats(),
        }
    }

    fn trouble(&self) -> Option<String> {
        match self {
            Self::AnyToken | Self::BackEnd(_) => None,
            Self::Jwt(jwt) => jwt.trouble(),
        }
    }
}
