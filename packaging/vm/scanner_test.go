//go:build vm && linux

package vm

import (
	"net"
	"strings"
	"sync"
	"testing"
)

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
		c.say("%s: %s", name, c.becomesDevice(name, "ready"))
	}
	c.say("%s", c.run("lsusb; tillpay devices; ps -o user,group,supgrp,cmd -C tillpay"))

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
	if !c.deaf("k1", "K1", "036000291452") {
		t.Error("what the scanner reads is typed into the system too")
	}
	c.scan("k1", "036000291452")
	c.read(names[0], "036000291452")
	for _, e := range c.scans() {
		if e.Device == names[0] && e.Text == "96385074" {
			t.Error("the agent read the cashier's keyboard")
		}
	}
	for _, e := range c.scans() {
		c.say("read: %s: %s %s", e.Device, e.Kind, e.Text)
	}
}

// How long a code takes, and that none is cut in two where only silence ends it.
func TestScannersAreQuick(t *testing.T) {
	c := openCounter(t, noPrinter, guns)
	c.add(keyboardGun, posGun, acmGun)
	const scans = 10
	for _, way := range []struct{ what, gun, device, flags string }{
		{"keyboard mode, Enter", "k1", "hid 0c2e:0b61 K1", "-text 4006381333931"},
		{"keyboard mode, no suffix: 60 ms of silence", "k1", "hid 0c2e:0b61 K1", "-text 4006381333931 -bare"},
		{"keyboard mode, no suffix, a key in 30 ms", "k1", "hid 0c2e:0b61 K1", "-text 4006381333931 -bare -pace 15ms"},
		{"HID-POS mode", "p1", "hid 1eab:1d10", "-text 4006381333931"},
		{"COM mode, CR", "a1", "serial 1eab:1d06 A1", `-text '4006381333931\r'`},
	} {
		c.becomesDevice(way.device, "ready")
		c.figures("last report to code, "+way.what, c.latencies(scans, way.gun, way.device, way.flags))
	}
	if n := c.scanned(); n != 5*scans+c.torn {
		t.Errorf("read %d times, for %d codes and %d pieces of torn ones\n%s", n, 5*scans, c.torn, c.log())
	}
}
