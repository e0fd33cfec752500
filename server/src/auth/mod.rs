//! Who may log in.

mod jwks;
mod jwt;
mod keys;
mod replaceable;
mod used;

use mobileim_hub::{AcceptAnyToken, Authenticator, Deferred, LoginSource, LoginVerdict};
use mobileim_protocol::payload::LoginRequest;

pub use jwks::Jwks;
pub use jwt::{Jwt, Refused};
pub use keys::{KeyError, Keys};
pub use replaceable::Replaceable;

/// The authenticators that can be configured.
#[derive(Debug)]
#[non_exhaustive]
pub enum Authentication {
    /// Everybody is believed.
    AnyToken,
    /// JSON Web Tokens.
    Jwt(Box<Jwt>),
}

impl Authentication {
    /// Begins what it has to do while it waits for logins.
    fn start(&self) {
        match self {
            Self::AnyToken => {}
            Self::Jwt(jwt) => jwt.start(),
        }
    }
}

impl Authenticator for Authentication {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        match self {
            Self::AnyToken => AcceptAnyToken.verify(request),
            Self::Jwt(jwt) => jwt.verify(request),
        }
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        match self {
            Self::AnyToken => AcceptAnyToken.verify_from(request, source),
            Self::Jwt(jwt) => jwt.verify_from(request, source),
        }
    }

    fn trouble(&self) -> Option<String> {
        match self {
            Self::AnyToken => None,
            Self::Jwt(jwt) => jwt.trouble(),
        }
    }
}
