package transport

import (
	"context"
	"fmt"
	"time"
)

// Some printers answer no DLE EOT and yet tell their state: by automatic status back
// (GS a), which reports at once when it is switched on. GS a is obeyed in its turn
// behind the slip's bytes, so that a report which it asks for there says, as GS r
// does, that the slip is through.

// askReport has the state reported; silence is false.
func (s *station) askReport(t *talk, patience time.Duration) (State, bool, error) {
	until := time.Now().Add(patience)
	t.heard.report, t.heard.part = nil, nil
	if _, err := t.Write(reportOn, until); err != nil {
		return State{}, false, err
	}
	if answered, err := t.hears(until, func() bool { return t.heard.report != nil }); !answered {
		return State{}, false, err
	}
	return reported(t.heard.report).state(), true, nil
}

// withReport is a slip after which the printer reports, and before which it does
// not: a report in between would be taken for the one at the end.
func withReport(slip []byte) []byte {
	job := make([]byte, 0, len(reportOff)+len(slip)+len(reportOn))
	return append(append(append(job, reportOff...), slip...), reportOn...)
}

// confirmedByReport waits for the report after the slip.
func (s *station) confirmedByReport(ctx context.Context, t *talk, line time.Duration) (Result, error) {
	until := time.Now().Add(s.times.finish + line)
	answered, err := t.hears(until, func() bool { return t.heard.report != nil })
	if err != nil {
		return afterFailure(ctx, 1, err)
	}
	if !answered {
		return Unknown, fmt.Errorf("printer: %w", errNoWord)
	}
	if state := reported(t.heard.report).state(); !state.prints() {
		return Unknown, &StateError{state}
	}
	return Printed, nil
}
