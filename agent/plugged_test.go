package agent

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/printer/transport"
	"tillpay/scanner"
	"tillpay/scanner/hid"
	"tillpay/scanner/learn"
	"tillpay/scanner/serial"
	"tillpay/scanner/usb"
)

// What is plugged in stands beside what is configured, and what is configured and
// not there is not forgotten.
func TestPlugs(t *testing.T) {
	gun, err := hid.New(hid.Config{Vendor: 0x0c2e, Product: 0x0b61})
	if err != nil {
		t.Fatal(err)
	}
	cable, err := serial.New(serial.Config{Port: "/dev/ttyACM9"})
	if err != nil {
		t.Fatal(err)
	}
	found := []learn.Device{
		{Identity: usb.Identity{Vendor: 0x0c2e, Product: 0x0b61, Serial: "S1"}, Maker: "Honeywell", Model: "Vuquest", Mode: learn.InUse, Place: "3-1"},
		{Identity: usb.Identity{Vendor: 0x046d, Product: 0xc31c}, Model: "Keyboard", Mode: learn.Keyboard, Place: "1-1", Problem: "not ours"},
	}
	states := []Device{{Name: "hid 0c2e:0b61", Kind: "scanner", Status: "ready", Detail: "3-1:1.0, keyboard"}, {Name: cable.Name(), Kind: "scanner", Status: "missing", Detail: "plug it in"}}
	got := Plugs(found, []scanner.Scanner{gun, cable, scanner.NewVirtual("phone")}, states)
	want := []Plugged{
		{Vendor: "0x0c2e", Product: "0x0b61", Serial: "S1", Maker: "Honeywell", Model: "Vuquest", Mode: "in use", Place: "3-1", Name: "hid 0c2e:0b61", Status: "ready", Detail: "3-1:1.0, keyboard"},
		{Vendor: "0x046d", Product: "0xc31c", Model: "Keyboard", Mode: "keyboard", Place: "1-1", Detail: "not ours"},
		{Name: "serial /dev/ttyACM9", Status: "missing", Detail: "plug it in"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := Plugs(found[:1], []scanner.Scanner{gun}, nil); got[0].Name == "" || got[0].Status != "" {
		t.Errorf("without the agent: %+v", got)
	}
}

// shelf is a bench that asks which of its devices are to be left alone.
type shelf struct {
	devices []learn.Device
	left    []string
}

func (s *shelf) List() ([]learn.Device, error) { return s.devices, nil }

func (s *shelf) Watch(ctx context.Context, w learn.Watcher, _ func(learn.Sighting)) error {
	for _, d := range s.devices {
		if w.Skip(d) {
			s.left = append(s.left, d.Place)
		}
	}
	<-ctx.Done()
	return nil
}

// Learning opens the port of no receipt printer: it would shut the till out of it, and
// eat what the printer answers.
func TestLearnLeavesThePrinter(t *testing.T) {
	p, err := transport.Open(transport.Config{Driver: "serial", Port: "/dev/ttyUSB7"})
	if err != nil {
		t.Fatal(err)
	}
	bench := &shelf{devices: []learn.Device{{Mode: learn.Serial, Place: "/dev/ttyUSB6"}, {Mode: learn.Serial, Place: "/dev/ttyUSB7"}}}
	own := func(p *platform) channels.Channel { return p }
	runAt(t, own, func(t *testing.T, d *desk) {
		if seen, _, err := d.Learn(context.Background(), time.Second); seen != nil || err != nil {
			t.Error(seen, err)
		}
		if got := strings.Join(bench.left, " "); got != "/dev/ttyUSB7" {
			t.Errorf("left alone: %q", got)
		}
	}, func(c *Config) { c.Bench, c.Printer = bench, p })
}
