//! The settings on the server's pages are those that the program has.

use std::collections::BTreeSet;
use std::process::Command;

/// Everything in a text that looks like a flag or a variable.
fn settings(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| {
            word.starts_with("MOBILEIM_")
                || word.strip_prefix("--").is_some_and(|flag| !flag.is_empty())
        })
        .collect()
}

#[test]
fn the_pages_list_the_settings_of_the_program() {
    let help = Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut program = settings(&help);
    assert!(
        program.remove("--help") && program.remove("--version"),
        "{help}"
    );
    for page in [
        include_str!("../../docs/server.md"),
        include_str!("../../docs/server.zh.md"),
    ] {
        let table = page
            .lines()
            .filter(|line| line.starts_with("| `--") || line.starts_with("| |"));
        let documented: BTreeSet<_> = table.flat_map(settings).collect();
        assert_eq!(documented, program);
    }
}
