// Package learn helps a technician tell devices apart: it lists what is plugged
// in, and shows which device just scanned, without taking any from the system.
package learn

import (
	"tillpay/scanner/hid"
	"tillpay/scanner/usb"
)

// Device is a device that may be a scanner or a receipt printer.
type Device struct {
	usb.Identity
	Maker, Model string
	Mode         Mode
	Place        string // 3-1.2, /dev/ttyACM0, /dev/usb/lp0, COM3: it may be another tomorrow
	Problem      string // why it cannot be used as it is, with the mend; empty: nothing is known
}

// Mode is how a device speaks.
type Mode string

// The modes of devices.
const (
	Keyboard = Mode(hid.Keyboard) // a keyboard, or a scanner that types
	POS      = Mode(hid.POS)
	Serial   = Mode("serial")  // a serial port: a scanner in COM mode, or anything else
	Printer  = Mode("printer") // USB printer class
	InUse    = Mode("in use")  // a HID device that a program holds: its mode cannot be seen
)

// Driver is what a configuration calls the driver of such a device; empty: none reads it.
func (m Mode) Driver() string {
	switch m {
	case Keyboard, POS, InUse:
		return "hid"
	case Serial:
		return "serial"
	}
	return ""
}
