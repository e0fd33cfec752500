#!/usr/bin/env bash
# A small Debian to install packages in, kept in the cache as an archive: what the package needs of it, what makes a certificate and asks
# over HTTP, strace, and systemd, of which only systemd-analyze is run.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

[[ ! -e "$chroot_archive" ]] || exit 0
if ((EUID != 0)); then
  has sudo || die "a Debian to install packages in is made by root: run this part of the tests as root, or install sudo."
  say "the next step asks sudo for root rights"
  exec sudo env MOBILEIM_CACHE="$cache" "$root/scripts/setup-chroot.sh"
fi
if ! has debootstrap; then
  apt_install "makes a Debian to install packages in" debootstrap
fi

say "making a Debian to install packages in, $chroot_archive (a minute, once)"
mkdir -p "$(dirname "$chroot_archive")"
new="$(mktemp -d)"
trap 'rm -rf "$new"' EXIT
# Its mount of /proc goes when this ends.
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --mount bash -c 'exec debootstrap --variant=minbase --include="$1" "$2" "$3" http://deb.debian.org/debian >"$3.log"' \
  debootstrap adduser,curl,iproute2,openssl,procps,strace,systemd "$chroot_suite" "$new" || {
  tail -n 20 "$new.log" >&2
  die "debootstrap failed"
}
rm -f "$new.log"
tar -C "$new" --exclude=./var/cache/apt/'*' --exclude=./var/lib/apt/lists/'*' --exclude=./usr/share/doc/'*' --exclude=./usr/share/locale/'*' \
  --exclude=./proc/'*' --exclude=./sys/'*' -czf "$chroot_archive.new" .
mv "$chroot_archive.new" "$chroot_archive"
