#!/usr/bin/env bash
# A C compiler, Rust and Node. The first is installed; the other two everybody wants to choose for themselves.
source "$(dirname "$0")/lib.sh"
cd "$root"

if ! has cc || ! has pkg-config; then
  apt_install "a C compiler, for the crates that build C code" build-essential pkg-config
fi

rust_needed="$(awk -F '"' '/^rust-version/ { print $2 }' Cargo.toml)"
if ! has cargo; then
  die "Rust is missing. Install version $rust_needed or newer:" \
    "  from https://rustup.rs, or" \
    "  on Debian: apt-get install rustc-web cargo-web rustfmt-web rust-web-clippy (the compiler that Debian builds browsers with)"
fi
rust_found="$(rustc --version | awk '{ print $2 }')"
at_least "$rust_found" "$rust_needed" ||
  die "Rust $rust_found is too old: MobileIM needs $rust_needed or newer (rustup update, or see https://rustup.rs)."

{ has node && has npm; } || die "Node.js is missing. Install version 20 or newer, with npm: https://nodejs.org"
node_found="$(node --version)"
at_least "${node_found#v}" 20 || die "Node.js $node_found is too old: MobileIM needs version 20 or newer."
