//! JSON Web Tokens (RFC 7519).

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, Header, Validation};
use mobileim_hub::{Authenticator, Deferred, LoginVerdict};
use mobileim_protocol::codes;
use mobileim_protocol::payload::LoginRequest;
use serde::{Deserialize, Serialize};

use super::keys::Keys;

/// How far the clocks of who signs and of this server may be apart, in seconds.
const LEEWAY: u32 = 10;

/// Verifies tokens: the signature, `sub`, `exp`, `nbf`, and `aud` and `iss` if they are configured.
#[derive(Debug)]
pub struct Jwt {
    keys: Keys,
    audience: Option<String>,
    issuer: Option<String>,
}

/// What is read of a token's claims. The others are checked by the library.
#[derive(Deserialize)]
struct Read {
    sub: String,
    /// In s since 1970; it need not be a whole number.
    exp: f64,
}

/// The claims of a token that is made here.
#[derive(Serialize)]
struct Written<'a> {
    sub: &'a str,
    exp: u64,
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
    /// It does not say what it must.
    #[error("the token {0}")]
    Invalid(Cow<'static, str>),
}

impl Refused {
    /// Returns the code that the client is told.
    pub fn code(&self) -> i64 {
        match self {
            Self::Expired => codes::TOKEN_EXPIRED,
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

    /// Verifies a user's token. Returns until when it is taken, in ms since 1970.
    pub fn check(&self, user: &str, token: &str) -> Result<i64, Refused> {
        let algorithm = jsonwebtoken::decode_header(token)?.alg;
        let validation = self.validation(algorithm);
        let mut refused = Refused::NoKey(algorithm);
        for key in self.keys.of(algorithm) {
            match jsonwebtoken::decode::<Read>(token, &key.key, &validation) {
                Ok(data) if data.claims.sub == user => return Ok(end(data.claims.exp)),
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

impl Authenticator for Jwt {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        let verdict = match self.check(&request.user_id, &request.token) {
            Ok(end) => LoginVerdict::AcceptUntil(end),
            Err(refused) => LoginVerdict::RefuseFor {
                code: refused.code(),
                why: refused.to_string(),
                retry_after: None,
            },
        };
        verdict.into()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "a secret of at least 32 bytes in all";

    macro_rules! pem {
        ($name:literal) => {
            include_str!(concat!("../../tests/data/jwt/", $name, ".pem"))
        };
    }

    fn secret() -> Jwt {
        Jwt::new(Keys::from_secrets(SECRET).unwrap())
    }

    /// A time so many seconds from now, in s since 1970.
    fn in_seconds(seconds: i64) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_secs()).unwrap() + seconds
    }

    fn signed(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, key).unwrap()
    }

    fn with_secret(claims: &Value) -> String {
        signed(
            Algorithm::HS256,
            &EncodingKey::from_secret(SECRET.as_bytes()),
            claims,
        )
    }

    /// The code with which alice's token is refused; 0 if it is not.
    fn code(jwt: &Jwt, token: &str) -> i64 {
        jwt.check("alice", token)
            .err()
            .map_or(0, |refused| refused.code())
    }

    #[test]
    fn a_token_is_taken_that_is_signed_with_any_of_the_keys() {
        let claims = json!({ "sub": "alice", "exp": in_seconds(60) });
        let pem = concat!(pem!("rsa.pub"), pem!("p256.pub"), pem!("ed25519.pub"));
        let public = Keys::from_pem(pem).unwrap();
        let jwt = Jwt::new(Keys::from_secrets(SECRET).unwrap().and(public));
        for (algorithm, key) in [
            (
                Algorithm::HS256,
                Ok(EncodingKey::from_secret(SECRET.as_bytes())),
            ),
            (
                Algorithm::RS256,
                EncodingKey::from_rsa_pem(pem!("rsa").as_bytes()),
            ),
            (
                Algorithm::ES256,
                EncodingKey::from_ec_pem(pem!("p256").as_bytes()),
            ),
            (
                Algorithm::EdDSA,
                EncodingKey::from_ed_pem(pem!("ed25519").as_bytes()),
            ),
        ] {
            let token = signed(algorithm, &key.unwrap(), &claims);
            assert_eq!(code(&jwt, &token), 0, "{algorithm:?}");
            assert_eq!(code(&secret(), &token) == 0, algorithm == Algorithm::HS256);
            // One bit is another.
            let mut forged = token.into_bytes();
            let at = forged.len() - 10;
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                code(&jwt, &String::from_utf8(forged).unwrap()),
                1025,
                "{algorithm:?}"
            );
        }
    }

    #[test]
    fn it_ends_when_the_token_expires_whatever_form_that_time_has() {
        let end = in_seconds(60);
        for exp in [
            json!(end),
            json!(f64::from(i32::try_from(end).unwrap()) + 0.25),
        ] {
            let token = with_secret(&json!({ "sub": "alice", "exp": exp }));
            let until = secret().check("alice", &token).unwrap();
            let expected = (end + i64::from(LEEWAY)) * 1000;
            assert!(
                (0..=250).contains(&(until - expected)),
                "{until} {expected}"
            );
        }
    }

    #[test]
    fn what_is_no_token_of_this_user_is_refused() {
        let (soon, past) = (in_seconds(60), in_seconds(-60));
        for (claims, expected) in [
            (json!({ "sub": "alice", "exp": past }), 1026),
            (json!({ "sub": "alice", "exp": in_seconds(-5) }), 0),
            (json!({ "sub": "alice" }), 1025),
            (json!({ "sub": "alice", "exp": "soon" }), 1025),
            (json!({ "sub": "bob", "exp": soon }), 1025),
            (json!({ "sub": "Alice", "exp": soon }), 1025),
            (json!({ "sub": ["alice"], "exp": soon }), 1025),
            (json!({ "exp": soon }), 1025),
            (json!({ "sub": "alice", "exp": soon, "nbf": soon }), 1025),
            (
                json!({ "sub": "alice", "exp": soon, "nbf": in_seconds(5) }),
                0,
            ),
            // For whom that is, is not known here.
            (json!({ "sub": "alice", "exp": soon, "aud": "shop" }), 1025),
        ] {
            assert_eq!(code(&secret(), &with_secret(&claims)), expected, "{claims}");
        }
        for text in ["", "a-token", "a.b.c", "..", "é.é.é"] {
            assert_eq!(code(&secret(), text), 1025, "{text}");
        }
        // Whoever does not know the key does not learn whether it was right once.
        let other = EncodingKey::from_secret(b"another secret of at least 32 bytes");
        let token = signed(
            Algorithm::HS256,
            &other,
            &json!({ "sub": "alice", "exp": past }),
        );
        assert_eq!(code(&secret(), &token), 1025);
    }

    #[test]
    fn the_reason_is_told_without_the_token() {
        let soon = in_seconds(60);
        for (token, expected) in [
            (
                with_secret(&json!({ "sub": "alice", "exp": 1 })),
                "the token has expired",
            ),
            (
                with_secret(&json!({ "sub": "bob", "exp": soon })),
                "the token is another user's",
            ),
            (
                with_secret(&json!({ "sub": "alice" })),
                "the token cannot be read",
            ),
            (
                with_secret(&json!({ "sub": "alice", "exp": "tomorrow" })),
                "the token cannot be read",
            ),
            (
                with_secret(&json!({ "sub": "alice", "exp": soon, "nbf": soon })),
                "the token is not valid yet",
            ),
            (
                with_secret(&json!({ "sub": "alice", "exp": soon, "aud": "a" })),
                "the token is for another audience",
            ),
            (
                "private.private.private".to_owned(),
                "the token cannot be read",
            ),
        ] {
            assert_eq!(
                secret().check("alice", &token).unwrap_err().to_string(),
                expected
            );
        }
    }

    #[test]
    fn the_configured_audience_and_issuer_must_be_named() {
        let jwt = secret()
            .with_audience(Some("chat".to_owned()))
            .with_issuer(Some("us".to_owned()));
        let exp = in_seconds(60);
        for (aud, iss, expected) in [
            (json!("chat"), json!("us"), 0),
            (json!(["shop", "chat"]), json!("us"), 0),
            (json!("shop"), json!("us"), 1025),
            (json!("chat"), json!("them"), 1025),
            (json!(null), json!("us"), 1025),
            (json!("chat"), json!(null), 1025),
        ] {
            let claims = json!({ "sub": "alice", "exp": exp, "aud": aud, "iss": iss });
            assert_eq!(code(&jwt, &with_secret(&claims)), expected, "{claims}");
        }
    }

    #[test]
    fn the_algorithm_follows_from_the_key_and_never_from_the_token() {
        let claims = json!({ "sub": "alice", "exp": in_seconds(60) });
        let public = Jwt::new(Keys::from_pem(pem!("rsa.pub")).unwrap());
        // The public key, which everybody knows, as a secret.
        for confused in [pem!("rsa.pub").trim(), pem!("rsa.pub")] {
            let key = EncodingKey::from_secret(confused.as_bytes());
            assert_eq!(
                code(&public, &signed(Algorithm::HS256, &key, &claims)),
                1025
            );
        }
        let payload = BASE64.encode(claims.to_string());
        for alg in ["none", "None", "NONE", "", "HS257"] {
            let header = BASE64.encode(json!({ "alg": alg, "typ": "JWT" }).to_string());
            for signature in ["", "AAAA"] {
                let token = format!("{header}.{payload}.{signature}");
                assert_eq!(code(&secret(), &token), 1025, "{alg}");
                assert_eq!(code(&public, &token), 1025, "{alg}");
            }
        }
        // HS256 is what a secret is for, not what is longer.
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        assert_eq!(
            code(&secret(), &signed(Algorithm::HS512, &key, &claims)),
            1025
        );
    }

    #[test]
    fn a_token_that_is_made_here_is_taken_here() {
        let jwt = secret()
            .with_audience(Some("chat".to_owned()))
            .with_issuer(Some("us".to_owned()));
        let token = jwt.sign("alice", Duration::from_secs(60)).unwrap();
        assert_eq!(code(&jwt, &token), 0);
        let public = Jwt::new(Keys::from_pem(pem!("p256.pub")).unwrap());
        assert_eq!(public.sign("alice", Duration::from_secs(60)), None);
    }

    #[test]
    fn several_secrets_are_taken_and_the_first_signs() {
        let old = "the secret that was there before, 32 bytes";
        let both = Jwt::new(Keys::from_secrets(&format!("{SECRET}\n{old}\n")).unwrap());
        let claims = json!({ "sub": "alice", "exp": in_seconds(60) });
        let key = EncodingKey::from_secret(old.as_bytes());
        assert_eq!(code(&both, &signed(Algorithm::HS256, &key, &claims)), 0);
        let token = both.sign("alice", Duration::from_secs(60)).unwrap();
        assert_eq!(code(&secret(), &token), 0);
    }
}
