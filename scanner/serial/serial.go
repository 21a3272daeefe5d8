// Package serial reads scanners at serial ports: real ones, and the ones that
// USB scanners in COM or CDC mode make.
package serial

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"go.bug.st/serial"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// poll bounds one read, and so how long Run takes to end: the port may not be
// closed under its reader. A till that waits for customers wakes this rarely.
const poll = 2 * time.Second

// Config names one scanner: by Port, or by the identity of its USB device.
type Config struct {
	// Port is a path (/dev/ttyACM0, better one under /dev/serial/by-id) or COM3.
	Port string
	// Vendor and Product of the USB device, and its Serial where two are alike.
	Vendor, Product uint16
	Serial          string
	// Baud is 9600 if 0. Scanners in CDC mode ignore it.
	Baud int
	// Suffix is what the scanner sends after a code; empty: CR, LF or TAB.
	Suffix string
	// Silence ends a code where no suffix came; 0 is scanner.Silence.
	Silence time.Duration
}

func (c Config) identity() usb.Identity {
	return usb.Identity{Vendor: c.Vendor, Product: c.Product, Serial: c.Serial}
}

// Scanner is one serial scanner. It does no more than move bytes; what they
// mean is scanner.Decoder's.
type Scanner struct {
	config Config
	sys    system
}

var _ scanner.Scanner = (*Scanner)(nil)

// port is what this package uses of a serial port.
type port interface {
	Read(b []byte) (int, error)
	SetReadTimeout(time.Duration) error
	ResetInputBuffer() error
	SetDTR(bool) error
	SetRTS(bool) error
	Close() error
}

// system is the machine underneath; tests have another.
type system struct {
	list   func() ([]Port, error)
	exists func(path string) bool
	open   func(path string, baud int) (port, error)
}

// New makes a scanner. It touches no device: it may be plugged in later.
func New(c Config) (*Scanner, error) {
	switch {
	case c.Port == "" && (c.Vendor == 0 || c.Product == 0):
		return nil, errors.New("serial: neither a port nor a vendor and product")
	case c.Port != "" && c.Vendor != 0:
		return nil, errors.New("serial: both a port and a vendor")
	case c.Baud < 0 || c.Silence < 0:
		return nil, errors.New("serial: a negative baud rate or silence")
	}
	if c.Baud == 0 {
		c.Baud = 9600
	}
	if runtime.GOOS == "windows" {
		c.Port = windowsName(c.Port)
	}
	return &Scanner{config: c, sys: system{list: Ports, exists: exists, open: open}}, nil
}

// windowsName is how Windows lists a port that people write as com3 or \\.\COM12.
func windowsName(port string) string {
	if name := strings.ToUpper(strings.TrimPrefix(port, `\\.\`)); strings.HasPrefix(name, "COM") {
		return name
	}
	return port
}

// Name implements scanner.Scanner.
func (s *Scanner) Name() string {
	if s.config.Port != "" {
		return "serial " + s.config.Port
	}
	return "serial " + s.config.identity().String()
}

// Fits tells whether the device, at a port, is the one that this scanner reads.
func (s *Scanner) Fits(id usb.Identity, port string) bool {
	if s.config.Port != "" {
		return same(s.config.Port, port)
	}
	return s.config.identity().Fits(id)
}

// Run implements scanner.Scanner. It starts no goroutine: the port is opened,
// read and closed by the caller's, since closing it from another one while it
// is read is a data race on Windows (bugst/go-serial#219).
func (s *Scanner) Run(ctx context.Context, sink scanner.Sink) error {
	seek := &seeker{config: s.config, sys: s.sys}
	scanner.Watch(ctx, sink.State, seek.find, func(path string, ready func(scanner.State)) scanner.State {
		return s.serve(ctx, path, func() {
			seek.learn(path)
			ready(scanner.State{Status: scanner.Ready, Detail: path})
		}, sink.Scanned)
	})
	return nil
}

// serve reads one port until it fails or ctx ends. The state that it returns is
// what became of the device.
func (s *Scanner) serve(ctx context.Context, path string, ready func(), scanned func(string)) scanner.State {
	p, err := s.sys.open(path, s.config.Baud)
	if err != nil {
		return refusal(path, err)
	}
	defer p.Close() // there is nothing to flush, and nobody to tell

	// Pseudo terminals and some adapters have no such lines, and need none.
	_, _ = p.SetDTR(true), p.SetRTS(true)
	// What was scanned while nobody listened is stale, and maybe spent.
	_ = p.ResetInputBuffer()
	ready()

	err = s.read(ctx, p, scanned)
	if err == nil {
		return scanner.State{}
	}
	// An unplugged port says so in many ways: closed, EIO, access denied.
	return scanner.State{Status: scanner.Missing, Detail: path + " stopped answering: plug the scanner in again, or wake it"}
}

// read passes codes on until ctx ends (nil) or the port fails.
func (s *Scanner) read(ctx context.Context, p port, scanned func(string)) error {
	decoder := scanner.Decoder{Suffix: s.config.Suffix, Silence: s.config.Silence}
	defer decoder.Drop()
	buffer := make([]byte, 512)
	for ctx.Err() == nil {
		asked, wait := time.Now(), poll
		if rest, holding := decoder.Wait(asked); holding {
			wait = max(rest, time.Millisecond) // not 0, which on Windows would wait for ever
		}
		if err := p.SetReadTimeout(wait); err != nil {
			return fmt.Errorf("set read timeout: %w", err)
		}
		n, err := p.Read(buffer)
		if n > 0 {
			for _, code := range decoder.Push(buffer[:n], time.Now()) {
				scanned(code)
			}
			clear(buffer[:n])
		} else if err == nil { // a time-out, not the end
			if code, ok := decoder.Hush(asked, wait, time.Now()); ok {
				scanned(code)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens a port. One that cannot be set to the rate (some CDC devices, that
// have none) is used as it is.
func open(path string, baud int) (port, error) {
	p, err := serial.Open(path, &serial.Mode{BaudRate: baud})
	var refused *serial.PortError
	if hasCode(err, &refused, serial.InvalidSerialPort) || hasCode(err, &refused, serial.InvalidSpeed) {
		p, err = serial.Open(path, &serial.Mode{})
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
