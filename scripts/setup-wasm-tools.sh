#!/usr/bin/env bash
# wasm-pack and wasm-bindgen's command line, each in a folder named for its version.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

cargo_tool wasm-pack "$wasm_pack_version" "builds and tests the wasm crate" --locked
# Without --locked: its lock file names a yanked crate.
cargo_tool wasm-bindgen-cli "$wasm_bindgen_version" "writes the JavaScript glue; must match the wasm-bindgen in Cargo.lock"
