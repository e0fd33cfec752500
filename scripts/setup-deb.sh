#!/usr/bin/env bash
# cargo-deb, in a folder named for its version, and what finds out which libraries the programs need.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

has dpkg-shlibdeps || apt_install "names the libraries that a package needs" dpkg-dev
cargo_tool cargo-deb "$cargo_deb_version" "makes Debian packages" --locked
