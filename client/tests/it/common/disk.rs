//! What a program leaves in its outbox.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The files under this directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Waits until a message with this text is in one of them.
pub(crate) async fn until_written(directory: &Path, text: &str) {
    let text = format!("\"{text}\"");
    let is_in = |path: &PathBuf| {
        std::fs::read(path).is_ok_and(|it| String::from_utf8_lossy(&it).contains(&text))
    };
    super::within(async {
        while !files(directory).iter().any(is_in) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
