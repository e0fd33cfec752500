//! Random numbers from the operating system.

use mobileim_protocol::Secret;

/// A seed for an engine.
pub(crate) fn seed() -> u64 {
    getrandom::u64().expect("the operating system has random numbers")
}

/// The secret of a client's sessions on datagrams.
pub(crate) fn secret() -> Secret {
    loop {
        // One in all numbers is none.
        if let Some(secret) = Secret::new(seed()) {
            return secret;
        }
    }
}

/// A fingerprint: a UUID v4, as the original uses.
pub(crate) fn fingerprint() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
