//! Declarations of settings.

use std::fmt;
use std::str::FromStr;

use super::mistake::{Mistake, Place};

/// The declaration of a setting, from which flags, variables, help and reference page are made.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Setting {
    /// Its name in a file: `listen.tcp` is `tcp` in the section `listen`.
    pub key: &'static str,
    /// The flag on the command line, without its dashes: the last part of the key, or all of it with dashes.
    pub flag: &'static str,
    /// The environment variable: `MOBILEIM_` and the flag in capitals. A flag wins over it.
    pub variable: &'static str,
    /// The name of its value in the help, such as `ADDR`; none for a switch.
    pub value: Option<&'static str>,
    /// The value that it has if it is not set.
    pub default: Option<&'static str>,
    /// What holds if it is not set, in words, for a setting that has no default.
    pub otherwise: Option<&'static str>,
    /// Its meaning, in plain text.
    pub help: &'static str,
    /// The form of its values.
    pub kind: Kind,
    /// Whether a server that runs takes over another value (SIGHUP); else it has to be started anew.
    pub live: bool,
    /// Its other names, for the path of a file that has the value: of a setting whose value is never shown.
    pub file: Option<SecretFile>,
}

impl Setting {
    /// Returns whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        self.file.is_some()
    }
}

impl fmt::Display for Setting {
    /// Writes the flag with its value, as in `--tcp <ADDR>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.flag)?;
        match self.value {
            Some(value) => write!(f, " <{value}>"),
            None => Ok(()),
        }
    }
}

/// The names that a secret setting has for the path of a file with its value.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in `Setting`")]
pub struct SecretFile {
    pub key: &'static str,
    pub flag: &'static str,
    pub variable: &'static str,
}

/// The form of a setting's values.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind {
    /// On or off. The flag has no value: it switches on.
    Switch,
    /// One value.
    One,
    /// Any number of values, separated by commas; the flag may be repeated.
    List,
    /// One of these.
    Choice(&'static [Choice]),
}

/// A value that a setting may have.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Choice {
    pub name: &'static str,
    pub help: &'static str,
}

/// The type of a setting's values.
pub trait Value: FromStr<Err: fmt::Display> + PartialEq {
    /// Their form.
    const KIND: Kind = Kind::One;
    /// Whether they are never shown.
    const SECRET: bool = false;
}

/// A text that a setting was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Given {
    pub(super) fn read<T: Value>(&self) -> Result<T, Mistake> {
        self.text.parse().map_err(|reason: T::Err| {
            let value = if T::SECRET {
                String::new()
            } else {
                format!(" '{}'", self.text)
            };
            self.place.mistake(format!(
                "invalid value{value} for '{}': {reason}",
                self.place.name
            ))
        })
    }
}

/// The beginning of the names of all variables.
pub(super) const VARIABLE: &str = "MOBILEIM_";

/// Sections whose name belongs to the flags of their settings.
const SPOKEN: [&str; 8] = [
    "api", "devices", "events", "groups", "history", "presence", "webhooks", "explain",
];

