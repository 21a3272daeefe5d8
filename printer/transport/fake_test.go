package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// behaviour is what a fake printer does with what it reads.
type behaviour struct {
	eot    map[byte]byte // answers to DLE EOT n; none for an n that is not here
	gsr    int           // the answer to GS r 1; below 0: none
	slow   time.Duration // until that answer
	after  map[byte]byte // replaces eot once a slip has begun
	reset  int           // resets the connection after so many bytes of a slip
	drip   bool          // answers nothing useful, a byte at a time, for ever
	stuck  bool          // reads nothing for an hour
	stops  int           // reads so many bytes of a slip, and then nothing for an hour
	report []byte        // said at once, unasked
	asb    []byte        // the report that GS a 255 asks for; none where empty
	asbEnd []byte        // replaces asb once a slip has begun
}

func healthy() behaviour {
	return behaviour{eot: map[byte]byte{1: 0x12, 2: 0x12, 4: 0x12}, gsr: 0}
}

// bounds are for real links, where a machine may stand still: what the printer will
// say is waited for longer than that, and what it never says, briefly.
func (b behaviour) bounds() times {
	const long, brief = time.Minute, 40 * time.Millisecond
	t := times{probe: long, answer: long, send: long, confirm: long, finish: long, linger: long}
	if len(b.eot) == 0 {
		t.probe = brief
	}
	if b.gsr < 0 {
		t.confirm, t.finish = brief, brief
	}
	return t
}

// fakePrinter listens as a printer does and tells of each connection what it got.
type fakePrinter struct {
	address string
	jobs    chan []byte // a connection's slip bytes, when it has ended
	asked   chan int    // and how many questions
}

func newFake(t *testing.T, b behaviour) *fakePrinter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakePrinter{ln.Addr().String(), make(chan []byte, 16), make(chan int, 16)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			f.take(b, conn)
		}
	}()
	t.Cleanup(func() { ln.Close(); <-ended })
	return f
}

// take reads one connection to its end and tells of it.
func (f *fakePrinter) take(b behaviour, conn io.ReadWriteCloser) {
	slip, asked := b.serve(conn)
	f.jobs <- slip
	f.asked <- asked
}

func (f *fakePrinter) station(t *testing.T, bounds times) *station {
	t.Helper()
	p, err := Open(Config{Driver: "network", Address: f.address})
	if err != nil {
		t.Fatal(err)
	}
	s := p.(*station)
	s.times = bounds
	return s
}

// serve reads one connection to its end.
func (b behaviour) serve(conn io.ReadWriteCloser) (slip []byte, asked int) {
	defer conn.Close()
	defer time.Sleep(2 * b.slow) // it is said before
	conn.Write(b.report)
	if b.stuck {
		time.Sleep(time.Hour)
		return nil, 0
	}
	if b.drip {
		for { // the other side hangs up
			if _, err := conn.Write([]byte{0x11}); err != nil {
				return nil, 0
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	var in []byte
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		in = append(in, buf[:n]...)
		in, slip, asked = b.answer(conn, in, slip, asked)
		if b.stops > 0 && len(slip) >= b.stops {
			time.Sleep(time.Hour)
			return slip[:b.stops], asked
		}
		if b.reset > 0 && len(slip) >= b.reset {
			switch c := conn.(type) {
			case *net.TCPConn:
				c.SetLinger(0)
			case socket:
				c.Reset()
			}
			return slip, asked
		}
		if err != nil {
			return slip, asked
		}
	}
}

// answer takes questions off the input; the rest is the slip.
func (b behaviour) answer(w io.Writer, in, slip []byte, asked int) ([]byte, []byte, int) {
	for len(in) > 0 {
		switch {
		case b.reset > 0 && len(slip) >= b.reset:
			return in, slip, asked
		case bytes.HasPrefix(in, []byte{0x10, 0x04}) && len(in) >= 3:
			table := b.eot
			if len(slip) > 0 && b.after != nil {
				table = b.after
			}
			if a, ok := table[in[2]]; ok {
				w.Write([]byte{a})
			}
			in, asked = in[3:], asked+1
		case bytes.HasPrefix(in, []byte{0x1D, 'r', 1}):
			if done := []byte{byte(b.gsr)}; b.slow > 0 {
				time.AfterFunc(b.slow, func() { w.Write(done) })
			} else if b.gsr >= 0 {
				w.Write(done)
			}
			in, asked = in[3:], asked+1
		case bytes.HasPrefix(in, []byte{0x1D, 'a'}) && len(in) >= 3:
			report := b.asb
			if len(slip) > 0 && b.asbEnd != nil {
				report = b.asbEnd
			}
			if in[2] != 0 {
				w.Write(report)
			}
			in, asked = in[3:], asked+1
		case len(in) < 3 && (in[0] == 0x10 || in[0] == 0x1D):
			return in, slip, asked
		default:
			slip, in = append(slip, in[0]), in[1:]
		}
	}
	return in, slip, asked
}

// stateOf is the state in an error, or an empty one.
func stateOf(err error) Status {
	var e *StateError
	if errors.As(err, &e) {
		return e.State.Status
	}
	return ""
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
