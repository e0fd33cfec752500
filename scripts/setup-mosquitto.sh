#!/usr/bin/env bash
# mosquitto, which the browser benchmark starts by itself.
source "$(dirname "$0")/lib.sh"

# Debian has it where root's PATH looks, and nobody else's.
PATH="$PATH:/usr/sbin"
has mosquitto && exit 0

apt_install_programs "an MQTT broker to compare with" mosquitto
has mosquitto || die "mosquitto is installed, but not on PATH."
