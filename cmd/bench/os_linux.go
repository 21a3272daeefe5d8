package main

import (
	"os"
	"os/exec"
	"syscall"
)

// flush is what a durable write costs the disk: the data, and the size where it grew.
func flush(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// bound ends a program that we started when we end, however we do.
func bound(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
