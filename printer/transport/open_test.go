package transport

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		c    Config
		want []string
	}{
		{Config{}, []string{"printer.driver", "network"}},
		{Config{Driver: "telepathy"}, []string{"printer.driver", "telepathy", "network"}},
		{Config{Driver: "usb"}, []string{"printer.device", "missing", "vendor"}},
		{Config{Driver: "usb", Device: "/dev/usb/lp0", USB: USB{Vendor: 0x04b8}}, []string{"printer.device", "leave one out"}},
		{Config{Driver: "spooler"}, []string{"printer.name", "missing"}},
		{Config{Driver: "network"}, []string{"printer.address", "missing", "9100"}},
		{Config{Driver: "network", Address: "printer:http"}, []string{"printer.address", "printer:http"}},
		{Config{Driver: "network", Address: ":9100"}, []string{"printer.address"}},
		{Config{Driver: "serial"}, []string{"printer.port", "missing"}},
		{Config{Driver: "serial", Port: "x", Baud: 9601}, []string{"printer.baud", "9601"}},
		{Config{Driver: "file"}, []string{"printer.path", "missing"}},
	} {
		_, err := Open(c.c)
		if err == nil {
			t.Errorf("%+v: no error", c.c)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%+v: %q does not say %q", c.c, err, w)
			}
		}
	}
	if _, err := Open(Config{Driver: "spooler", Name: "Receipts"}); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "is for Windows")) {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.50":      "192.0.2.50:9100",
		"192.0.2.50:9101": "192.0.2.50:9101",
		"2001:db8::1":     "[2001:db8::1]:9100",
		"kitchen":         "kitchen:9100",
	} {
		if got, err := hostAndPort(in); got != want || err != nil {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
}

func TestNone(t *testing.T) {
	p, err := Open(Config{Driver: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Print(t.Context(), slip); r != None || err != nil {
		t.Error(r, err)
	}
	if s, err := p.Status(t.Context()); s.Status != NoPrinter || err != nil {
		t.Error(s, err)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "paper.bin")
	p, err := Open(Config{Driver: "file", Path: path, Name: "drawer"})
	if err != nil || p.Name() != "drawer" {
		t.Fatal(p, err)
	}
	for range 2 {
		if s, err := p.Status(t.Context()); s.Status != Ready || err != nil {
			t.Error(s, err)
		}
		if r, err := p.Print(t.Context(), slip); r != Printed || err != nil {
			t.Error(r, err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != string(slip)+string(slip) {
		t.Errorf("%q", got)
	}
}

// TestFolder: a file per slip, also where the clock stands still.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	p, err := Open(Config{Driver: "file", Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	p.(*filePrinter).now = func() time.Time { return time.Unix(1, 0) }
	for range 3 {
		if r, err := p.Print(t.Context(), slip); r != Printed || err != nil {
			t.Error(r, err)
		}
	}
	names, _ := filepath.Glob(filepath.Join(dir, "slip-*.escpos"))
	if len(names) != 3 {
		t.Errorf("%q", names)
	}
}

func TestFileMissing(t *testing.T) {
	p, err := Open(Config{Driver: "file", Path: filepath.Join(t.TempDir(), "no", "paper")})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Print(t.Context(), slip); r != NotPrinted || err == nil {
		t.Error(r, err)
	}
	if s, err := p.Status(t.Context()); s.Status != Missing || err == nil {
		t.Error(s, err)
	}
}

// TestDiskFull: some bytes may be on the disk and the rest is not.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	p, err := Open(Config{Driver: "file", Path: "/dev/full"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Print(t.Context(), slip); r == Printed || err == nil {
		t.Error(r, err)
	}
}
