// Package usb tells which USB devices are plugged in, and whose they are, without
// opening any.
package usb

import "fmt"

// Identity is what a device is known by, wherever it is plugged in.
type Identity struct {
	Vendor, Product uint16
	Serial          string // empty in what is sought: any
}

func (id Identity) String() string {
	s := fmt.Sprintf("%04x:%04x", id.Vendor, id.Product)
	if id.Serial != "" {
		s += " " + id.Serial
	}
	return s
}

// Fits tells whether the device that calls itself other is the one sought.
func (id Identity) Fits(other Identity) bool {
	return id.Vendor == other.Vendor && id.Product == other.Product && (id.Serial == "" || id.Serial == other.Serial)
}
