# shellcheck shell=bash disable=SC2034,SC2154
# The pinned tools. Sourced after lib.sh.
wasm_pack_version=0.15.1
cargo_fuzz_version=0.13.2
geckodriver_version=0.37.1
cargo_deb_version=3.8.0
wasm_bindgen_version="$(locked_version wasm-bindgen)"
# The major version, as Debian names its packages: the one of the suite that CI runs on.
postgres_version=15
[[ -n "$wasm_bindgen_version" ]] || die "Cargo.lock names no wasm-bindgen"
# A Debian to install packages in: another number for another set of packages in it.
chroot_suite=bookworm
chroot_archive="$cache/chroots/$chroot_suite-2.tar.gz"
