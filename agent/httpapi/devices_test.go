package httpapi

import (
	"context"
	"strings"
	"testing"

	"tillpay/agent"
	"tillpay/scanner"
	"tillpay/scanner/hid"
	"tillpay/scanner/learn"
	"tillpay/scanner/scannertest"
	"tillpay/scanner/usb"
)

// plugs is a bench with two devices alike, of which one says things.
type plugs struct {
	says    []learn.Sighting
	blind   []learn.Device
	skipped chan bool // whether the configured one was skipped
}

var (
	gun  = learn.Device{Identity: usb.Identity{Vendor: 0x0c2e, Product: 0x0b61, Serial: "S1"}, Model: "Vuquest", Mode: learn.Keyboard, Place: "3-1"}
	mine = learn.Device{Identity: usb.Identity{Vendor: 0x1eab, Product: 0x1d10, Serial: "P1"}, Mode: learn.InUse, Place: "3-2"}
)

func (p *plugs) List() ([]learn.Device, error) {
	twin := gun
	twin.Serial, twin.Place = "S2", "3-3"
	return []learn.Device{gun, mine, twin}, nil
}

func (p *plugs) Watch(ctx context.Context, w learn.Watcher, seen func(learn.Sighting)) error {
	if p.skipped != nil {
		p.skipped <- w.Skip(mine) && !w.Skip(gun)
	}
	for _, d := range p.blind {
		w.Blind(d)
	}
	for _, s := range p.says {
		seen(s)
	}
	<-ctx.Done()
	return nil
}

func withBench(p *plugs, more ...scanner.Scanner) setup {
	return setup{change: func(c *agent.Config) { c.Bench, c.Scanners = p, more }}
}

func TestDevices(t *testing.T) {
	known, err := hid.New(hid.Config{Vendor: 0x1eab, Product: 0x1d10})
	if err != nil {
		t.Fatal(err)
	}
	d := openDesk(t, withBench(&plugs{}, known))
	all := d.want(200, "GET", "/v1/devices", "")["devices"].([]any)
	if len(all) != 4 || all[3].(map[string]any)["name"] != "paper" || all[0].(map[string]any)["vendor"] != "0x0c2e" || all[1].(map[string]any)["name"] != "hid 1eab:1d10" {
		t.Error(all)
	}
	if a := d.call("GET", "/v1/devices?mode=keyboard", ""); a.StatusCode != 400 {
		t.Error(a.text)
	}
	if a := d.ask("POST", "/v1/devices/learn", ""); a.StatusCode != 401 {
		t.Error(a.text)
	}
}

func TestLearn(t *testing.T) {
	const payment = "134650720866361395"
	for name, c := range map[string]struct {
		says learn.Sighting
		want map[string]any
	}{
		"a scanner": {learn.Sighting{Device: gun, Text: "4006381333931"}, map[string]any{"kind": "goods", "text": "4006381333931", "refused": nil,
			"stanza": "[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\nserial = \"S1\"\n"}}, // a twin is plugged in
		"a payment code stays secret": {learn.Sighting{Device: gun, Text: payment}, map[string]any{"kind": "payment_code", "wallet": "wechat", "text": nil}},
		"a keyboard":                  {learn.Sighting{Device: gun, Text: "4006381333931", Refused: learn.Typed}, map[string]any{"refused": "typed_by_hand", "stanza": nil}},
		"no code":                     {learn.Sighting{Device: gun, Text: "hello world", Refused: learn.NotACode}, map[string]any{"refused": "not_a_code", "text": nil}},
	} {
		p := &plugs{says: []learn.Sighting{c.says}}
		d := openDesk(t, withBench(p))
		seen := d.want(200, "POST", "/v1/devices/learn?wait=30s", "")["seen"].(map[string]any)
		for key, want := range c.want {
			if seen[key] != want {
				t.Errorf("%s: %s is %v, want %v", name, key, seen[key], want)
			}
		}
		if seen["message"] == "" {
			t.Errorf("%s: no message", name)
		}
		if a := d.call("POST", "/v1/devices/learn?wait=30s", ""); strings.Contains(a.text, payment) {
			t.Error("the payment code is told")
		}
	}
	hidden := gun
	hidden.Problem = "root only"
	d := openDesk(t, withBench(&plugs{blind: []learn.Device{hidden}}))
	a := d.want(200, "POST", "/v1/devices/learn?wait=1ms", "")
	if a["seen"] != nil || a["not_watched"].([]any)[0].(map[string]any)["detail"] != "root only" {
		t.Error(a)
	}
	for _, wrong := range []string{"wait=soon", "wait=-1s", "wait=0s", "until=5s"} {
		if a := d.call("POST", "/v1/devices/learn?"+wrong, ""); a.StatusCode != 400 {
			t.Error(wrong, a.text)
		}
	}
}

// A scanner that the till reads already tells itself, and is not opened twice.
func TestLearnConfigured(t *testing.T) {
	moment := make(chan struct{})
	p := &plugs{skipped: make(chan bool, 1)}
	known := &fits{scannertest.Play("hid 1eab:1d10", scannertest.Await(moment), scannertest.Scan("4006381333931"))}
	d := openDesk(t, withBench(p, known))
	go func() {
		if !<-p.skipped {
			t.Error("the configured scanner is watched, or the other is not")
		}
		close(moment)
	}()
	seen := d.want(200, "POST", "/v1/devices/learn?wait=30s", "")["seen"].(map[string]any)
	if seen["refused"] != "configured" || seen["name"] != "hid 1eab:1d10" {
		t.Error(seen)
	}
	if seen["kind"] != "goods" {
		t.Error(seen)
	}
}

// fits is a scripted scanner that knows its device.
type fits struct{ *scannertest.Scanner }

func (f *fits) Fits(id usb.Identity, _ string) bool { return id.Fits(mine.Identity) }
