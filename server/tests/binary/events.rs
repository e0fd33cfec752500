//! The section of events: what is wrong in it, and what is right.

use std::path::Path;

use crate::program::server;

/// The beginning of a file that is right; its last line is the third.
const BEGINNING: &str = "dev = true\ndata-dir = \"data\"\n[events]\n";

/// What `check` says of a file in a directory, with its code.
fn check(directory: &Path, file: &str) -> (Option<i32>, String) {
    std::fs::write(directory.join("mobileim.toml"), file).unwrap();
    let mut check = server(&["check"]);
    let output = check.current_dir(directory).output().unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), told)
}

/// A directory with a secret that is right and one that is not.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name, text| std::fs::write(directory.path().join(name), text).unwrap();
    write("secret", "a secret of at least 24 bytes\n");
    write("short", "too short\n");
    directory
}

#[test]
fn what_no_setting_of_events_can_be_is_told_with_its_line_and_what_it_may_be() {
    let directory = directory();
    for (line, expected) in [
        (
            "types = [\"online\", \"oflin\"]",
            "invalid value 'online,oflin' for 'events.types': there is no type 'oflin': expected types of events, of online, offline,",
        ),
        (
            "types = []",
            "invalid value '' for 'events.types': there is no type ''",
        ),
        (
            "types = \"all,online\"",
            "invalid value 'all,online' for 'events.types': there is no type 'all'",
        ),
        (
            "tipes = \"all\"",
            "unknown key 'events.tipes'; did you mean 'events.types'?",
        ),
        (
            "users = \"*-shop\"",
            "invalid value '*-shop' for 'events.users': expected user ids; * at the end stands for any end, as in \"shop-*\"",
        ),
        (
            "users = [\"alice\", \"\"]",
            "invalid value 'alice,' for 'events.users': expected user ids",
        ),
        (
            "text = \"perhaps\"",
            "invalid value 'perhaps' for 'events.text': expected \"on\" or \"off\"",
        ),
        (
            "keep = \"10s\"",
            "invalid value '10s' for 'events.keep': expected a duration such as 12h or 7d, from a minute to a year",
        ),
        (
            "max-bytes = \"1KiB\"",
            "invalid value '1KiB' for 'events.max-bytes': expected a size from 1MiB to 1024GiB",
        ),
        (
            "url = \"shop.example.com/events\"",
            "invalid value 'shop.example.com/events' for 'events.url': expected a URL such as https://",
        ),
        (
            "url = \"http://shop.example.com/events\"",
            "invalid value 'http://shop.example.com/events' for 'events.url': expected https: http is for services on this machine",
        ),
        (
            "secret = \"too short\"",
            "invalid value for 'events.secret': a secret must have 24 bytes at least, and this one has 9",
        ),
        (
            "secret-file = \"short\"",
            "invalid value for 'events.secret-file': a secret must have 24 bytes at least, and this one has 9",
        ),
        (
            "secret-file = \"nowhere\"",
            "cannot read 'nowhere', the file of 'events.secret-file': ",
        ),
        (
            "batch = 0",
            "invalid value '0' for 'events.batch': expected a number from 1 to 65535",
        ),
        (
            "timeout = \"2m\"",
            "invalid value '2m' for 'events.timeout': expected a duration from 1s to 1m",
        ),
    ] {
        let (code, told) = check(directory.path(), &format!("{BEGINNING}{line}\n"));
        let expected = format!("error: mobileim.toml:4: {expected}");
        assert!(told.starts_with(&expected), "{line}: {told}");
        assert_eq!(code, Some(2));
    }
}

#[test]
fn settings_of_events_that_need_others_say_which() {
    let directory = directory();
    let database = "needs a database that events are recorded in: 'data-dir' for SQLite, or 'database-url' for PostgreSQL\n";
    let url = "url = \"https://shop.example.com/events\"\n";
    for (file, expected) in [
        (
            "dev = true\n[events]\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:3: 'events.types' {database}"),
        ),
        (
            "dev = true\nstore = \"memory\"\ndata-dir = \"data\"\n[events]\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:5: 'events.types' {database}"),
        ),
        (
            "dev = true\nstore = \"none\"\n[events]\n\ntypes = \"all\"\n".to_owned(),
            format!("mobileim.toml:5: 'events.types' {database}"),
        ),
        (
            format!("{BEGINNING}types = \"all\"\n{url}"),
            "mobileim.toml:5: 'events.url' needs a secret that signs what is sent, or anybody could send events: 'events.secret-file' names one\n".to_owned(),
        ),
        (
            format!("{BEGINNING}{url}secret-file = \"secret\"\n"),
            "mobileim.toml:4: 'events.url' needs 'events.types', which says what is sent there\n".to_owned(),
        ),
        (
            format!("{BEGINNING}types = \"all\"\nsecret-file = \"secret\"\n"),
            "mobileim.toml:5: 'events.secret-file' signs what is sent to 'events.url', which is not set\n".to_owned(),
        ),
    ] {
        let (code, told) = check(directory.path(), &file);
        assert!(told.starts_with(&format!("error: {expected}")), "{file}{told}");
        assert_eq!(code, Some(2));
    }
    let right = format!(
        "{BEGINNING}types = [\"online\", \"offline\"]\nusers = [\"shop-*\", \"alice\"]\n{url}secret-file = \"secret\"\n"
    );
    let (code, told) = check(directory.path(), &right);
    assert_eq!(
        (code, told.as_str()),
        (Some(0), "mobileim.toml: nothing is wrong with it\n")
    );
}
