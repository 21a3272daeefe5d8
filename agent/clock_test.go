package agent

import (
	"context"
	"strings"
	"testing"
	"time"
)

// emptyBattery puts a bubble, whose time begins in 2000, into 1975.
const emptyBattery = -25 * 365 * 24 * time.Hour

// A deposit that was held while the clock said 1970 is not released before the
// platform's 15 s, however old the right clock makes it look.
func TestReleaseIsNotEarlyForAWrongClock(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		v.stop()
		v.bank.ahead = emptyBattery
		*v = *openVault(t, v.dir, v.bank)
		id := v.hold(t)
		v.stop()
		v.bank.ahead = 0
		began := time.Now()
		*v = *openVault(t, v.dir, v.bank)
		if _, err := v.Release(context.Background(), id, "anna"); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Second)
		if n := v.bank.count("revoke"); n != 0 {
			t.Errorf("released %v after the start", time.Since(began))
		}
		after(time.Minute)
		if v := v.sale(t, id); v.State != "released" {
			t.Errorf("%s: %+v", v.State, v.Settlement)
		}
	})
}

// Two refunds of one order keep the platform's gap; a clock that fell back to
// 1970 between them must not make the second one wait for 2026.
func TestRefundWaitsForNoClock(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		s, _, err := v.Open(context.Background(), NewSale{Reference: "r1", Amount: 1000, Currency: "HKD", Description: "tea"})
		if err != nil {
			t.Fatal(err)
		}
		v.Scanned(context.Background(), "gun", code)
		after(time.Second)
		for i, reference := range []string{"f1", "f2"} {
			if _, _, err := v.Refund(context.Background(), s.ID, NewRefund{Reference: reference, Amount: 400, Reason: "cold"}, "pos"); err != nil {
				t.Fatal(i, err)
			}
		}
		after(20 * time.Second) // the first is done, the second waits for its gap
		v.stop()
		v.bank.ahead = emptyBattery
		*v = *openVault(t, v.dir, v.bank)
		after(5 * time.Minute)
		var states []string
		for _, f := range v.sale(t, s.ID).Refunds {
			states = append(states, f.State)
		}
		if got := strings.Join(states, " "); got != "done done" {
			t.Errorf("refunds: %s", got)
		}
	})
}
