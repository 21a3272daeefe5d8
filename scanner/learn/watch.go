package learn

import (
	"context"
	"errors"
	"sync"
	"time"

	"tillpay/scanner"
)

// Refusal is why what was seen is no scanner to be learnt.
type Refusal string

const (
	Typed    Refusal = "typed_by_hand" // a person at a keyboard: taking it would leave the cashier without one
	NotACode Refusal = "not_a_code"    // too short, or nothing that a code looks like
)

// Sighting is one text that came from a device.
type Sighting struct {
	Device
	Text      string // maybe a payment code: a secret
	Symbology string // AIM identifier, where the device tells it
	Refused   Refusal
}

// Watcher shows which device scans. It reads beside the system, and what it may
// not read it leaves alone.
type Watcher struct {
	Codes scanner.Table
	Skip  func(Device) bool // devices that are in use already
	// Blind is told once of each device that may not be watched; Problem says why.
	Blind func(Device)
}

// Run calls seen with what every device says, one at a time, until ctx ends, and
// then returns nil. Devices that are plugged in meanwhile are watched too.
func (w *Watcher) Run(ctx context.Context, seen func(Sighting)) error {
	var mu sync.Mutex
	var all sync.WaitGroup
	defer all.Wait()
	watched := map[string]bool{}
	for {
		devices, err := List()
		if err != nil {
			return err
		}
		for _, d := range devices {
			for _, source := range sources(d) {
				mu.Lock()
				skip := watched[source.path] || w.Skip != nil && w.Skip(d)
				watched[source.path] = watched[source.path] || !skip
				mu.Unlock()
				if skip {
					continue
				}
				all.Go(func() {
					err := source.watch(ctx, func(text, symbology string, pace pace) {
						mu.Lock()
						defer mu.Unlock()
						if ctx.Err() == nil {
							seen(Sighting{d, text, symbology, w.judge(d.Mode, text, pace)})
						}
					})
					mu.Lock()
					defer mu.Unlock()
					if err == nil { // it was unplugged, and may come back
						delete(watched, source.path)
					} else if ctx.Err() == nil && w.Blind != nil {
						d.Problem = err.Error()
						w.Blind(d)
					}
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(scanner.Rescan):
		}
	}
}

// source is one file that a device speaks through.
type source struct {
	path  string
	watch func(ctx context.Context, said func(text, symbology string, p pace)) error
}

// pace is how fast keys came: the gaps between two, and how many of them were slow.
type pace struct{ gaps, slow int }

// Scanners type a key in 1 to 30 ms, also the slowest setting of their manuals. A
// person's keys come 60 ms apart and more, but where fingers roll over. A scanner
// has a slow gap too now and then, where its radio repeats a report or the machine
// is busy: one in four is allowed, which no hand comes near over a code's length.
const (
	slow     = 35 * time.Millisecond
	shortest = 8 // EAN-8
)

func (p pace) typed() bool { return 4*p.slow > p.gaps }

// judge tells a scanner from a keyboard. A HID-POS device is one by what it says
// of itself; anything may hang on a serial port.
func (w *Watcher) judge(m Mode, text string, p pace) Refusal {
	switch {
	case m == POS:
		return ""
	case p.typed():
		return Typed
	case len(text) < shortest || w.Codes.Read(text).Kind == scanner.Unusable:
		return NotACode
	}
	return ""
}

// through watches a device through its driver, where that takes nothing from the system.
func through(ctx context.Context, s scanner.Scanner, said func(text, symbology string, p pace)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var refused error
	err := s.Run(ctx, scanner.Sink{
		Scanned: func(text string) { said(text, "", pace{}) },
		State: func(state scanner.State) {
			switch state.Status {
			case scanner.NoPermission, scanner.Failed:
				refused = errors.New(state.Detail)
				stop()
			case scanner.Missing:
				stop()
			}
		},
	})
	return errors.Join(err, refused)
}
