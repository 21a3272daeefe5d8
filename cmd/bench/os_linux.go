package main

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// flush is what a durable write costs the disk: the data, and the size where it grew.
func flush(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// bound ends a program that we started when we end, however we do.
func bound(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// cpu is the processor time that this thread has used.
func cpu() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
