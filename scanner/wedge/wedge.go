// Package wedge types texts on into whatever window has the focus, through a
// virtual keyboard: goods barcodes of a scanner that the till has taken for itself.
package wedge

import (
	"errors"
	"fmt"
	"sync"

	"tillpay/scanner/hid"
)

// ErrUnsupported: this system has no virtual keyboards for programs.
var ErrUnsupported = errors.New("wedge: no virtual keyboard on this system")

// Keyboard is a virtual keyboard, there from its first use until Close. A window
// system needs a moment to take a new one: Open it early. Safe for concurrent use.
type Keyboard struct {
	mu  sync.Mutex
	out device
	// open makes the device; tests have another.
	open func() (device, error)
}

// device takes keys of linux/input-event-codes.h.
type device interface {
	press(strokes []stroke) error
	Close() error
}

// stroke is a key, and whether Shift is held.
type stroke struct {
	key   uint16
	shift bool
}

// New makes a keyboard. It is not there yet.
func New() *Keyboard { return &Keyboard{open: open} }

// Open makes the keyboard be there.
func (k *Keyboard) Open() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ready()
}

func (k *Keyboard) ready() error {
	if k.out != nil {
		return nil
	}
	out, err := k.open()
	if err == nil {
		k.out = out
	}
	return err
}

// Type types text and Enter, as a scanner does; a text that has characters without
// a key is not typed at all.
func (k *Keyboard) Type(text string) error {
	strokes, err := strokesOf(text + "\r")
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.ready(); err != nil {
		return err
	}
	if err := k.out.press(strokes); err != nil {
		return errors.Join(err, k.drop()) // the next one gets a new keyboard
	}
	return nil
}

// Close takes the keyboard away.
func (k *Keyboard) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.drop()
}

func (k *Keyboard) drop() error {
	if k.out == nil {
		return nil
	}
	err := k.out.Close()
	k.out = nil
	return err
}

func strokesOf(text string) ([]stroke, error) {
	strokes := make([]stroke, 0, len(text))
	for _, c := range []byte(text) {
		usage, shift, ok := hid.Stroke(c)
		if !ok || int(usage) >= len(keyOf) || keyOf[usage] == 0 {
			return nil, fmt.Errorf("wedge: no key for %q", c)
		}
		strokes = append(strokes, stroke{uint16(keyOf[usage]), shift})
	}
	return strokes, nil
}

const keyShift = 42

// keyOf is Linux's key for a usage of the keyboard page (hid-input.c, hid_keyboard).
// The system's layout makes characters of keys: it should be the US one.
var keyOf = [0x39]byte{
	0x04: 30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44,
	0x1e: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	0x28: 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53,
}
