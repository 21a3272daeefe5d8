package transport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// USB is what a USB printer is known by, wherever it is plugged in and whatever
// number its device file got.
type USB struct {
	Vendor, Product uint16
	Serial          string // empty: any
}

func (u USB) String() string {
	s := fmt.Sprintf("%04x:%04x", u.Vendor, u.Product)
	if u.Serial != "" {
		s += " " + u.Serial
	}
	return s
}

// usbPrinter is a USB printer that is plugged in.
type usbPrinter struct {
	path string // /dev/usb/lp0
	USB
}

// mendUSB is how a technician names the printer.
const mendUSB = `set it to the printer's device file (device = "/dev/usb/lp0"), or name the printer by vendor, product and serial`

func openUSB(c Config) (Printer, error) {
	if c.Device == "" && c.USB.Vendor == 0 {
		return nil, errors.New("printer.device: missing: " + mendUSB)
	}
	if c.Device != "" && c.USB.Vendor != 0 {
		return nil, errors.New("printer.device: the printer is named by vendor and product too: leave one out")
	}
	place := c.Device
	if place == "" {
		place = "usb " + c.USB.String()
	}
	open := func(ctx context.Context) (link, error) {
		path := c.Device
		if path == "" {
			all, err := listUSBPrinters()
			if err != nil {
				return nil, err
			}
			if path, err = c.USB.pick(all); err != nil {
				return nil, err
			}
		}
		return openUSBDevice(ctx, path)
	}
	return newStation(c.name(place), open, usualTimes).known(c), nil
}

// pick answers the device file of the one printer that u names: two of a kind
// are never guessed between, since the slip would come out at another till.
func (u USB) pick(all []usbPrinter) (string, error) {
	fits := slices.DeleteFunc(slices.Clone(all), func(p usbPrinter) bool {
		return p.Vendor != u.Vendor || p.Product != u.Product || u.Serial != "" && p.Serial != u.Serial
	})
	switch {
	case len(fits) == 1:
		return fits[0].path, nil
	case len(fits) > 1:
		return "", fmt.Errorf("%d USB printers are %s (%s, %s): add the serial number of this till's (printer.serial)", len(fits), u, fits[0].path, fits[1].path)
	case len(all) == 0:
		return "", fmt.Errorf("no USB printer is plugged in; %s is awaited: look at its cable and its switch", u)
	}
	var others []string
	for _, p := range all {
		others = append(others, p.String())
	}
	return "", fmt.Errorf("USB printer %s is not plugged in (there is %s): look at its cable and its switch", u, strings.Join(others, ", "))
}
