#!/usr/bin/env bash
# nginx and Caddy, which tests start by themselves as docs/proxies.md configures them.
source "$(dirname "$0")/lib.sh"

# Debian has it where root's PATH looks, and nobody else's.
PATH="$PATH:/usr/sbin"
ready() { has nginx && has caddy && [[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]]; }

ready && exit 0
apt_install_programs "proxies that tests put in front of the server" nginx libnginx-mod-stream caddy
ready || die "nginx, its stream module or caddy is installed, but not where it is looked for."
