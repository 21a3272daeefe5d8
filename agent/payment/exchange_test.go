package payment

import (
	"testing"
	"time"

	"tillpay/agent/ledger"
)

// A row that was written under another clock dates nothing: what a driver is told of
// an order's age counts from the restart, never early and never years off.
func TestOrderIsDatedAsItsAgesCount(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, was := range []time.Time{now.Add(24 * time.Hour), now.AddDate(-56, 0, 0)} {
		l := &live{account: &Account{Prepared: Plan{Deadline: 5 * time.Minute}}, row: ledger.Payment{SubmittedAt: was},
			life: Life{Prepared: true, ExpiresAt: was.Add(5 * time.Minute)}}
		l.life = l.life.restart(now)
		if o := l.asOrder(); !o.SubmittedAt.Equal(now) || !o.ExpiresAt.Equal(now.Add(5*time.Minute)) {
			t.Errorf("submitted %v: %v to %v", was, o.SubmittedAt, o.ExpiresAt)
		}
	}
}
