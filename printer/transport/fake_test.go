package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// quick are the usual bounds, shortened: tests wait for silence often.
var quick = times{
	probe: 40 * time.Millisecond, answer: 80 * time.Millisecond, send: 400 * time.Millisecond,
	confirm: 60 * time.Millisecond, finish: 250 * time.Millisecond, linger: 60 * time.Millisecond,
}

// behaviour is what a fake printer does with what it reads.
type behaviour struct {
	eot    map[byte]byte // answers to DLE EOT n; none for an n that is not here
	gsr    int           // the answer to GS r 1; below 0: none
	after  map[byte]byte // replaces eot once a slip has begun
	reset  int           // resets the connection after so many bytes of a slip
	drip   bool          // answers nothing useful, a byte at a time, for ever
	stuck  bool          // never reads
	report []byte        // said at once, unasked
	asb    []byte        // the report that GS a 255 asks for; none where empty
	asbEnd []byte        // replaces asb once a slip has begun
}

func healthy() behaviour {
	return behaviour{eot: map[byte]byte{1: 0x12, 2: 0x12, 4: 0x12}, gsr: 0}
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
			slip, asked := b.serve(conn)
			f.jobs <- slip
			f.asked <- asked
		}
	}()
	t.Cleanup(func() { ln.Close(); <-ended })
	return f
}

func (f *fakePrinter) station(t *testing.T) *station {
	t.Helper()
	p, err := Open(Config{Driver: "network", Address: f.address})
	if err != nil {
		t.Fatal(err)
	}
	s := p.(*station)
	s.times = quick
	return s
}

// serve reads one connection to its end.
func (b behaviour) serve(conn io.ReadWriteCloser) (slip []byte, asked int) {
	defer conn.Close()
	conn.Write(b.report)
	if b.stuck {
		time.Sleep(800 * time.Millisecond) // longer than every bound of quick
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
		if b.reset > 0 && len(slip) >= b.reset {
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
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
			if b.gsr >= 0 {
				w.Write([]byte{byte(b.gsr)})
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
