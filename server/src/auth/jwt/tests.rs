//! What tokens are taken.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::EncodingKey;
use mobileim_hub::Peer;
use serde_json::json;

use super::*;

const SECRET: &str = "a secret of at least 32 bytes in all";

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/jwt/", $name, ".pem"))
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

/// A login of alice's from a port of this machine.
fn source(transport: Transport, port: u16, has_session: bool) -> LoginSource {
    let address = ([127, 0, 0, 1], port).into();
    LoginSource::new(Peer::at(transport, address), has_session)
}

#[test]
fn on_udp_a_token_is_for_one_login_where_that_is_wanted() {
    let jwt = secret().with_udp_tokens_for_one_login();
    let check = |token: &str, transport, port, has_session| {
        let checked = jwt.check_from("alice", token, &source(transport, port, has_session));
        checked.map(|_| ()).map_err(|refused| refused.code())
    };
    let token = |jti| with_secret(&json!({ "sub": "alice", "exp": in_seconds(60), "jti": jti }));
    let (udp, tcp) = (Transport::Udp, Transport::Tcp);
    let first = token("1");
    // On a stream, as often as it comes, until it was used on UDP.
    assert_eq!(check(&first, tcp, 1, false), Ok(()));
    assert_eq!(check(&first, tcp, 2, false), Ok(()));
    assert_eq!(check(&first, udp, 3, false), Ok(()));
    // Once more, as its answer was lost.
    assert_eq!(check(&first, udp, 3, true), Ok(()));
    // When the session has ended; from elsewhere, whoever that is; on a stream.
    assert_eq!(check(&first, udp, 3, false), Err(1025));
    assert_eq!(check(&first, udp, 4, false), Err(1025));
    assert_eq!(check(&first, udp, 4, true), Err(1025));
    assert_eq!(check(&first, tcp, 5, false), Err(1025));
    assert_eq!(check(&token("2"), udp, 3, true), Ok(()));
    for nameless in [json!(null), json!(""), json!(7)] {
        let token = with_secret(&json!({ "sub": "alice", "exp": in_seconds(60), "jti": nameless }));
        assert_eq!(check(&token, udp, 6, false), Err(1025), "{nameless}");
        assert_eq!(check(&token, tcp, 6, false), Ok(()), "{nameless}");
    }
    // A token that is refused is not used up.
    let bobs = token("3");
    let bob = jwt.check_from("bob", &bobs, &source(udp, 7, false));
    assert_eq!(bob.unwrap_err().code(), 1025);
    assert_eq!(check(&bobs, udp, 8, false), Ok(()));
}

#[test]
fn elsewhere_a_token_is_for_any_number_of_logins() {
    let token = with_secret(&json!({ "sub": "alice", "exp": in_seconds(60), "jti": "1" }));
    for port in 1..3 {
        let source = source(Transport::Udp, port, false);
        assert!(secret().check_from("alice", &token, &source).is_ok());
    }
}

#[test]
fn a_token_that_is_made_here_has_a_name_of_its_own() {
    let jwt = secret().with_udp_tokens_for_one_login();
    for port in 1..3 {
        let token = jwt.sign("alice", Duration::from_secs(60)).unwrap();
        let source = source(Transport::Udp, port, false);
        assert!(jwt.check_from("alice", &token, &source).is_ok());
    }
}

#[test]
fn a_token_is_revoked_by_when_it_was_issued() {
    let jwt = secret();
    let before = in_seconds(-5);
    let issued = |iat: Value| {
        let mut claims = json!({ "sub": "alice", "exp": in_seconds(60) });
        if !iat.is_null() {
            claims["iat"] = iat;
        }
        let refused = jwt.check("alice", &with_secret(&claims)).err();
        refused.map(|refused| (refused.code(), refused.to_string()))
    };
    assert_eq!(issued(Value::Null), None);
    // Within a second the revocation wins: whole seconds are those in which it has begun.
    let middle = before * 1000 + 500;
    let _ = jwt.revocations.revoke("alice", Some(middle));
    let revoked = "the token was issued before the user's tokens were revoked";
    let undated =
        "the user's tokens were revoked, and this one does not say when it was issued (iat)";
    for (iat, expected) in [
        (json!(before - 1), Some(revoked)),
        (json!(before), Some(revoked)),
        (json!(before + 1), None),
        (json!(f64_of(before) + 0.499), Some(revoked)),
        (json!(f64_of(before) + 0.5), None),
        (json!(-1e300), Some(revoked)),
        (json!(1e300), None),
        (json!("yesterday"), Some(undated)),
        (Value::Null, Some(undated)),
    ] {
        let expected = expected.map(|text| (codes::BAD_TOKEN, text.to_owned()));
        assert_eq!(issued(iat.clone()), expected, "{iat}");
    }
    let claims = json!({ "sub": "bob", "exp": in_seconds(60) });
    assert!(jwt.check("bob", &with_secret(&claims)).is_ok());
    let _ = jwt.revocations.take_back("alice");
    assert_eq!(issued(Value::Null), None);
}

fn f64_of(seconds: i64) -> f64 {
    u32::try_from(seconds).unwrap().into()
}

#[test]
fn a_token_that_is_made_right_after_is_newer() {
    let jwt = secret();
    let old = jwt.sign("alice", Duration::from_mins(1)).unwrap();
    let revoking = jwt.revocations.revoke("alice", Some(in_seconds(1) * 1000));
    assert!(revoking.is_ok());
    assert_eq!(code(&jwt, &old), codes::BAD_TOKEN);
    let _ = jwt.revocations.take_back("alice");
    let _ = jwt.revocations.revoke("alice", None);
    let new = jwt.sign("alice", Duration::from_mins(1)).unwrap();
    assert_eq!(code(&jwt, &new), 0);
}

#[test]
fn another_one_in_its_place_heeds_the_same_revocations() {
    let replaceable =
        crate::auth::Replaceable::new(crate::auth::Authentication::Jwt(secret().into()));
    let token = secret().sign("alice", Duration::from_mins(1)).unwrap();
    let login = json!({ "loginUserId": "alice", "loginToken": token }).to_string();
    let login: LoginRequest = mobileim_protocol::payload::decode(Some(&login)).unwrap();
    let code = || match replaceable.verify(&login) {
        Deferred::Ready(LoginVerdict::RefuseFor { code, .. }) => code,
        _ => 0,
    };
    assert_eq!((code(), replaceable.revocation("alice")), (0, 0));
    let soon = in_seconds(60) * 1000;
    let _ = replaceable.revocations().revoke("alice", Some(soon));
    for _ in 0..2 {
        assert_eq!(code(), codes::BAD_TOKEN);
        replaceable.replace(crate::auth::Authentication::Jwt(secret().into()));
    }
    assert_ne!(replaceable.revocation("alice"), 0);
    let stats = replaceable.stats();
    assert_eq!((stats.revoked_users, stats.revoked_logins), (1, 2));
}
