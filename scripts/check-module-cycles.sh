#!/usr/bin/env bash
# The modules of the server and of what it decides depend on each other without a cycle. `--list` prints what depends on what.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each top-level module, and another one that it imports from.
dependencies() {
  git ls-files --cached --others --exclude-standard -z -- "$1/src/*.rs" ":!$1/src/bin/*" ":!$1/src/tests/*" |
    xargs -0 grep -noP '^(?!\s*//).*?\bcrate::\K\w+' |
    sed -E 's#^[a-z-]+/src/([a-z_0-9]+)[^:]*:[0-9]+:#\1 #' | sort -u | awk '$1 != $2'
}

for crate in hub server; do
  if [[ "${1:-}" == --list ]]; then
    dependencies "$crate" | sed "s/^/$crate: /; s/ \([a-z_]*\)$/ -> \1/"
  elif ! dependencies "$crate" | tsort >/dev/null; then
    echo "the modules of $crate depend on each other in a circle" >&2
    exit 1
  fi
done
echo "no module depends on itself by way of others" >&2
