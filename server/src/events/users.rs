//! For whom events are recorded.

use std::fmt;
use std::str::FromStr;

/// Users, each by id or by the beginning of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPatterns(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Id(String),
    /// All whose id begins so.
    Beginning(String),
}

/// What stands for any end of an id.
const ANY: char = '*';

impl UserPatterns {
    /// Returns whether this user is one of them.
    pub(crate) fn has(&self, user: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Id(id) => id == user,
            Pattern::Beginning(beginning) => user.starts_with(beginning),
        })
    }
}

impl Default for UserPatterns {
    /// Everybody.
    fn default() -> Self {
        Self(vec![Pattern::Beginning(String::new())])
    }
}

impl FromStr for UserPatterns {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |pattern: &str| match pattern.split_once(ANY) {
            Some((beginning, "")) => Ok(Pattern::Beginning(beginning.to_owned())),
            None if !pattern.is_empty() => Ok(Pattern::Id(pattern.to_owned())),
            _ => Err("expected user ids; * at the end stands for any end, as in \"shop-*\""),
        };
        let patterns: Result<_, _> = text.split(',').map(read).collect();
        patterns.map(Self)
    }
}

impl fmt::Display for UserPatterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns = self.0.iter().map(|pattern| match pattern {
            Pattern::Id(id) => id.clone(),
            Pattern::Beginning(beginning) => format!("{beginning}{ANY}"),
        });
        f.write_str(&patterns.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_by_id_or_the_beginning_of_it() {
        let users: UserPatterns = "alice,shop-*".parse().unwrap();
        assert!(users.has("alice") && users.has("shop-7") && users.has("shop-"));
        assert!(!users.has("alice2") && !users.has("shop"));
        assert_eq!(users.to_string(), "alice,shop-*");
        assert!(UserPatterns::default().has("anybody"));
        for wrong in ["", "a,,b", "*a", "a*b"] {
            assert!(wrong.parse::<UserPatterns>().is_err(), "{wrong}");
        }
    }
}
