package learn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tillpay/scanner/hid"
	"tillpay/scanner/serial"
	"tillpay/scanner/usb"
)

// patience is how long a text without Enter is waited for: a person's pause, so
// that what was typed by hand is seen whole, and known by its pace.
const patience = time.Second

// sources are the files through which a device speaks to everybody.
func sources(d Device) (all []source) {
	switch d.Mode {
	case Keyboard:
		for _, path := range nodes("/sys/class/input/event*", "/dev/input/", d.Place) {
			all = append(all, source{path, func(ctx context.Context, said func(string, string, pace)) error {
				return listen(ctx, path, d, func(f *os.File) error { return keys(f, said) })
			}})
		}
	case POS:
		for _, path := range nodes("/sys/class/hidraw/hidraw*", "/dev/", d.Place) {
			all = append(all, source{path, func(ctx context.Context, said func(string, string, pace)) error {
				return listen(ctx, path, d, func(f *os.File) error { return reports(f, said) })
			}})
		}
	case Serial:
		all = append(all, source{d.Place, func(ctx context.Context, said func(string, string, pace)) error {
			s, err := serial.New(serial.Config{Port: d.Place}) // others cannot open it meanwhile
			if err != nil {
				return err
			}
			return through(ctx, s, said)
		}})
	}
	return all
}

// nodes are the device files of a class that belong to the USB device at a port.
func nodes(class, dev, place string) (paths []string) {
	found, _ := filepath.Glob(class) // only a bad pattern fails
	for _, f := range found {
		if dir := usb.Of(filepath.Join(f, "device")); dir != "" && filepath.Base(dir) == place {
			paths = append(paths, dev+filepath.Base(f))
		}
	}
	return paths
}

// listen reads a file until it fails or ctx ends. Nothing is grabbed: whoever else
// reads it hears the same.
func listen(ctx context.Context, path string, d Device, read func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // so that Close ends a read
	if errors.Is(err, fs.ErrPermission) {
		subsystem := "input"
		if d.Mode == POS {
			subsystem = "hidraw"
		}
		return errors.New(usb.Denied(path, fmt.Sprintf(`SUBSYSTEM=="%s", %s`, subsystem, d.ParentRule())) + "; or run tillpay devices learn as root")
	} else if err != nil {
		return err
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.Close() })
	defer stop()
	return read(f)
}

// keys reads an input device's events.
func keys(f *os.File, said func(text, symbology string, p pace)) error {
	const clock = int(unsafe.Sizeof(unix.Timeval{}))
	var s strokes
	buffer := make([]byte, 64*(clock+8))
	for {
		limit := time.Time{}
		if s.holding() {
			limit = time.Now().Add(patience)
		}
		if err := f.SetReadDeadline(limit); err != nil {
			return err
		}
		n, err := f.Read(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if text, p, ok := s.end(); ok {
				said(text, "", p)
			}
			continue
		} else if err != nil {
			return gone(err)
		}
		for b := buffer[:n]; len(b) >= clock+8; b = b[clock+8:] {
			at := (*unix.Timeval)(unsafe.Pointer(&b[0]))
			rest := b[clock:]
			e := event{time.Duration(at.Nano()), binary.NativeEndian.Uint16(rest), binary.NativeEndian.Uint16(rest[2:]), int32(binary.NativeEndian.Uint32(rest[4:]))}
			if text, p, ok := s.push(e); ok {
				said(text, "", p)
			}
		}
		clear(buffer[:n])
	}
}

// reports reads a HID-POS device's reports beside the kernel.
func reports(f *os.File, said func(text, symbology string, p pace)) error {
	b, err := os.ReadFile(filepath.Join("/sys/class/hidraw", filepath.Base(f.Name()), "device", "report_descriptor"))
	if err != nil {
		return gone(err)
	}
	l, err := hid.ParseDescriptor(b)
	if err != nil || l.Mode != hid.POS {
		return nil // another interface of the device
	}
	d := hid.NewPOSDecoder(l)
	report := make([]byte, 4096)
	for {
		n, err := f.Read(report)
		if err != nil {
			return gone(err)
		}
		if c, ok := d.Push(report[:n]); ok {
			said(c.Text, c.Symbology, pace{})
		}
		clear(report[:n])
	}
}

// gone is nil for the end of a device, which is no failure of watching it.
func gone(err error) error {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
