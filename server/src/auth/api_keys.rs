//! The keys of back ends that use the HTTP API, in a file: of each its hash, so that the file lets nobody in.
//!
//! A key is 32 random bytes, which nobody guesses: one round of SHA-256 is enough for it, as it is not for a password.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parking_lot::RwLock;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

/// What all keys begin with, so that whoever looks for secrets that have leaked finds them.
const PREFIX: &str = "mim_";

/// How many random bytes a key has.
const KEY_BYTES: usize = 32;

/// What comes before a hash, which has this many digits.
const ALGORITHM: &str = "sha256:";
const HASH_DIGITS: usize = 64;

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// What the holder of a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Send messages as the server.
    Send,
    /// Send messages in the name of users.
    SendAsUser,
    /// Send messages to everybody who is online.
    Broadcast,
    /// Read messages, and see what became of them.
    MessagesRead,
    /// See who is online, and their sessions, and that something waits for them.
    UsersRead,
    /// End sessions, and take away what waits.
    UsersWrite,
    /// See the server's state.
    ServerRead,
    /// Read what has happened.
    EventsRead,
    /// See which groups there are, and who is in them.
    GroupsRead,
    /// Make, change and end groups.
    GroupsWrite,
    /// Read what is kept of conversations.
    HistoryRead,
}

impl Scope {
    pub(crate) const ALL: [Self; 11] = [
        Self::Send,
        Self::SendAsUser,
        Self::Broadcast,
        Self::MessagesRead,
        Self::UsersRead,
        Self::UsersWrite,
        Self::ServerRead,
        Self::EventsRead,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::HistoryRead,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::SendAsUser => "send:as-user",
            Self::Broadcast => "send:broadcast",
            Self::MessagesRead => "messages:read",
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::ServerRead => "server:read",
            Self::EventsRead => "events:read",
            Self::GroupsRead => "groups:read",
            Self::GroupsWrite => "groups:write",
            Self::HistoryRead => "history:read",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// A key that is let in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ApiKey {
    pub(crate) name: Arc<str>,
    scopes: Vec<Scope>,
    /// In hexadecimal digits.
    hash: String,
}

/// The keys that are let in.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeys(Vec<ApiKey>);

/// A key that was made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What its holder sends. It is nowhere else.
    pub key: String,
    /// Its line in the file.
    pub line: String,
}

/// What is wrong with a file of keys. What is in it is not told, as it may be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeysError {
    /// A line is none.
    #[error(
        "line {0} is not a name, scopes and a hash: \"mobileim-server api-key --name shop --scopes send\" prints such a line"
    )]
    Line(usize),
    /// A line has a scope that there is not.
    #[error("line {0} has a scope that there is not: there are {names}", names = Scope::names())]
    Scope(usize),
    /// A key is in it twice.
    #[error("line {0} has a key that was there before")]
    Twice(usize),
}

/// Why no key was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoApiKey {
    /// The name cannot be one.
    #[error("a name has 1 to {MAX_NAME} letters, digits, dots, dashes and underscores of ASCII")]
    Name,
    /// There is no such scope.
    #[error("expected scopes, separated by commas, of: {names}", names = Scope::names())]
    Scope,
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandom,
}

impl ApiKey {
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

impl FromStr for ApiKeys {
    type Err = ApiKeysError;

    /// Reads lines with a name, scopes that commas separate, and a hash. Empty lines, and what follows a `#` at the beginning of a
    /// line, are for people.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keys: Vec<ApiKey> = Vec::new();
        let lines = text.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let number = index + 1;
            let parts: Vec<&str> = line.split_whitespace().collect();
            let &[name, scopes, hash] = parts.as_slice() else {
                return Err(ApiKeysError::Line(number));
            };
            let hash = hash
                .strip_prefix(ALGORITHM)
                .filter(|digits| is_hash(digits));
            let Some(hash) = hash.filter(|_| is_name(name)) else {
                return Err(ApiKeysError::Line(number));
            };
            let hash = hash.to_ascii_lowercase();
            if keys.iter().any(|key| key.hash == hash) {
                return Err(ApiKeysError::Twice(number));
            }
            keys.push(ApiKey {
                name: name.into(),
                scopes: read_scopes(scopes).ok_or(ApiKeysError::Scope(number))?,
                hash,
            });
        }
        Ok(Self(keys))
    }
}

impl ApiKeys {
    /// Makes a key for scopes that commas separate.
    pub fn make(name: &str, scopes: &str) -> Result<NewApiKey, NoApiKey> {
        if !is_name(name) {
            return Err(NoApiKey::Name);
        }
        let scopes = read_scopes(scopes).ok_or(NoApiKey::Scope)?;
        let scopes: Vec<_> = scopes.into_iter().map(Scope::name).collect();
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| NoApiKey::NoRandom)?;
        let key = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
        let line = format!("{name} {} {ALGORITHM}{}", scopes.join(","), hash(&key));
        Ok(NewApiKey { key, line })
    }

    /// Returns the one that this key is. How long that takes says nothing about the keys that there are, but how many.
    pub(crate) fn find(&self, key: &str) -> Option<&ApiKey> {
        let hash = hash(key);
        let mut found = u64::MAX;
        for (index, known) in (0..).zip(&self.0) {
            let is_it: Choice = known.hash.as_bytes().ct_eq(hash.as_bytes());
            found.conditional_assign(&index, is_it);
        }
        self.0.get(usize::try_from(found).ok()?)
    }
}

