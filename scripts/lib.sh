# shellcheck shell=bash
# Shared by the scripts of this folder: sourced, never run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# What set-up builds lives outside the clone, so that a second clone has nothing to build.
# shellcheck disable=SC2034 # used by the scripts that source this file
cache="${MOBILEIM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mobileim}"

wasm_target=wasm32-unknown-unknown

say() { printf 'set-up: %s\n' "$*"; }

# die MESSAGE [MORE-LINE...]
die() {
  printf '%s\n' "error: $1" "${@:2}" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Is version $1 at least version $2?
at_least() { [[ "$(printf '%s\n' "$2" "$1" | sort --version-sort | head -n 1)" == "$2" ]]; }

# The version of crate $1 in Cargo.lock.
locked_version() {
  awk -v name="\"$1\"" '$1 == "name" { found = $3 == name } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' \
    "$root/Cargo.lock"
}

# as_root COMMAND...: runs it as root, itself or by sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

# apt_install WHY PACKAGE...: installs Debian packages, as root or by sudo, and says so first.
apt_install() {
  local why="$1" apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get)
  shift
  has apt-get || die "needed: $* ($why). This script knows only Debian's packages; install what your system calls them and try again."
  if ((EUID != 0)); then
    has sudo || die "needed: $* ($why). As root, run:" "  apt-get update && apt-get install --no-install-recommends $*"
    say "the next step asks sudo for root rights"
  fi
  say "installing Debian packages $* ($why)"
  "${apt[@]}" update -qq
  "${apt[@]}" install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# apt_install_programs WHY PACKAGE...: the same for packages that would start a service for the whole machine: only the programs are wanted.
apt_install_programs() (
  policy=/usr/sbin/policy-rc.d
  if has apt-get && { ((EUID == 0)) || has sudo; } && [[ ! -e "$policy" ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
  fi
  apt_install "$@"
)

# Does compiler $1 have the wasm target's standard library, with the `test` crate that wasm-bindgen-test needs?
has_wasm_std() {
  local lib
  lib="$("$1" --print target-libdir --target "$wasm_target" 2>/dev/null)" && compgen -G "$lib/libtest-*.rlib" >/dev/null
}

# The toolchain folder that setup-wasm-rust.sh makes around Debian's compiler; another version, or another way to build its
# library (the number at the end), another folder.
debian_wasm_rust() {
  local version
  version="$(dpkg-query --show --showformat '${Version}' rustc-web 2>/dev/null)" && [[ -n "$version" ]] &&
    echo "$cache/wasm-rust/${version//[^A-Za-z0-9.]/-}-2"
}

# The folder that wasm builds put first on PATH; empty when the ordinary compiler has the target. Fails when nothing is set up.
# MOBILEIM_WASM_RUST=debian ignores the ordinary compiler.
wasm_rust_bin() {
  local dir
  if [[ "${MOBILEIM_WASM_RUST:-}" != debian ]] && has_wasm_std rustc; then
    return 0
  fi
  dir="$(debian_wasm_rust)" && has_wasm_std "$dir/bin/rustc" && echo "$dir/bin"
}

# cargo_tool CRATE VERSION WHY [CARGO-INSTALL-FLAG...]
cargo_tool() {
  local crate="$1" version="$2" why="$3" into="$cache/tools/$1-$2" quiet=()
  shift 3
  [[ "$("$into/bin/${crate%-cli}" --version 2>/dev/null)" == *" $version"* ]] && return
  [[ -t 2 ]] || quiet=(--quiet)
  say "building $crate $version into $into ($why; a minute or two, once)"
  mkdir -p "$cache"
  # Away from the clone, whose cargo settings are not meant for it. Not optimized: they run for moments.
  (
    cd "$cache"
    unset CARGO_TARGET_DIR RUSTFLAGS
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256
    cargo install "$crate" --version "=$version" --root "$into" --force "${quiet[@]}" "$@"
  )
}

# python_tool INTO REQUIREMENTS NAME WHY: makes an environment of its own for Python with these packages, each pinned by its hash.
python_tool() {
  local into="$1" requirements="$2" name="$3" why="$4"
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    apt_install "$why" python3 python3-venv
  fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "Python $(python3 --version | cut -d ' ' -f 2) is too old: 3.10 or newer is needed for $why."
  say "installing $name into $into ($why)"
  python3 -m venv "$into"
  "$into/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --requirement "$requirements" ||
    { rm -rf "$into"; die "$name cannot be installed: see what pip says above."; }
}

# The folder of the Python that runs back ends; other packages, another folder.
back_ends_python() { echo "$cache/tools/back-ends-$(sha256sum "$root/examples/backend-python/requirements.txt" | cut -c 1-16)"; }
