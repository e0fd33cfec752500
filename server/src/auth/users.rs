//! Users with their passwords, in a file: for teams that have no identity provider yet.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

/// The shortest password, in characters.
const MIN_PASSWORD: usize = 8;

/// What the password of a user who does not exist is compared with, so that the time that it takes says nothing.
static OF_NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("the password of nobody"));

/// Users, each with a hash of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Users(HashMap<String, String>);

/// What is wrong with a file of users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsersError {
    /// A line is none.
    #[error(
        "line {0} is not a user, a colon and a hash of argon2: \"mobileim-server password --user alice\" prints such a line"
    )]
    Line(usize),
    /// A user is in it twice.
    #[error("line {0} has a user who was there before")]
    Twice(usize),
}

/// Why there is no line for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoLine {
    /// The user cannot be told from the rest of the line.
    #[error("a user must not be empty, and have no colon or space in it")]
    User,
    /// The password can be guessed.
    #[error("a password must have {MIN_PASSWORD} characters at least")]
    Short,
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoSalt,
}

impl FromStr for Users {
    type Err = UsersError;

    /// Reads lines with a user, a colon and a hash. Empty lines, and what follows a `#` at the beginning of a line, are for people.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut users = HashMap::new();
        let lines = text.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let number = index + 1;
            let (user, hash) = line.split_once(':').ok_or(UsersError::Line(number))?;
            let is_argon2 = |hash: PasswordHash| hash.algorithm.as_str().starts_with("argon2");
            if user.is_empty() || !PasswordHash::new(hash).is_ok_and(is_argon2) {
                return Err(UsersError::Line(number));
            }
            if users.insert(user.to_owned(), hash.to_owned()).is_some() {
                return Err(UsersError::Twice(number));
            }
        }
        Ok(Self(users))
    }
}

impl Users {
    /// Returns the line for a user.
    pub fn line(user: &str, password: &str) -> Result<String, NoLine> {
        if user.is_empty() || user.starts_with('#') || user.contains([':', ' ', '\n', '\r']) {
            return Err(NoLine::User);
        }
        if password.chars().count() < MIN_PASSWORD {
            return Err(NoLine::Short);
        }
        let hash = hash(password).ok_or(NoLine::NoSalt)?;
        Ok(format!("{user}:{hash}"))
    }

    /// Returns whether this is the user's password. It takes some 20 MB for some 20 ms of a processor, also for a user who does not exist.
    pub(super) fn verify(&self, user: &str, password: &str) -> bool {
        let known = self.0.get(user);
        let hash = known.or(OF_NOBODY.as_ref());
        let is_right = hash
            .and_then(|hash| PasswordHash::new(hash).ok())
            .is_some_and(|hash| {
                let verified = Argon2::default().verify_password(password.as_bytes(), &hash);
                verified.is_ok()
            });
        is_right && known.is_some()
    }
}

fn hash(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.ok().map(|hash| hash.to_string())
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_users_own() {
        let lines = ["alice", "bob"].map(|user| Users::line(user, &format!("password of {user}")));
        let [alice, bob] = lines.map(Result::unwrap);
        let users: Users = format!("# The team\n\n{alice}\n  {bob}\r\n")
            .parse()
            .unwrap();
        assert!(users.verify("alice", "password of alice"));
        assert!(users.verify("bob", "password of bob"));
        assert!(!users.verify("alice", "password of bob"));
        assert!(!users.verify("alice", ""));
        assert!(!users.verify("carol", "the password of nobody"));
        assert_eq!(format!("{users:?}"), "Users(2)");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_line_and_without_what_is_in_it() {
        let alice = Users::line("alice", "password").unwrap();
        for (text, expected) in [
            ("\nalice".to_owned(), UsersError::Line(2)),
            ("alice:password".to_owned(), UsersError::Line(1)),
            (
                "alice:$2b$05$abcdefghijklmnopqrstuu".to_owned(),
                UsersError::Line(1),
            ),
            (format!("{alice}\n:{alice}"), UsersError::Line(2)),
            (format!("{alice}\n{alice}"), UsersError::Twice(2)),
        ] {
            assert_eq!(text.parse::<Users>().unwrap_err(), expected, "{text}");
        }
        assert_eq!(Users::line("a:b", "password"), Err(NoLine::User));
        assert_eq!(Users::line("alice", "short"), Err(NoLine::Short));
    }
}
