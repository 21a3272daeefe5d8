package serial

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listPorts reads the USB serial ports from sysfs. The library's enumerator
// would open every ttyS of the machine, each second.
func listPorts() ([]usbPort, error) { return sysfsPorts("/sys/class/tty") }

func sysfsPorts(class string) ([]usbPort, error) {
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, err
	}
	var ports []usbPort
	for _, e := range entries {
		device := usbDevice(filepath.Join(class, e.Name(), "device"))
		if device == "" {
			continue
		}
		vendor, err1 := attribute(device, "idVendor")
		product, err2 := attribute(device, "idProduct")
		if err1 != nil || err2 != nil {
			continue // it is being unplugged just now
		}
		ports = append(ports, usbPort{
			path: "/dev/" + e.Name(), vendor: vendor, product: product,
			serial: line(device, "serial"), device: device,
		})
	}
	return ports, nil
}

// usbDevice climbs from a tty's device (a USB interface, or a port below one)
// to the USB device; it is empty for a tty of another bus.
func usbDevice(link string) string {
	dir, err := filepath.EvalSymlinks(link)
	if err != nil {
		return ""
	}
	for range 4 {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

func attribute(dir, name string) (uint16, error) {
	n, err := strconv.ParseUint(line(dir, name), 16, 16)
	return uint16(n), err
}

func line(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(b))
}
