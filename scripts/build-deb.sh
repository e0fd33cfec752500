#!/usr/bin/env bash
# build-deb.sh PROGRAMS FOLDER [OPTION...]: packs the server and the terminal client that are in PROGRAMS, and prints the package's path
# in FOLDER. The options are cargo-deb's.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"
cargo_deb="$cache/tools/cargo-deb-$cargo_deb_version/bin/cargo-deb"
[[ -x "$cargo_deb" ]] || die "cargo-deb is not there: make setup-deb installs it"
[[ -x "$1/mobileim-server" && -x "$1/mobileim" ]] || die "there are no programs in $1: make server builds them"
programs="$(realpath "$1")"
mkdir -p "$2"
folder="$(realpath "$2")"
shift 2

# cargo-deb takes what it packs from a build folder: this one has that, and nothing else.
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/release"
cp "$programs/mobileim-server" "$programs/mobileim" "$stage/release"
strip --remove-section=.comment --remove-section=.note "$stage/release"/*

# The configuration that is installed is the program's own example, so it cannot differ from it. A package knows where messages wait.
"$programs/mobileim-server" config >"$stage/example.toml"
sed 's|^#data-dir = .*|data-dir = "/var/lib/mobileim"|' "$stage/example.toml" >"$stage/release/mobileim.toml"
! cmp -s "$stage/example.toml" "$stage/release/mobileim.toml" || die "the example of a configuration has no line #data-dir = …"

# Debian wants a changelog of its own form; what has changed is in the project's.
version="$("$programs/mobileim-server" --version)"
maintainer="$(sed -n 's/^maintainer = "\(.*\)"$/\1/p' "$root/server/Cargo.toml")"
gzip -9n <"$root/CHANGELOG.md" >"$stage/release/changelog.gz"
# Of the last commit, so that the same sources make the same package.
when="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}"
gzip -9n >"$stage/release/changelog.Debian.gz" <<END
mobileim-server (${version##* }-1) unstable; urgency=medium

  * What has changed is in changelog.gz.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$when")
END

cd "$root/server"
CARGO_TARGET_DIR="$stage" "$cargo_deb" \
  --no-build --no-strip --quiet --output "$folder/" "$@"
