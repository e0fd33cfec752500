#!/usr/bin/env bash
# wasm-env.sh COMMAND...: runs COMMAND with the compiler, the tools and the build folder that wasm builds use.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

bin="$(wasm_rust_bin)" || die "no Rust for $wasm_target: run \`make setup-wasm\` first."
tools="$cache/tools"
PATH="$tools/wasm-pack-$wasm_pack_version/bin:$tools/wasm-bindgen-cli-$wasm_bindgen_version/bin:$PATH"
if [[ -n "$bin" ]]; then
  PATH="$bin:$PATH"
  # Not the compiler that rustup or cargo chose for a native build around this call.
  unset RUSTC RUSTDOC CARGO RUSTUP_TOOLCHAIN
fi
export PATH

# A folder of its own for each compiler: cargo does not notice another standard library under the same compiler.
if [[ -z "${MOBILEIM_WASM_TARGET_DIR:-}" ]]; then
  compiler="$(rustc --version | awk '{ print $2 }')"
  [[ -z "$bin" ]] || compiler="debian-$(basename "$(dirname "$bin")")"
  export MOBILEIM_WASM_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/wasm/$compiler"
fi
export CARGO_TARGET_DIR="$MOBILEIM_WASM_TARGET_DIR"

exec "$@"
