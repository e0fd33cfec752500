#!/usr/bin/env bash
# back-ends-env.sh COMMAND...: runs it with the Python of the back ends first on PATH.
source "$(dirname "$0")/lib.sh"

PATH="$(back_ends_python)/bin:$PATH" exec "$@"
