package usb

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Device is one USB device, as sysfs has it.
type Device struct {
	Identity
	Maker, Model string
	Port         string // where it is plugged in: 3-1.2
	Node         string // /dev/bus/usb/003/007
	Interfaces   []Interface
}

// Interface is one of a device's functions.
type Interface struct {
	Name   string // 3-1.2:1.0
	Number int
	Class  byte
	Driver string // the kernel's; empty: nobody's
	Dir    string // in sysfs
}

// HID is the class of keyboards and their like (USB class codes, 03h).
const HID = 3

const sysfs = "/sys/bus/usb/devices"

// Devices lists what is plugged in, by port. A device that leaves meanwhile is left out.
func Devices() ([]Device, error) { return devices(sysfs) }

func devices(dir string) ([]Device, error) {
	entries, err := os.ReadDir(dir) // sorted: a folder's name is the port
	if err != nil {
		return nil, fmt.Errorf("usb: %w", err)
	}
	var all []Device
	for _, e := range entries {
		if strings.Contains(e.Name(), ":") || strings.HasPrefix(e.Name(), "usb") { // an interface, a root hub
			continue
		}
		if d, ok := Read(filepath.Join(dir, e.Name())); ok {
			all = append(all, d)
		}
	}
	return all, nil
}

// Read reads the device of a folder in sysfs.
func Read(dir string) (Device, bool) {
	vendor, err1 := number(dir, "idVendor", 16)
	product, err2 := number(dir, "idProduct", 16)
	bus, err3 := number(dir, "busnum", 10)
	address, err4 := number(dir, "devnum", 10)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return Device{}, false // no device, or it is being unplugged just now
	}
	d := Device{
		Identity: Identity{uint16(vendor), uint16(product), line(dir, "serial")},
		Maker:    line(dir, "manufacturer"), Model: line(dir, "product"),
		Port: filepath.Base(dir), Node: fmt.Sprintf("/dev/bus/usb/%03d/%03d", bus, address),
	}
	children, _ := filepath.Glob(filepath.Join(dir, d.Port+":*")) // only a bad pattern fails
	for _, child := range children {
		n, err1 := number(child, "bInterfaceNumber", 16)
		class, err2 := number(child, "bInterfaceClass", 16)
		if err1 != nil || err2 != nil {
			continue
		}
		i := Interface{Name: filepath.Base(child), Number: int(n), Class: byte(class), Dir: child}
		if driver, err := os.Readlink(filepath.Join(child, "driver")); err == nil {
			i.Driver = filepath.Base(driver)
		}
		d.Interfaces = append(d.Interfaces, i)
	}
	sort.Slice(d.Interfaces, func(i, j int) bool { return d.Interfaces[i].Number < d.Interfaces[j].Number })
	return d, true
}

// Of climbs from anything below a USB device in sysfs (a tty, an input) to the
// device's folder; it is empty for what hangs on another bus.
func Of(link string) string {
	dir, err := filepath.EvalSymlinks(link)
	if err != nil {
		return ""
	}
	for dir != "/" && dir != "." {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

func number(dir, name string, base int) (uint64, error) {
	return strconv.ParseUint(line(dir, name), base, 16)
}

func line(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name)) // a device without one has none
	return strings.TrimSpace(string(b))
}
