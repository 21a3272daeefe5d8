package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage codes of HID Usage Tables 1.4 section 10 (keyboard page), on the US layout.
var (
	plainKeys = map[rune]byte{'\n': 0x28, '\r': 0x28, '\t': 0x2b, ' ': 0x2c, '-': 0x2d, '=': 0x2e, '[': 0x2f, ']': 0x30, '\\': 0x31,
		';': 0x33, '\'': 0x34, '`': 0x35, ',': 0x36, '.': 0x37, '/': 0x38, '0': 0x27}
	shiftKeys = map[rune]byte{'!': 0x1e, '@': 0x1f, '#': 0x20, '$': 0x21, '%': 0x22, '^': 0x23, '&': 0x24, '*': 0x25, '(': 0x26, ')': 0x27,
		'_': 0x2d, '+': 0x2e, '{': 0x2f, '}': 0x30, '|': 0x31, ':': 0x33, '"': 0x34, '~': 0x35, '<': 0x36, '>': 0x37, '?': 0x38}
)

// stroke is the modifiers and the key of a character.
func stroke(r rune) (modifiers, key byte, err error) {
	switch {
	case r >= 'a' && r <= 'z':
		return 0, byte(4 + r - 'a'), nil
	case r >= 'A' && r <= 'Z':
		return 2, byte(4 + r - 'A'), nil
	case r >= '1' && r <= '9':
		return 0, byte(0x1e + r - '1'), nil
	}
	if k, ok := plainKeys[r]; ok {
		return 0, k, nil
	}
	if k, ok := shiftKeys[r]; ok {
		return 2, k, nil
	}
	if r < 0x20 { // as many scanners send control characters: GS is Ctrl+]
		_, key, err = stroke(r + 0x40)
		return 1, key, err
	}
	return 0, 0, fmt.Errorf("no key for %q on the US layout", r)
}

// interval is how often a USB keyboard is asked for a report (bInterval, 8 or 10 ms with
// the usual ones). dummy_hcd does not keep to it: unpaced it carries a whole code within
// 30 ms, and hidapi's queue of 32 reports is full before a busy machine lets its reader run.
const interval = 8 * time.Millisecond

func scan(args []string) error {
	f := flag.NewFlagSet("scan", flag.ContinueOnError)
	name := f.String("name", "", "the gadget")
	text := f.String("text", "", `what it reads, with Go's escapes (\r, \x1d)`)
	aim := f.String("aim", "]Q3", "AIM identifier (pos)")
	pace := f.Duration("pace", interval, "between two reports; a cashier's hand is slow")
	raw := f.String("raw", "", "one report in hex in the text's place")
	bare := f.Bool("bare", false, "keyboard: no Enter at the end")
	if err := f.Parse(args); err != nil {
		return err
	}
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(*text, `"`, `\"`) + `"`)
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	dir := filepath.Join(configfs, *name)
	own := node(dir)
	if own == "" {
		return fmt.Errorf("no gadget %q", *name)
	}
	dev, err := unix.Open(own, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", own, err)
	}
	defer unix.Close(dev)
	var reports [][]byte
	switch {
	case *raw != "":
		var b []byte
		b, err = hex.DecodeString(*raw)
		reports = [][]byte{b}
	case strings.HasPrefix(own, "/dev/ttyGS"):
		reports = [][]byte{[]byte(s)}
	case isPOS(dir):
		reports = posReports(s, *aim)
	default:
		if !*bare {
			s += "\n"
		}
		reports, err = keyReports(s)
	}
	if err != nil {
		return err
	}
	return send(dev, reports, *pace)
}

// send is the scanner itself: it has a processor of its own, which no till keeps
// busy. Here there is one for both, so that this thread goes before others. It is not
// made a real-time one: that would spin for ever on a lock of Go's whose holder it
// keeps from running.
// It prints when the last report that says something (no key that is let go) was about
// to be handed over, in ms since 1970: the agent may have read it before this program is
// told so. And it prints for how many ms at most scanner or bus stood still between two
// reports, beyond their pace: on a busy host they do, however they hurry.
func send(dev int, reports [][]byte, pace time.Duration) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, -20); err != nil { // of the thread
		return fmt.Errorf("a scanner's own pace: %w", err)
	}
	defer func() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, 0) }()
	wait := unix.NsecToTimespec(pace.Nanoseconds())
	var said, over time.Time
	var stood time.Duration
	for i, r := range reports {
		if i > 0 && pace > 0 {
			_ = unix.Nanosleep(&wait, nil) // a signal shortens it: nothing depends on that
		}
		if len(bytes.Trim(r, "\x00")) > 0 {
			said = time.Now()
		}
		if err := handOver(dev, r); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		now := time.Now()
		if i > 0 {
			stood = max(stood, now.Sub(over)-pace)
		}
		over = now
	}
	fmt.Println("sent", said.UnixMilli(), stood.Milliseconds())
	return nil
}

// handOver writes one report, and waits until there is room for the next: dummy_hcd
// takes one ahead of the bus, and f_hid another, which would hide how late the bus is.
func handOver(dev int, report []byte) error {
	for len(report) > 0 {
		n, err := unix.Write(dev, report)
		if err != nil && err != unix.EINTR {
			return err
		}
		report = report[max(n, 0):]
	}
	room := []unix.PollFd{{Fd: int32(dev), Events: unix.POLLOUT}}
	for {
		if _, err := unix.Poll(room, -1); err != unix.EINTR {
			return err
		}
	}
}

func isPOS(dir string) bool {
	for _, f := range glob(dir + "/functions/hid.*/report_length") {
		b, err := os.ReadFile(f)
		if err == nil && string(bytes.TrimSpace(b)) == "64" {
			return true
		}
	}
	return false
}

// posReports are the reports of reportPOS.
func posReports(s, aim string) (reports [][]byte) {
	for rest := []byte(s); ; {
		n := min(56, len(rest))
		r := make([]byte, 64)
		r[0], r[1] = 2, byte(n)
		copy(r[2:5], aim)
		copy(r[5:], rest[:n])
		if rest = rest[n:]; len(rest) > 0 {
			r[63] = 1
		}
		reports = append(reports, r)
		if len(rest) == 0 {
			return reports
		}
	}
}

func keyReports(s string) (reports [][]byte, err error) {
	for _, c := range s {
		modifiers, key, errKey := stroke(c)
		err = errors.Join(err, errKey)
		reports = append(reports, []byte{modifiers, 0, key, 0, 0, 0, 0, 0}, make([]byte, 8))
	}
	return reports, err
}
