//go:build linux

package transport

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
	"go.bug.st/serial"
)

// newPty answers a station on a pseudo terminal with a fake printer at its other
// end, which ends its job when the file, the last hold on the terminal, is closed.
func newPty(t *testing.T, b behaviour) (*station, *os.File, chan []byte) {
	t.Helper()
	end, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pty here:", err)
	}
	t.Cleanup(func() { end.Close(); tty.Close() })
	p, err := Open(Config{Driver: "serial", Port: tty.Name(), Baud: 115200})
	if err != nil {
		t.Fatal(err)
	}
	s := p.(*station)
	s.times = b.bounds()
	jobs := make(chan []byte, 1)
	if !b.stuck {
		go func() { job, _ := b.serve(end); jobs <- job }()
	}
	return s, tty, jobs
}

func TestSerial(t *testing.T) {
	for _, c := range usualPrinters() {
		t.Run(c.name, func(t *testing.T) {
			s, tty, jobs := newPty(t, c.b)
			got, err := s.Print(t.Context(), slip)
			if got != c.want || stateOf(err) != c.status {
				t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
			}
			tty.Close()
			if job := <-jobs; got == Printed && !bytes.Equal(job, slip) {
				t.Errorf("the printer got %q", job)
			}
		})
	}
}

// TestSerialFits: a printer is known by udev's links to its port.
func TestSerialFits(t *testing.T) {
	dir := t.TempDir()
	port, byID := filepath.Join(dir, "ttyUSB0"), filepath.Join(dir, "usb-FTDI-if00-port0")
	if err := errors.Join(os.WriteFile(port, nil, 0o600), os.Symlink(port, byID)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		configured, port string
		fits             bool
	}{{port, port, true}, {byID, port, true}, {port, port + "1", false}, {`\\.\com12`, "COM12", true}, {"COM1", "COM12", false}} {
		p, err := Open(Config{Driver: "serial", Port: c.configured})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.(*station).Fits(c.port); got != c.fits {
			t.Errorf("%s is at %s: %v", c.configured, c.port, got)
		}
	}
	if newStation("network", nil, usualTimes).Fits("") {
		t.Error("a printer without a port is at none")
	}
}

// TestSerialMissing: the port is not there.
func TestSerialMissing(t *testing.T) {
	p, err := Open(Config{Driver: "serial", Port: "/dev/tillpay-no-such-port"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Print(t.Context(), slip); got != NotPrinted || err == nil {
		t.Error(got, err)
	}
}

// TestSerialUnplugged: the far end goes away with the slip under way.
func TestSerialUnplugged(t *testing.T) {
	b := healthy()
	b.reset = 5
	s, _, _ := newPty(t, b)
	if got, err := s.Print(t.Context(), slip); got != Unknown || err == nil {
		t.Error(got, err)
	}
}

// TestSerialStuck: nobody reads, the system's buffer is full, the write blocks.
// The step ends at its bound and its worker ends before the port is closed.
func TestSerialStuck(t *testing.T) {
	s, _, _ := newPty(t, behaviour{stuck: true, gsr: -1})
	s.times.send = 400 * time.Millisecond
	if got, err := s.Print(t.Context(), make([]byte, 1<<20)); got != Unknown || err == nil {
		t.Error(got, err)
	}
}

// takes is a port that takes everything.
type takes struct {
	serial.Port
	n atomic.Int64
}

func (p *takes) Write(b []byte) (int, error) { p.n.Add(int64(len(b))); return len(b), nil }

// TestSerialAbortCounts: whenever a write is cut short, what the port got is counted,
// or a slip of which it got a part would be printed again as one that never left.
func TestSerialAbortCounts(t *testing.T) {
	for i := range 2000 {
		synctest.Test(t, func(t *testing.T) {
			port := &takes{}
			l := &serialLink{port: port, abort: make(chan struct{})}
			n, _ := l.Write(make([]byte, 2000), time.Now())
			if synctest.Wait(); port.n.Load() > int64(n) {
				t.Errorf("try %d: the port got %d bytes, and %d are told", i, port.n.Load(), n)
			}
		})
	}
}
