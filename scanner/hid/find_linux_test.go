package hid

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// desk is a machine of the test's, where the descriptor is there while usbhid is.
type desk struct {
	devices     []usb.Device
	descriptors map[string]string // by interface
	denied      error             // of opening nodes
	refuses     error             // of connecting
	connected   []string
}

func (d *desk) machine() machine {
	return machine{
		devices: func() ([]usb.Device, error) { return slices.Clone(d.devices), nil },
		descriptor: func(i usb.Interface) ([]byte, error) {
			if i.Driver != "usbhid" || d.descriptors[i.Name] == "" {
				return nil, fs.ErrNotExist
			}
			return hex.DecodeString(d.descriptors[i.Name])
		},
		connect: func(node string, number int) error {
			if d.refuses != nil {
				return d.refuses
			}
			d.connected = append(d.connected, node)
			for i := range d.devices {
				if d.devices[i].Node == node {
					d.devices[i].Interfaces = slices.Clone(d.devices[i].Interfaces)
					d.devices[i].Interfaces[number].Driver = "usbhid"
				}
			}
			return nil
		},
		try: func(string) error { return d.denied },
	}
}

func gunAt(port, serial string, drivers ...string) usb.Device {
	d := usb.Device{Identity: usb.Identity{Vendor: 0x0c2e, Product: 0x0b61, Serial: serial}, Port: port, Node: "/dev/bus/usb/" + port}
	for n, driver := range drivers {
		d.Interfaces = append(d.Interfaces, usb.Interface{Name: port + ":1." + string(rune('0'+n)), Number: n, Class: usb.HID, Driver: driver})
	}
	return d
}

func TestFind(t *testing.T) {
	if _, off := unsupported(); off {
		state := scanner.State{}
		if _, state = (&desk{}).machine().find(usb.Identity{}); !strings.Contains(state.Detail, "CGO_ENABLED=0") {
			t.Errorf("%+v", state)
		}
		return
	}
	id := usb.Identity{Vendor: 0x0c2e, Product: 0x0b61}
	second := id
	second.Serial = "S2"
	hub := usb.Device{Identity: usb.Identity{Vendor: 0x1d6b, Product: 2}, Port: "1-1"}
	com := gunAt("3-1", "S1", "cdc_acm")
	com.Interfaces[0].Class = 2
	descriptors := map[string]string{"3-1:1.0": bootKeyboard, "3-1:1.1": barcode, "3-2:1.0": mouse, "3-2:1.1": bootKeyboard}
	for name, c := range map[string]struct {
		id     usb.Identity
		desk   desk
		path   string
		status scanner.Status
		detail string
	}{
		"nothing":               {id, desk{}, "", scanner.Missing, "no USB device 0c2e:0b61"},
		"others only":           {id, desk{devices: []usb.Device{hub}}, "", scanner.Missing, "plug it in"},
		"keyboard":              {id, desk{devices: []usb.Device{hub, gunAt("3-1", "S1", "usbhid")}}, "3-1:1.0", scanner.Ready, ""},
		"types and scans":       {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbhid", "usbhid")}}, "3-1:1.1", scanner.Ready, ""},
		"moves and types":       {id, desk{devices: []usb.Device{gunAt("3-2", "S1", "usbhid", "usbhid")}}, "3-2:1.1", scanner.Ready, ""},
		"two alike":             {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbhid"), gunAt("3-2", "S2", "usbhid")}}, "", scanner.Failed, "more than one USB device 0c2e:0b61 (3-1, 3-2)"},
		"two alike, by serial":  {second, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbhid"), gunAt("3-2", "S2", "usbhid", "usbhid")}}, "3-2:1.1", scanner.Ready, ""},
		"left by a killed one":  {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "", "")}}, "3-1:1.1", scanner.Ready, ""},
		"cannot be given back":  {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "")}, refuses: errors.New("no such device")}, "", scanner.Failed, "give 3-1:1.0 back"},
		"held by another":       {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbfs")}}, "", scanner.Failed, "held by another program"},
		"not ours":              {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "")}, denied: fs.ErrPermission}, "", scanner.NoPermission, "/dev/bus/usb/3-1"},
		"no node yet":           {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbhid")}, denied: fs.ErrNotExist}, "", scanner.Missing, "not there yet"},
		"node broken":           {id, desk{devices: []usb.Device{gunAt("3-1", "S1", "usbhid")}, denied: errors.New("odd")}, "", scanner.Failed, "odd"},
		"in COM mode":           {id, desk{devices: []usb.Device{com}}, "", scanner.Failed, `driver = "serial"`},
		"no descriptor of ours": {id, desk{devices: []usb.Device{gunAt("3-9", "S1", "usbhid")}}, "", scanner.Failed, "neither in keyboard mode"},
	} {
		c.desk.descriptors = descriptors
		p, state := c.desk.machine().find(c.id)
		if p.path != c.path || state.Status != c.status || !strings.Contains(state.Detail, c.detail) {
			t.Errorf("%s: %q, %+v", name, p.path, state)
		}
		if c.desk.denied != nil && len(c.desk.connected) > 0 {
			t.Errorf("%s: took hold of a device that is not ours", name)
		}
	}
}

func TestNodeIsTried(t *testing.T) {
	if err := try("/dev/null"); err != nil {
		t.Error(err)
	}
	if err := try("/dev/bus/usb/999/999"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if os.Getuid() != 0 { // root may open everything
		if err := try("/etc/passwd"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a node that is not ours: %v", err)
		}
	}
	if err := connect("/dev/null", 0); err == nil {
		t.Error("null was given to a driver")
	}
}
