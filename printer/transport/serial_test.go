//go:build linux

package transport

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"
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
	s.times = quick
	jobs := make(chan []byte, 1)
	if !b.stuck {
		go func() { job, _ := b.serve(end); jobs <- job }()
	}
	return s, tty, jobs
}

type printerCase struct {
	name   string
	b      behaviour
	want   Result
	status Status
}

// usualPrinters are the manners that printers on a wire have.
func usualPrinters() []printerCase {
	paperOut := healthy()
	paperOut.eot[4] = 0x72
	noFinal := healthy()
	noFinal.gsr = -1
	return []printerCase{
		{"answers", healthy(), Printed, ""},
		{"answers DLE EOT only", noFinal, Printed, ""},
		{"mute", behaviour{gsr: -1}, Printed, ""},
		{"paper out", paperOut, NotPrinted, PaperOut},
	}
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
	s, _, _ := newPty(t, behaviour{stuck: true})
	began := time.Now()
	got, err := s.Print(t.Context(), make([]byte, 1<<20))
	if got != Unknown || err == nil {
		t.Error(got, err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
}
