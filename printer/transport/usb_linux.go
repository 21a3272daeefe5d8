package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// listUSBPrinters reads what the kernel's usblp driver has taken.
func listUSBPrinters() ([]usbPrinter, error) { return sysfsPrinters("/sys/class/usbmisc") }

func sysfsPrinters(class string) ([]usbPrinter, error) {
	entries, err := os.ReadDir(class)
	if errors.Is(err, fs.ErrNotExist) { // the class comes with its first device
		return nil, nil
	}
	var all []usbPrinter
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "lp") {
			continue
		}
		face, err1 := filepath.EvalSymlinks(filepath.Join(class, e.Name(), "device"))
		device := filepath.Dir(face)
		vendor, err2 := strconv.ParseUint(line(device, "idVendor"), 16, 16)
		product, err3 := strconv.ParseUint(line(device, "idProduct"), 16, 16)
		if err1 != nil || err2 != nil || err3 != nil {
			continue // it is being unplugged just now
		}
		all = append(all, usbPrinter{"/dev/usb/" + e.Name(), USB{uint16(vendor), uint16(product), line(device, "serial")}})
	}
	return all, err
}

func line(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(b))
}

// usbLink is an open /dev/usb/lpN (the kernel's usblp): Go's poller waits for it.
type usbLink struct {
	file    *os.File
	aborted atomic.Bool
}

func openUSBDevice(_ context.Context, path string) (link, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s: no permission: put the service's user into the group that owns it (usermod -aG lp tillpay) and restart the service", path)
	case errors.Is(err, syscall.EBUSY):
		return nil, fmt.Errorf("%s: another program has the printer open (CUPS?): stop it, or print through it", path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO):
		return nil, fmt.Errorf("%s: no printer there: look at its cable and its switch", path)
	case err != nil:
		return nil, err
	}
	l := &usbLink{file: f}
	if err := l.drain(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return l, nil
}

// drain throws away what the printer said to a job before.
func (l *usbLink) drain() error {
	var buf [64]byte
	for range 64 { // a printer that never stops talking is no printer
		n, err := l.read(buf[:])
		if n == 0 || err != nil {
			if errors.Is(err, syscall.EAGAIN) || err == io.EOF {
				return nil
			}
			return err
		}
	}
	return errors.New("the printer talks without end")
}

// read makes one attempt and waits for nothing.
func (l *usbLink) read(p []byte) (n int, err error) {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	errControl := raw.Control(func(fd uintptr) { n, err = unix.Read(int(fd), p) })
	return max(n, 0), errors.Join(err, errControl)
}

func (l *usbLink) Write(p []byte, until time.Time) (int, error) {
	if err := l.until(l.file.SetWriteDeadline, until); err != nil {
		return 0, err
	}
	return l.file.Write(p)
}

// Read takes an empty packet, which usblp hands on as the end of a file, for
// what it is: nothing said yet.
func (l *usbLink) Read(p []byte, until time.Time) (int, error) {
	if err := l.until(l.file.SetReadDeadline, until); err != nil {
		return 0, err
	}
	for {
		n, err := l.file.Read(p)
		if n > 0 || err != io.EOF {
			return n, err
		}
		if wait := time.Until(until); wait > 0 {
			time.Sleep(min(wait, 10*time.Millisecond))
		} else {
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// Finish waits until the printer has taken the last transfer. usblp answers a
// write before that, and throws away on close what is still under way.
func (l *usbLink) Finish(until time.Time) error {
	if err := l.until(l.file.SetWriteDeadline, until); err != nil {
		return err
	}
	raw, err := l.file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		var n int
		n, failed = unix.Poll(p, 0)
		if n > 0 && p[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 {
			failed = syscall.ENODEV
		}
		return n > 0 || failed != nil
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the printer stopped taking the slip: %w", err)
	}
	return errors.Join(err, failed)
}

// until begins a step, unless all are over.
func (l *usbLink) until(set func(time.Time) error, until time.Time) error {
	if err := set(until); err != nil {
		return err
	}
	if l.aborted.Load() {
		return os.ErrClosed
	}
	return nil
}

// Abort ends a step by its deadline; the file is closed by its owner alone.
func (l *usbLink) Abort() {
	l.aborted.Store(true)
	_ = l.file.SetDeadline(time.Unix(1, 0))
}

func (l *usbLink) Close() error { return l.file.Close() }
