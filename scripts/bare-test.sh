#!/usr/bin/env bash
# bare-test.sh [COMMAND...]: runs COMMAND (default: bash .ci/run) on the last commit, in a new Debian with nothing but git, make,
# Rust without the wasm target, and Node. It shows what set-up forgot to install. Needs root, debootstrap and 6 GB.
#
#   BARE_DIR   where the systems live (default /tmp/mobileim-bare); the last run stays there to look at
#   BARE_HOOK  a script, called with the new system's folder, for what your network needs there: proxy, certificates
#   BARE_ENV   more environment, NAME=VALUE separated by spaces
source "$(dirname "$0")/lib.sh"
((EUID == 0)) || die "chroot needs root"
(($#)) || set -- bash .ci/run

dir="${BARE_DIR:-/tmp/mobileim-bare}"
base="$dir/base"
system="$dir/system"
suite=bookworm

# Two runs in one folder would pull the system from under each other.
mkdir -p "$dir"
exec 9>"$dir/lock"
flock --nonblock 9 || die "another run uses $dir: choose a different BARE_DIR"

if [[ ! -e "$base/.complete" ]]; then
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase --include=ca-certificates,git,make "$suite" "$base" http://deb.debian.org/debian
  for part in debian:"$suite-updates" debian-security:"$suite-security"; do
    echo "deb http://deb.debian.org/${part/:/ } main" >>"$base/etc/apt/sources.list"
  done
  touch "$base/.complete"
fi

rm -rf "$system"
cp -a "$base" "$system"
cp -L /etc/resolv.conf /etc/hosts "$system/etc/"

rust="$(rustc --print sysroot)"
mkdir -p "$system/opt/rust"
tar -C "$rust" --exclude="lib/rustlib/$wasm_target" --exclude=share -cf - . | tar -C "$system/opt/rust" -xf -
node="$(dirname "$(dirname "$(node -p process.execPath)")")"
tar -C "$node" -cf - bin/node bin/npm bin/npx lib/node_modules/npm | tar -C "$system/usr/local" -xf -
[[ -z "${BARE_HOOK:-}" ]] || "$BARE_HOOK" "$system"

git clone --quiet --no-hardlinks "$root" "$system/root/mobileim"

# In a mount namespace of its own: the mounts are gone when it ends, however it ends.
start="$(date +%s)"
status=0
# shellcheck disable=SC2016,SC2086 # expanded by the inner shells; BARE_ENV is several words
unshare --mount bash -c '
  set -euo pipefail
  system="$1"; shift
  mount -t proc proc "$system/proc"
  mount --rbind /dev "$system/dev"
  mount --rbind /sys "$system/sys"
  exec chroot "$system" "$@"
' bare "$system" env -i HOME=/root PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  CI=true LANG=C.UTF-8 ${BARE_ENV:-} bash -c 'cd ~/mobileim && "$@"' bare "$@" </dev/null 9>&- || status=$?
seconds="$(($(date +%s) - start))"
printf 'bare system: "%s" exited %d after %d min %d s\n' "$*" "$status" "$((seconds / 60))" "$((seconds % 60))"
exit "$status"
