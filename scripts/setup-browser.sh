#!/usr/bin/env bash
# Chromium and its driver, for the tests that run in a real browser.
source "$(dirname "$0")/lib.sh"

# A driver refuses a browser of another major version.
major() { "$1" --version 2>/dev/null | sed -nE 's/^[^0-9]*([0-9]+)\..*/\1/p'; }
ready() { [[ -n "$(major chromedriver)" && "$(major chromedriver)" == "$(major chromium)" ]]; }

ready && exit 0
apt_install "a browser to test in" chromium chromium-driver
ready || die "chromium ($(major chromium)) and chromedriver ($(major chromedriver)) do not match."
