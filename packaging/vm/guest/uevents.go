package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// await answers what ready does once it says yes: asked now, and again whenever udev
// has handled an event of the kernel's (its rules have run: groups and modes are set).
func await(limit time.Duration, what string, ready func() (string, bool)) (string, error) {
	const udev = 2 // the group of systemd's libudev-monitor; 1 is the kernel's own
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return "", fmt.Errorf("uevents: %w", err)
	}
	defer unix.Close(s)
	if err := unix.Bind(s, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: udev}); err != nil {
		return "", fmt.Errorf("uevents: %w", err)
	}
	buf := make([]byte, 8192)
	for end := time.Now().Add(limit); ; {
		if found, ok := ready(); ok {
			return found, nil
		}
		left := time.Until(end)
		if left <= 0 {
			return "", fmt.Errorf("no %s after %v", what, limit)
		}
		timeout := unix.NsecToTimeval(left.Nanoseconds())
		if err := unix.SetsockoptTimeval(s, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
			return "", fmt.Errorf("uevents: %w", err)
		}
		// What it says does not matter, nor that some were lost: look again.
		if _, err := unix.Read(s, buf); err != nil && err != unix.EAGAIN && err != unix.EINTR && err != unix.ENOBUFS {
			return "", fmt.Errorf("uevents: %w", err)
		}
	}
}
