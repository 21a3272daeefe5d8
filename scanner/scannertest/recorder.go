package scannertest

import (
	"testing"
	"time"

	"tillpay/scanner"
)

// Patience is how long a Recorder waits for what must come.
const Patience = time.Minute

// Recorder is a sink whose contents a test waits for.
type Recorder struct {
	texts  chan string
	states chan scanner.State
}

// NewRecorder makes an empty recorder. It holds 1000 texts and 1000 states.
func NewRecorder() *Recorder {
	return &Recorder{texts: make(chan string, 1000), states: make(chan scanner.State, 1000)}
}

// Sink is where a scanner puts things.
func (r *Recorder) Sink() scanner.Sink {
	return scanner.Sink{
		Scanned: func(text string) { r.texts <- text },
		State:   func(s scanner.State) { r.states <- s },
	}
}

// Text returns the next text that was scanned, and fails t if none comes.
func (r *Recorder) Text(t testing.TB) string {
	t.Helper()
	select {
	case text := <-r.texts:
		return text
	case <-time.After(Patience):
		t.Fatal("nothing was scanned")
		return ""
	}
}

// State returns the next state that was reported, and fails t if none comes.
func (r *Recorder) State(t testing.TB) scanner.State {
	t.Helper()
	select {
	case s := <-r.states:
		return s
	case <-time.After(Patience):
		t.Fatal("no state was reported")
		return scanner.State{}
	}
}

// Empty fails t if anything was scanned or reported that no one asked for yet.
func (r *Recorder) Empty(t testing.TB) {
	t.Helper()
	select {
	case text := <-r.texts:
		t.Errorf("%q was scanned", text)
	case s := <-r.states:
		t.Errorf("%+v was reported", s)
	default:
	}
}
