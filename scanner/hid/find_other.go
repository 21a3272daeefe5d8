//go:build !linux

package hid

import (
	"github.com/karalabe/hid"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// find asks hidapi, whose list of a system without USB is empty like one without
// devices.
func find(id usb.Identity) (place, scanner.State) {
	if state, off := unsupported(); off {
		return place{}, state
	}
	infos, err := hid.Enumerate(id.Vendor, id.Product)
	if err != nil {
		return place{}, scanner.State{Status: scanner.Failed, Detail: err.Error()}
	}
	var all []reported
	for _, i := range infos {
		all = append(all, reported{usb.Identity{Vendor: i.VendorID, Product: i.ProductID, Serial: i.Serial}, i.Path, ModeOf(i.UsagePage, i.Usage)})
	}
	return pickReported(id, all)
}

// GiveBack has nothing to do here: the system takes back what a killed process held.
func GiveBack(usb.Identity) (int, error) { return 0, nil }
