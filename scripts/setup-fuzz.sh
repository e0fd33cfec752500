#!/usr/bin/env bash
# cargo-fuzz, in a folder named for its version, and what compiles libFuzzer.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

has c++ || apt_install "libFuzzer is C++" g++
cargo_tool cargo-fuzz "$cargo_fuzz_version" "runs the fuzz targets" --locked
