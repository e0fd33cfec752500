#!/usr/bin/env bash
# Firefox and WebKit and their drivers, for the tests that run in three browsers.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/versions.sh"

"$root/scripts/setup-browser.sh"
has firefox-esr || apt_install "a browser to test in" firefox-esr
# Debian has no package of Firefox's driver.
cargo_tool geckodriver "$geckodriver_version" "drives Firefox in tests" --locked

# MiniBrowser, WebKit's own, has no headless mode and comes without a place on PATH.
ready() { has WebKitWebDriver && has Xvfb && compgen -G '/usr/lib/*/webkit2gtk-4.1/MiniBrowser' >/dev/null; }
ready && exit 0
apt_install "a browser to test in, and a screen for it that nobody sees" webkit2gtk-driver xvfb
ready || die "webkit2gtk-driver and xvfb are installed, but WebKitWebDriver, Xvfb or MiniBrowser is not there."
