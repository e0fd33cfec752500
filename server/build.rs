//! Embeds pages: for each, the folder that an environment variable names, with the page's feature.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A page, by its name in what is written, its feature as Cargo tells of it, and the variable that names its folder.
const PAGES: [(&str, &str, &str); 2] = [
    ("demo_page", "CARGO_FEATURE_DEMO_PAGE", "MOBILEIM_DEMO_DIST"),
    (
        "admin_page",
        "CARGO_FEATURE_ADMIN_PAGE",
        "MOBILEIM_ADMIN_DIST",
    ),
];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    for (name, feature, folder) in PAGES {
        println!("cargo::rerun-if-env-changed={folder}");
        if env::var_os(feature).is_some() {
            embed(name, folder)?;
        }
    }
    Ok(())
}

fn embed(name: &str, variable: &str) -> io::Result<()> {
    let mut files = String::from("static FILES: &[File] = &[\n");
    match env::var_os(variable).map(PathBuf::from) {
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
            "cargo::warning={variable}: there is no folder {}",
            folder.display()
        ),
        None => println!("cargo::warning=a page is not built in: {variable} is not set"),
    }
    files.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join(name).with_extension("rs"), files)
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
