//go:build linux

package vm

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// Device is a USB device of the guest's own making. Kind is keyboard, pos, acm
// or printer; ids are hex.
type Device struct {
	Name, Kind, Vendor, Product, Serial, Maker, Model string
}

const guestTime = time.Minute // emulated USB is slow on a busy host

// Add makes a device and plugs it in. A printer begins to take what it is sent.
func (m *Machine) Add(ctx context.Context, d Device) error {
	script := "guest gadget add -name " + quote(d.Name) + " -kind " + quote(d.Kind) + " -vendor " + quote(d.Vendor) +
		" -product " + quote(d.Product) + " -serial " + quote(d.Serial) + " -maker " + quote(d.Maker) + " -model " + quote(d.Model)
	if d.Kind == "printer" {
		script += "\nsystemd-run -q --unit=sink-" + d.Name + " guest sink -name " + quote(d.Name) +
			"\nfor i in $(seq 100); do [ -e " + quote("/run/"+d.Name+".bin") + " ] && exit 0; sleep 0.1; done" +
			"\nsystemctl status --no-pager sink-" + d.Name + "; exit 1"
	}
	_, err := m.Run(ctx, guestTime, script)
	return err
}

// Unplug takes a device off the bus.
func (m *Machine) Unplug(ctx context.Context, name string) error {
	_, err := m.Run(ctx, guestTime, "guest gadget unplug -name "+quote(name))
	return err
}

// Plug puts an unplugged device back, into any free port.
func (m *Machine) Plug(ctx context.Context, name string) error {
	_, err := m.Run(ctx, guestTime, "guest gadget plug -name "+quote(name))
	return err
}

// Scan lets a scanner read text (Go's escapes); flags are those of guest scan.
func (m *Machine) Scan(ctx context.Context, name, text string, flags ...string) error {
	_, err := m.Run(ctx, guestTime, "guest scan -name "+quote(name)+" -text "+quote(text)+" "+strings.Join(flags, " "))
	return err
}

// Printed is what a USB printer was sent until now.
func (m *Machine) Printed(ctx context.Context, name string) ([]byte, error) {
	return m.Get(ctx, "/run/"+name+".bin")
}

// Answer sets the byte with which a USB printer answers for its status, in hex;
// "mute" is a printer that never answers.
func (m *Machine) Answer(ctx context.Context, name, status string) error {
	return m.Put(ctx, "/run/"+name+".status", []byte(status), 0o644)
}

// AddFTDI plugs in a serial adapter (0403:6001) of QEMU's, outside the guest's
// own kernel. The file that it answers gets what the guest writes; nothing can be
// read from it. See SendFTDI for the other way.
func (m *Machine) AddFTDI(name string, toFile bool) (file string, err error) {
	file = m.own(name + ".bin")
	backend := map[string]any{"type": "file", "data": map[string]any{"out": file}}
	if !toFile {
		file = m.own(name + ".sock")
		address := map[string]any{"type": "unix", "data": map[string]any{"path": file}}
		backend = map[string]any{"type": "socket", "data": map[string]any{"addr": address, "server": true, "wait": false}}
	}
	if err := os.RemoveAll(file); err != nil {
		return "", fmt.Errorf("vm: %s: %w", name, err)
	}
	return file, m.qmp(func(q *qmp) error {
		if _, err := q.do("chardev-add", map[string]any{"id": "c-" + name, "backend": backend}); err != nil {
			return err
		}
		_, err := q.do("device_add", map[string]any{"driver": "usb-serial", "id": name, "bus": "xhci.0", "chardev": "c-" + name, "always-plugged": true, "serial": name})
		return err
	})
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
