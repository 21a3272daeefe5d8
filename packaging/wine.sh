#!/bin/sh
# Windows programs on wine:
#   packaging/wine.sh test ./queue    go test, with the tests as Windows programs
#   packaging/wine.sh with COMMAND    any command in whose environment wine is ready
# Wine is not Windows: it has no USB HID, a file's rights are Unix's, and what a
# folder passes on reaches a protected file too. It shows that the program's Windows
# half works, not that every Windows does.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/packaging/deps.sh" windows
"$root/packaging/deps.sh" wine
home=$root/bin/wine
mkdir -p "$home"
# New files are their owner's alone, as those in a user's profile on Windows are; it
# is wine's server that makes them.
umask 077
export WINEPREFIX="$home/prefix" WINEDEBUG=-all
wineserver -k || true # one that another umask was told to
if [ ! -f "$home/ready" ]; then
	wineboot -i >/dev/null 2>&1
	x86_64-w64-mingw32-gcc -O2 -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$root/packaging/wine/prngs.c" -ladvapi32
	touch "$home/ready"
fi
# Files are deleted as Windows 10 does, and by the older way where a system lacks
# that; wine 8 says 'not implemented', for which Go does not look.
source=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/case STATUS_INVALID_INFO_CLASS,/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' "$source" >"$home/at_windows.go"
! cmp -s "$source" "$home/at_windows.go" || {
	echo "wine.sh: this Go deletes files otherwise: look whether wine.sh is still needed there" >&2
	exit 1
}
printf '{"Replace": {"%s": "%s"}}\n' "$source" "$home/at_windows.go" >"$home/overlay.json"
printf '#!/bin/sh\nexec wine "$@"\n' >"$home/run"
chmod +x "$home/run"
windows() {
	export CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc CGO_CFLAGS=-Os
	GOFLAGS="-overlay=$home/overlay.json" go test -exec "$home/run" "$@"
}
# Wine's services start with the first program and hold on to its output for as long
# as there is another: it is one that has none.
(sleep 7200 | wine cmd) >/dev/null 2>&1 &
idle=$!
trap 'wineserver -k; pkill -P $idle sleep || true' EXIT
what=$1
shift
case $what in
test) windows "$@" ;;
with) "$@" ;;
esac
