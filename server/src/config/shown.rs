//! What people are shown of the settings.

use std::str::FromStr as _;

use super::mistake::{Mistake, Place};
use super::setting::{Given, Kind, Setting};
use super::settings::SETTINGS;
use super::values::Switch;
use crate::effective::{EffectiveSetting, Shown, Source};

/// Returns all settings as they may be shown, from what `given` has for each.
pub(super) fn shown(
    given: impl Fn(&'static Setting) -> Option<Result<Given, Mistake>>,
) -> Vec<EffectiveSetting> {
    let settings = SETTINGS.iter();
    settings
        .map(|setting| {
            let given = given(setting).and_then(Result::ok);
            let text = given
                .as_ref()
                .map(|given| given.text.as_str())
                .or(setting.default);
            EffectiveSetting {
                key: setting.key,
                value: value(setting, text),
                source: given.map_or(Source::Default, |given| source(given.place)),
                needs_restart: false,
            }
        })
        .collect()
}

fn value(setting: &Setting, text: Option<&str>) -> Shown {
    if setting.is_secret() {
        let is_set = text.is_some();
        return Shown::Secret { is_set };
    }
    let Some(text) = text else {
        return Shown::Otherwise(setting.otherwise.unwrap_or_default());
    };
    Shown::Value(match setting.kind {
        Kind::Switch => {
            Switch::from_str(text).map_or_else(|_| text.to_owned(), |switch| switch.to_string())
        }
        _ => without_query(text).to_owned(),
    })
}

/// Returns a URL without its query, which may have a secret in it; any other text as it is.
fn without_query(text: &str) -> &str {
    match text.split_once("://") {
        Some(_) => text.split(['?', '#']).next().unwrap_or_default(),
        None => text,
    }
}

fn source(place: Place) -> Source {
    let Place { line, name } = place;
    match line {
        Some((path, line)) => Source::File { path, line },
        None if name.starts_with('-') => Source::Flag(name),
        None => Source::Variable(name),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::NamedTempFile;

    use super::super::command_line::Invocation;
    use super::*;

    fn read(file: &str, flags: &[&str]) -> (String, Vec<EffectiveSetting>) {
        let mut written = NamedTempFile::new().unwrap();
        written.write_all(file.as_bytes()).unwrap();
        let path = written.path().to_str().unwrap().to_owned();
        let args = ["mobileim-server", "--dev", "--config", &path];
        match Invocation::from_args(args.iter().chain(flags)) {
            Ok(Invocation::Serve(configuration)) => (path, configuration.shown),
            other => panic!("{other:?}"),
        }
    }

    fn find(settings: &[EffectiveSetting], key: &str) -> (Shown, Source) {
        let found = settings.iter().find(|setting| setting.key == key).unwrap();
        assert!(!found.needs_restart);
        (found.value.clone(), found.source.clone())
    }

    #[test]
    fn each_setting_is_shown_with_its_value_and_where_that_comes_from() {
        let text = "chat-page = true\n[limits]\nmax-stored = 7\n";
        let (path, settings) = read(&format!("[listen]\n{text}"), &["--tcp", "127.0.0.1:1"]);
        assert_eq!(settings.len(), SETTINGS.len());
        let value = |text: &str| Shown::Value(text.to_owned());
        let line = |line| Source::File {
            path: path.clone(),
            line,
        };
        for (key, expected) in [
            ("listen.chat-page", (value("on"), line(2))),
            ("limits.max-stored", (value("7"), line(4))),
            (
                "listen.tcp",
                (
                    value("127.0.0.1:1"),
                    Source::Flag("--tcp <ADDR>".to_owned()),
                ),
            ),
            ("listen.udp", (value("127.0.0.1:7901"), Source::Default)),
            (
                "listen.tls-key",
                (Shown::Otherwise("none"), Source::Default),
            ),
        ] {
            assert_eq!(find(&settings, key), expected, "{key}");
        }
    }

    #[test]
    fn of_secrets_and_of_what_may_be_one_nothing_is_shown() {
        let (_, settings) = read("database-url = 'postgres://im:sesame@db/im'\n", &[]);
        let (value, _) = find(&settings, "database-url");
        assert_eq!(value, Shown::Secret { is_set: true });
        let (value, _) = find(&settings, "auth.jwt-secret");
        assert_eq!(value, Shown::Secret { is_set: false });
        assert!(!format!("{settings:?}").contains("sesame"));
        let shown = without_query("https://app.example.com/im?token=sesame");
        assert_eq!(shown, "https://app.example.com/im");
        assert_eq!(without_query("a?b"), "a?b");
    }
}
