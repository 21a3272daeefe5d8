package transport

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// wire is a connection in a bubble's own time: the till's link, each way with the
// room of a socket. What a real one adds is tried on real ones.
type wire struct {
	down, up chan byte     // to the printer; to the till
	reset    chan struct{} // by the printer
	gone     chan struct{} // the till let go
	finish   func()        // the till says no more
	hangUp   func()        // closes gone
	still    *still
}

// still is a machine that stands still at one of its reads, longer than any bound.
type still struct{ reads, at int }

func (s *still) stand() {
	if s.reads++; s.reads == s.at {
		time.Sleep(2 * usualTimes.finish)
	}
}

// Read fails behind its time whatever there is to read, as package net does.
func (w *wire) Read(p []byte, until time.Time) (int, error) {
	w.still.stand()
	if !time.Now().Before(until) {
		return 0, os.ErrDeadlineExceeded
	}
	select {
	case b, more := <-w.up:
		if !more {
			return 0, io.EOF
		}
		return copy(p, []byte{b}), nil
	case <-w.reset:
		return 0, syscall.ECONNRESET
	case <-time.After(time.Until(until)):
		return 0, os.ErrDeadlineExceeded
	}
}

func (w *wire) Write(p []byte, until time.Time) (int, error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for n, b := range p {
		select {
		case w.down <- b:
		case <-w.reset:
			return n, syscall.EPIPE
		case <-timer.C:
			return n, os.ErrDeadlineExceeded
		}
	}
	return len(p), nil
}

func (w *wire) Finish(until time.Time) error {
	w.finish()
	for {
		_, err := w.Read(make([]byte, 1), until)
		if err == io.EOF || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (w *wire) Abort() { w.Close() }

func (w *wire) Close() error {
	w.finish()
	w.hangUp()
	return nil
}

// socket is the printer's side of a wire.
type socket struct{ *wire }

func (s socket) Read(p []byte) (int, error) {
	b, more := <-s.down
	if !more {
		return 0, io.EOF
	}
	return copy(p, []byte{b}), nil
}

func (s socket) Write(p []byte) (int, error) {
	for n, b := range p {
		select {
		case s.up <- b:
		case <-s.gone:
			return n, syscall.EPIPE
		}
	}
	return len(p), nil
}

func (s socket) Close() error {
	select {
	case <-s.reset: // which is no end
	default:
		close(s.up)
	}
	return nil
}

func (s socket) Reset() { close(s.reset) }

// bubbled is a station with the usual bounds, and its printer beside it in a bubble.
func bubbled(b behaviour) (*station, *fakePrinter, *still) {
	const roomy = 64 << 10
	f, m := &fakePrinter{"", make(chan []byte, 16), make(chan int, 16)}, &still{}
	return newStation("wire", func(context.Context) (link, error) {
		w := &wire{down: make(chan byte, roomy), up: make(chan byte, roomy), reset: make(chan struct{}), gone: make(chan struct{}), still: m}
		w.finish, w.hangUp = sync.OnceFunc(func() { close(w.down) }), sync.OnceFunc(func() { close(w.gone) })
		go f.take(b, socket{w})
		return w, nil
	}, usualTimes), f, m
}
