#!/usr/bin/env bash
# packaging-test.sh PROGRAMS: packs the programs in PROGRAMS, and follows docs/install.md with the package in a Debian of its own.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"
((EUID == 0)) || exec sudo env MOBILEIM_CACHE="$cache" PATH="$PATH" "$root/scripts/packaging-test.sh" "$@"

system="$(mktemp -d)"
trap 'rm -rf "$system"' EXIT
# Everybody may enter a root folder.
tar -C "$system" -xzf "$chroot_archive"
chmod 755 "$system"
echo '127.0.0.1 localhost' >"$system/etc/hosts"
# What an operator downloads, into the folder that the operator is in. Packed quickly, as it is thrown away.
"$root/scripts/build-deb.sh" "$1" "$system/root" --fast
cp -r "$root/tests/packaging" "$system/root/tests"
cp "$root/docs/install.md" "$system/root/tests"

# In namespaces of its own: the mounts are gone when it ends, however it ends, what it started is, too, and the ports of the page are free.
# shellcheck disable=SC2016 # expanded by the inner shell
timeout 300 unshare --mount --net --pid --fork --kill-child bash -c '
  set -euo pipefail
  # A mount point itself, for what the unit wants to be read-only.
  mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  exec chroot "$1" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive bash /root/tests/follow.sh
' packaging "$system" </dev/null
