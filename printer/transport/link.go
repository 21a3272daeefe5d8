package transport

import (
	"context"
	"time"
)

// link is one open way to a printer. Every step has its deadline, given as the
// time when it must be over: a printer that drips cannot stretch it.
type link interface {
	// Write answers how many bytes left; os.ErrDeadlineExceeded when time is up.
	Write(p []byte, until time.Time) (int, error)
	// Read waits for at least one byte; os.ErrDeadlineExceeded when time is up.
	Read(p []byte, until time.Time) (int, error)
	// Finish ends the job so that what was written arrives, and tells whether the
	// far side took it as far as this link can know.
	Finish(until time.Time) error
	// Abort ends a blocked step, from another goroutine.
	Abort()
	// Close frees the link; its owner calls it once, when no step runs.
	Close() error
}

// opener makes a link. It gives up when ctx ends.
type opener func(ctx context.Context) (link, error)
