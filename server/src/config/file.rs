//! The configuration file.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::mistake::{Mistake, Place};
use super::nearest::nearest;
use super::setting::{Given, Kind, Setting};
use super::settings::SETTINGS;

/// A configuration file that was read: the settings in it, with their places.
#[derive(Debug, Default)]
pub(super) struct File {
    given: Vec<(&'static str, Given)>,
}

impl File {
    /// Reads a file. All that is wrong with it is told.
    pub(super) fn read(path: &Path) -> Result<Self, Vec<Mistake>> {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(name, &text),
            Err(error) => Err(vec![Mistake {
                line: None,
                text: format!("cannot read the configuration file {name}: {error}"),
            }]),
        }
    }

    fn parse(name: String, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader {
            name,
            text,
            given: Vec::new(),
            mistakes: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(text.len(), |span| span.start);
            reader.mistake(at, "", error.message().to_owned());
        }
        // What else is wrong would be a consequence of the former.
        if reader.mistakes.is_empty() {
            reader.section("", table.get_ref());
        }
        if reader.mistakes.is_empty() {
            return Ok(Self {
                given: reader.given,
            });
        }
        reader.mistakes.sort_by_key(|mistake| mistake.line.clone());
        Err(reader.mistakes)
    }

    /// Returns what the file has for a key.
    pub(super) fn given(&self, key: &str) -> Option<&Given> {
        let (_, given) = self.given.iter().find(|(name, _)| *name == key)?;
        Some(given)
    }
}

struct Reader<'a> {
    name: String,
    text: &'a str,
    given: Vec<(&'static str, Given)>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn place(&self, at: usize, key: &str) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        Place {
            line: Some((self.name.clone(), line)),
            name: key.to_owned(),
        }
    }

    fn mistake(&mut self, at: usize, key: &str, text: String) {
        let mistake = self.place(at, key).mistake(text);
        self.mistakes.push(mistake);
    }

    /// Reads a section, whose keys begin with a prefix.
    fn section(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let at = name.span().start;
            let known = named(&key);
            match (value.get_ref(), known) {
                (DeValue::Table(table), None) => {
                    let prefix = format!("{key}.");
                    if table.is_empty() && !is_section(&prefix) {
                        self.mistake(at, &key, format!("unknown section '{key}'"));
                    }
                    self.section(&prefix, table);
                }
                (_, None) => self.unknown(at, &key),
                (value, Some((name, kind))) => match text_of(value, kind) {
                    Ok(text) => {
                        let place = self.place(at, &key);
                        self.given.push((name, Given { text, place }));
                    }
                    Err(expected) => {
                        let text = format!("invalid value for '{key}': expected {expected}");
                        self.mistake(at, &key, text);
                    }
                },
            }
        }
    }

    fn unknown(&mut self, at: usize, key: &str) {
        let hint = match meant(key) {
            Some(known) => format!("; did you mean '{known}'?"),
            None => String::new(),
        };
        self.mistake(at, key, format!("unknown key '{key}'{hint}"));
    }
}

/// Returns the setting of a key, by its name in the table, and the form of its values.
fn named(key: &str) -> Option<(&'static str, Kind)> {
    names().find(|(name, _)| *name == key)
}

/// Returns the keys that a file may have, with the form of their values.
fn names() -> impl Iterator<Item = (&'static str, Kind)> {
    SETTINGS.iter().flat_map(
        |Setting {
             key, kind, file, ..
         }| {
            std::iter::once((*key, *kind)).chain(file.map(|file| (file.key, Kind::One)))
        },
    )
}

fn is_section(prefix: &str) -> bool {
    names().any(|(name, _)| name.starts_with(prefix))
}

/// Returns the known key that an unknown one was meant to be, most likely.
fn meant(key: &str) -> Option<&'static str> {
    let key = key.replace('_', "-");
    let alike = |known: &str| {
        // In another section, or in none.
        if last(known) == last(&key) {
            return 1.0;
        }
        strsim::normalized_damerau_levenshtein(known, &key)
    };
    nearest(names().map(|(known, _)| known), alike)
}

