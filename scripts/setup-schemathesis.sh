#!/usr/bin/env bash
# schemathesis, which tries the HTTP API's document on the real server, in an environment of its own for Python. Each package that it is made
# of is pinned by its hash.
source "$(dirname "$0")/lib.sh"

requirements="$root/tests/api-contract/requirements.txt"
into="$cache/tools/schemathesis-$(sha256sum "$requirements" | cut -c 1-16)"
[[ -x "$into/bin/schemathesis" ]] && exit 0
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  apt_install "for the tool that tries the HTTP API" python3 python3-venv
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || die "Python $(python3 --version | cut -d ' ' -f 2) is too old: 3.10 or newer is needed for the tool that tries the HTTP API."
say "installing schemathesis into $into (tests of the HTTP API)"
python3 -m venv "$into"
"$into/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --requirement "$requirements" ||
  { rm -rf "$into"; die "schemathesis cannot be installed: see what pip says above."; }
