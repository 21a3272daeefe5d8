package transport

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent is how many bytes the far side has not acknowledged (SIOCOUTQ): a slip
// that only the till's own network buffer has is not at the printer.
func unsent(conn *net.TCPConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	err = raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	if err != nil {
		return 0
	}
	return n
}