fn last(key: &str) -> Option<&str> {
    key.rsplit('.').next()
}

/// Returns the text that a flag would have had, or what is expected.
fn text_of(value: &DeValue<'_>, kind: Kind) -> Result<String, &'static str> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(on) => Ok(on.to_string()),
        DeValue::Array(values) => list(values, kind),
        DeValue::Integer(_) => Err("a decimal number"),
        DeValue::Datetime(_) => Err("a text or a number, not a date"),
        DeValue::Table(_) => Err("a value: it is no section"),
    }
}

fn list(values: &DeArray<'_>, kind: Kind) -> Result<String, &'static str> {
    if !matches!(kind, Kind::List) {
        return Err("one value, not a list");
    }
    let texts: Result<Vec<_>, _> = values
        .iter()
        .map(Spanned::get_ref)
        .map(|value| text_of(value, Kind::One))
        .collect();
    Ok(texts?.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<File, Vec<String>> {
        File::parse("im.toml".to_owned(), text)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn mistakes(text: &str) -> Vec<String> {
        parse(text).expect_err("something is wrong with it")
    }

    #[test]
    fn settings_are_found_by_their_keys_whatever_their_type() {
        let file = parse(
            "log = \"debug\"\nsense = [\"10s\", \"udp=30s\"]\ndev = true\n\n\
             [listen]\ntcp = \"off\"\n[limits]\nmax-stored = 10_000\n",
        )
        .unwrap();
        let text = |key| file.given(key).map(|given| given.text.as_str());
        assert_eq!(text("log"), Some("debug"));
        assert_eq!(text("sense"), Some("10s,udp=30s"));
        assert_eq!(text("dev"), Some("true"));
        assert_eq!(text("listen.tcp"), Some("off"));
        assert_eq!(text("limits.max-stored"), Some("10000"));
        assert_eq!(text("listen.udp"), None);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_all_of_them_are() {
        assert_eq!(
            mistakes("lgo = 1\n[listen]\n# where\ntpc = \"off\"\n[lisen]\n"),
            [
                "im.toml:1: unknown key 'lgo'; did you mean 'log'?",
                "im.toml:4: unknown key 'listen.tpc'; did you mean 'listen.tcp'?",
                "im.toml:5: unknown section 'lisen'",
            ]
        );
    }

    #[test]
    fn a_key_of_another_section_or_spelling_is_proposed() {
        for (text, known) in [
            ("tcp = 1", "listen.tcp"),
            ("[listen]\nmax_stored = 1", "limits.max-stored"),
            ("database_url = 'x'", "database-url"),
        ] {
            let told = mistakes(text).concat();
            assert!(
                told.ends_with(&format!("did you mean '{known}'?")),
                "{told}"
            );
        }
        assert_eq!(mistakes("xyzzy = 1"), ["im.toml:1: unknown key 'xyzzy'"]);
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let told = mistakes("log = \"debug\"\nlog = \"info\"\n");
        assert_eq!(told, ["im.toml:2: duplicate key"]);
        let told = mistakes("\nlog = debug\n");
        assert!(told[0].starts_with("im.toml:2: "), "{told:?}");
    }

    #[test]
    fn a_value_of_another_form_is_told() {
        for (text, expected) in [
            ("log = [\"debug\"]", "'log': expected one value, not a list"),
            (
                "[log]\nlevel = 1",
                "'log': expected a value: it is no section",
            ),
            (
                "log = 2026-01-01",
                "'log': expected a text or a number, not a date",
            ),
            (
                "[limits]\nmax-stored = 0xff",
                "'limits.max-stored': expected a decimal number",
            ),
        ] {
            let told = mistakes(text).concat();
            assert!(told.ends_with(expected), "{told}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let told = File::read(Path::new("/nonexistent/im.toml")).unwrap_err();
        assert_eq!(
            told[0].to_string(),
            "cannot read the configuration file /nonexistent/im.toml: No such file or directory (os error 2)"
        );
    }
}
