package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hear is a program with the keyboard's focus: it prints what an input device types
// until Enter, or "silent". Without such a device it prints "no node" at once, or
// after -wait.
func hear(args []string) error {
	f := flag.NewFlagSet("hear", flag.ContinueOnError)
	serial := f.String("serial", "", "of the USB device")
	name := f.String("name", "", "of the input device, in the serial's place")
	wait := f.Duration("wait", 0, "how long its node is waited for")
	limit := f.Duration("for", 20*time.Second, "how long Enter is waited for")
	gun := f.String("scan", "", "a gadget that scans once this listens")
	text := f.String("text", "", "what it scans")
	where := f.Bool("node", false, "print the device's node, and do no more")
	if err := f.Parse(args); err != nil {
		return err
	}
	node, err := await(*wait, "input device", func() (string, bool) { return inputNode(*serial, *name) })
	if err != nil {
		fmt.Println("no node")
		return nil
	}
	if *where {
		fmt.Println(node)
		return nil
	}
	dev, err := unix.Open(node, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", node, err)
	}
	defer unix.Close(dev)
	fmt.Println("listening to", node)
	if *gun != "" {
		if err := scan([]string{"-name", *gun, "-text", *text}); err != nil {
			return err
		}
	}
	heard, err := listenKeys(dev, time.Now().Add(*limit))
	if err != nil {
		return err
	}
	if heard == "" {
		heard = "silent"
	}
	fmt.Println(heard)
	return nil
}

// inputNode finds an input device that udev is done with.
func inputNode(serial, name string) (string, bool) {
	for _, e := range glob("/sys/class/input/event*") {
		about, _ := os.ReadFile(e + "/device/name")
		if name != "" && strings.TrimSpace(string(about)) != name || serial != "" && serialOf(e+"/device") != serial {
			continue
		}
		number, _ := os.ReadFile(e + "/dev")
		if _, err := os.Stat("/run/udev/data/c" + strings.TrimSpace(string(number))); err == nil {
			return "/dev/input/" + filepath.Base(e), true
		}
	}
	return "", false
}

// serialOf is the serial of the USB device above something in sysfs.
func serialOf(link string) string {
	dir, err := filepath.EvalSymlinks(link)
	if err != nil {
		return ""
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir + "/idVendor"); err == nil {
			serial, _ := os.ReadFile(dir + "/serial")
			return strings.TrimSpace(string(serial))
		}
	}
	return ""
}

// keysOf are Linux's codes of the US layout's rows, from which hear reads.
var keysOf = map[int]string{2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'", 44: "zxcvbnm,./", 57: " "}

// listenKeys reads keys until Enter. linux/input.h: a time, type, code, value.
func listenKeys(dev int, end time.Time) (text string, err error) {
	const clock = int(unsafe.Sizeof(unix.Timeval{}))
	shift := false
	event := make([]byte, clock+8)
	for {
		left := time.Until(end)
		if left <= 0 {
			return text, nil
		}
		ready := []unix.PollFd{{Fd: int32(dev), Events: unix.POLLIN}}
		if n, err := unix.Poll(ready, int(left/time.Millisecond)+1); err == unix.EINTR || n == 0 {
			continue
		}
		if _, err := unix.Read(dev, event); err != nil {
			return text, fmt.Errorf("keys: %w", err)
		}
		b := event[clock:]
		kind, code, value := binary.NativeEndian.Uint16(b), int(binary.NativeEndian.Uint16(b[2:])), binary.NativeEndian.Uint32(b[4:])
		switch {
		case kind != 1: // EV_KEY
		case code == 42 || code == 54:
			shift = value != 0
		case value != 1:
		case code == 28:
			if text == "" {
				return "", errors.New("keys: Enter alone")
			}
			return text, nil
		default:
			text += character(code, shift)
		}
	}
}

func character(code int, shift bool) string {
	for first, row := range keysOf {
		if i := code - first; 0 <= i && i < len(row) {
			if c := row[i : i+1]; !shift || strings.ToUpper(c) != c {
				if shift {
					return strings.ToUpper(c)
				}
				return c
			}
		}
	}
	return fmt.Sprintf("<%d,%t>", code, shift)
}
