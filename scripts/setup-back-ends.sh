#!/usr/bin/env bash
# What the back ends in examples/ and docs/ run with: a JDK, PHP, and Python with FastAPI in an environment of its own, in which each package
# is pinned by its hash. Node.js is there (setup-basics.sh).
source "$(dirname "$0")/lib.sh"

# The records and patterns that the example in Java uses.
oldest_jdk=17

has_jdk() { has javac && at_least "$(javac -version 2>&1 | awk '{ print $2 }')" "$oldest_jdk"; }

has_jdk || apt_install "the back end in Java" default-jdk-headless
has_jdk || die "a JDK is installed, but javac is older than $oldest_jdk: $(javac -version 2>&1)"
has php || apt_install "the example of a webhook in PHP" php-cli

requirements="$root/examples/backend-python/requirements.txt"
into="$(back_ends_python)"
[[ -x "$into/bin/uvicorn" ]] && exit 0
python_tool "$into" "$requirements" FastAPI "the back end in Python"
