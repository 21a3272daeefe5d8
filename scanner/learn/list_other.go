//go:build !linux

package learn

import (
	hidapi "github.com/karalabe/hid"

	"tillpay/scanner/hid"
	"tillpay/scanner/serial"
	"tillpay/scanner/usb"
)

// List answers what is plugged in that may scan. It takes nothing from anybody.
func List() ([]Device, error) {
	infos, err := hidapi.Enumerate(0, 0)
	if err != nil {
		return nil, err
	}
	var all []Device
	for _, i := range infos {
		mode := Mode(hid.ModeOf(i.UsagePage, i.Usage))
		if mode == "" {
			continue
		}
		d := Device{Identity: usb.Identity{Vendor: i.VendorID, Product: i.ProductID, Serial: i.Serial}, Maker: i.Manufacturer, Model: i.Product, Mode: mode}
		if mode == Keyboard {
			d.Problem = "no program may open a keyboard here: if it is a scanner, switch it to HID-POS or to USB COM with the codes of its manual"
		}
		all = append(all, d)
	}
	ports, err := serial.Ports()
	if err != nil {
		return nil, err
	}
	for _, p := range ports {
		all = append(all, Device{Identity: p.Identity, Mode: Serial, Place: p.Path})
	}
	return all, nil
}
