//go:build linux

package serial

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"

	"tillpay/scanner"
	"tillpay/scanner/scannertest"
	"tillpay/scanner/usb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cable is a pseudo terminal behind a link, as udev makes links to real ones.
func cable(t testing.TB, link string) *os.File {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	defer slave.Close() // the scanner opens it itself, by its name
	fresh := link + ".new"
	if err := os.Symlink(slave.Name(), fresh); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, link); err != nil {
		t.Fatal(err)
	}
	return master
}

func TestPseudoTerminal(t *testing.T) {
	link := filepath.Join(t.TempDir(), "scanner")
	gun := cable(t, link)
	s, err := New(Config{Port: link})
	if err != nil {
		t.Fatal(err)
	}
	r := scannertest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, r.Sink()) }()
	send := func(text string) {
		t.Helper()
		if _, err := gun.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}

	wantState(t, r.State(t), scanner.Ready, link)
	send(code + "\r")
	if got := r.Text(t); got != code {
		t.Errorf("with a suffix: %q", got)
	}
	send(code) // in one: between two this process may stand still for longer than a code's keys
	if got := r.Text(t); got != code {
		t.Errorf("with silence: %q", got)
	}

	gun.Close() // unplugged
	wantState(t, r.State(t), scanner.Missing, link)
	gun = cable(t, link) // plugged in again, as another device
	wantState(t, r.State(t), scanner.Ready, link)
	send("4006381333931\r\n")
	if got := r.Text(t); got != "4006381333931" {
		t.Errorf("after the replug: %q", got)
	}
	r.Empty(t)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The layouts are what Linux 6.1 shows for a CDC scanner, one behind an FTDI
// chip, and the built-in port of a mainboard.
func TestSysfs(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bus := "devices/pci0000:00/usb1"
	for _, device := range []string{"1-1", "1-2"} {
		put(bus+"/"+device+"/busnum", "1\n")
		put(bus+"/"+device+"/devnum", device[2:]+"\n")
	}
	put(bus+"/1-1/idVendor", "0c2e\n")
	put(bus+"/1-1/idProduct", "0b61\n")
	put(bus+"/1-1/serial", "12345\n")
	put(bus+"/1-1/1-1:1.0/tty/ttyACM0/dev", "")
	put(bus+"/1-2/idVendor", "0403\n")
	put(bus+"/1-2/idProduct", "6001\n")
	put(bus+"/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0/dev", "")
	put("devices/platform/serial8250/tty/ttyS0/dev", "")
	for name, device := range map[string]string{
		"ttyACM0": bus + "/1-1/1-1:1.0", "ttyUSB0": bus + "/1-2/1-2:1.0/ttyUSB0", "ttyS0": "devices/platform/serial8250",
	} {
		put("class/tty/"+name+"/dev", "")
		if err := os.Symlink(filepath.Join(root, device), filepath.Join(root, "class/tty", name, "device")); err != nil {
			t.Fatal(err)
		}
	}
	put("class/tty/console/dev", "")

	got, err := sysfsPorts(filepath.Join(root, "class/tty"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].Device = filepath.Base(got[i].Device)
	}
	want := []Port{
		{usb.Identity{Vendor: 0x0c2e, Product: 0x0b61, Serial: "12345"}, "/dev/ttyACM0", "1-1"},
		{usb.Identity{Vendor: 0x0403, Product: 0x6001}, "/dev/ttyUSB0", "1-2"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// BenchmarkPseudoTerminal is from the last byte's way into the kernel to the sink,
// on a real terminal and by the real clock. Where only silence ends a code its
// 60 ms are in it.
func BenchmarkPseudoTerminal(b *testing.B) {
	for name, suffix := range map[string]string{"suffix": "\r", "silence": ""} {
		b.Run(name, func(b *testing.B) {
			link := filepath.Join(b.TempDir(), "scanner")
			gun := cable(b, link)
			s, err := New(Config{Port: link})
			if err != nil {
				b.Fatal(err)
			}
			ready, codes := make(chan struct{}), make(chan time.Time)
			ctx, cancel := context.WithCancel(b.Context())
			ended := make(chan error)
			go func() {
				ended <- s.Run(ctx, scanner.Sink{
					State: func(state scanner.State) {
						if state.Status == scanner.Ready {
							close(ready)
						}
					},
					Scanned: func(string) { codes <- time.Now() },
				})
			}()
			<-ready
			var took []time.Duration
			for b.Loop() {
				if _, err := gun.WriteString(code + suffix); err != nil {
					b.Fatal(err)
				}
				sent := time.Now()
				took = append(took, (<-codes).Sub(sent))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
			cancel()
			if err := <-ended; err != nil {
				b.Error(err)
			}
		})
	}
}
