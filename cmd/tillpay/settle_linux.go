package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
)

// settle gives back what only the start needed: heap, and the mappings of
// program text and constants, which lie in the kernel's page cache anyway and
// are mapped again, without a read, when they are used.
func settle() {
	debug.FreeOSMemory()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer smaps.Close()
	var start, end uintptr
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		var perms string
		var from, to uintptr
		line := lines.Text()
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &perms); n == 3 {
			start, end = from, to
			if !strings.HasSuffix(line, " "+self) || perms != "r-xp" && perms != "r--p" {
				start = 0
			}
		}
		// Pages that the loader wrote to (relocations) are the process's own, and
		// would be lost: only ranges without any are given back.
		if start != 0 && strings.HasPrefix(line, "Anonymous:") && strings.Fields(line)[1] == "0" {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, start, end-start, syscall.MADV_DONTNEED)
		}
	}
}
