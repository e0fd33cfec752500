#!/usr/bin/env bash
# mosquitto, which the browser benchmark starts by itself.
source "$(dirname "$0")/lib.sh"

# Debian has it where root's PATH looks, and nobody else's.
PATH="$PATH:/usr/sbin"
has mosquitto && exit 0

# Debian's package would start a broker for the whole machine. Only the program is wanted.
policy=/usr/sbin/policy-rc.d
if has apt-get && { ((EUID == 0)) || has sudo; } && [[ ! -e "$policy" ]]; then
  trap 'as_root rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod +x "$policy"
fi
apt_install "an MQTT broker to compare with" mosquitto
has mosquitto || die "mosquitto is installed, but not on PATH."
