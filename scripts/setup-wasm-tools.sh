#!/usr/bin/env bash
# wasm-pack and wasm-bindgen's command line, each in a folder named for its version.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

# cargo_tool CRATE VERSION WHY [CARGO-INSTALL-FLAG...]
cargo_tool() {
  local crate="$1" version="$2" why="$3" into="$cache/tools/$1-$2" quiet=()
  shift 3
  [[ "$("$into/bin/${crate%-cli}" --version 2>/dev/null)" == *" $version"* ]] && return
  [[ -t 2 ]] || quiet=(--quiet)
  say "building $crate $version into $into ($why; a minute or two, once)"
  mkdir -p "$cache"
  # Away from the clone, whose cargo settings are not meant for it. Hardly optimized: they run for seconds, and build in half the time.
  (
    cd "$cache"
    unset CARGO_TARGET_DIR RUSTFLAGS
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    cargo install "$crate" --version "=$version" --root "$into" --force "${quiet[@]}" "$@"
  )
}

cargo_tool wasm-pack "$wasm_pack_version" "builds and tests the wasm crate" --locked
# Without --locked: its lock file names a yanked crate.
cargo_tool wasm-bindgen-cli "$wasm_bindgen_version" "writes the JavaScript glue; must match the wasm-bindgen in Cargo.lock"
