package escpos

import (
	"fmt"
	"time"
)

// Kick is the pulse that opens a cash drawer on pin 2 or 5 of the printer's drawer
// connector (ESC p): pulse long, in steps of 2 ms, and half a second of rest.
func Kick(pin int, pulse time.Duration) ([]byte, error) {
	if pin != 2 && pin != 5 {
		return nil, fmt.Errorf("escpos: drawer pin %d: it is 2 or 5", pin)
	}
	if pulse < 2*time.Millisecond || pulse > 510*time.Millisecond {
		return nil, fmt.Errorf("escpos: drawer pulse of %v: 2ms to 510ms are possible", pulse)
	}
	const rest = 250 // of 2 ms; behind any pulse it begins no real-time command
	return []byte{esc, 'p', byte((pin - 2) / 3), byte(pulse / (2 * time.Millisecond)), rest}, nil
}
