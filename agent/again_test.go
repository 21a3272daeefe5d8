package agent

import (
	"context"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

// Many who read the same code for the same sale at the same moment, a POS that
// repeats itself among them, get one payment and the same answer.
func TestTheSameScanAtOnce(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		var g sync.WaitGroup
		for range 50 {
			g.Go(func() {
				v, err := d.Scan(context.Background(), s.ID, code)
				if err != nil {
					t.Error(err)
				} else if len(v.Payments) != 1 {
					t.Errorf("%d payments", len(v.Payments))
				}
			})
		}
		g.Wait()
	})
}

// A driver that panics may have sent the Pay: it is asked about, never sent again.
func TestAPanicInAPayIsAskedAbout(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { panic("a driver's bug") }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		after(10 * time.Second)
		if v := d.sale(t, s.ID); v.State != "paid" || d.platform.count("pay") != 1 {
			t.Errorf("%s: %s", v.State, d.platform.log())
		}
	})
}
