#!/usr/bin/env bash
# PostgreSQL, which tests start by themselves: each a server of its own. Another version that is there will do.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

# What the server supports (docs/server.md).
oldest=12

ready() {
  local folder
  if [[ -n "${MOBILEIM_POSTGRES_BIN:-}" ]]; then
    [[ -x "$MOBILEIM_POSTGRES_BIN/initdb" ]]
    return
  fi
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x "$folder/initdb" ]] && at_least "$(basename "$(dirname "$folder")")" "$oldest" && return
  done
  return 1
}

ready && exit 0

# Debian's package would make a database of its own and serve it from then on. Only the programs are wanted.
package="postgresql-$postgres_version"
no_cluster=/etc/postgresql-common/createcluster.d/mobileim-set-up.conf
if has apt-get && { ((EUID == 0)) || has sudo; }; then
  trap 'as_root rm -f "$no_cluster"' EXIT
  as_root mkdir -p "$(dirname "$no_cluster")"
  echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
fi
apt_install "a database that tests start and stop" "$package"
ready || die "$package is installed, but there is no initdb in /usr/lib/postgresql/*/bin: set MOBILEIM_POSTGRES_BIN to its folder."