/// The part of a key that its flag is made of: the last, or all of it in a section that is [`SPOKEN`].
pub(super) const fn spoken(key: &'static str) -> &'static str {
    let mut at = 0;
    while at < SPOKEN.len() {
        if begins_with(key.as_bytes(), SPOKEN[at].as_bytes()) {
            return key;
        }
        at += 1;
    }
    let mut at = key.len();
    while at > 0 && key.as_bytes()[at - 1] != b'.' {
        at -= 1;
    }
    key.split_at(at).1
}

const fn begins_with(key: &[u8], section: &[u8]) -> bool {
    let mut at = 0;
    while at < section.len() {
        if at >= key.len() || key[at] != section[at] {
            return false;
        }
        at += 1;
    }
    at < key.len() && key[at] == b'.'
}

/// The flag that is made of a part of a key; `N` is its length.
pub(super) const fn flag<const N: usize>(spoken: &str) -> [u8; N] {
    let mut name = [0; N];
    let mut at = 0;
    while at < N {
        name[at] = match spoken.as_bytes()[at] {
            b'.' => b'-',
            letter => letter,
        };
        at += 1;
    }
    name
}

/// The variable that is made of a part of a key; `N` is its length.
pub(super) const fn variable<const N: usize>(spoken: &str) -> [u8; N] {
    let mut name = [0; N];
    let mut at = 0;
    while at < N {
        name[at] = if at < VARIABLE.len() {
            VARIABLE.as_bytes()[at]
        } else {
            match spoken.as_bytes()[at - VARIABLE.len()] {
                b'-' | b'.' => b'_',
                letter => letter.to_ascii_uppercase(),
            }
        };
        at += 1;
    }
    name
}

/// Declares the settings of a section: a struct with a field for each, a table of them, and how they are read.
///
/// The comment on a setting is its help. One with a `default` always has a value; one that says what holds `otherwise`
/// is an `Option`. One with `live: true` is among those that `adopt` takes over.
macro_rules! settings {
    (
        $(#[doc = $doc:literal])+
        $name:ident in $table:ident;
    $(
        $(#[doc = $help:literal])+
        $field:ident: $type:ty {
            key: $key:literal,
            $(value: $value:literal,)?
            $(default: $default:literal,)?
            $(otherwise: $otherwise:literal,)?
            $(live: $live:literal,)?
        }
    )+) => {
        #[allow(unused_imports, reason = "not each section has each form of a setting")]
        use $crate::config::mistake::{Mistake, Place};
        use $crate::config::setting::{
            Given, SecretFile, Setting, VARIABLE, Value, flag, spoken, variable,
        };

        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[doc = $help])+ pub $field: settings!(@type [$($default)?] $type),)+
        }

        /// The settings of the section, in the order of the help.
        pub(super) const $table: &[Setting] = &[$(
            Setting {
                key: $key,
                flag: settings!(@flag $key),
                variable: settings!(@variable $key),
                value: settings!(@option $($value)?),
                default: settings!(@option $($default)?),
                otherwise: settings!(@option $($otherwise)?),
                help: concat!($($help),+).trim_ascii_start(),
                kind: <$type as Value>::KIND,
                live: settings!(@live $($live)?),
                file: if <$type as Value>::SECRET {
                    Some(SecretFile {
                        key: concat!($key, "-file"),
                        flag: settings!(@flag concat!($key, "-file")),
                        variable: settings!(@variable concat!($key, "-file")),
                    })
                } else {
                    None
                },
            },
        )+];

        impl $name {
            /// Reads each setting from what `given` has for its key. All that is wrong is told.
            pub(super) fn read(
                given: &impl Fn(&'static str) -> Option<Result<Given, Mistake>>,
            ) -> Result<Self, Vec<Mistake>> {
                let mut mistakes = Vec::new();
                $(let $field = settings!(@read [$($default)?] $type, $key, given)
                    .map_err(|mistake| mistakes.push(mistake))
                    .ok();)+
                match ($($field,)+) {
                    ($(Some($field),)+) => Ok(Self { $($field,)+ }),
                    _ => Err(mistakes),
                }
            }

            /// Takes over those of other values that may change while the server runs. Returns all that differ, also those
            /// that it has not taken over.
            pub(super) fn adopt(&mut self, new: Self) -> Vec<&'static Setting> {
                let mut declared = $table.iter();
                let mut changed = Vec::new();
                $(if let Some(setting) = declared.next()
                    && self.$field != new.$field
                {
                    changed.push(setting);
                    if setting.live {
                        self.$field = new.$field;
                    }
                })+
                changed
            }
        }
    };
    (@variable $key:expr) => {{
        const NAME: &[u8] = &variable::<{ VARIABLE.len() + spoken($key).len() }>(spoken($key));
        match str::from_utf8(NAME) {
            Ok(name) => name,
            Err(_) => panic!("keys are ASCII"),
        }
    }};
    (@flag $key:expr) => {{
        const NAME: &[u8] = &flag::<{ spoken($key).len() }>(spoken($key));
        match str::from_utf8(NAME) {
            Ok(name) => name,
            Err(_) => panic!("keys are ASCII"),
        }
    }};
    (@live) => { false };
    (@live $live:literal) => { $live };
    (@type [$default:literal] $type:ty) => { $type };
    (@type [] $type:ty) => { Option<$type> };
    (@option) => { None };
    (@option $value:literal) => { Some($value) };
    (@read [$default:literal] $type:ty, $key:literal, $given:ident) => {
        $given($key)
            .unwrap_or_else(|| Ok(Given { text: $default.to_owned(), place: Place::named($key) }))
            .and_then(|given| given.read::<$type>())
    };
    (@read [] $type:ty, $key:literal, $given:ident) => {
        match $given($key) {
            None => Ok(None),
            Some(given) => given.and_then(|given| given.read::<$type>()).map(Some),
        }
    };
}

/// Puts sections together: the struct `Settings` with a field for each, the table `SETTINGS`, and how all are read.
macro_rules! sections {
    ($($section:ident: $type:ident = $table:path,)+) => {
        use $crate::config::mistake::Mistake;
        use $crate::config::setting::{Given, Setting, in_a_row};

        /// The values of all settings.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "their types say it")]
        pub struct Settings {
            $(pub $section: $type,)+
        }

        /// All settings, in the order of the help.
        pub const SETTINGS: &[Setting] = &in_a_row::<{ 0 $(+ $table.len())+ }>(&[$($table,)+]);

        impl Settings {
            /// Reads each setting from what `given` has for its key. All that is wrong is told.
            pub(super) fn read(
                given: impl Fn(&'static str) -> Option<Result<Given, Mistake>>,
            ) -> Result<Self, Vec<Mistake>> {
                let mut mistakes = Vec::new();
                $(let $section = $type::read(&given)
                    .map_err(|more| mistakes.extend(more))
                    .ok();)+
                match ($($section,)+) {
                    ($(Some($section),)+) => Ok(Self { $($section,)+ }),
                    _ => Err(mistakes),
                }
            }

            /// Takes over those of other values that may change while the server runs. Returns all that differ, also those
            /// that it has not taken over.
            pub fn adopt(&mut self, new: Self) -> Vec<&'static Setting> {
                let mut changed = Vec::new();
                $(changed.extend(self.$section.adopt(new.$section));)+
                changed
            }
        }
    };
}

/// The settings of all sections; `N` is their number.
pub(super) const fn in_a_row<const N: usize>(sections: &[&[Setting]]) -> [Setting; N] {
    let mut all = [sections[0][0]; N];
    let mut next = 0;
    let mut section = 0;
    while section < sections.len() {
        let mut at = 0;
        while at < sections[section].len() {
            all[next] = sections[section][at];
            next += 1;
            at += 1;
        }
        section += 1;
    }
    all
}

pub(super) use {sections, settings};
