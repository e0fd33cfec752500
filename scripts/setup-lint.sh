#!/usr/bin/env bash
# rustfmt and clippy: rustup's minimal profile comes without them.
source "$(dirname "$0")/lib.sh"
cd "$root"

for tool in fmt clippy; do
  cargo "$tool" --version >/dev/null 2>&1 && continue
  component="${tool/#fmt/rustfmt}"
  has rustup || die "$component is missing: install it for $(rustc --version) from where that compiler came."
  say "adding $component to the Rust toolchain (checks of the code)"
  rustup component add "$component"
done
