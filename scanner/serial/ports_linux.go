package serial

import (
	"os"
	"path/filepath"

	"tillpay/scanner/usb"
)

// Ports reads the USB serial ports from sysfs. The library's enumerator
// would open every ttyS of the machine, each second.
func Ports() ([]Port, error) { return sysfsPorts("/sys/class/tty") }

func sysfsPorts(class string) ([]Port, error) {
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, err
	}
	var ports []Port
	for _, e := range entries {
		dir := usb.Of(filepath.Join(class, e.Name(), "device"))
		if dir == "" {
			continue // a tty of another bus
		}
		if d, ok := usb.Read(dir); ok {
			ports = append(ports, Port{Identity: d.Identity, Path: "/dev/" + e.Name(), Device: dir})
		}
	}
	return ports, nil
}
