//go:build vm && linux

package vm

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const noPrinter = "driver = \"none\"\n"

// guns is a scanner of each kind. The numbers are those of devices that exist; two
// of them are in the udev rules of the package, and none is told by its path. The
// scanner's keys come through an emulated machine that pauses when it likes, so
// that Enter alone must end a code here; TestTiming of scanner/hid has the 60 ms.
const guns = `
[[scanner]]
driver = "hid"
vendor = 0x0c2e
product = 0x0b61
serial = "K1"
silence = "1s"

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

// types tells whether a keyboard's keys reach the system: its input device hears
// what it scans.
func (c *counter) types(name, serial, text string) bool {
	c.Helper()
	out := c.run(fmt.Sprintf(`node=
for e in /sys/class/input/event*; do
	d=$(readlink -f $e/device); while [ "$d" != / ] && [ ! -e "$d/idVendor" ]; do d=$(dirname "$d"); done
	[ "$(cat "$d/serial" 2>/dev/null)" = %s ] && node=/dev/input/${e##*/}
done
if [ -z "$node" ]; then echo no node; exit 0; fi
timeout 20 head -c 24 $node >/run/keys & pid=$!
sleep 0.3; guest scan -name %s -text %s; for i in $(seq 50); do [ -s /run/keys ] && break; sleep 0.1; done
kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true
[ -s /run/keys ] && echo typed || echo silent`, quote(serial), quote(name), quote(text)))
	c.Logf("%s: %s", serial, strings.TrimSpace(out))
	return strings.Contains(out, "typed")
}

// A scanner of each kind, all at once, for a service without a right that the
// package does not give it; and a keyboard of the same make that nobody may take.
func TestScannersOfEachKindAtOnce(t *testing.T) {
	c := openCounter(t, noPrinter, guns)
	c.listen()
	ftdi, err := c.m.AddFTDI("f1", false)
	if err != nil {
		t.Fatal(err)
	}
	c.add(keyboardGun, posGun, acmGun)
	names := []string{"hid 0c2e:0b61 K1", "hid 1eab:1d10", "serial 1eab:1d06 A1", "serial 0403:6001 f1"}
	for _, name := range names {
		t.Logf("%s: %s", name, c.becomesDevice(name, "ready"))
	}
	t.Log(c.run("lsusb; tillpay devices; ps -o user,group,supgrp,cmd -C tillpay"))

	line, err := net.Dial("unix", ftdi)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	send := func(name, text string) {
		if name == "f1" {
			if _, err := line.Write([]byte(text + "\r")); err != nil {
				t.Error(err)
			}
			return
		}
		if name == "a1" {
			text += `\r`
		}
		if err := c.m.Scan(t.Context(), name, text); err != nil {
			t.Error(err)
		}
	}
	texts := map[string]string{"k1": "4006381333931", "p1": "036000291452", "a1": "96385074", "f1": "10012345678902"}
	var all sync.WaitGroup
	for name, text := range texts {
		all.Go(func() { send(name, text) })
	}
	all.Wait()
	for i, gun := range []string{"k1", "p1", "a1", "f1"} {
		c.read(names[i], texts[gun])
	}
	long := "0104006381333931211234567890123456781712123110ABCDEFGHIJ9912345678901234" // 72: two reports
	send("p1", long)
	c.await("the long code", func() bool { return strings.Contains(c.logAll(), `kind=unusable`) })
	for i, gun := range []string{"k1", "p1", "a1", "f1"} {
		s := c.open("r-" + gun)
		send(gun, c.code("00"))
		s = c.becomes(s.ID, "paid", "paid")
		if amount, pays := c.charged(s); amount != 8800 || pays != 1 {
			t.Errorf("%s charged %d by %d Pays", names[i], amount, pays)
		}
	}

	// The cashier's keyboard has the same numbers. It stays the system's, and the
	// scanner that was taken types to nobody else.
	cashier := keyboardGun
	cashier.Name, cashier.Serial = "k2", "K2"
	c.add(cashier)
	if !c.types("k2", "K2", "96385074") {
		t.Error("the cashier's keyboard is dead")
	}
	if c.types("k1", "K1", "036000291452") {
		t.Error("what the scanner reads is typed into the system too")
	}
	c.scan("k1", "036000291452")
	c.read(names[0], "036000291452")
	for _, e := range c.scans() {
		if e.Device == names[0] && e.Text == "96385074" {
			t.Error("the agent read the cashier's keyboard")
		}
	}
	t.Log("codes read: ", c.scans())
	t.Log(c.latency("k1", names[0]))
}

func (c *counter) logAll() string { return c.run("journalctl -u tillpay --no-pager -o cat") }

// latency is from the last report's hand-over to the kernel until the agent says
// what it read: emulated, so an upper bound of nothing, and still worth a line.
func (c *counter) latency(gun, device string) string {
	c.Helper()
	out := c.run(fmt.Sprintf(`for i in 1 2 3 4 5; do
guest scan -name %s -text 4006381333931; t=$(date +%%s%%3N); sleep 1
l=$(journalctl -u tillpay --no-pager -o cat | grep 'msg=scanned' | tail -1 | sed 's/^time=\([^ ]*\).*/\1/')
echo -n "$(( $(date -d "$l" +%%s%%3N) - t )) ms "
done`, quote(gun)))
	return "key release to code, by " + device + ", emulated, Enter configured: " + out
}

// Unplugged while the customer types a PIN, plugged in elsewhere; no permission
// until the rule that is shown is written; the same numbers twice.
func TestScannerComesAndGoes(t *testing.T) {
	c := openCounter(t, noPrinter, "\n[payment]\ndeadline = \"60s\"\n\n[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\nsilence = \"1s\"\n\n"+
		"[[scanner]]\ndriver = \"hid\"\nvendor = 0x1234\nproduct = 0x5678\nsilence = \"1s\"\n")
	const gun, stranger = "hid 0c2e:0b61", "hid 1234:5678"
	c.listen()
	c.becomesDevice(gun, "missing")
	c.add(keyboardGun)
	c.becomesDevice(gun, "ready")

	s := c.open("r-pin")
	c.scan("k1", c.code("05")) // USERPAYING, then paid
	c.await("the customer to be asked", func() bool { s = c.sale(s.ID); return s.State == "paying" || s.State == "paid" })
	if err := c.m.Unplug(t.Context(), "k1"); err != nil {
		t.Fatal(err)
	}
	t.Log("unplugged: ", c.becomesDevice(gun, "missing"))
	c.becomes(s.ID, "paid", "paid")
	for range 3 {
		t.Log(c.replug("k1", gun))
		s = c.open(fmt.Sprintf("r-again-%d", c.codes))
		c.scan("k1", c.code("00"))
		c.becomes(s.ID, "paid", "paid")
		if err := c.m.Unplug(t.Context(), "k1"); err != nil {
			t.Fatal(err)
		}
		c.becomesDevice(gun, "missing")
	}
	t.Log(c.replug("k1", gun))

	// A twin without a serial in the configuration: nobody guesses. The one that is
	// open stays open; when it goes, the other is not taken for it unasked for only
	// while both are there.
	twin := keyboardGun
	twin.Name, twin.Serial = "k2", "K2"
	c.add(twin)
	c.run("systemctl restart tillpay")
	c.ready()
	if detail := c.becomesDevice(gun, "failed"); !strings.Contains(detail, "more than one USB device 0c2e:0b61") {
		t.Error(detail)
	}
	if err := c.m.Unplug(t.Context(), "k2"); err != nil {
		t.Fatal(err)
	}
	c.becomesDevice(gun, "ready")

	odd := Device{Name: "odd", Kind: "keyboard", Vendor: "1234", Product: "5678", Serial: "X", Maker: "Nobody", Model: "Scanner"}
	c.add(odd)
	detail := c.becomesDevice(stranger, "no_permission")
	t.Log(detail)
	_, rule, found := strings.Cut(detail, "add a udev rule: ")
	if !found {
		t.Fatal("no rule is shown")
	}
	if err := c.m.Put(t.Context(), "/etc/udev/rules.d/71-tillpay-local.rules", []byte(rule+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run("udevadm control --reload; udevadm trigger --subsystem-match=usb")
	c.becomesDevice(stranger, "ready")
	c.scan("odd", "4006381333931")
	c.read(stranger, "4006381333931")
	t.Log(c.run("curl -s -H \"Authorization: Bearer $(cat /var/lib/tillpay/pos.token)\" http://127.0.0.1:7313/metrics | grep device_ready"))
}

// replug plugs a gadget in and answers how long the agent took, by the guest's own clock.
func (c *counter) replug(name, device string) string {
	c.Helper()
	out := c.run(fmt.Sprintf(`t=$(date +%%s%%3N); guest gadget plug -name %s
for i in $(seq 300); do
	l=$(journalctl -u tillpay --no-pager -o cat | grep 'msg=device name="%s" status=ready' | tail -1 | sed 's/^time=\([^ ]*\).*/\1/')
	[ -n "$l" ] && [ $(date -d "$l" +%%s%%3N) -ge $t ] && break; sleep 0.1
done
echo "$(( $(date -d "$l" +%%s%%3N) - t ))"`, quote(name), device))
	return "found again after " + strings.TrimSpace(out) + " ms, emulated, with the kernel's enumeration"
}

// A killed agent gives nothing back itself: the keyboard that it held would be dead.
func TestKilledAgentGivesTheKeyboardBack(t *testing.T) {
	c := openCounter(t, noPrinter, "\n[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\nsilence = \"1s\"\n")
	const gun = "hid 0c2e:0b61"
	c.listen()
	c.add(keyboardGun)
	c.becomesDevice(gun, "ready")
	driver := func() string {
		t.Helper()
		return strings.TrimSpace(c.run(`for d in /sys/bus/usb/devices/*; do [ "$(cat $d/serial 2>/dev/null)" = K1 ] && basename "$(readlink $d/*:1.0/driver || echo none)"; done; true`))
	}
	if d := driver(); d != "usbfs" {
		t.Errorf("the agent's scanner has the driver %q", d)
	}
	override := func(text string) {
		t.Helper()
		if err := c.m.Put(t.Context(), "/etc/systemd/system/tillpay.service.d/test.conf", []byte("[Service]\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		c.run("systemctl daemon-reload")
	}

	override("Restart=no\n")                                                                                           // nobody but ExecStopPost= is to mend it
	c.run("systemctl kill -s KILL tillpay; until [ \"$(systemctl is-active tillpay)\" = failed ]; do sleep 0.1; done") // through ExecStopPost=, too
	if d := driver(); d != "usbhid" {
		t.Errorf("killed: the driver is %q\n%s", d, c.run("dmesg | tail -20; ls -l /sys/bus/usb/devices/*/*:1.0/driver; journalctl -u tillpay -o cat --no-pager | tail -5"))
	}
	if !c.types("k1", "K1", "96385074") {
		t.Error("killed: the keyboard does not type any more")
	}
	t.Log(c.run("journalctl -u tillpay --no-pager -o cat | grep 'gave'"))

	override("Restart=no\nExecStopPost=\n")
	c.run("systemctl start tillpay")
	c.ready()
	c.becomesDevice(gun, "ready")
	c.run("systemctl kill -s KILL tillpay; until [ \"$(systemctl is-active tillpay)\" = failed ]; do sleep 0.1; done")
	if d := driver(); d != "none" {
		t.Errorf("without ExecStopPost= the driver is %q: this test proves nothing any more", d)
	}
	c.run("systemctl start tillpay")
	c.ready()
	c.becomesDevice(gun, "ready") // the next start mends it, and reads it
	c.scan("k1", "4006381333931")
	c.read(gun, "4006381333931")
	c.run("systemctl stop tillpay")
	if d := driver(); d != "usbhid" || !c.types("k1", "K1", "96385074") {
		t.Errorf("stopped: the driver is %q", d)
	}
}
