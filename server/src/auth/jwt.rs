//! JSON Web Tokens (RFC 7519).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, Header, Validation};
use mobileim_hub::{AuthStats, Authenticator, Clock as _, Deferred, LoginSource, LoginVerdict};
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Transport, codes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::jwks::{Asked, Candidates, Jwks};
use super::keys::{Key, Keys};
use super::used::{Use, UsedTokens};
use crate::clock::SystemClock;
use crate::revocations::Revocations;

/// How far the clocks of who signs and of this server may be apart, in seconds.
const LEEWAY: u32 = 10;

/// Verifies tokens: the signature, `sub`, `exp`, `nbf`, and `aud` and `iss` if they are configured.
#[derive(Debug, Clone)]
pub struct Jwt {
    keys: Keys,
    /// Keys that a provider publishes, beside the others.
    jwks: Option<Jwks>,
    audience: Option<String>,
    issuer: Option<String>,
    /// The tokens that were used on UDP, if each is for one login there.
    used: Option<Arc<UsedTokens>>,
    /// The tokens that are refused though they are right.
    revocations: Revocations,
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
    /// When it was issued, as `exp` is written. What is no number is none.
    #[serde(default)]
    iat: Value,
}

/// The claims of a token that is made here.
#[derive(Serialize)]
struct Written<'a> {
    sub: &'a str,
    /// To the ms, so that a token that is issued right after the earlier ones were revoked is newer than that.
    iat: f64,
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
    /// The user's tokens that were issued before a time were revoked.
    #[error("the token was issued before the user's tokens were revoked")]
    Revoked,
    /// The same, and it does not say when it was issued.
    #[error("the user's tokens were revoked, and this one does not say when it was issued (iat)")]
    Undated,
    /// Its key is not among those of the provider.
    #[error("the token names a key that the provider does not have")]
    UnknownKey,
    /// Its key may be among those of the provider, which is not to be asked sooner.
    #[error("the token names a key that the provider did not have a moment ago")]
    NotAgainYet(Duration),
    /// There are no keys that it could be signed with, for now.
    #[error("the keys of the provider cannot be fetched")]
    NoKeys(Option<Duration>),
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
            Self::NoRoom | Self::NotAgainYet(_) | Self::NoKeys(_) => codes::TEMPORARILY_UNAVAILABLE,
            _ => codes::BAD_TOKEN,
        }
    }

    /// Returns how long the client is to wait before it tries again, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotAgainYet(wait) => Some(*wait),
            Self::NoKeys(wait) => *wait,
            _ => None,
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
            jwks: None,
            audience: None,
            issuer: None,
            used: None,
            revocations: Revocations::default(),
        }
    }

    /// Takes those that are signed with a key of a provider, too.
    #[must_use]
    pub fn with_jwks(self, jwks: impl Into<Option<Jwks>>) -> Self {
        let jwks = jwks.into();
        Self { jwks, ..self }
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

    /// Refuses those that are revoked, too.
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        Self {
            revocations,
            ..self
        }
    }

    /// Verifies a user's token. Returns until when it is taken, in ms since 1970.
    pub fn check(&self, user: &str, token: &str) -> Result<i64, Refused> {
        self.read(user, token).map(|claims| end(claims.exp))
    }

    /// Begins to fetch the keys of a provider.
    pub(super) fn start(&self) {
        if let Some(jwks) = &self.jwks {
            jwks.start();
        }
    }

    /// Takes the place of another one: remembers as used what that one does, and has the keys of the same provider.
    pub(super) fn succeed(&mut self, other: &Self) {
        if let (Some(jwks), Some(before)) = (&mut self.jwks, &other.jwks)
            && jwks.is_like(before)
        {
            *jwks = before.clone();
        }
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
                match tokens.take(id, address, end, SystemClock::new().unix_millis()) {
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
        let claims = self.read_any(user, token)?;
        let issued_at = claims.iat.as_f64().map(millis);
        match (self.revocations.refuses(user, issued_at), issued_at) {
            (false, _) => Ok(claims),
            (true, Some(_)) => Err(Refused::Revoked),
            (true, None) => Err(Refused::Undated),
        }
    }

    /// The same, also if it is revoked.
    fn read_any(&self, user: &str, token: &str) -> Result<Read, Refused> {
        let header = jsonwebtoken::decode_header(token)?;
        let algorithm = header.alg;
        let configured = self.keys.of(algorithm);
        let refused = match self.read_with(configured, user, token, algorithm)? {
            Tried::Right(claims) => return Ok(claims),
            Tried::Wrong(refused) => refused,
        };
        let Some(jwks) = self.jwks.as_ref().filter(|_| is_public(algorithm)) else {
            return Err(refused);
        };
        match jwks.candidates(algorithm, header.kid.as_deref()) {
            Candidates::NoKeys => Err(Refused::NoKeys(jwks.wait())),
            Candidates::Unknown => Err(Refused::UnknownKey),
            Candidates::Keys(keys) => match self.read_with(&keys, user, token, algorithm)? {
                Tried::Right(claims) => Ok(claims),
                Tried::Wrong(refused) => Err(refused),
            },
        }
    }

    fn read_with<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a Key>,
        user: &str,
        token: &str,
        algorithm: Algorithm,
    ) -> Result<Tried, Refused> {
        let validation = self.validation(algorithm);
        let mut refused = Refused::NoKey(algorithm);
        for key in keys {
            match jsonwebtoken::decode::<Read>(token, &key.key, &validation) {
                Ok(data) if data.claims.sub == user => return Ok(Tried::Right(data.claims)),
                Ok(_) => return Err(Refused::OtherUser),
                // Of another of the keys.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                    refused = error.into();
                }
                Err(error) if is_of_key(error.kind()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Tried::Wrong(refused))
    }

    /// Has the keys of the provider fetched, if that may help, and then looks again.
    fn look_again(
        &self,
        refused: Refused,
        request: &LoginRequest,
        source: Option<&LoginSource>,
    ) -> Deferred<LoginVerdict> {
        let jwks = match (&refused, &self.jwks) {
            (Refused::UnknownKey | Refused::NoKeys(_), Some(jwks)) => jwks.clone(),
            _ => return verdict(Err(refused)),
        };
        let has_keys = matches!(refused, Refused::UnknownKey);
        let not_yet = move |wait| {
            if has_keys {
                Refused::NotAgainYet(wait)
            } else {
                Refused::NoKeys(Some(wait))
            }
        };
        // Whoever sends forged names of keys is to cost nothing.
        if let Some(wait) = jwks.wait() {
            return verdict(Err(not_yet(wait)));
        }
        let (this, request, source) = (self.clone(), request.clone(), source.cloned());
        Deferred::pending(async move {
            let checked = match jwks.ask().await {
                Asked::TooSoon(wait) => Err(not_yet(wait)),
                Asked::Now => match &source {
                    Some(source) => this.check_from(&request.user_id, &request.token, source),
                    None => this.check(&request.user_id, &request.token),
                },
            };
            to_verdict(checked)
        })
    }

    /// Makes a token for a user, for trying out; none if only public keys are configured.
    pub fn sign(&self, user: &str, valid_for: Duration) -> Option<String> {
        let key = self.keys.signing()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let claims = Written {
            sub: user,
            iat: Duration::from_millis(now.as_millis().try_into().ok()?).as_secs_f64(),
            exp: (now + valid_for).as_secs(),
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

/// What came of trying keys on a token.
enum Tried {
    Right(Read),
    /// It is signed with none of them.
    Wrong(Refused),
}

/// Returns whether a signature is verified with a key that everybody may know.
fn is_public(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA
    )
}

/// Returns whether something is wrong with a key, not with a token.
fn is_of_key(error: &ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::InvalidEcdsaKey
            | ErrorKind::InvalidEddsaKey
            | ErrorKind::InvalidRsaKey(_)
            | ErrorKind::InvalidKeyFormat
    )
}

/// Returns when a token is refused, in ms since 1970, that expires at `exp`, in s.
fn end(exp: f64) -> i64 {
    millis(exp + f64::from(LEEWAY))
}

/// Returns so many s in ms.
#[expect(
    clippy::cast_possible_truncation,
    reason = "past i64 it is i64's greatest"
)]
fn millis(secs: f64) -> i64 {
    (secs * 1000.0).round() as i64
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
        match self.check(&request.user_id, &request.token) {
            Err(refused) => self.look_again(refused, request, None),
            accepted => verdict(accepted),
        }
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        match self.check_from(&request.user_id, &request.token, source) {
            Err(refused) => self.look_again(refused, request, Some(source)),
            accepted => verdict(accepted),
        }
    }

    fn stats(&self) -> AuthStats {
        self.jwks.as_ref().map(Jwks::stats).unwrap_or_default()
    }

    fn trouble(&self) -> Option<String> {
        self.jwks.as_ref()?.trouble()
    }
}

fn verdict(checked: Result<i64, Refused>) -> Deferred<LoginVerdict> {
    to_verdict(checked).into()
}

fn to_verdict(checked: Result<i64, Refused>) -> LoginVerdict {
    match checked {
        Ok(end) => LoginVerdict::AcceptUntil(end),
        Err(refused) => LoginVerdict::RefuseFor {
            code: refused.code(),
            why: refused.to_string(),
            retry_after: refused.retry_after(),
        },
    }
}

#[cfg(test)]
mod tests;
