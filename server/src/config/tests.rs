//! The settings, each and together.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use mobileim_hub::{Quotas, Timings};
use tempfile::NamedTempFile;

use super::command_line::{Configuration, Invocation};
use super::mistake::Place;
use super::setting::{Given, Kind, Setting};
use super::settings::{SETTINGS, Settings};
use super::store_place::StorePlace;
use super::values::{Limit, Listen, UsersFile};
use crate::gateway::Limits;
use crate::server::Drain;
use crate::store::StoreLimits;

fn read(given: &[(&str, &str)]) -> Result<Settings, String> {
    let given = |key: &str| {
        let (_, text) = given.iter().find(|(name, _)| *name == key)?;
        Some(Ok(Given {
            text: (*text).to_owned(),
            place: Place::named(key),
        }))
    };
    Settings::read(given).map_err(|mistakes| {
        let all: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        all.join("\n")
    })
}

/// What is read from a file, or all that is wrong with it, without the name of the file.
pub(super) fn read_file(text: &str) -> Result<Configuration, String> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    match Invocation::from_args(["mobileim-server", "--dev", "--config", path]) {
        Ok(Invocation::Serve(configuration)) => Ok(configuration),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string().replace(path, "file")),
    }
}

#[test]
fn the_defaults_are_those_of_the_library() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.store_limits(), StoreLimits::default());
    assert_eq!(settings.quotas(), Quotas::default());
    let config = mobileim_hub::Config::default();
    assert_eq!(settings.mailbox_memory(), config.mailbox_memory);
    assert_eq!(settings.conversations(), config.conversations);
    assert_eq!(settings.max_members(), config.max_members);
    assert_eq!(settings.max_owned(), config.max_owned);
    assert_eq!(settings.presence(), config.presence);
    assert_eq!(settings.limits(), Limits::default());
    assert_eq!(settings.drain(), Drain::default());
    let defaults = Timings::default();
    let mut timings = Timings::default();
    for (transport, mode) in settings.general.sense.iter() {
        timings.set(transport, mode).unwrap();
        assert_eq!(timings.of(transport), defaults.of(transport));
    }
    assert_eq!(
        settings.general.sense.iter().count(),
        3,
        "one for each transport"
    );
    assert!(!settings.general.dev.0);
    assert_eq!(settings.store_place(), Ok(StorePlace::Memory));
}

#[test]
fn what_is_given_wins_over_the_default() {
    let settings = read(&[("listen.tcp", "off"), ("limits.max-stored", "5")]).unwrap();
    assert_eq!(settings.listen.tcp, Listen(None));
    assert_eq!(settings.limits.max_stored, Limit(Some(5)));
    assert_eq!(settings.listen.udp.to_string(), "127.0.0.1:7901");
}

#[test]
fn messages_wait_where_there_is_room_for_them() {
    let place = |given: &[_]| read(given).unwrap().store_place();
    let sqlite = Ok(StorePlace::Sqlite("data".into()));
    assert_eq!(place(&[("data-dir", "data")]), sqlite);
    let both = [("data-dir", "data"), ("database-url", "postgres://db")];
    let postgres = Ok(StorePlace::Postgres("postgres://db".to_owned()));
    assert_eq!(place(&both), postgres);
    assert_eq!(
        place(&[both[0], ("store", "none")]),
        Ok(StorePlace::Nowhere)
    );
    let mistake = place(&[("store", "sqlite")]).unwrap_err().to_string();
    assert_eq!(mistake, "'store' is sqlite, which needs 'data-dir'");
}

