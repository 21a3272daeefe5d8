package scanner

import (
	"context"
	"time"
)

// Rescan is how often a device that is away is looked for. With it one is found
// within 2 s of being plugged in. Looking must open nothing.
const Rescan = time.Second

// A device that comes is seen before it can be opened: its rights and its driver
// follow. So after each change it is looked for more often, a few times.
const (
	soon      = Rescan / 5
	soonTimes = 10
)

// Watch keeps one device in use until ctx ends: it finds it, serves it until it
// fails, and finds it again. find answers what to open, or a state that says why
// there is nothing; serve tells when the device is ready, and answers what became
// of it. Each change of state is told once. It starts no goroutine.
func Watch[P any](ctx context.Context, tell func(State), find func() (P, State), serve func(p P, ready func(State)) State) {
	var told State
	quick := 0
	change := func(s State) {
		if s != told {
			told, quick = s, soonTimes
			tell(s)
		}
	}
	for ctx.Err() == nil {
		place, state := find()
		if state.Status == Ready {
			state = serve(place, change)
			if ctx.Err() == nil {
				if _, now := find(); now.Status != Ready {
					state = now // it is gone, and this says what is
				}
			}
		}
		if ctx.Err() != nil {
			return
		}
		change(state)
		if quick--; quick >= 0 {
			pause(ctx, soon)
		} else {
			pause(ctx, Rescan)
		}
	}
}

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
