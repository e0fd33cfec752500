//! The keys in a JSON Web Key Set.

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::auth::keys::{Key, P256_POINT};

/// How many keys are looked at: providers have two or three.
const MAX_KEYS: usize = 100;

/// What a provider publishes. Its keys are read one by one, as one of a new kind must not take the others with it.
#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// A key with its name, if it has one.
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) key: Key,
}

/// What was found in a set.
#[derive(Default)]
pub(super) struct Found {
    pub(super) keys: Vec<Named>,
    /// Why the others are not used, each reason once.
    pub(super) others: Vec<&'static str>,
}

/// Reads the keys that tokens may be signed with; an error says why this is no set of keys.
pub(super) fn read(body: &[u8]) -> Result<Found, String> {
    let set: Set = serde_json::from_slice(body)
        .map_err(|error| format!("it is no set of keys (JWKS): {error}"))?;
    let mut found = Found::default();
    for value in set.keys.into_iter().take(MAX_KEYS) {
        match key(value) {
            Ok(named) => found.keys.push(named),
            Err(why) if found.others.contains(&why) => {}
            Err(why) => found.others.push(why),
        }
    }
    Ok(found)
}

fn key(value: Value) -> Result<Named, &'static str> {
    if value.get("d").is_some() {
        return Err("a private key, which must not be published");
    }
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| "not a key, or of an unknown kind")?;
    let algorithm = algorithm(&jwk.algorithm)?;
    let common = jwk.common;
    if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return Err("not for signatures (use)");
    }
    let operations = common.key_operations;
    if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return Err("not for verifying signatures (key_ops)");
    }
    let named = common.key_algorithm;
    if named.is_some_and(|named| named != KeyAlgorithm::from(algorithm)) {
        return Err("for another algorithm (alg) than RS256, ES256 or EdDSA");
    }
    let key = decoding_key(&jwk.algorithm)?;
    let key = Key { algorithm, key };
    let name = common.key_id;
    Ok(Named { name, key })
}

/// The algorithm follows from the kind of key. A secret is none that anybody may publish: with it, whoever reads the set could
/// sign.
fn algorithm(parameters: &AlgorithmParameters) -> Result<Algorithm, &'static str> {
    match parameters {
        AlgorithmParameters::RSA(_) => Ok(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Ok(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Ok(Algorithm::EdDSA)
        }
        AlgorithmParameters::OctetKey(_) => Err("a secret (oct), which must not be published"),
        _ => Err("of another curve or kind than RSA, P-256 or Ed25519"),
    }
}

fn decoding_key(parameters: &AlgorithmParameters) -> Result<DecodingKey, &'static str> {
    const DAMAGED: &str = "damaged";
    let has_len = |key: &DecodingKey, len| {
        let bytes = key.try_get_as_bytes();
        bytes.is_ok_and(|bytes| bytes.len() == len)
    };
    match parameters {
        AlgorithmParameters::RSA(key) => {
            DecodingKey::from_rsa_components(&key.n, &key.e).map_err(|_| DAMAGED)
        }
        AlgorithmParameters::EllipticCurve(key) => {
            let key = DecodingKey::from_ec_components(&key.x, &key.y).map_err(|_| DAMAGED)?;
            has_len(&key, P256_POINT).then_some(key).ok_or(DAMAGED)
        }
        AlgorithmParameters::OctetKeyPair(key) => {
            let key = DecodingKey::from_ed_components(&key.x).map_err(|_| DAMAGED)?;
            has_len(&key, 32).then_some(key).ok_or(DAMAGED)
        }
        _ => Err(DAMAGED),
    }
}
