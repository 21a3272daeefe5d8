// Package scanner reads codes from scanners and tells what was read: a
// payment code and whose, a goods barcode, one of our own numbers, or nothing
// that a till can use.
package scanner

import "context"

// Scanner is one device, found by its identity. It survives being unplugged.
type Scanner interface {
	// Name identifies the device in logs, events and status.
	Name() string
	// Run reads until ctx ends and then returns nil. It waits for a device that
	// is not there or went away, and finds it again by identity. It owns opening,
	// reading and closing; sink is called from its goroutine, never concurrently.
	Run(ctx context.Context, sink Sink) error
}

// Sink receives what one scanner has to say.
type Sink struct {
	// Scanned gets each complete text that was read: printable, trimmed, not
	// classified. It may be a payment code: a secret.
	Scanned func(text string)
	// State gets each change of the device's state.
	State func(State)
}

// State is how a device fares. Detail is for the technician.
type State struct {
	Status Status
	Detail string
}

// Status of a device.
type Status string

const (
	Ready        Status = "ready"
	Missing      Status = "missing"       // not plugged in, or asleep
	NoPermission Status = "no_permission" // there, and not ours to open
	Failed       Status = "failed"        // anything else; Detail says what
)
