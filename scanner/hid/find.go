package hid

import (
	"fmt"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

func missing(id usb.Identity) scanner.State {
	return scanner.State{Status: scanner.Missing, Detail: fmt.Sprintf("no USB device %s: plug it in, or wake it", id)}
}

func twins(id usb.Identity, a, b string) scanner.State {
	return scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf(
		"more than one USB device %s (%s, %s): give the scanner its serial, or unplug the others", id, a, b)}
}

func wrongMode(id usb.Identity) scanner.State {
	return scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf(
		"%s is neither in keyboard mode nor in HID-POS mode: switch it with the codes of its manual, or use driver = \"serial\" if it is in COM mode", id)}
}

// reported is one interface as hidapi reports it where it knows usages.
type reported struct {
	usb.Identity
	path string
	mode Mode
}

// pickReported chooses among the interfaces that a system reports. Windows opens
// no keyboard for anybody, so there only HID-POS can be read; no descriptor is
// told, so its usual layout is taken.
func pickReported(id usb.Identity, all []reported) (place, scanner.State) {
	var pos []reported
	types := false
	for _, r := range all {
		switch {
		case !id.Fits(r.Identity):
		case r.mode == POS:
			pos = append(pos, r)
		case r.mode == Keyboard:
			types = true
		}
	}
	switch {
	case len(pos) > 1:
		return place{}, twins(id, pos[0].path, pos[1].path)
	case len(pos) == 1:
		return place{path: pos[0].path, layout: usualPOS}, scanner.State{Status: scanner.Ready}
	case types:
		return place{}, scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf("%s is in keyboard mode, in which Windows lets no program open it: "+
			"scan \"USB HID-POS\" in its manual, or \"USB COM\" (CDC) and use driver = \"serial\"", id)}
	}
	return place{}, missing(id)
}
