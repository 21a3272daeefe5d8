//go:build vm && linux

package vm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

const noPrinter = "driver = \"none\"\n"

// guns is a scanner of each kind. The numbers are those of devices that exist; two
// of them are in the udev rules of the package, and none is told by its path.
const guns = `
[[scanner]]
driver = "hid"
vendor = 0x0c2e
product = 0x0b61
serial = "K1"

[[scanner]]
driver = "hid"
vendor = 0x1eab
product = 0x1d10

[[scanner]]
driver = "serial"
vendor = 0x1eab
product = 0x1d06
serial = "A1"

[[scanner]]
driver = "serial"
vendor = 0x0403
product = 0x6001
serial = "f1"
`

var (
	keyboardGun = Device{Name: "k1", Kind: "keyboard", Vendor: "0c2e", Product: "0b61", Serial: "K1", Maker: "Honeywell", Model: "Vuquest"}
	posGun      = Device{Name: "p1", Kind: "pos", Vendor: "1eab", Product: "1d10", Serial: "P1", Maker: "Newland", Model: "FM430 HID-POS"}
	acmGun      = Device{Name: "a1", Kind: "acm", Vendor: "1eab", Product: "1d06", Serial: "A1", Maker: "Newland", Model: "FM430 CDC"}
)

// device answers the state of a scanner, and what is said of it.
func (c *counter) device(name string) (status, detail string) {
	c.Helper()
	var s struct {
		Devices []struct{ Name, Status, Detail string }
	}
	c.call(http.MethodGet, "/v1/status", nil, &s)
	for _, d := range s.Devices {
		if d.Name == name {
			return d.Status, d.Detail
		}
	}
	c.Fatalf("the status does not know %q: %+v", name, s)
	return "", ""
}

func (c *counter) becomesDevice(name, status string) (detail string) {
	c.Helper()
	c.await(name+" to be "+status, func() bool {
		var now string
		now, detail = c.device(name)
		return now == status
	})
	return detail
}

