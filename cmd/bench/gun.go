package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creack/pty"

	"tillpay/scanner"
	"tillpay/scanner/serial"
)

// gun is a serial scanner on a pseudo terminal, read by scanner/serial. It notes
// when a code was read whole.
type gun struct {
	scanner.Scanner
	cable *os.File
	read  atomic.Pointer[time.Time]
	once  sync.Once
	ready chan struct{}
}

func newGun() (*gun, error) {
	cable, end, err := pty.Open()
	if err != nil {
		return nil, err
	}
	s, err := serial.New(serial.Config{Port: end.Name()})
	// The scanner opens its end by name; this one would keep it from hanging up.
	if err = errors.Join(err, end.Close()); err != nil {
		return nil, errors.Join(err, cable.Close())
	}
	return &gun{Scanner: s, cable: cable, ready: make(chan struct{})}, nil
}

// Run implements scanner.Scanner.
func (g *gun) Run(ctx context.Context, sink scanner.Sink) error {
	return g.Scanner.Run(ctx, scanner.Sink{
		Scanned: func(text string) {
			now := time.Now()
			g.read.Store(&now)
			sink.Scanned(text)
		},
		State: func(s scanner.State) {
			if s.Status == scanner.Ready {
				g.once.Do(func() { close(g.ready) })
			}
			sink.State(s)
		},
	})
}

// shoot sends a code as a scanner does, with its suffix.
func (g *gun) shoot(code string) error {
	_, err := g.cable.WriteString(code + "\r")
	return err
}
