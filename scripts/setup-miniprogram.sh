#!/usr/bin/env bash
# A font with Chinese characters, so that pictures of the mini-program show what people will see.
source "$(dirname "$0")/lib.sh"

ready() { has fc-list && [[ -n "$(fc-list :lang=zh-cn)" ]]; }

ready && exit 0
apt_install "a Chinese font for pictures of the mini-program" fontconfig fonts-wqy-zenhei
ready || die "no font with Chinese characters was found."
