#!/usr/bin/env bash
# step.sh NAME COMMAND...: a heading, the command, and the seconds it took. `step.sh --begin` and `--end` frame a list of steps.
set -euo pipefail
list="${CARGO_TARGET_DIR:-target}/steps.txt"

case "$1" in
  --begin)
    mkdir -p "$(dirname "$list")"
    : >"$list"
    exit
    ;;
  --end)
    printf '\n'
    awk -F '\t' '{ printf "%6d s  %s\n", $1, $2; sum += $1 } END { printf "%6d s  in all: every step passed\n", sum }' "$list"
    exit
    ;;
esac

name="$1"
shift
printf '\n=== %s\n' "$name"
start="$(date +%s)"
status=0
"$@" || status=$?
seconds="$(($(date +%s) - start))"
if ((status != 0)); then
  printf '=== %s: FAILED after %d s\n' "$name" "$seconds" >&2
  exit "$status"
fi
printf '=== %s: %d s\n' "$name" "$seconds"
mkdir -p "$(dirname "$list")"
printf '%d\t%s\n' "$seconds" "$name" >>"$list"
