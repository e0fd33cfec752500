#!/usr/bin/env bash
# A compiler for wasm32-unknown-unknown. Three ways, the first that works: it is there; rustup adds it; Debian's compiler
# and a standard library built here from Debian's source (docs/toolchain.md says why one would want that).
source "$(dirname "$0")/lib.sh"
cd "$root"

wasm_rust_bin >/dev/null && exit 0

if [[ "${MOBILEIM_WASM_RUST:-}" != debian ]] && has rustup; then
  say "adding the $wasm_target target to the Rust toolchain (the client engine for pages)"
  # Behind some firewalls the download neither comes nor fails.
  if timeout 120 rustup target add "$wasm_target" && has_wasm_std rustc; then exit 0; fi
  say "rustup could not download it: using Debian's Rust for wasm builds, native builds keep $(rustc --version)"
fi

has apt-get || die "the $wasm_target standard library is missing. Its package:" \
  "  Fedora rust-std-static-$wasm_target, Arch rust-wasm, Alpine rust-wasm; or use rustup: https://rustup.rs"
apt_install "Rust for wasm builds" rustc-web cargo-web rust-web-src
# The linker of the same LLVM as the compiler.
llvm="$(/usr/bin/rustc -vV | sed -nE 's/^LLVM version: ([0-9]+).*/\1/p')"
[[ -x "/usr/bin/lld-$llvm" ]] || apt_install "the linker for wasm" "lld-$llvm"

dir="$(debian_wasm_rust)" || die "Debian's rustc-web did not install."
say "building the standard library for $wasm_target in $dir (half a minute, once)"
scripts/build-wasm-std.sh "$dir" "/usr/bin/lld-$llvm"
