package serial

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"

	"go.bug.st/serial"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// Port is a serial port of a USB device.
type Port struct {
	usb.Identity
	Path   string // what to open
	Device string // the USB device; one may have several ports
}

// pick returns the one port of the one device that id names. A device with
// several ports scans at its first. Two devices are never guessed between.
func pick(id usb.Identity, ports []Port) (Port, scanner.State) {
	var fit []Port
	for _, p := range ports {
		if id.Fits(p.Identity) {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		return Port{}, scanner.State{Status: scanner.Missing, Detail: fmt.Sprintf("no USB device %s: plug it in, or wake it", id)}
	}
	sort.Slice(fit, func(i, j int) bool {
		a, b := fit[i].Path, fit[j].Path
		return len(a) < len(b) || len(a) == len(b) && a < b // ttyACM9 is before ttyACM10
	})
	for _, p := range fit {
		if p.Device != fit[0].Device {
			return Port{}, scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf(
				"more than one USB device %s (%s, %s): give the scanner its serial, or a port under /dev/serial/by-path", id, fit[0].Path, p.Path)}
		}
	}
	return fit[0], scanner.State{Status: scanner.Ready, Detail: fit[0].Path}
}

// seeker finds one scanner again and again. It opens nothing.
type seeker struct {
	config Config
	sys    system
	// learnt is whose port config.Port was when it was last open, so that a
	// scanner that is plugged in elsewhere is still found.
	learnt usb.Identity
}

// find returns the path to open, or a state that says why there is none.
func (s *seeker) find() (string, scanner.State) {
	if s.config.Port == "" {
		return s.byIdentity(s.config.identity())
	}
	if s.sys.exists(s.config.Port) {
		return s.config.Port, scanner.State{Status: scanner.Ready}
	}
	if s.learnt != (usb.Identity{}) {
		if path, state := s.byIdentity(s.learnt); state.Status == scanner.Ready {
			return path, state
		}
	}
	return "", scanner.State{Status: scanner.Missing, Detail: s.config.Port + " is not there: plug the scanner in, or wake it"}
}

func (s *seeker) byIdentity(id usb.Identity) (string, scanner.State) {
	ports, err := s.sys.list()
	if err != nil {
		return "", scanner.State{Status: scanner.Failed, Detail: err.Error()}
	}
	port, state := pick(id, ports)
	return port.Path, state
}

// learn notes whose port path is, now that it is open.
func (s *seeker) learn(path string) {
	ports, err := s.sys.list()
	if err != nil {
		return
	}
	for _, p := range ports {
		if same(path, p.Path) {
			s.learnt = p.Identity
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

// same tells whether a path is a port, or one of udev's links to it.
func same(path, port string) bool {
	real, err := filepath.EvalSymlinks(path)
	return path == port || err == nil && real == port
}
