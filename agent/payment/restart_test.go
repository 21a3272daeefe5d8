package payment

import (
	"testing"
	"time"
)

// A till that starts again under a clock that was set back by a day reads a
// deadline of tomorrow. The payment is given up after its usual time all the same,
// and under a clock that was set ahead it is asked about once before it is.
func TestDeadlineBehindARestart(t *testing.T) {
	plan := testPlan
	submitted := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, ahead := range []time.Duration{0, -24 * time.Hour, 24 * time.Hour, -56 * 365 * 24 * time.Hour} {
		begin := submitted.Add(20 * time.Second).Add(ahead)
		now, queries := begin, 0
		p, step, err := Next(Life{State: Paying, SubmittedAt: submitted, Deadline: steady(submitted.Add(45*time.Second), now)}, Restarted, now, plan)
		for p.State == Paying && err == nil && queries < 100 {
			if step.Do != DoQuery {
				t.Fatalf("%v: %v is owed", ahead, step.Do)
			}
			now, queries = later(now, step.At), queries+1
			p = p.began(step.Do, now)
			p, step, err = Next(p.ended(step.Do, now, plan), GotPaying, now, plan)
		}
		if took := now.Sub(begin); err != nil || p.State != Revoking || queries == 0 || took > 45*time.Second {
			t.Errorf("%v: %s after %v and %d queries, %v", ahead, p.State, took, queries, err)
		}
	}
}
