//go:build linux

package main

import "golang.org/x/sys/unix"

// onOldName are calls that newer architectures know by their longer names alone.
var onOldName = map[uint64]string{
	unix.SYS_RENAME: "rename", unix.SYS_UNLINK: "unlink", unix.SYS_MKDIR: "mkdir", unix.SYS_LINK: "link", unix.SYS_CHMOD: "chmod",
}
