//go:build vm && linux

package vm

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// quick is a scanner as quick as USB lets it be: its code is over before a busy host has
// made many pauses in it, by which a scanner is told from a hand.
const quick = "-pace 1ms"

// A technician learns which device is the scanner, next to a keyboard of the same
// make: the keyboard is refused, the scanner's stanza is written, and it pays.
func TestLearnFindsTheScanner(t *testing.T) {
	c := openCounter(t, noPrinter, "")
	cashier := keyboardGun
	cashier.Name, cashier.Serial = "k2", "K2"
	c.add(keyboardGun, cashier)
	c.say("%s", c.run("tillpay devices"))
	defer func() {
		if t.Failed() {
			t.Logf("learn said:\n%s%s", c.file("/run/learn.err"), c.file("/run/learn.out"))
		}
	}()

	// As the technician: root, with the command.
	c.run("systemd-run -q --unit=learn -p StandardOutput=file:/run/learn.out -p StandardError=file:/run/learn.err -p RemainAfterExit=yes tillpay devices learn -write")
	c.await("both keyboards to be watched", func() bool { return c.watched("learn", "K1") && c.watched("learn", "K2") })
	c.scan("k2", "4006381333931", "-pace 60ms") // 120 ms a key: a hand
	c.await("the keyboard to be refused", func() bool { return strings.Contains(c.file("/run/learn.err"), "keyboard, not a scanner") })
	if out := c.file("/run/learn.out"); out != "" {
		t.Errorf("the keyboard was learnt: %s", out)
	}
	c.scan("k1", "4006381333931", quick)
	c.await("the stanza", func() bool { return strings.Contains(c.file("/run/learn.err"), "restart the agent") })
	c.say("%s%s", c.file("/run/learn.err"), c.file("/run/learn.out"))
	stanza := "[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\nserial = \"K1\"\n" // its twin is there
	if !strings.HasSuffix(c.file("/etc/tillpay/tillpay.toml"), stanza) || !strings.HasSuffix(c.file("/run/learn.out"), stanza) {
		t.Errorf("the configuration ends otherwise: %s", c.file("/etc/tillpay/tillpay.toml"))
	}
	if !c.types("k1", "K1", "96385074") {
		t.Error("learning took the scanner from the system")
	}

	// As the page: the service, which may listen to what the udev rules give it.
	var answer struct {
		Seen struct{ Serial, Refused, Stanza string }
	}
	asked := make(chan error, 1)
	go func() {
		_, b, err := c.ask(http.MethodPost, "/v1/devices/learn?wait=60s", nil)
		asked <- errors.Join(err, json.Unmarshal(b, &answer))
	}()
	c.await("the service to watch", func() bool { return c.watched("tillpay", "K1") })
	c.scan("k1", "4006381333931", quick)
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	if answer.Seen.Serial != "K1" || answer.Seen.Refused != "" || answer.Seen.Stanza != stanza {
		t.Errorf("%+v", answer)
	}

	c.run("systemctl restart tillpay")
	c.ready()
	const gun = "hid 0c2e:0b61 K1"
	c.becomesDevice(gun, "ready")
	s := c.open("r-learnt")
	c.scan("k1", c.code("00"))
	c.becomes(s.ID, "paid", "paid")
	if !c.types("k2", "K2", "96385074") {
		t.Error("the cashier's keyboard is dead")
	}
}

// watched tells whether a unit has the input device of a USB serial open.
func (c *counter) watched(unit, serial string) bool {
	c.Helper()
	return strings.Contains(c.run(`node=$(guest hear -node -wait 30s -serial `+quote(serial)+`)
for pid in $(cat /sys/fs/cgroup/system.slice/`+unit+`.service/cgroup.procs); do ls -l /proc/$pid/fd 2>/dev/null; done | grep -q -- "$node$" && echo watched || true`), "watched")
}

// file is one of the guest's; empty if it is not there yet.
func (c *counter) file(path string) string {
	b, _ := c.m.Get(c.Context(), path)
	return string(b)
}

// What is nobody's money is typed on into the window in front, by a service with no
// right but the rule that the documents show.
func TestGoodsAreTypedOn(t *testing.T) {
	c := openCounter(t, noPrinter, "\n[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\ntype_on = true\n")
	const gun, window = "hid 0c2e:0b61", "-name 'tillpay virtual keyboard'"
	if !strings.Contains(c.logAll(), "nothing is typed on") {
		t.Error("without the rule the agent does not say that it may not type")
	}
	const rule = `KERNEL=="uinput", SUBSYSTEM=="misc", GROUP="tillpay", MODE="0660", OPTIONS+="static_node=uinput"`
	if err := c.m.Put(t.Context(), "/etc/udev/rules.d/71-tillpay-local.rules", []byte(rule+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run("udevadm control --reload; udevadm trigger --settle --subsystem-match=misc; systemctl restart tillpay")
	c.ready()
	c.listen()
	c.add(keyboardGun)
	c.becomesDevice(gun, "ready")
	for _, text := range []string{"4006381333931", "ABC-1234x/5", "LOT-ABC/1234567890-0123456789-ABCDEFGHIJ-x.y"} {
		if heard := c.hears(window+" -wait 30s", "k1", text); heard != text {
			t.Errorf("scanned %q, and the window got %q; the agent read %+v", text, heard, c.scans())
		}
		c.say("scanned, taken from the system, typed on: %s", text)
	}
	s := c.open("r-armed")
	if heard := c.hears(window+" -for 3s", "k1", "4006381333931"); heard != "silent" {
		t.Errorf("typed on while a code is waited for: %q", heard)
	}
	c.call(http.MethodPost, "/v1/sales/"+s.ID+"/cancel", map[string]any{}, &s)
	for what, code := range map[string]string{"a payment code": c.code("00"), "half a payment code": "1346507208"} {
		if heard := c.hears(window+" -for 3s", "k1", code); heard != "silent" {
			t.Errorf("%s went into the window: %q", what, heard)
		}
	}
	if !c.deaf("k1", "K1", "036000291452") {
		t.Error("the scanner types by itself too")
	}
}