fn hash(key: &str) -> String {
    format!("{:x}", Sha256::digest(key))
}

fn is_hash(digits: &str) -> bool {
    digits.len() == HASH_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_part)
}

/// Reads scopes that commas separate: one at least.
fn read_scopes(text: &str) -> Option<Vec<Scope>> {
    text.split(',')
        .map(|name| Scope::named(name.trim()))
        .collect()
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|key| &key.name);
        f.debug_list().entries(names).finish()
    }
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewApiKey").finish_non_exhaustive()
    }
}

/// Keys in whose place others can be put while the server runs. Clones are one and the same.
#[derive(Debug, Clone)]
pub struct ApiAccess(Arc<RwLock<Option<Arc<ApiKeys>>>>);

impl ApiAccess {
    /// Whoever has one of these may use the API. Without any file of keys there is no API.
    pub fn new(keys: Option<ApiKeys>) -> Self {
        Self(Arc::new(RwLock::new(keys.map(Arc::new))))
    }

    /// From now on these may.
    pub fn replace(&self, keys: Option<ApiKeys>) {
        *self.0.write() = keys.map(Arc::new);
    }

    pub(crate) fn current(&self) -> Option<Arc<ApiKeys>> {
        self.0.read().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_do_what_its_line_says() {
        let shop = ApiKeys::make("shop", "send,users:read").unwrap();
        let other = ApiKeys::make("shop", "server:read, users:write").unwrap();
        assert_ne!(shop.key, other.key);
        assert!(
            shop.key.starts_with("mim_") && shop.key.len() == 47,
            "{}",
            shop.key
        );
        let text = format!("# Back ends\n\n  {}\r\n{}", shop.line, other.line);
        let keys: ApiKeys = text.parse().unwrap();
        let found = keys.find(&shop.key).unwrap();
        assert_eq!(&*found.name, "shop");
        let may = |key: &str| Scope::ALL.map(|scope| keys.find(key).unwrap().may(scope));
        assert_eq!(
            may(&shop.key),
            [
                true, false, false, false, true, false, false, false, false, false, false
            ]
        );
        assert_eq!(
            may(&other.key),
            [
                false, false, false, false, false, true, true, false, false, false, false
            ]
        );
        for wrong in ["", "mim_", &shop.key[..46], &shop.line] {
            assert!(keys.find(wrong).is_none(), "{wrong}");
        }
        assert!(!shop.line.contains(&shop.key[4..]));
        assert_eq!(
            format!("{keys:?} {shop:?}"),
            r#"["shop", "shop"] NewApiKey { .. }"#
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_line_and_without_what_is_in_it() {
        let NewApiKey { key, line } = ApiKeys::make("shop", "send").unwrap();
        let hash = line.rsplit_once(' ').unwrap().1;
        for (text, expected) in [
            (format!("\n{key}"), ApiKeysError::Line(2)),
            (format!("shop send {key}"), ApiKeysError::Line(1)),
            (format!("shop {hash}"), ApiKeysError::Line(1)),
            (format!("shop send {hash}0"), ApiKeysError::Line(1)),
            (format!("sh/op send {hash}"), ApiKeysError::Line(1)),
            (format!("shop {key} {hash}"), ApiKeysError::Scope(1)),
            (format!("shop send, {hash}"), ApiKeysError::Scope(1)),
            (
                format!(
                    "{line}\n{}",
                    line.to_uppercase().replace("SHOP SEND SHA", "a send sha")
                ),
                ApiKeysError::Twice(2),
            ),
        ] {
            let error = text.parse::<ApiKeys>().unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains(&key), "{error}");
        }
        let error = ApiKeysError::Scope(3).to_string();
        assert!(
            error.ends_with(
                "there are send, send:as-user, send:broadcast, messages:read, users:read, users:write, server:read, events:read, groups:read, groups:write, history:read"
            ),
            "{error}"
        );
    }

    #[test]
    fn a_key_without_a_name_or_scope_is_not_made() {
        let long = "x".repeat(65);
        for name in ["", "a b", "a\nb", "é", &long] {
            assert_eq!(ApiKeys::make(name, "send"), Err(NoApiKey::Name), "{name}");
        }
        for scopes in ["", "all", "send,", "send users:read"] {
            assert_eq!(
                ApiKeys::make("shop", scopes),
                Err(NoApiKey::Scope),
                "{scopes}"
            );
        }
    }
}
