//! What is wrong with a configuration, and where.

use std::fmt;

/// Where a setting was given, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file and its line, if it was in a file.
    pub(super) line: Option<(String, usize)>,
    /// The flag, the environment variable or the key.
    pub(super) name: String,
}

impl Place {
    /// Returns the place of a flag or a variable.
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self {
            line: None,
            name: name.into(),
        }
    }

    /// Returns a mistake that was made here.
    pub(super) fn mistake(&self, text: String) -> Mistake {
        Mistake {
            line: self.line.clone(),
            text,
        }
    }

    /// The same, whose text begins with the name of what was given here.
    pub(super) fn wrong(&self, what: impl fmt::Display) -> Mistake {
        self.mistake(format!("'{}' {what}", self.name))
    }
}

/// What is wrong, and in which line of which file. Displayed as `mobileim.toml:3: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub(super) line: Option<(String, usize)>,
    pub(super) text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((file, line)) = &self.line {
            write!(f, "{file}:{line}: ")?;
        }
        f.write_str(&self.text)
    }
}

impl std::error::Error for Mistake {}
