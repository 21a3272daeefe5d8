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
	open := func(context.Context) (link, error) { return openPort(c.Port, c.Baud) }
	s := newStation(c.name(c.Port), open, t).blindly(c.Blind)
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
	port   serial.Port
	abort  chan struct{}
	once   sync.Once
	worker chan error // the step under way or abandoned; nil when none is
}

// readStep is how long a read may be deaf to Abort.
const readStep = 100 * time.Millisecond

func openPort(name string, baud int) (link, error) {
	port, err := serial.Open(name, &serial.Mode{BaudRate: baud})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	// A printer may listen to these lines; a pty and some adapters have none.
	_ = port.SetDTR(true)
	_ = port.SetRTS(true)
	_ = port.ResetInputBuffer() // answers to a job before
	return &serialLink{port: port, abort: make(chan struct{})}, nil
}

func (l *serialLink) Write(p []byte, until time.Time) (int, error) {
	var begun atomic.Int64 // bytes of finished pieces and of the one being written
	err := l.step(until, func() error {
		for rest := p; len(rest) > 0; {
			piece := rest[:min(len(rest), 256)]
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
			rest = rest[n:]
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
