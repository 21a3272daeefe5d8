//go:build unix

package usb

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// owner returns a file's mode and the number of its group.
func owner(path string) (fs.FileMode, string, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, "", false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, "", false
	}
	return info.Mode(), strconv.FormatUint(uint64(stat.Gid), 10), true
}
