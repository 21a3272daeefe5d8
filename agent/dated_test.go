package agent

import (
	"context"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

// datedPlatform knows a refund by its number and its day. The till's clock is a day
// ahead of the platform's, and the driver has learnt that.
type datedPlatform struct {
	*platform
	mu    *sync.Mutex
	dates *[]time.Time
}

func (p datedPlatform) ClockOffset() time.Duration { return -24 * time.Hour }

func (p datedPlatform) Sheet() channels.Sheet {
	s := p.platform.Sheet()
	s.RefundDated = true
	return s
}

func (p datedPlatform) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	p.dated(r)
	return p.platform.Refund(ctx, r)
}

func (p datedPlatform) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	p.dated(r)
	return p.platform.QueryRefund(ctx, r)
}

func (p datedPlatform) dated(r channels.Refund) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*p.dates = append(*p.dates, r.SentAt)
}

// Orders and refunds bear the platform's day, as they are sent and as they are asked
// about: under that of a till whose clock is wrong they would be refused for ever.
func TestNumbersBearThePlatformsDay(t *testing.T) {
	var mu sync.Mutex
	var dates []time.Time
	dated := func(own *platform) channels.Channel { return datedPlatform{own, &mu, &dates} }
	runAt(t, dated, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		after(time.Second)
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 400, Reason: "cold"}, "pos"); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		if v := d.sale(t, s.ID); len(v.Refunds) != 1 || v.Refunds[0].State != "done" {
			t.Errorf("%+v", v.Refunds)
		}
		if no, day := d.sale(t, s.ID).Payments[0].OutTradeNo, time.Now().Add(-24*time.Hour).In(d.Zone).Format("20060102"); no[:8] != day {
			t.Errorf("order %s is not of %s", no, day)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, at := range dates {
			if since := time.Since(at); since < 24*time.Hour || since > 24*time.Hour+2*time.Minute {
				t.Errorf("dated %v ago", since)
			}
		}
		if len(dates) < 2 {
			t.Errorf("sent and asked about %d times", len(dates))
		}
	})
}
