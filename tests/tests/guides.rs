//! The examples in Rust of the pages for users, each a project beside this repository, compiled and run as they are printed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use mobileim_client::{Account, Client, LoginError};
use mobileim_tests::{Program, within};
use rustix::process::Signal;

/// A file of a project, as a page prints it.
struct File<'page> {
    name: &'page str,
    text: &'page str,
}

/// The files of a page: its examples in TOML and Rust. A line before each, which ends in a colon, begins with its name.
fn files(page: &str) -> Vec<File<'_>> {
    let examples = page.match_indices("\n```").step_by(2);
    let files: Vec<_> = examples
        .filter(|(start, fence)| {
            let example = &page[start + fence.len()..];
            ["toml\n", "rust\n", "rust,"]
                .iter()
                .any(|language| example.starts_with(language))
        })
        .map(|(start, fence)| {
            let before = page[..start].trim_end().lines().next_back();
            let name = before.and_then(|line| line.strip_prefix('`')?.split_once('`'));
            let (_, example) = page[start + fence.len()..]
                .split_once('\n')
                .expect("it has lines");
            let (text, _) = example.split_once("```").expect("it ends");
            let (name, _) = name.unwrap_or_else(|| panic!("no file is named before: {text}"));
            File { name, text }
        })
        .collect();
    assert!(!files.is_empty(), "the page has no project");
    files
}

/// Writes the project of a page beside the repository, builds it, and gives its program.
fn built(page: &str) -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("it is a member");
    let page_path = repository.join(page);
    let text = fs::read_to_string(&page_path).expect("the page can be read");

    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = temporary.join("guides").join(page.replace('/', "-"));
    // It may be there from the last time, beside another clone of the repository.
    let _ = fs::remove_dir_all(&place);
    let project = place.join("project");
    fs::create_dir_all(&project).expect("there is room");
    symlink(repository, place.join("mobileim")).expect("nothing is there");
    for File { name, text } in files(&text) {
        let file = project.join(name);
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("there is room");
        fs::write(file, text).expect("there is room");
    }
    // The versions of everything else are the repository's.
    fs::copy(repository.join("Cargo.lock"), project.join("Cargo.lock")).expect("there is room");

    let target = temporary.parent().expect("it is in the folder for builds");
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--offline",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(&project)
        // With what the repository has been built from: its folder, and its settings.
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .output()
        .expect("cargo can be run");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page}: {complaints}");
    assert!(
        !complaints.contains("warning: unused"),
        "{page}: {complaints}"
    );
    let artifacts = String::from_utf8(output.stdout).expect("cargo writes text");
    let programs: Vec<PathBuf> = artifacts
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).ok()?["executable"]
                .as_str()
                .map(Into::into)
        })
        .collect();
    let [program] = programs.as_slice() else {
        panic!("{page} has one program, not {programs:?}");
    };
    program.clone()
}

#[test]
fn the_projects_of_the_readmes_compile() {
    for page in ["README.md", "README.zh.md"] {
        built(page);
    }
}

#[tokio::test]
async fn the_servers_of_the_guides_verify_logins_and_stop_when_they_are_told_to() {
    for page in ["docs/server.md", "docs/server.zh.md"] {
        let mut server = Program::run(&built(page), &[]);
        let ready = server.line().await.expect("it says that it is ready");
        let (_, address) = ready.split_once("ws=").expect("it says where");
        let address = format!("ws://{address}").parse().expect("it is an address");
        let (client, _events) = Client::builder(address).spawn();

        let refused = within("refusal", client.login(Account::new("alice", "another"))).await;
        assert!(
            matches!(refused, Err(LoginError::Refused { code: 1025 })),
            "{refused:?}"
        );
        within("login", client.login(Account::new("alice", "secret")))
            .await
            .expect("the token is right");

        server.signal(Signal::INT);
        let (status, complaints) = server.end().await;
        assert!(status.success(), "{complaints}");
    }
}
