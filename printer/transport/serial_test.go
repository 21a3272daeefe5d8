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

func (p *takes) Write(b []byte) (int, error)        { p.n.Add(int64(len(b))); return len(b), nil }
func (p *takes) SetReadTimeout(time.Duration) error { return nil }
func (p *takes) Read([]byte) (int, error)           { return 0, nil }
func (p *takes) GetModemStatusBits() (*serial.ModemStatusBits, error) {
	return nil, errors.ErrUnsupported
}

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

// fills is a printer with the usual 4 KB that prints 1,500 bytes a second, and holds
// its till up as it is set: by lines or by XOFF, with 128 bytes left, until it has 256.
type fills struct {
	serial.Port
	lines, says bool
	wait        time.Duration

	at         time.Time
	full, lost int // bytes
	busy       bool
	out        []byte
}

func (p *fills) prints() {
	now := time.Now()
	p.full = max(0, p.full-int(now.Sub(p.at).Seconds()*1500))
	p.at = now
	was := p.busy
	p.busy = 4096-p.full <= 128 || was && 4096-p.full < 256
	if p.says && p.busy != was {
		p.out = append(p.out, map[bool]byte{true: xoff, false: xon}[p.busy])
	}
}

func (p *fills) Write(b []byte) (int, error) {
	p.prints()
	p.full += len(b)
	p.lost += max(0, p.full-4096)
	p.full = min(p.full, 4096)
	p.prints()
	return len(b), nil
}

func (p *fills) SetReadTimeout(d time.Duration) error { p.wait = d; return nil }

func (p *fills) Read(b []byte) (int, error) {
	if len(p.out) == 0 {
		time.Sleep(p.wait)
	}
	p.prints()
	n := copy(b, p.out)
	p.out = p.out[n:]
	return n, nil
}

func (p *fills) GetModemStatusBits() (*serial.ModemStatusBits, error) {
	p.prints()
	return &serial.ModemStatusBits{DSR: p.lines && !p.busy, CTS: p.lines}, nil
}

// TestSerialHeldUp: a slip that is longer than the printer's buffer arrives whole,
// and what the printer says meanwhile is not lost.
func TestSerialHeldUp(t *testing.T) {
	for name, p := range map[string]*fills{"by lines": {lines: true}, "by XOFF": {says: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p.at, p.out = time.Now(), []byte{0x12}
				l := &serialLink{port: p, perByte: 10 * time.Second / 115200, abort: make(chan struct{})}
				n, err := l.Write(make([]byte, 20_000), time.Now().Add(time.Minute))
				if n != 20_000 || err != nil || p.lost > 0 {
					t.Errorf("%d bytes left, %d were lost: %v", n, p.lost, err)
				}
				var b [8]byte
				if n, err := l.Read(b[:], time.Now()); n != 1 || b[0] != 0x12 {
					t.Errorf("%x, %v", b[:n], err)
				}
			})
		})
	}
}

// TestSerialNoHandshake: a printer that holds nobody up is sent to at the line's pace.
func TestSerialNoHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, p := time.Now(), &fills{at: time.Now()}
		l := &serialLink{port: p, perByte: time.Millisecond, abort: make(chan struct{})}
		n, err := l.Write(make([]byte, 3000), time.Now().Add(time.Minute))
		if took := time.Since(begun); n != 3000 || err != nil || took < 2900*time.Millisecond || took > 3200*time.Millisecond {
			t.Errorf("%d bytes in %s: %v", n, took, err)
		}
	})
}
