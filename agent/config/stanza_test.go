package config

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	const least = "[till]\nid = \"T01\"\ncurrency = \"HKD\" # no newline at the end"
	file := write(t, least)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	gun := Scanner{Driver: "hid", Vendor: 0x0c2e, Product: 0x0b61, Serial: `S"1`}
	if err := c.Append(gun.Stanza()); err != nil {
		t.Fatal(err)
	}
	again, err := Load(file)
	if err != nil || len(again.Scanners) != 1 {
		t.Fatalf("%+v, %v", again, err)
	}
	gun.Baud = 9600
	if again.Scanners[0] != gun {
		t.Errorf("got %+v, want %+v", again.Scanners[0], gun)
	}
	if about, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && about.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", about, err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Append(gun.Stanza()); err == nil || !strings.Contains(err.Error(), "earlier [[scanner]]") {
		t.Errorf("twice: %v", err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("a refused stanza was written: %s", after)
	}
	if got := (Scanner{Driver: "serial", Port: "COM3"}).Stanza(); got != "[[scanner]]\ndriver = \"serial\"\nport = \"COM3\"\n" {
		t.Error(got)
	}
}
