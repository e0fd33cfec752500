#!/usr/bin/env bash
# A folder of tests is a package of its own: what two of them need is in tests/support, and none reaches into another.
set -euo pipefail
cd "$(dirname "$0")/.."

folders="$(git ls-files --cached --others --exclude-standard -- 'tests/*/package.json' ':!tests/*/*/**' | cut -d/ -f2 | grep -vx support | paste -sd '|')"
if git grep --untracked -nE "[\"'\`](\.\./)+($folders)/" -- 'tests/*.ts' 'tests/*.js' 'tests/*.mjs' 'tests/*.cjs' >&2; then
  echo "a folder of tests imports from another one: move what both need to tests/support" >&2
  exit 1
fi
echo "no folder of tests imports from another one"
