#!/bin/sh
# Installs what a bare Debian with Go and gcc lacks. Without an argument, for the
# browser tests: Chromium and a font with Chinese. With windows: a compiler for
# that system; with wine: what runs its programs here. With bench: node and the npm encoders
# that receipts are measured against. With vm, for the machine of packaging/vm: QEMU and what makes a disk. Everything else comes through go.mod.
set -eu
chromium=${CHROMIUM:-/usr/bin/chromium}
install() {
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root=sudo
	fi
	$as_root apt-get update -qq
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
missing() { # any of these commands
	for c; do command -v "$c" >/dev/null 2>&1 || return 0; done
	return 1
}
case ${1:-browser} in
browser)
	if [ ! -x "$chromium" ] || ! fc-list :lang=zh 2>/dev/null | grep -q .; then
		install chromium fontconfig fonts-noto-cjk
		"$chromium" --version
	fi
	;;
windows)
	if missing x86_64-w64-mingw32-gcc; then
		install gcc-mingw-w64-x86-64
		x86_64-w64-mingw32-gcc --version | head -1
	fi
	;;
wine)
	if missing wine wineboot; then
		install wine wine64
		wine --version
	fi
	;;
vm)
	if missing qemu-system-x86_64 debootstrap qemu-img mke2fs cpio xz readelf depmod; then
		install qemu-system-x86 qemu-utils seabios debootstrap e2fsprogs cpio xz-utils kmod binutils
		qemu-system-x86_64 --version | head -1
	fi
	;;
bench)
	if missing node npm; then
		install nodejs npm
	fi
	cd "$(dirname "$0")/../cmd/bench/peers/npm"
	if [ ! -d node_modules ]; then
		npm install --no-audit --no-fund --no-package-lock --silent
	fi
	;;
*)
	echo "deps.sh [browser|windows|wine|vm|bench]" >&2
	exit 2
	;;
esac
