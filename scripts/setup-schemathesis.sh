#!/usr/bin/env bash
# schemathesis, which tries the HTTP API's document on the real server, in an environment of its own for Python. Each package that it is made
# of is pinned by its hash.
source "$(dirname "$0")/lib.sh"

requirements="$root/tests/api-contract/requirements.txt"
into="$cache/tools/schemathesis-$(sha256sum "$requirements" | cut -c 1-16)"
[[ -x "$into/bin/schemathesis" ]] && exit 0
python_tool "$into" "$requirements" schemathesis "the tool that tries the HTTP API"
