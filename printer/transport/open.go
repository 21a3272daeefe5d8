package transport

import (
	"fmt"
	"slices"
	"strings"
)

// Config is the [printer] table of the till's settings, as far as it says where
// bytes go.
type Config struct {
	Driver  string // network, serial, file, none
	Address string // network: host and port; the port is 9100 where left out
	Device  string // usb: a device file; or USB
	USB     USB    // usb: a printer, whatever its device file
	Port    string // serial
	Baud    int    // serial; 0 is 9600
	Name    string // spooler; else what to call the printer, where not empty
	Path    string // file: a file to append to, or a folder for a file per slip
	Blind   bool   // it answers no question, so it is not asked any
	Longest int    // bytes that a command of its slips may still wait for, once cut off
}

// drivers is every way to a printer; a new one is a file and a line here.
var drivers = map[string]func(Config) (Printer, error){
	"network": openNetwork,
	"serial":  openSerial,
	"file":    openFile,
	"none":    openNone,
	"usb":     openUSB,
	"spooler": openSpooler,
}

// Open checks the settings and touches no device: a till starts with its printer
// switched off. An error names the key, what is wrong with it, and the mend.
func Open(c Config) (Printer, error) {
	open, ok := drivers[c.Driver]
	if !ok {
		names := make([]string, 0, len(drivers))
		for name := range drivers {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("printer.driver: %q is not known: use one of %s", c.Driver, strings.Join(names, ", "))
	}
	return open(c)
}

// name is what the config calls the printer, or what its place is.
func (c Config) name(place string) string {
	if c.Name != "" {
		return c.Name
	}
	return place
}
