package serial

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"go.bug.st/serial"

	"tillpay/scanner"
)

// usbPort is a serial port of a USB device.
type usbPort struct {
	path    string // what to open
	vendor  uint16
	product uint16
	serial  string
	device  string // the USB device; one may have several ports
}

// identity is what a USB device is known by, wherever it is plugged in.
type identity struct {
	vendor  uint16
	product uint16
	serial  string // empty: any
}

func (id identity) String() string {
	s := fmt.Sprintf("%04x:%04x", id.vendor, id.product)
	if id.serial != "" {
		s += " " + id.serial
	}
	return s
}

func (id identity) fits(p usbPort) bool {
	return id.vendor == p.vendor && id.product == p.product && (id.serial == "" || id.serial == p.serial)
}

// pick returns the one port of the one device that id names. A device with
// several ports scans at its first. Two devices are never guessed between.
func (id identity) pick(ports []usbPort) (usbPort, scanner.State) {
	var fit []usbPort
	for _, p := range ports {
		if id.fits(p) {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		return usbPort{}, scanner.State{Status: scanner.Missing, Detail: fmt.Sprintf("no USB device %s: plug it in, or wake it", id)}
	}
	slices.SortFunc(fit, func(a, b usbPort) int {
		if len(a.path) != len(b.path) { // ttyACM9 is before ttyACM10
			return len(a.path) - len(b.path)
		}
		return strings.Compare(a.path, b.path)
	})
	for _, p := range fit {
		if p.device != fit[0].device {
			return usbPort{}, scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf(
				"more than one USB device %s (%s, %s): give the scanner its serial, or a port under /dev/serial/by-path", id, fit[0].path, p.path)}
		}
	}
	return fit[0], scanner.State{Status: scanner.Ready, Detail: fit[0].path}
}

// seeker finds one scanner again and again. It opens nothing.
type seeker struct {
	config Config
	sys    system
	// learnt is whose port config.Port was when it was last open, so that a
	// scanner that is plugged in elsewhere is still found.
	learnt identity
}

// find returns the path to open, or a state that says why there is none.
func (s *seeker) find() (string, scanner.State) {
	if s.config.Port == "" {
		return s.byIdentity(identity{s.config.Vendor, s.config.Product, s.config.Serial})
	}
	if s.sys.exists(s.config.Port) {
		return s.config.Port, scanner.State{Status: scanner.Ready}
	}
	if s.learnt != (identity{}) {
		if path, state := s.byIdentity(s.learnt); state.Status == scanner.Ready {
			return path, state
		}
	}
	return "", scanner.State{Status: scanner.Missing, Detail: s.config.Port + " is not there: plug the scanner in, or wake it"}
}

func (s *seeker) byIdentity(id identity) (string, scanner.State) {
	ports, err := s.sys.list()
	if err != nil {
		return "", scanner.State{Status: scanner.Failed, Detail: err.Error()}
	}
	port, state := id.pick(ports)
	return port.path, state
}

// learn notes whose port path is, now that it is open.
func (s *seeker) learn(path string) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	ports, err := s.sys.list()
	if err != nil {
		return
	}
	for _, p := range ports {
		if p.path == path {
			s.learnt = identity{p.vendor, p.product, p.serial}
		}
	}
}

// exists tells whether there is a port to open, without opening it.
func exists(path string) bool {
	if runtime.GOOS == "windows" { // COM ports are not files
		ports, err := serial.GetPortsList()
		return err == nil && slices.Contains(ports, path)
	}
	_, err := os.Stat(path)
	return err == nil
}
