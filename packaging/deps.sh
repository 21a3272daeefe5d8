#!/bin/sh
# Installs what the browser tests need and a bare Debian lacks: Chromium and a
# font with Chinese. Everything else comes through go.mod.
set -eu
chromium=${CHROMIUM:-/usr/bin/chromium}
if [ -x "$chromium" ] && fc-list :lang=zh 2>/dev/null | grep -q .; then
	exit 0
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
fi
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk >/dev/null
"$chromium" --version
