package hid

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// machine is what finding needs of Linux. The library is not asked: it would open
// every device, cannot tell a keyboard from a bar code scanner, and says neither
// what it may not open nor what it cannot.
type machine struct {
	devices    func() ([]usb.Device, error)
	descriptor func(usb.Interface) ([]byte, error)
	connect    func(node string, number int) error // a driverless interface to its driver
	try        func(node string) error             // whether the node can be opened
}

var linux = machine{usb.Devices, descriptor, connect, try}

func find(id usb.Identity) (place, scanner.State) { return linux.find(id) }

func (m machine) find(id usb.Identity) (place, scanner.State) {
	if state, off := unsupported(); off {
		return place{}, state
	}
	d, state := m.pick(id)
	if state.Status != scanner.Ready {
		return place{}, state
	}
	if err := m.try(d.Node); errors.Is(err, fs.ErrNotExist) {
		return place{}, scanner.State{Status: scanner.Missing, Detail: d.Node + " is not there yet"}
	} else if errors.Is(err, fs.ErrPermission) {
		denied := usb.Denied(d.Node, d.Rule())
		if usb.Settling(d.Node) { // asked last: udev may give it away at any moment
			return place{}, scanner.State{Status: scanner.Missing, Detail: d.Node + " is not there yet"}
		}
		return place{}, scanner.State{Status: scanner.NoPermission, Detail: denied}
	} else if err != nil {
		return place{}, scanner.State{Status: scanner.Failed, Detail: err.Error()}
	}
	// What a killed tillpay left without a driver is given back first: it has no
	// descriptor, and if it stayed driverless nobody would give it back later.
	if n, err := m.giveBack(d); err != nil {
		return place{}, scanner.State{Status: scanner.Failed, Detail: err.Error()}
	} else if n > 0 {
		if d, state = m.pick(id); state.Status != scanner.Ready {
			return place{}, state
		}
	}
	return m.choose(d)
}

// pick answers the one device that id names. Two are never guessed between.
func (m machine) pick(id usb.Identity) (usb.Device, scanner.State) {
	all, err := m.devices()
	if err != nil {
		return usb.Device{}, scanner.State{Status: scanner.Failed, Detail: err.Error()}
	}
	var found []usb.Device
	for _, d := range all {
		if id.Fits(d.Identity) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 0:
		return usb.Device{}, missing(id)
	case 1:
		return found[0], scanner.State{Status: scanner.Ready}
	}
	return usb.Device{}, twins(id, found[0].Port, found[1].Port)
}

// choose answers which interface to open: the one that scans before one that types.
func (m machine) choose(d usb.Device) (place, scanner.State) {
	var best place
	for _, i := range d.Interfaces {
		if i.Class != usb.HID {
			continue
		}
		if i.Driver == "usbfs" {
			return place{}, scanner.State{Status: scanner.Failed, Detail: i.Name + " is held by another program: end it there"}
		}
		b, err := m.descriptor(i)
		if err != nil {
			continue // being unplugged, or of another kernel driver
		}
		l, err := ParseDescriptor(b)
		if err != nil || l.Mode == "" || best.layout.Mode == POS || best.layout.Mode == l.Mode {
			continue
		}
		best = place{path: i.Name, layout: l}
	}
	if best.path == "" {
		return place{}, wrongMode(d.Identity)
	}
	return best, scanner.State{Status: scanner.Ready}
}

// GiveBack gives the HID interfaces of the devices that id names back to the
// kernel where a killed process left them with no driver: a keyboard without one
// is dead. It answers how many there were.
func GiveBack(id usb.Identity) (int, error) {
	all, err := linux.devices()
	if err != nil {
		return 0, err
	}
	given := 0
	var errs []error
	for _, d := range all {
		if id.Fits(d.Identity) {
			n, err := linux.giveBack(d)
			given += n
			errs = append(errs, err)
		}
	}
	return given, errors.Join(errs...)
}

func (m machine) giveBack(d usb.Device) (given int, err error) {
	for _, i := range d.Interfaces {
		if i.Class != usb.HID || i.Driver != "" {
			continue
		}
		if err := m.connect(d.Node, i.Number); err != nil {
			return given, fmt.Errorf("hid: give %s back to the system: %w", i.Name, err)
		}
		given++
	}
	return given, nil
}

// descriptor is there while the kernel's usbhid has the interface: in the folder
// of its HID device, 0003:0C2E:0B61.0004.
func descriptor(i usb.Interface) ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(i.Dir, "0003:*", "report_descriptor"))
	if err != nil || len(found) == 0 {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(found[0])
}

// try opens a USB device's node, which does nothing to the device. The mode alone
// would not tell: a service's DeviceAllow refuses too.
func try(node string) error {
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// USBDEVFS_IOCTL and USBDEVFS_CONNECT of linux/usbdevice_fs.h: what writing to
// drivers/usbhid/bind does, allowed to whoever may open the device.
const usbdevfsConnect = 'U'<<8 | 23

type usbdevfsIoctl struct {
	number, code int32
	data         unsafe.Pointer
}

const usbdevfsForward = 3<<30 | unsafe.Sizeof(usbdevfsIoctl{})<<16 | 'U'<<8 | 18 // _IOWR('U', 18, …)

func connect(node string, number int) error {
	f, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	order := usbdevfsIoctl{number: int32(number), code: usbdevfsConnect}
	bound, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), usbdevfsForward, uintptr(unsafe.Pointer(&order)))
	switch {
	case errno == unix.EBUSY: // somebody was quicker
		return nil
	case errno != 0:
		return errno
	case bound == 0:
		return errors.New("no driver of the system took it")
	}
	return nil
}
