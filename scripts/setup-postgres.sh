#!/usr/bin/env bash
# PostgreSQL, which tests start by themselves: each a server of its own. Another version that is there will do.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

# What the server supports (docs/server.md).
oldest=12

ready() {
  local folder
  [[ -n "${MOBILEIM_POSTGRES_BIN:-}" ]] && { [[ -x "$MOBILEIM_POSTGRES_BIN/initdb" ]]; return; }
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x "$folder/initdb" ]] && at_least "$(basename "$(dirname "$folder")")" "$oldest" && return
  done
  return 1
}

ready && exit 0
apt_install "a database that tests start and stop" "postgresql-$postgres_version"
ready || die "PostgreSQL is installed, but there is no initdb in /usr/lib/postgresql/*/bin: set MOBILEIM_POSTGRES_BIN to its folder."
