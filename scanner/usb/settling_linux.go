package usb

import (
	"os"
	"syscall"
	"time"
)

// settling is how long udev may take to give a new node to its group, on a slow
// machine that starts.
const settling = 4 * time.Second

// Settling tells whether a node is so new that a refusal to open it means nothing
// yet. It asks when the node was last given away, not when it was written: a tty's
// own time moves with what is sent through it. Asked after the refusal, it also
// knows a node that was given away meanwhile.
func Settling(node string) bool { return settles(node, time.Now()) }

func settles(node string, now time.Time) bool {
	about, err := os.Stat(node)
	if err != nil {
		return false
	}
	stat, ok := about.Sys().(*syscall.Stat_t)
	return ok && now.Sub(time.Unix(stat.Ctim.Unix())) < settling
}
