#!/usr/bin/env bash
# Inside a crate, names come from the module that declares them. What a crate exports again at its root is for others: an import from
# there hides which part of the crate needs which.
set -euo pipefail
cd "$(dirname "$0")/.."

found=0
while IFS=: read -r file line name; do
  source="${file%%/src/*}/src"
  # A module of the crate is a file or a folder of that name; a library's binary has its own root.
  if [[ $name == "{" || ! ( -e $source/$name.rs || -e $source/$name ) ]]; then
    echo "$file:$line: import it from the module that declares it, not from the crate's root" >&2
    found=1
  fi
done < <(git ls-files --cached --others --exclude-standard -z -- '*/src/*.rs' ':!fuzz' ':!*/src/bin/*' |
  xargs -0 -r grep -nHoP '^(?!\s*//).*?\bcrate::\K(\w+|\{)' | sort -u)
((found == 0)) || exit 1
echo "nothing is imported from the root of its own crate"
