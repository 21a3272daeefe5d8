package transport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
)

const defaultBaud = 9600

// commonBauds are the speeds that receipt printers have switches for.
var commonBauds = map[int]bool{
	1200: true, 2400: true, 4800: true, 9600: true, 19200: true, 38400: true, 57600: true, 115200: true,
}

func openSerial(c Config) (Printer, error) {
	if c.Port == "" {
		return nil, errors.New(`printer.port: missing: set it to the serial port (port = "/dev/ttyUSB0", on Windows "COM3")`)
	}
	if c.Baud == 0 {
		c.Baud = defaultBaud
	}
	if !commonBauds[c.Baud] {
		return nil, fmt.Errorf("printer.baud: %d: set it to the printer's own, as on its self-test slip (9600 or 115200, mostly)", c.Baud)
	}
	t := usualTimes
	t.perByte = 10 * time.Second / time.Duration(c.Baud) // a start bit, eight, a stop bit
	open := func(context.Context) (link, error) { return openPort(c.Port, c.Baud, t.perByte) }
	s := newStation(c.name(c.Port), open, t).known(c)
	s.port = c.Port
	return s, nil
}

// Fits tells whether a serial port is the printer's, by its path or by a link to it,
// and on Windows in whatever letters it is written.
func (s *station) Fits(port string) bool {
	real, err := filepath.EvalSymlinks(s.port)
	return s.port != "" && (err == nil && real == port || strings.EqualFold(strings.TrimPrefix(s.port, `\\.\`), port))
}

// serialLink is a port opened for one job.
//
// The library writes to a bare file descriptor, with no deadline, and does not
// look whether the port was closed: a write that outlived Close could land in
// whatever file got the number next. So writing is done by a worker that is
// waited for, and the port is closed only after it has ended.
type serialLink struct {
	port    serial.Port
	perByte time.Duration // what the line takes to carry one
	abort   chan struct{}
	once    sync.Once
	worker  chan error // the step under way or abandoned; nil when none is

	off   bool   // the printer said XOFF
	heard []byte // what came while it was written to, for Read
}

// readStep is how long a read may be deaf to Abort.
const readStep = 100 * time.Millisecond

func openPort(name string, baud int, perByte time.Duration) (link, error) {
	port, err := serial.Open(name, &serial.Mode{BaudRate: baud})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	// A printer may listen to these lines; a pty and some adapters have none.
	_ = port.SetDTR(true)
	_ = port.SetRTS(true)
	_ = port.ResetInputBuffer() // answers to a job before
	return &serialLink{port: port, perByte: perByte, abort: make(chan struct{})}, nil
}

// A printer prints slower than the line carries, and says when its buffer fills up:
// by a line that falls (DTR/DSR or RTS/CTS, as it is wired) or by XOFF, as it is
// set. It has 128 bytes left then (Epson TM-T88, "buffer full"), so no more than a
// piece is under way: each waits until the line has carried the one before, or the
// system's and an adapter's buffers would be poured out over a full one.
const (
	pieceSize = 64
	xon, xoff = 0x11, 0x13 // of no answer: bits 0, 1 and 4 tell (see answers.go)
)

// wires are the lines that were up as a job began. A line that is not wired, or a
// printer that uses none, holds nothing up.
func (l *serialLink) wires() (w serial.ModemStatusBits) {
	if bits, err := l.port.GetModemStatusBits(); err == nil {
		w = *bits
	}
	return w
}

// gate lets the next piece through once n bytes were carried and the printer takes
// more. What it says meanwhile is kept.
func (l *serialLink) gate(n int, up serial.ModemStatusBits) error {
	var b [64]byte
	for end := time.Now().Add(time.Duration(n) * l.perByte); !l.aborted(); {
		left := time.Until(end)
		if err := l.port.SetReadTimeout(min(max(left, time.Millisecond), readStep)); err != nil {
			return err
		}
		got, err := l.port.Read(b[:])
		if err != nil {
			return err
		}
		for _, c := range b[:got] {
			switch c {
			case xon, xoff:
				l.off = c == xoff
			default:
				l.heard = append(l.heard, c)
			}
		}
		now := l.wires()
		if time.Until(end) <= 0 && !l.off && (now.DSR || !up.DSR) && (now.CTS || !up.CTS) {
			return nil
		}
	}
	return os.ErrClosed
}

func (l *serialLink) Write(p []byte, until time.Time) (int, error) {
	var begun atomic.Int64 // bytes of finished pieces and of the one being written
	err := l.step(until, func() error {
		up := l.wires()
		for rest := p; len(rest) > 0; {
			piece := rest[:min(len(rest), pieceSize)]
			begun.Add(int64(len(piece))) // before the look: who aborts first and then counts must not miss it
			if l.aborted() {
				begun.Add(-int64(len(piece)))
				return os.ErrClosed
			}
			n, err := l.port.Write(piece)
			begun.Add(int64(n - len(piece)))
			if err != nil {
				return err
			}
			if rest = rest[n:]; len(rest) == 0 {
				return nil
			}
			if err := l.gate(n, up); err != nil {
				return err
			}
		}
		return nil
	})
	return int(begun.Load()), err
}

// step runs one blocking call and waits for it no longer than it may.
func (l *serialLink) step(until time.Time, do func() error) error {
	worker := make(chan error, 1)
	l.worker = worker
	go func() { worker <- do() }()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case err := <-worker:
		l.worker = nil
		return err
	case <-timer.C:
		l.Abort()
		return os.ErrDeadlineExceeded
	case <-l.abort:
		return os.ErrClosed
	}
}

// Read turns the port's "nothing yet" (0, nil) into a deadline.
func (l *serialLink) Read(p []byte, until time.Time) (int, error) {
	if len(l.heard) > 0 {
		n := copy(p, l.heard)
		l.heard = l.heard[n:]
		return n, nil
	}
	for !l.aborted() {
		left := time.Until(until)
		if left <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
		if err := l.port.SetReadTimeout(min(left, readStep)); err != nil {
			return 0, err
		}
		if n, err := l.port.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, os.ErrClosed
}

// Finish waits until the line has carried every byte.
func (l *serialLink) Finish(until time.Time) error { return l.step(until, l.port.Drain) }

func (l *serialLink) Abort() { l.once.Do(func() { close(l.abort) }) }

func (l *serialLink) aborted() bool {
	select {
	case <-l.abort:
		return true
	default:
		return false
	}
}

// Close sets a stuck worker free by emptying the system's buffer. Should that not
// help, the port is left to the worker, which closes it when it ends at last.
func (l *serialLink) Close() error {
	l.Abort()
	if l.worker == nil {
		return l.port.Close()
	}
	_ = l.port.ResetOutputBuffer()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-l.worker:
		return l.port.Close()
	case <-timer.C:
		go func() { <-l.worker; l.port.Close() }()
		return fmt.Errorf("closing: %w", os.ErrDeadlineExceeded)
	}
}
