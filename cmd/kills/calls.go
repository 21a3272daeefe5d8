//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// call is one storing or sending call that the agent made.
type call struct {
	N    int    `json:"n"`
	Name string `json:"name"`
	On   string `json:"on"` // a file's name in the till's folder, or "socket"
}

func (c call) String() string { return c.Name + " " + c.On }

// onDescriptor are calls whose first argument is what they store or send to.
var onDescriptor = map[uint64]string{
	unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite", unix.SYS_WRITEV: "writev", unix.SYS_PWRITEV: "pwritev", unix.SYS_PWRITEV2: "pwritev",
	unix.SYS_SENDTO: "send", unix.SYS_SENDMSG: "send", unix.SYS_SENDMMSG: "send", unix.SYS_SENDFILE: "sendfile", unix.SYS_SPLICE: "splice", unix.SYS_COPY_FILE_RANGE: "copy",
	unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync", unix.SYS_SYNC_FILE_RANGE: "sync_file_range",
	unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_FALLOCATE: "fallocate", unix.SYS_SHUTDOWN: "shutdown",
}

// onName are calls that change a folder.
var onName = map[uint64]string{
	unix.SYS_RENAMEAT: "rename", unix.SYS_RENAMEAT2: "rename", unix.SYS_UNLINKAT: "unlink", unix.SYS_MKDIRAT: "mkdir", unix.SYS_LINKAT: "link", unix.SYS_FCHMODAT: "chmod",
}

// describe tells a call that stores or sends from all others. What a Go program
// writes to wake its own threads, and its log, is neither.
func describe(pid int, nr uint64, args [6]uint64) (call, bool) {
	for _, names := range []map[uint64]string{onName, onOldName} {
		if name, ok := names[nr]; ok {
			return call{Name: name, On: "folder"}, true
		}
	}
	name, ok := onDescriptor[nr]
	if !ok {
		return call{}, false
	}
	to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(args[0])))
	switch {
	case err != nil:
		return call{}, false
	case strings.HasPrefix(to, "socket:"):
		return call{Name: name, On: "socket"}, true
	}
	info, err := os.Stat(to)
	switch {
	case err == nil && info.IsDir():
		return call{Name: name, On: "folder"}, true
	case err == nil && !info.Mode().IsRegular(), strings.HasPrefix(to, "anon_inode:"), strings.HasPrefix(to, "pipe:"):
		return call{}, false
	}
	return call{Name: name, On: fileName(to)}, true
}

// fileName leaves out what makes a temporary file's name unlike the next run's.
func fileName(path string) string {
	name, _, _ := strings.Cut(filepath.Base(path), ".new-")
	return name
}

// census counts calls by what they are.
func census(calls []call) string {
	n := map[string]int{}
	for _, c := range calls {
		n[c.String()]++
	}
	var all []string
	for _, what := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("%d × %s", n[what], what))
	}
	return strings.Join(all, ", ")
}
