//! JSON Web Tokens (RFC 7519).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, Header, Validation};
use mobileim_hub::{Authenticator, Deferred, LoginSource, LoginVerdict};
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Transport, codes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keys::Keys;
use super::used::{Use, UsedTokens};

/// How far the clocks of who signs and of this server may be apart, in seconds.
const LEEWAY: u32 = 10;

/// Verifies tokens: the signature, `sub`, `exp`, `nbf`, and `aud` and `iss` if they are configured.
#[derive(Debug)]
pub struct Jwt {
    keys: Keys,
    audience: Option<String>,
    issuer: Option<String>,
    /// The tokens that were used on UDP, if each is for one login there.
    used: Option<Arc<UsedTokens>>,
}

/// What is read of a token's claims. The others are checked by the library.
#[derive(Deserialize)]
struct Read {
    sub: String,
    /// In s since 1970; it need not be a whole number.
    exp: f64,
    /// The token's own name. What is no text is none.
    #[serde(default)]
    jti: Value,
}

/// The claims of a token that is made here.
#[derive(Serialize)]
struct Written<'a> {
    sub: &'a str,
    exp: u64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
}

/// Why a token is refused. Displayed without any part of the token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// It was right once.
    #[error("the token has expired")]
    Expired,
    /// It is signed by a key, or with an algorithm, for which there is none.
    #[error("the token is signed with {0:?}, for which no key is configured")]
    NoKey(Algorithm),
    /// It is somebody else's.
    #[error("the token is another user's")]
    OtherUser,
    /// It is for one login, and has been used for that.
    #[error("the token was used on UDP, where each is for one login")]
    Used,
    /// It cannot be remembered that it was used.
    #[error("too many tokens were used on UDP that have not expired")]
    NoRoom,
    /// It does not say what it must.
    #[error("the token {0}")]
    Invalid(Cow<'static, str>),
}

impl Refused {
    /// Returns the code that the client is told.
    pub fn code(&self) -> i64 {
        match self {
            Self::Expired => codes::TOKEN_EXPIRED,
            Self::NoRoom => codes::TEMPORARILY_UNAVAILABLE,
            _ => codes::BAD_TOKEN,
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let why = match error.kind() {
            ErrorKind::ExpiredSignature => return Self::Expired,
            ErrorKind::InvalidSignature => "has a wrong signature",
            ErrorKind::ImmatureSignature => "is not valid yet",
            ErrorKind::InvalidAudience => "is for another audience",
            ErrorKind::InvalidIssuer => "is of another issuer",
            ErrorKind::MissingRequiredClaim(claim) => {
                return Self::Invalid(format!("has no {claim}").into());
            }
            // What the library says of these quotes the token.
            _ => "cannot be read",
        };
        Self::Invalid(why.into())
    }
}

impl Jwt {
    /// Takes tokens that are signed with one of these keys.
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
            audience: None,
            issuer: None,
            used: None,
        }
    }

    /// Takes only tokens for this audience. If there is none, only tokens without one.
    #[must_use]
    pub fn with_audience(self, audience: Option<String>) -> Self {
        Self { audience, ..self }
    }

    /// Takes only tokens of this issuer.
    #[must_use]
    pub fn with_issuer(self, issuer: Option<String>) -> Self {
        Self { issuer, ..self }
    }

    /// Takes each token for one login only, if it comes by UDP, where whoever is on the way can read it. It must have a `jti`, and
    /// is not taken on any other transport afterwards. The address that it let in may send it again as long as its session lasts.
    #[must_use]
    pub fn with_udp_tokens_for_one_login(self) -> Self {
        let used = Some(Arc::new(UsedTokens::new()));
        Self { used, ..self }
    }

    /// Verifies a user's token. Returns until when it is taken, in ms since 1970.
    pub fn check(&self, user: &str, token: &str) -> Result<i64, Refused> {
        self.read(user, token).map(|claims| end(claims.exp))
    }

    /// Takes the place of another one: remembers as used what that one does.
    pub(super) fn succeed(&mut self, other: &Self) {
        if let (Some(used), Some(before)) = (&mut self.used, &other.used) {
            *used = Arc::clone(before);
        }
    }

    /// The same, and that it was not used before where it is for one login.
    fn check_from(&self, user: &str, token: &str, source: &LoginSource) -> Result<i64, Refused> {
        let claims = self.read(user, token)?;
        let end = end(claims.exp);
        let Some(tokens) = &self.used else {
            return Ok(end);
        };
        let id = claims.jti.as_str().filter(|id| !id.is_empty());
        let LoginSource {
            peer, has_session, ..
        } = source;
        match (peer.transport, id, peer.address) {
            (Transport::Udp, Some(id), Some(address)) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let now = now.unwrap_or_default().as_millis();
                match tokens.take(id, address, end, now.try_into().unwrap_or(i64::MAX)) {
                    Use::First => Ok(end),
                    Use::Again if *has_session => Ok(end),
                    Use::Again | Use::Elsewhere => Err(Refused::Used),
                    Use::NoRoom => Err(Refused::NoRoom),
                }
            }
            (Transport::Udp, ..) => Err(Refused::Invalid(
                "has no jti, which it must where each is for one login".into(),
            )),
            // Who has read it on its way on UDP must not come in by another door.
            (_, Some(id), _) if tokens.knows(id) => Err(Refused::Used),
            _ => Ok(end),
        }
    }

    fn read(&self, user: &str, token: &str) -> Result<Read, Refused> {
        let algorithm = jsonwebtoken::decode_header(token)?.alg;
        let validation = self.validation(algorithm);
        let mut refused = Refused::NoKey(algorithm);
        for key in self.keys.of(algorithm) {
            match jsonwebtoken::decode::<Read>(token, &key.key, &validation) {
                Ok(data) if data.claims.sub == user => return Ok(data.claims),
                Ok(_) => return Err(Refused::OtherUser),
                // Of another of the keys.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                    refused = error.into();
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused)
    }

    /// Makes a token for a user, for trying out; none if only public keys are configured.
    pub fn sign(&self, user: &str, valid_for: Duration) -> Option<String> {
        let key = self.keys.signing()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let claims = Written {
            sub: user,
            exp: (now.unwrap_or_default() + valid_for).as_secs(),
            jti: new_id()?,
            aud: self.audience.as_deref(),
            iss: self.issuer.as_deref(),
        };
        jsonwebtoken::encode(&Header::default(), &claims, key).ok()
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY.into();
        validation.validate_nbf = true;
        let mut required = vec!["sub", "exp"];
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

/// Returns when a token is refused, in ms since 1970, that expires at `exp`, in s.
#[expect(
    clippy::cast_possible_truncation,
    reason = "past i64 it is i64's greatest"
)]
fn end(exp: f64) -> i64 {
    ((exp + f64::from(LEEWAY)) * 1000.0) as i64
}

/// Returns a name that no other token has; none if the system has no random numbers.
fn new_id() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Some(id.to_string())
}

impl Authenticator for Jwt {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        verdict(self.check(&request.user_id, &request.token))
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        verdict(self.check_from(&request.user_id, &request.token, source))
    }
}

fn verdict(checked: Result<i64, Refused>) -> Deferred<LoginVerdict> {
    let verdict = match checked {
        Ok(end) => LoginVerdict::AcceptUntil(end),
        Err(refused) => LoginVerdict::RefuseFor {
            code: refused.code(),
            why: refused.to_string(),
            retry_after: None,
        },
    };
    verdict.into()
}

#[cfg(test)]
mod tests;
