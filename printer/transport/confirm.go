package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errNoWord is a talking printer that fell silent with our slip in it.
var errNoWord = errors.New("the printer took the slip and did not say that it is done")

// confirmed waits for the answer that a printer gives when it has worked through
// the job. In between it asks how the printer is: a cover opened now explains
// the silence, and of a printer that is well but has never answered GS r (many
// clones do not) that must do when the time is up: until then it may be printing.
// line is what the slip takes on the way.
func (s *station) confirmed(ctx context.Context, t *talk, line time.Duration) (Result, error) {
	until := time.Now().Add(s.times.finish + line)
	for wait := line + s.times.confirm; ; wait = s.times.confirm {
		if !s.manners.noFinal() {
			if _, err := t.awaitDone(earlier(until, time.Now().Add(wait))); err != nil {
				return afterFailure(ctx, 1, err)
			}
		}
		if len(t.heard.done) > 0 {
			return s.jobEnded(ctx, t)
		}
		state, err := s.ask(t)
		switch {
		case err != nil:
			return afterFailure(ctx, 1, err)
		case len(t.heard.done) > 0: // while we asked
		case !state.prints():
			return Unknown, &StateError{state}
		case s.manners.noFinal():
			return s.finished(ctx, t, line)
		case time.Now().Before(until):
		case s.manners.confirms:
			return Unknown, fmt.Errorf("printer: %w", errNoWord)
		default:
			s.manners.unheard++
			return s.finished(ctx, t, line)
		}
	}
}

// jobEnded reads the answer to GS r 1. Paper that ended with the job may have
// ended before its last line. On a serial line the break of a printer that is switched
// off reads as the answer that all is well, so one that is still there says so.
func (s *station) jobEnded(ctx context.Context, t *talk) (Result, error) {
	answer := t.heard.done[0]
	if s.port != "" {
		switch there, err := t.question(askPrinter, s.times.answer); {
		case err != nil:
			return afterFailure(ctx, 1, err)
		case there == 0:
			return Unknown, &StateError{muteState}
		}
	}
	s.manners.confirms = true
	if answer&jobPaperAtEnd == jobPaperAtEnd {
		return Unknown, &StateError{State{PaperOut, "The paper ran out while the slip was printed: look whether it is whole."}}
	}
	return Printed, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
