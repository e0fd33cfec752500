//! The settings by which a server runs, for people to look at. The value of a secret one is not in here.

use std::sync::Arc;

use parking_lot::RwLock;

/// A setting by which the server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// Its name in a file.
    pub key: &'static str,
    /// What may be shown of its value.
    pub value: Shown,
    /// Where it was set.
    pub source: Source,
    /// Whether another value is configured, which holds after a restart.
    pub needs_restart: bool,
}

/// What may be shown of a setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Value(String),
    /// It has none; what holds in its place, in words.
    Otherwise(&'static str),
    /// Whether it has one, which is a secret.
    Secret {
        /// Whether it has one.
        is_set: bool,
    },
}

/// Where a setting was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nowhere.
    Default,
    /// By this flag.
    Flag(String),
    /// By this environment variable.
    Variable(String),
    /// In this file.
    File {
        /// Its path.
        path: String,
        /// The number of the line.
        line: usize,
    },
}

/// The settings by which a server runs, some of which may become others meanwhile. Clones are one and the same.
#[derive(Debug, Clone)]
pub struct EffectiveSettings(Arc<RwLock<Arc<[EffectiveSetting]>>>);

impl EffectiveSettings {
    /// A server that starts with these.
    pub fn new(settings: Vec<EffectiveSetting>) -> Self {
        Self(Arc::new(RwLock::new(settings.into())))
    }

    /// These are configured now. Those whose keys are in `waiting` have another value, and take a restart.
    pub fn replace(&self, mut settings: Vec<EffectiveSetting>, waiting: &[&str]) {
        let mut current = self.0.write();
        for new in &mut settings {
            if waiting.contains(&new.key)
                && let Some(old) = current.iter().find(|old| old.key == new.key)
            {
                new.clone_from(old);
                new.needs_restart = true;
            }
        }
        *current = settings.into();
    }

    pub(crate) fn current(&self) -> Arc<[EffectiveSetting]> {
        Arc::clone(&self.0.read())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &'static str, value: &str) -> EffectiveSetting {
        EffectiveSetting {
            key,
            value: Shown::Value(value.to_owned()),
            source: Source::Default,
            needs_restart: false,
        }
    }

    #[test]
    fn what_needs_a_restart_is_shown_as_it_is_until_then() {
        let settings = EffectiveSettings::new(vec![setting("a", "1"), setting("b", "1")]);
        settings.replace(vec![setting("a", "2"), setting("b", "2")], &["b"]);
        let waiting = EffectiveSetting {
            needs_restart: true,
            ..setting("b", "1")
        };
        assert_eq!(*settings.current(), [setting("a", "2"), waiting]);
        settings.replace(vec![setting("a", "2"), setting("b", "1")], &[]);
        assert_eq!(*settings.current(), [setting("a", "2"), setting("b", "1")]);
    }
}
