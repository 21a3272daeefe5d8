//go:build !linux

package serial

import (
	"strconv"

	"go.bug.st/serial/enumerator"

	"tillpay/scanner/usb"
)

// Ports asks the system for its USB serial ports; this opens none of them.
func Ports() ([]Port, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, err
	}
	var ports []Port
	for _, d := range details {
		vendor, err1 := strconv.ParseUint(d.VID, 16, 16)
		product, err2 := strconv.ParseUint(d.PID, 16, 16)
		if !d.IsUSB || err1 != nil || err2 != nil {
			continue
		}
		// Nothing here says which ports are of one device; a serial number
		// that is empty or made up by the system is one of its own.
		device := d.SerialNumber
		if device == "" {
			device = d.Name
		}
		ports = append(ports, Port{
			Identity: usb.Identity{Vendor: uint16(vendor), Product: uint16(product), Serial: d.SerialNumber},
			Path:     d.Name, Device: device,
		})
	}
	return ports, nil
}
