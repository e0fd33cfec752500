#!/usr/bin/env bash
# run.sh SERVER: the OpenAPI document, tried on the real server with keys of each scope. `SECONDS_EACH` (15) is the time for the key that may
# do everything; the others have a fifth of it.
source "$(dirname "$0")/../../scripts/lib.sh"
server="$(realpath "$1")"
here="$root/tests/api-contract"
schemathesis="$cache/tools/schemathesis-$(sha256sum "$here/requirements.txt" | cut -c 1-16)/bin/schemathesis"
[[ -x "$server" ]] || die "$server is missing: make debug-programs builds it."
[[ -x "$schemathesis" ]] || die "schemathesis is missing: make setup-schemathesis installs it."
folder="$(mktemp -d)"
# Beside this script there is a file that names the checks, and nothing is to be written there.
cd "$folder"
pid=
finish() {
  [[ -z "$pid" ]] || kill "$pid" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

scopes=(send send:as-user send:broadcast messages:read users:read users:write server:read events:read groups:read groups:write history:read)
all="$(IFS=,; echo "${scopes[*]}")"
declare -A keys
for scope in "$all" "${scopes[@]}"; do
  "$server" api-key --name "contract" --scopes "$scope" >>api-keys 2>made
  keys[$scope]="$(grep -o 'mim_[A-Za-z0-9_-]*' made | head -n 1)"
done

"$server" --dev --data-dir data --events-types all --groups-enabled --history-direct forever --api-keys-file api-keys --api-rate unlimited --http 127.0.0.1:0 --tcp off --udp off --ws off >ready 2>log &
pid=$!
for _ in $(seq 100); do
  grep -q '^ready ' ready && break
  kill -0 "$pid" 2>/dev/null || { cat log >&2; exit 1; }
  sleep 0.1
done
base="http://$(grep -o 'http=[0-9.:]*' ready | cut -d = -f 2)"

# try SCOPES SECONDS
try() {
  export MOBILEIM_KEY="${keys[$1]}" MOBILEIM_KEY_SCOPES="$1" SCHEMATHESIS_HOOKS="$here/hooks.py"
  printf '\n--- a key with %s\n' "$1"
  "$schemathesis" --config-file "$here/schemathesis.toml" run "$base/api/v1/openapi.json" --url "$base" --header "Authorization: Bearer $MOBILEIM_KEY" \
    --max-time "$2" --seed "${MOBILEIM_SEED:-1}" --no-color
}

seconds="${SECONDS_EACH:-15}"
try "$all" "$seconds"
for scope in "${scopes[@]}"; do
  try "$scope" "$((seconds / 5))"
done
kill -0 "$pid" || { cat log >&2; exit 1; }
# What is refused alone would show nothing.
curl --silent --fail "$base/metrics" >metrics
for operation in events consumers move_consumer remove_consumer make_group groups group members add_members group_history conversations history; do
  grep -qE "^mobileim_api_requests_total\{operation=\"$operation\",status=\"20[04]\"\} [1-9]" metrics || die "nothing that is asked of $operation is answered."
done
! grep -i panick log
