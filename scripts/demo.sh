#!/usr/bin/env bash
# demo.sh BIN_DIR: runs the server for trying things out and, once it listens, says what to try.
set -euo pipefail
bin="$1"
shown="${bin#"$PWD"/}"

# Ctrl-C is for the server; this end only prints what the server still has to say.
"$bin/mobileim-server" --dev | {
  trap '' INT
  while IFS= read -r line; do
    printf '%s\n' "$line"
    [[ "$line" == ready\ * ]] || continue
    address() { sed -nE "s/.* $1=([^ ]+).*/\1/p" <<<"$line"; }
    printf '\n  Open  http://%s/  in two windows, and log in as alice and bob.\n' "$(address http)"
    printf '  In a terminal:  %s chat --udp %s --user carol\n' "$shown/mobileim" "$(address udp)"
    printf '  Ctrl-C stops the server.\n\n'
  done
}
