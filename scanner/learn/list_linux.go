package learn

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"golang.org/x/sys/unix"

	"tillpay/scanner/hid"
	"tillpay/scanner/serial"
	"tillpay/scanner/usb"
)

const classPrinter = 7 // USB class codes

// List answers what is plugged in that may scan or print. It opens nothing.
func List() ([]Device, error) {
	plugged, err := usb.Devices()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a machine without USB
	} else if err != nil {
		return nil, err
	}
	ports, err := serial.Ports()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []Device
	for _, d := range plugged {
		about := Device{Identity: d.Identity, Maker: d.Maker, Model: d.Model}
		for _, p := range ports {
			if filepath.Base(p.Device) == d.Port {
				about.Mode, about.Place, about.Problem = Serial, p.Path, access(p.Path, ttyRule(d.Identity))
				all = append(all, about)
			}
		}
		seen := map[Mode]bool{}
		for _, i := range d.Interfaces {
			switch {
			case i.Class == usb.HID:
				about.Mode, about.Place, about.Problem = hidMode(i), d.Port, access(d.Node, d.Rule())
			case i.Class == classPrinter:
				about.Mode, about.Place, about.Problem = Printer, printerNode(i), ""
			default:
				continue
			}
			if about.Mode != "" && !seen[about.Mode] {
				seen[about.Mode] = true
				all = append(all, about)
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Place < all[j].Place })
	return all, nil
}

// hidMode is empty for what neither types nor scans: a mouse.
func hidMode(i usb.Interface) Mode {
	if i.Driver == "usbfs" {
		return InUse
	}
	found, _ := filepath.Glob(filepath.Join(i.Dir, "0003:*", "report_descriptor")) // only a bad pattern fails
	for _, f := range found {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		if l, err := hid.ParseDescriptor(b); err == nil {
			return Mode(l.Mode)
		}
	}
	return ""
}

func printerNode(i usb.Interface) string {
	found, _ := filepath.Glob(filepath.Join(i.Dir, "usbmisc", "lp*")) // only a bad pattern fails
	if len(found) == 0 {
		return ""
	}
	return "/dev/usb/" + filepath.Base(found[0])
}

func access(node, rule string) string {
	if unix.Access(node, unix.R_OK|unix.W_OK) == nil {
		return ""
	}
	return usb.Denied(node, rule)
}

func ttyRule(id usb.Identity) string {
	return `SUBSYSTEM=="tty", ` + id.ParentRule()
}
