package queue

import (
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
)

type snoozeError time.Time

func (s snoozeError) Error() string {
	return "laid aside until " + time.Time(s).Format(time.RFC3339Nano)
}

// Snooze lays the job aside until at, in memory only: no commit, no failure. A
// restart works it at once.
func Snooze(at time.Time) error { return snoozeError(at) }

type parkError struct{ reason string }

func (p parkError) Error() string { return "parked: " + p.reason }

// Park ends the tries: a person must decide.
func Park(format string, args ...any) error { return parkError{fmt.Sprintf(format, args...)} }

// Exponential is a backoff that starts at first, doubles, and stays at most
// longest. It is the same for the same failures: no jitter, so that a
// simulation replays.
func Exponential(first, longest time.Duration) func(failures int) time.Duration {
	return func(failures int) time.Duration {
		b := backoff.ExponentialBackOff{
			InitialInterval: first, Multiplier: 2, MaxInterval: longest,
			Clock: backoff.SystemClock, Stop: backoff.Stop,
		}
		b.Reset()
		var wait time.Duration
		for range min(failures, 64) {
			wait = b.NextBackOff()
		}
		return wait
	}
}
