// Package hid reads USB scanners that are keyboards or HID-POS devices. It decodes
// their reports itself, so that neither a keyboard layout nor an input method can
// change a code, and nothing that is scanned leaks into another program's window.
package hid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/karalabe/hid"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// poll bounds one read, and so how long Run takes to end: hidapi frees what a
// blocked read uses when a device is closed under it.
const poll = 2 * time.Second

// Config names one scanner by the identity of its USB device. Opening a device
// takes it from the system, so none is ever chosen because it looks like one.
type Config struct {
	Vendor, Product uint16
	Serial          string // where two are alike
	// Suffix is what the scanner sends after a code; empty: Enter or Tab.
	Suffix string
	// Silence ends a code where no suffix came; 0 is scanner.Silence.
	Silence time.Duration
}

// Scanner is one HID scanner: a loop around decoders that know no device.
type Scanner struct {
	config Config
	id     usb.Identity
	sys    system
}

var _ scanner.Scanner = (*Scanner)(nil)

// device is what this package uses of an open one. A read that timed out answers 0, nil.
type device interface {
	ReadTimeout(b []byte, milliseconds int) (int, error)
	Close() error
}

// system is the machine underneath; tests have another.
type system struct {
	find func(usb.Identity) (place, scanner.State)
	open func(path string) (device, error)
}

// place is an interface to open.
type place struct {
	path   string // hidapi's
	layout Layout
}

// New makes a scanner. It touches no device: it may be plugged in later.
func New(c Config) (*Scanner, error) {
	switch {
	case c.Vendor == 0 || c.Product == 0:
		return nil, errors.New("hid: no vendor and product")
	case c.Silence < 0:
		return nil, errors.New("hid: a negative silence")
	}
	return &Scanner{config: c, id: usb.Identity{Vendor: c.Vendor, Product: c.Product, Serial: c.Serial}, sys: system{find, open}}, nil
}

// Name implements scanner.Scanner.
func (s *Scanner) Name() string { return "hid " + s.id.String() }

// Fits tells whether the device is the one that this scanner reads.
func (s *Scanner) Fits(id usb.Identity, _ string) bool { return s.id.Fits(id) }

// Run implements scanner.Scanner. One goroutine opens, reads and closes, and does
// nothing else: hidapi keeps 32 reports, 16 keys, and drops the oldest
// (libusb/hid.c, read_callback), while a sink may take as long as a disk does.
func (s *Scanner) Run(ctx context.Context, sink scanner.Sink) error {
	events := make(chan func(), 64)
	go func() {
		defer close(events)
		tell := func(state scanner.State) { events <- func() { sink.State(state) } }
		scanned := func(text string) { events <- func() { sink.Scanned(text) } }
		scanner.Watch(ctx, tell, func() (place, scanner.State) { return s.sys.find(s.id) }, func(p place, ready func(scanner.State)) scanner.State {
			return s.serve(ctx, p, ready, scanned)
		})
	}()
	for event := range events {
		event()
	}
	return nil
}

// serve reads one device until it fails or ctx ends.
func (s *Scanner) serve(ctx context.Context, p place, ready func(scanner.State), scanned func(string)) scanner.State {
	d, err := s.sys.open(p.path)
	if err != nil {
		// No more is known: the library has one error for everything.
		return scanner.State{Status: scanner.Failed, Detail: p.path + " does not open: another program holds it, or it is still starting"}
	}
	defer d.Close() // gives the device back to the system
	ready(scanner.State{Status: scanner.Ready, Detail: fmt.Sprintf("%s, %s", p.path, p.layout.Mode)})
	if err := read(ctx, d, s.codes(p.layout), scanned); err != nil {
		return scanner.State{Status: scanner.Missing, Detail: p.path + " stopped answering: plug the scanner in again, or wake it"}
	}
	return scanner.State{}
}

// kept is how many reports a late reader finds, at least, where hidapi dropped some: it
// keeps 32 and drops the oldest for the next, without a word; a wait ends at the first.
const kept = 31

// read passes codes on until ctx ends (nil) or the device fails.
func read(ctx context.Context, d device, c codes, scanned func(string)) error {
	defer c.drop()
	var late backlog
	var asked time.Time // when the wait began that brought nothing; zero: there was none
	var wait time.Duration
	report := make([]byte, 256) // of USB 2 interrupts the usual ones have 64 at most
	for ctx.Err() == nil {
		n, err := d.ReadTimeout(report, 0) // hidapi does not look again when a wait's time is up
		late.found(n > 0, c, scanned)
		if n == 0 && err == nil {
			now, holding := time.Now(), false
			if !asked.IsZero() {
				if text, ok := c.hush(asked, wait, now); ok {
					scanned(text)
				}
			}
			asked = now
			if wait, holding = c.wait(asked); !holding || wait > poll {
				wait = poll
			}
			// Rounded up, since a moment early is too early; and never 0, which would not wait.
			n, err = d.ReadTimeout(report, int(wait/time.Millisecond)+1)
		}
		if err != nil {
			return fmt.Errorf("hid: read: %w", err)
		}
		if n > 0 {
			asked = time.Time{}
			late.texts = append(late.texts, c.push(report[:n], time.Now())...)
			clear(report[:n])
		}
	}
	late.found(false, c, scanned)
	return nil
}

// backlog holds codes back while reports are found that waited to be read. Before the
// first of as many as are kept some may be gone, and a code that lacks a digit may
// look whole.
type backlog struct {
	waited int // reports in a row
	texts  []string
}

// found is told after each look whether a report had waited. It passes on what is
// certain, and what is torn as such.
func (b *backlog) found(waited bool, c codes, scanned func(string)) {
	switch {
	case !waited:
		b.waited = 0
	case b.waited < kept:
		if b.waited++; b.waited < kept {
			return
		}
		if len(b.texts) > 0 { // the code that was read first is the one that was under way
			b.texts[0] = torn
		} else if text, ok := c.tear(); ok {
			b.texts = []string{text}
		}
	}
	for _, text := range b.texts {
		scanned(text)
	}
	clear(b.texts) // they may be payment codes
	b.texts = b.texts[:0]
}

// torn is told in the place of a code of which a part may be missing: no such text
// is a code.
const torn = "\uFFFD"

func open(path string) (device, error) {
	info := hid.DeviceInfo{Path: path}
	return info.Open()
}

// unsupported is the state of every scanner of a program that was built without C.
func unsupported() (scanner.State, bool) {
	return scanner.State{Status: scanner.Failed, Detail: "this tillpay was built without USB HID (CGO_ENABLED=0): install the usual build, or switch the scanner to COM mode and use driver = \"serial\""}, !hid.Supported()
}
