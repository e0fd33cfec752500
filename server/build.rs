//! Embeds the chat page: the folder that `MOBILEIM_DEMO_DIST` names, with the feature `demo-page`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDER: &str = "MOBILEIM_DEMO_DIST";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={FOLDER}");
    if env::var_os("CARGO_FEATURE_DEMO_PAGE").is_none() {
        return Ok(());
    }
    let mut files = String::from("static FILES: &[File] = &[\n");
    match env::var_os(FOLDER).map(PathBuf::from) {
        Some(folder) if folder.is_dir() => {
            println!("cargo::rerun-if-changed={}", folder.display());
            for path in files_in(&folder)? {
                let name = path.strip_prefix(&folder).expect("found in the folder");
                writeln!(
                    files,
                    "File {{ path: \"/{}\", content_type: \"{}\", bytes: include_bytes!(r#\"{}\"#) }},",
                    name.to_string_lossy().replace('\\', "/"),
                    content_type(name),
                    fs::canonicalize(&path)?.display(),
                )
                .expect("a string takes everything");
            }
        }
        Some(folder) => println!(
            "cargo::warning={FOLDER}: there is no folder {}",
            folder.display()
        ),
        None => println!("cargo::warning=the chat page is not built in: {FOLDER} is not set"),
    }
    files.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("demo_page.rs"), files)
}

/// All files in a folder and those below it, in a stable order.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn content_type(name: &Path) -> &'static str {
    match name.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
