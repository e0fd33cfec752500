//! Where messages wait: the kind of store, and its place.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::super::setting::{Choice, Kind, Value};

/// The path of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir(pub PathBuf);

impl Value for DataDir {}

impl FromStr for DataDir {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err("expected the path of a directory");
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for DataDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// Where messages wait for offline receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// In a file of the data directory.
    Sqlite,
    /// In the database of the database URL.
    Postgres,
    /// In memory.
    Memory,
    /// Nowhere.
    None,
}

impl StoreKind {
    const ALL: [Self; 4] = [Self::Sqlite, Self::Postgres, Self::Memory, Self::None];

    const fn choice(self) -> Choice {
        let (name, help) = match self {
            Self::Sqlite => ("sqlite", "In a file in --data-dir"),
            Self::Postgres => ("postgres", "In the database of --database-url"),
            Self::Memory => ("memory", "In memory, until the server stops"),
            Self::None => (
                "none",
                "Nowhere: a message to an offline receiver is not acknowledged",
            ),
        };
        Choice { name, help }
    }
}

impl Value for StoreKind {
    const KIND: Kind = Kind::Choice(&[
        Self::ALL[0].choice(),
        Self::ALL[1].choice(),
        Self::ALL[2].choice(),
        Self::ALL[3].choice(),
    ]);
}

impl FromStr for StoreKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.choice().name == text)
            .ok_or("expected sqlite, postgres, memory or none")
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}

/// The address of a database, with its password: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub String);

impl Value for DatabaseUrl {
    const SECRET: bool = true;
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read() {
        for kind in StoreKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let dir: DataDir = "/var/lib/im".parse().unwrap();
        assert_eq!(dir.to_string().parse(), Ok(dir));
    }

    #[test]
    fn each_kind_can_be_chosen() {
        let Kind::Choice(choices) = StoreKind::KIND else {
            panic!("a choice");
        };
        assert_eq!(choices.len(), StoreKind::ALL.len());
        let expected = "expected sqlite, postgres, memory or none";
        assert!(choices.iter().all(|choice| expected.contains(choice.name)));
        assert_eq!("disk".parse::<StoreKind>(), Err(expected));
    }

    #[test]
    fn a_database_url_is_not_shown() {
        let url: DatabaseUrl = "postgres://im:secret@db".parse().unwrap();
        assert!(!format!("{url:?} {url}").contains("secret"));
        assert_eq!(url.0, "postgres://im:secret@db");
    }
}
