// Package transport brings a finished slip to a printer and says what became of
// it: printed, surely not printed, or unknown. It never sends a slip twice; what
// to do about an unknown one is for a person.
package transport

import "context"

// Printer sends one finished slip and says what became of it. Calls may come
// from several goroutines; slips go out one after another.
type Printer interface {
	// Name is the printer in logs and on pages.
	Name() string
	// Print sends a slip. The result counts also where there is an error, which
	// says why in words; a *StateError where the printer itself told.
	Print(ctx context.Context, slip []byte) (Result, error)
	// Status asks the printer how it is, without printing. The error is for what
	// kept us from asking; the state says the same in words.
	Status(ctx context.Context) (State, error)
}

// Result is what became of a slip.
type Result string

const (
	// Unknown: some bytes left, and nothing tells whether they became paper. A
	// person looks; it is never retried by itself.
	Unknown Result = "unknown"
	// Printed: the printer answered after the job or, where it never answers (see
	// Blind), it took all bytes and the connection ended cleanly.
	Printed Result = "printed"
	// NotPrinted: surely nothing is on paper. It may be sent again.
	NotPrinted Result = "not_printed"
	// None: the till has no printer.
	None Result = "none"
)

// State is how a printer is. Detail is a sentence for a person.
type State struct {
	Status Status
	Detail string
}

// Status of a printer.
type Status string

const (
	Ready     Status = "ready"
	PaperLow  Status = "paper_low" // prints, not for long
	Blind     Status = "blind"     // takes slips and never answers: Printed is then a hope
	PaperOut  Status = "paper_out"
	CoverOpen Status = "cover_open"
	CutterJam Status = "cutter"
	Hot       Status = "hot"     // the print head; it recovers by itself
	Offline   Status = "offline" // it says so itself: error, feed button
	Mute      Status = "mute"    // answered before, and does not now
	Missing   Status = "missing" // could not be reached or opened
	NoPrinter Status = "none"
)

// prints tells whether a slip sent now has a chance.
func (s State) prints() bool {
	return s.Status == Ready || s.Status == PaperLow || s.Status == Blind
}

// StateError is a slip that failed for how the printer is.
type StateError struct{ State State }

func (e *StateError) Error() string { return "printer: " + e.State.Detail }
