//! The table of attacks in the docs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The tests of a folder, by name.
fn tests(folder: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(path).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        if entry.file_type().expect("it has a type").is_dir() {
            names.extend(tests(&format!(
                "{folder}/{}",
                entry.file_name().to_string_lossy()
            )));
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("it is text");
        // Tests that a macro makes, for each place, of functions that it lists.
        let listed: BTreeSet<_> = text
            .lines()
            .filter_map(|line| line.trim().strip_suffix(','))
            .collect();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            let function = line.trim_start_matches("async ").strip_prefix("fn ");
            if let Some(function) = function {
                let (name, _) = function.split_once('(').unwrap_or((function, ""));
                if std::mem::take(&mut is_test) || listed.contains(name) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

/// What the last column of a page's table names.
fn named(page: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(page);
    let text = fs::read_to_string(path).expect("the page is there");
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit('|').next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_table_names_its_test_and_every_test_is_in_it() {
    let of_attacks: BTreeSet<_> = tests("tests/tests/attacks")
        .into_iter()
        .filter(|name| !name.contains("of_the_table"))
        .collect();
    let elsewhere: BTreeSet<_> = [
        "tests/tests/server",
        "server/tests",
        "server/src",
        "hub/src",
    ]
    .into_iter()
    .flat_map(tests)
    .collect();
    for page in ["security.md", "security.zh.md"] {
        let named = named(page);
        let missing: Vec<_> = of_attacks.difference(&named).collect();
        assert!(missing.is_empty(), "{page} does not name {missing:?}");
        let known: BTreeSet<_> = of_attacks.union(&elsewhere).cloned().collect();
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(
            unknown.is_empty(),
            "{page} names {unknown:?}, which is no test"
        );
    }
}
