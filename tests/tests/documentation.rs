//! The pages of this project point to what exists.

use std::fs;
use std::path::{Path, PathBuf};

/// The relative links of a Markdown page, without their anchors.
fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let folders = ["", "docs", "bench", "js", "www-demo", "tests"];
    let files = folders.into_iter().flat_map(|folder| {
        let entries = fs::read_dir(root.join(folder)).expect("the folder is part of the project");
        entries.map(|entry| entry.expect("a readable folder").path())
    });
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    files.filter(is_page).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the project");
    let pages = pages(root);
    assert!(pages.len() >= 12, "{pages:?}");
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page is text");
        for link in links(&text) {
            let target = page.parent().expect("a folder").join(link);
            assert!(target.exists(), "{}: {link} does not exist", page.display());
        }
    }
}

#[test]
fn user_pages_are_there_in_both_languages() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for page in ["h5", "server", "terminal", "../README"] {
        for language in ["md", "zh.md"] {
            let path = docs.join(format!("{page}.{language}"));
            assert!(path.exists(), "{} does not exist", path.display());
        }
    }
}
