//! The settings on the server's pages are those that are declared.

use std::process::{Command, Output};

use mobileim_server::config::{SETTINGS, Setting};
use rcgen::{CertificateParams, KeyPair};

const ENGLISH: &str = include_str!("../../docs/server.md");
const CHINESE: &str = include_str!("../../docs/server.zh.md");

/// The rows of a page's table of settings, without its head.
fn rows(page: &str) -> Vec<&str> {
    page.lines()
        .skip_while(|line| !line.contains("`MOBILEIM_DEV`"))
        .take_while(|line| line.starts_with('|'))
        .collect()
}

/// The cells of a setting's row up to its default, which is in words for some.
fn names(setting: &Setting) -> String {
    let Setting {
        key,
        flag,
        variable,
        ..
    } = setting;
    let value = setting.value.map(|value| format!(" {value}"));
    let value = value.unwrap_or_default();
    let names = format!("| `{key}` | `--{flag}{value}` | `{variable}` |");
    match setting.default {
        Some(default) => format!("{names} `{default}` |"),
        None => names,
    }
}

#[test]
fn the_page_has_what_the_settings_say_of_themselves() {
    let declared: Vec<_> = SETTINGS
        .iter()
        .map(|setting| {
            let otherwise = setting.otherwise.map(|words| format!(" {words} |"));
            let otherwise = otherwise.unwrap_or_default();
            let live = if setting.live { " (SIGHUP)" } else { "" };
            format!("{}{otherwise} {}{live} |", names(setting), setting.help)
        })
        .collect();
    assert!(
        rows(ENGLISH) == declared,
        "the table in docs/server.md is to be:\n{}",
        declared.join("\n")
    );
}

#[test]
fn the_chinese_page_has_the_same_names_and_defaults() {
    let rows = rows(CHINESE);
    assert_eq!(rows.len(), SETTINGS.len());
    for (row, setting) in rows.iter().zip(SETTINGS) {
        let names = names(setting);
        assert!(row.starts_with(&names), "{row}\nis to begin with\n{names}");
        let cells = row.trim_matches('|').split('|').map(str::trim);
        assert_eq!(cells.filter(|cell| !cell.is_empty()).count(), 5, "{row}");
    }
}

/// The pages' examples of a configuration file.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```toml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
    // There are parts of a Cargo.toml, too.
    blocks
        .filter(|block| !block.contains("[dependencies]"))
        .collect()
}

#[test]
fn the_examples_are_configurations_with_nothing_wrong() {
    let of_others = [
        include_str!("../../docs/api.md"),
        include_str!("../../docs/api.zh.md"),
        include_str!("../../docs/webhooks.md"),
        include_str!("../../docs/webhooks.zh.md"),
        include_str!("../../docs/events.md"),
        include_str!("../../docs/events.zh.md"),
        include_str!("../../docs/offline-push.md"),
        include_str!("../../docs/offline-push.zh.md"),
    ];
    for page in [ENGLISH, CHINESE].into_iter().chain(of_others) {
        assert!(!examples(page).is_empty());
        for example in examples(page) {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("mobileim.toml"), example).unwrap();
            // As the page has it made.
            for secret in ["jwt-secret", "webhook-secret"] {
                std::fs::write(dir.path().join(secret), "0".repeat(64)).unwrap();
            }
            for file in ["users", "api-keys"] {
                std::fs::write(dir.path().join(file), "").unwrap();
            }
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(["im.example.com".to_owned()]).unwrap();
            let certificate = params.self_signed(&key).unwrap();
            std::fs::write(dir.path().join("fullchain.pem"), certificate.pem()).unwrap();
            std::fs::write(dir.path().join("privkey.pem"), key.serialize_pem()).unwrap();
            let mut check = Command::new(env!("CARGO_BIN_EXE_mobileim-server"));
            check.arg("check").current_dir(dir.path());
            if !example.contains("[auth]") {
                check.arg("--dev");
            }
            let Output { status, stderr, .. } = check.output().unwrap();
            assert!(
                status.success(),
                "{}\n{example}",
                String::from_utf8_lossy(&stderr)
            );
        }
    }
}