#[test]
fn only_what_is_live_is_adopted_and_all_that_differs_is_told() {
    let mut settings = read(&[("log", "info"), ("listen.tcp", "off")]).unwrap();
    let new = || read(&[("log", "debug"), ("listen.tcp", "127.0.0.1:1")]).unwrap();
    let keys = |changed: Vec<&Setting>| changed.iter().map(|it| it.key).collect::<Vec<_>>();
    assert_eq!(keys(settings.adopt(new())), ["log", "listen.tcp"]);
    assert_eq!(
        (
            settings.listen.tcp,
            settings.general.log.to_string().as_str()
        ),
        (Listen(None), "debug")
    );
    // What needs a restart still does.
    assert_eq!(keys(settings.adopt(new())), ["listen.tcp"]);
    let secret = |text: &str| read(&[("auth.jwt-secret", text)]).unwrap();
    let mut settings = secret("0123456789abcdef0123456789abcdef");
    assert!(
        settings
            .adopt(secret("0123456789abcdef0123456789abcdef"))
            .is_empty()
    );
    let changed = settings.adopt(secret("0123456789abcdef0123456789abcdeF"));
    assert_eq!(keys(changed), ["auth.jwt-secret"]);
}

#[test]
fn a_bad_value_is_told_with_its_place() {
    assert_eq!(
        read(&[("limits.max-stored", "many")]).unwrap_err(),
        "invalid value 'many' for 'limits.max-stored': expected a number or \"unlimited\""
    );
    let both = [("limits.max-stored", "many"), ("listen.tcp", "here")];
    assert_eq!(read(&both).unwrap_err().lines().count(), 2);
}

#[test]
fn names_are_unique_and_follow_from_each_other() {
    let mut names = BTreeSet::new();
    for setting in SETTINGS {
        assert!(names.insert(setting.flag), "{setting} is declared twice");
    }
    let secret = SETTINGS
        .iter()
        .find_map(|setting| Some((setting, setting.file?)));
    let (setting, file) = secret.unwrap();
    let names = [setting.key, setting.flag, setting.variable];
    assert_eq!(
        names,
        ["database-url", "database-url", "MOBILEIM_DATABASE_URL"]
    );
    let names = [file.key, file.flag, file.variable];
    assert_eq!(
        names,
        [
            "database-url-file",
            "database-url-file",
            "MOBILEIM_DATABASE_URL_FILE"
        ]
    );
    let tcp = SETTINGS
        .iter()
        .find(|setting| setting.key == "listen.tcp-tls")
        .unwrap();
    assert_eq!([tcp.flag, tcp.variable], ["tcp-tls", "MOBILEIM_TCP_TLS"]);
    // The name of the section belongs to it where the rest would say too little.
    let keys = SETTINGS
        .iter()
        .find(|setting| setting.key == "api.keys-file")
        .unwrap();
    assert_eq!(
        [keys.flag, keys.variable],
        ["api-keys-file", "MOBILEIM_API_KEYS_FILE"]
    );
}

#[test]
fn what_is_declared_says_what_it_is() {
    for setting in SETTINGS {
        let key = setting.key;
        assert_ne!(
            setting.value.is_some(),
            matches!(setting.kind, Kind::Switch),
            "only a switch has no value: {key}"
        );
        assert!(!setting.help.contains("  "), "{key}");
        // It is a cell of a table too.
        assert!(!setting.help.contains(['|', '`', '<', '\n']), "{key}");
    }
}

#[test]
fn a_secret_is_not_shown() {
    let settings = read(&[("database-url", "postgres://im:hunter2@db")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let secret: Vec<_> = SETTINGS
        .iter()
        .filter(|setting| setting.is_secret())
        .collect();
    let keys: Vec<_> = secret.iter().map(|setting| setting.key).collect();
    let expected = [
        "database-url",
        "auth.jwt-secret",
        "auth.webhook-secret",
        "webhooks.secret",
        "events.secret",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_revocation_counts_as_long_as_tokens_for_passwords_live() {
    let mut settings = read(&[("auth.revoked-for", "1day")]).unwrap();
    let days = |days: u32| Duration::from_hours(24) * days;
    assert_eq!(settings.revoked_for(), days(1));
    settings.auth.users_file = Some(UsersFile("".parse().unwrap()));
    assert_eq!(settings.revoked_for(), days(7));
}
