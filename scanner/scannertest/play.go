// Package scannertest is scanners that follow a script and a sink that waits,
// for the tests of whatever uses scanners.
package scannertest

import (
	"context"

	"tillpay/scanner"
)

// Step is one thing that a scripted scanner does.
type Step func(ctx context.Context, sink scanner.Sink)

// Scan delivers text.
func Scan(text string) Step {
	return func(_ context.Context, sink scanner.Sink) { sink.Scanned(text) }
}

// Becomes reports a state.
func Becomes(status scanner.Status, detail string) Step {
	return func(_ context.Context, sink scanner.Sink) {
		sink.State(scanner.State{Status: status, Detail: detail})
	}
}

// Await goes on once something was received from, or closed, moment.
func Await(moment <-chan struct{}) Step {
	return func(ctx context.Context, _ scanner.Sink) {
		select {
		case <-ctx.Done():
		case <-moment:
		}
	}
}

// Scanner plays its steps once, in order, and then waits for the end of its
// context, as a scanner does that nobody scans with.
type Scanner struct {
	name  string
	steps []Step
	done  chan struct{}
}

var _ scanner.Scanner = (*Scanner)(nil)

// Play makes a scanner of a script. It may be run once.
func Play(name string, steps ...Step) *Scanner {
	return &Scanner{name: name, steps: steps, done: make(chan struct{})}
}

// Name implements scanner.Scanner.
func (s *Scanner) Name() string { return s.name }

// Done is closed when the last step was played.
func (s *Scanner) Done() <-chan struct{} { return s.done }

// Run implements scanner.Scanner.
func (s *Scanner) Run(ctx context.Context, sink scanner.Sink) error {
	for _, step := range s.steps {
		if ctx.Err() != nil {
			return nil
		}
		step(ctx, sink)
	}
	close(s.done)
	<-ctx.Done()
	return nil
}
