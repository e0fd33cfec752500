#!/usr/bin/env bash
# build-wasm-std.sh DIR LINKER: makes DIR a Rust toolchain folder of Debian's compiler, with a standard library and a linker for wasm.
# Nothing under /usr is touched: the package manager owns it, and replaces the compiler when it likes.
source "$(dirname "$0")/lib.sh"
dir="$1"
linker="$2"
host="$(/usr/bin/rustc -vV | awk '$1 == "host:" { print $2 }')"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src"
echo '#![no_std]' >"$work/src/lib.rs"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "empty"
version = "0.0.0"
edition = "2024"

[profile.release]
opt-level = "s"
panic = "abort"

[workspace]
TOML

# `-Z` is nightly's; RUSTC_BOOTSTRAP opens it on the compiler that this very library belongs to. The bitcode is what
# link-time optimization reads, and cargo leaves it out where it sees no use for it.
(
  cd "$work"
  unset RUSTC RUSTC_WRAPPER CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
  PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$work/target" \
    cargo build --quiet --release -Z build-std=std,panic_abort,test --target "$wasm_target"
)

new="$work/toolchain"
mkdir -p "$new/bin" "$new/lib/rustlib/$wasm_target/lib"
find "$work/target/$wasm_target/release/deps" -name '*.rlib' ! -name 'libempty-*' \
  -exec cp -t "$new/lib/rustlib/$wasm_target/lib" {} +
ln -s "/usr/lib/rustlib/$host" "$new/lib/rustlib/$host"
ln -s /usr/bin/cargo "$new/bin/cargo"
# The name that rustc calls; Debian's own link of that name comes with all of LLVM.
ln -s "$linker" "$new/bin/rust-lld"
for tool in rustc rustdoc; do
  printf '#!/bin/sh\nexec /usr/bin/%s --sysroot "%s" "$@"\n' "$tool" "$dir" >"$new/bin/$tool"
  chmod +x "$new/bin/$tool"
done

mkdir -p "$(dirname "$dir")"
rm -rf "$dir"
mv "$new" "$dir"