func (c *counter) add(devices ...Device) {
	c.Helper()
	for _, d := range devices {
		if err := c.m.Add(c.Context(), d); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *counter) scan(name, text string, flags ...string) {
	c.Helper()
	if err := c.m.Scan(c.Context(), name, text, flags...); err != nil {
		c.Fatal(err)
	}
}

// listen keeps the agent's events in the guest from now on.
func (c *counter) listen() {
	c.Helper()
	c.run(`systemd-run -q --unit=events bash -c 'while :; do curl -sN -H "Authorization: Bearer $(cat /var/lib/tillpay/pos.token)" http://127.0.0.1:7313/v1/events >>/run/events.log; sleep 0.2; done'
for i in $(seq 100); do ss -tn 2>/dev/null | grep -q 7313 && break; sleep 0.1; done`)
}

type scanEvent struct{ Device, Kind, Text, Refused, Sale string }

// scans is every scan event until now.
func (c *counter) scans() (all []scanEvent) {
	c.Helper()
	b, err := c.m.Get(c.Context(), "/run/events.log")
	if err != nil {
		c.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^event: scan\ndata: (.*)$`).FindAllStringSubmatch(string(b), -1) {
		var e scanEvent
		if err := json.Unmarshal([]byte(m[1]), &e); err != nil {
			c.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// read waits until a device read a text.
func (c *counter) read(device, text string) {
	c.Helper()
	c.await(device+" to read "+text, func() bool {
		for _, e := range c.scans() {
			if e.Device == device && e.Text == text {
				return true
			}
		}
		return false
	})
}

// types tells whether a keyboard's keys reach the system: a program that reads its
// input device hears what it scans.
func (c *counter) types(name, serial, text string) bool {
	c.Helper()
	return c.hears("-serial "+quote(serial)+" -wait 30s", name, text) == text
}

// deaf tells that a keyboard is not the system's: it has no input device, or one
// that hears nothing of what is scanned.
func (c *counter) deaf(name, serial, text string) bool {
	c.Helper()
	heard := c.hears("-for 3s -serial "+quote(serial), name, text)
	return heard == "no node" || heard == "silent"
}

// hears is what comes of a scan at an input device: the flags of guest hear say which.
func (c *counter) hears(flags, name, text string) string {
	c.Helper()
	out := strings.TrimSpace(c.run("guest hear " + flags + " -scan " + quote(name) + " -text " + quote(text)))
	c.Logf("%s: %s", flags, out)
	lines := strings.Split(out, "\n")
	return lines[len(lines)-1]
}

func (c *counter) logAll() string { return c.run("journalctl -u tillpay --no-pager -o cat") }

// latencies scans n times and answers, in ms of the guest's clock, how long from
// before the hand-over of its last report (of its last key's press) until the agent said
// what it read. That holds the emulated bus, where only silence ends a code also how long
// the key is held, and the log's own resolution. Every code must be read whole. Only where scanner or bus stood still, so
// that the agent heard silence in the middle of it, may it be in pieces: that is said,
// and the code is scanned again.
func (c *counter) latencies(n int, gun, device, flags string) (ms []int) {
	c.Helper()
	script := fmt.Sprintf(`sent=$(guest scan -name %s %s | sed -n 's/^sent //p')
echo $sent $(guest log -since ${sent%%%% *} -for 20s -match %s 2>/dev/null || echo 0)`,
		quote(gun), flags, quote(`msg=scanned device="`+device+`" kind=goods`))
	for torn := 0; len(ms) < n; {
		before := c.scanned()
		out := c.run(script)
		var sent, stood, read int
		if _, err := fmt.Sscan(out, &sent, &stood, &read); err != nil {
			c.Fatalf("%v: %s", err, out)
		}
		pieces := c.scanned() - before
		if pieces == 1 && read > 0 {
			ms = append(ms, read-sent)
			continue
		}
		if pieces < 2 || stood < standsStill || torn == n {
			c.Fatalf("%s: read %d times, and not the code (%d were torn before); scanner or bus stood still for %d ms\nthe agent said:\n%s", flags, pieces, torn, stood, c.log())
		}
		torn++
		c.torn += pieces
		c.say("SCANNED AGAIN, for it came in %d pieces: %s: scanner or bus stood still for %d ms", pieces, flags, stood)
	}
	return ms
}

// standsStill is from how many ms on, beyond the pace of its reports, a scanner may have
// been silent for scanner.Silence: one report that the bus holds back goes unnoticed.
const standsStill = 20

// scanned is how many texts the agent read until now.
func (c *counter) scanned() int { return strings.Count(c.logAll(), "msg=scanned") }

// replugs unplugs and plugs in n times, each time into any free port. It answers, in
// ms of the guest's clock, how long it took from the plug until the device was ready
// again, and how much of that was the agent's: from when udev was done with it.
func (c *counter) replugs(n int, name, device string) (whole, agents []int) {
	c.Helper()
	for range n {
		out := c.run(fmt.Sprintf(`t=$(date +%%s%%3N); guest gadget unplug -name %[1]s
guest log -since $t -match 'msg=device name="%[2]s" status=missing' >/dev/null
t=$(date +%%s%%3N); there=$(guest gadget plug -name %[1]s | sed -n 's/^there //p')
ready=$(guest log -since $t -match 'msg=device name="%[2]s" status=ready')
echo $((ready - t)) $((ready - there))`, quote(name), device))
		var all, own int
		if _, err := fmt.Sscan(out, &all, &own); err != nil {
			c.Fatalf("%v: %s", err, out)
		}
		whole, agents = append(whole, all), append(agents, max(own, 0))
		if own > 2000 {
			c.say("%d ms, the agent said:\n%s\nand the kernel:\n%s", own, c.run("journalctl -u tillpay --no-pager -o cat | tail -6"), c.run("journalctl -k -o short-iso-precise --no-pager | tail -12"))
		}
	}
	return whole, agents
}
