package scanner

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A device that comes in steps (seen, not ours yet, without its driver, open) is
// ready soon after its last one, and one that stays away is looked for each second.
func TestWatchLooksSoonerAfterAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		steps := []struct {
			after time.Duration
			state State
		}{
			{0, State{Missing, "gone"}},
			{time.Minute, State{Missing, "not ours yet"}},
			{time.Minute + 700*time.Millisecond, State{Failed, "no driver yet"}},
			{time.Minute + 1100*time.Millisecond, State{Status: Ready}},
		}
		began, looks := time.Now(), 0
		Watch(ctx, func(State) {}, func() (struct{}, State) {
			looks++
			now := steps[0].state
			for _, s := range steps {
				if time.Since(began) >= s.after {
					now = s.state
				}
			}
			return struct{}{}, now
		}, func(struct{}, func(State)) State {
			cancel()
			return State{}
		})
		if took := time.Since(began) - steps[3].after; took > soon {
			t.Errorf("ready %v after it could be", took)
		}
		if looks < 60 || looks > 90 {
			t.Errorf("looked %d times in a minute", looks)
		}
	})
}
