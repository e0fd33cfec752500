#!/usr/bin/env bash
# A source file past 500 lines is two things: this names it.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files --cached --others --exclude-standard -z -- '*.rs' '*.ts' ':!docs/api.d.ts' '*.js' '*.mjs' '*.cjs' '*.css' '*.sh' |
  xargs -0 -r awk '
    FNR == 501 { print FILENAME ": more than 500 lines" > "/dev/stderr"; long++ }
    END { if (long) exit 1 }'
echo "no source file is longer than 500 lines"
