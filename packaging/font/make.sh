#!/bin/sh
# Makes printer/font/glyphs.bin anew of Debian's packages of two free fonts. The file
# is in the repository: this is for whoever wants other characters in it. It needs
# python3-freetype, and network for apt-get.
set -eu
cd "$(dirname "$0")/../.."
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-freetype fonts-noto-cjk unicode-data >/dev/null
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
(cd "$at" && apt-get download -qq xfonts-terminus 2>/dev/null && dpkg -x xfonts-terminus_*.deb .)
/usr/bin/python3 packaging/font/make.py "$at/usr/share/fonts/X11/misc/ter-u24b_unicode.pcf.gz" printer/font/glyphs.bin
