#!/usr/bin/env bash
# browsers-env.sh COMMAND...: runs COMMAND with the browsers' drivers on PATH.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

export PATH="$cache/tools/geckodriver-$geckodriver_version/bin:$PATH"
exec "$@"
