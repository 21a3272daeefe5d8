package agent

import (
	"context"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// refunder is a platform that undoes by refunds alone, and calls the order paid all
// the while.
type refunder struct{ *platform }

func (r refunder) Sheet() channels.Sheet {
	s := r.platform.Sheet()
	s.Undo = s.Undo[1:]
	return s
}

// givingBack makes a payment that is cancelled and given back, as far as refund goes.
func givingBack(t *testing.T, d *desk, refund channels.Outcome) *Sale {
	t.Helper()
	d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
	d.platform.refund = func(asked bool, _ int) channels.Reply {
		if asked {
			return taken()
		}
		return channels.Reply{Outcome: refund, Verified: true, PlatformID: "5000001"}
	}
	s := d.open(t, "r1")
	d.Scanned(context.Background(), "gun", code)
	after(time.Second)
	if _, err := d.Cancel(context.Background(), s.ID, "pos"); err != nil {
		t.Fatal(err)
	}
	return s
}

func runRefunder(t *testing.T, f func(t *testing.T, d *desk)) {
	runAt(t, func(p *platform) channels.Channel { return refunder{p} }, f)
}

// Nobody says that a payment stays paid whose money is on its way back.
func TestPaidIsNotSaidOfWhatIsBeingGivenBack(t *testing.T) {
	for _, how := range []channels.Outcome{channels.Accepted, channels.Paying} {
		t.Run(how.String(), func(t *testing.T) {
			runRefunder(t, func(t *testing.T, d *desk) {
				s := givingBack(t, d, how)
				after(31 * time.Minute)
				m := matter(t, d)
				if m.Kind != "undo" || standings(m) != "wait open, stop confirm" || m.Platform.Message != liveWords[channels.Accepted].en {
					t.Fatalf("%+v %+v", m, m.Platform)
				}
				if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "stop", Note: "tired of it", Confirm: true}, "manager", "en"); err != nil {
					t.Fatal(err)
				}
				if m = matter(t, d); m.Kind != "payment" || standings(m) != "paid contradicted, revoked confirm, undo_again open" {
					t.Errorf("%+v %s", m, standings(m))
				}
				if p := d.sale(t, s.ID).Payments[0]; p.PlatformID != "4200001" {
					t.Errorf("the order is %s", p.PlatformID)
				}
			})
		})
	}
}

// What a refund undid is told as such, whatever the platform calls the order: its
// money would be given back twice.
func TestLookupKnowsTheRefundThatUndid(t *testing.T) {
	for how, says := range map[channels.Outcome]string{channels.Accepted: "being given back", channels.Refunded: "refunded", channels.Refused: "paid"} {
		t.Run(how.String(), func(t *testing.T) {
			runRefunder(t, func(t *testing.T, d *desk) {
				s := givingBack(t, d, how)
				after(2 * time.Minute)
				_, live, err := d.Lookup(context.Background(), s.Reference)
				if err != nil || !live.Verified || !strings.Contains(live.Message, says) {
					t.Errorf("%+v, %v", live, err)
				}
			})
		})
	}
}

// An order that the platform does not know yet may still be charged.
func TestLookupOfAnOrderThatIsNotFoundYet(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return silence }
		d.platform.query = func(int) channels.Reply { return channels.Reply{Outcome: channels.NotFound, Verified: true} }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		for _, c := range []struct {
			wait        time.Duration
			state, says string
		}{
			{5 * time.Second, "paying", sayNotFoundYet.en},
			{5 * time.Second, "revoking", sayNotFoundYet.en},
			{time.Hour, "revoked", liveWords[channels.NotFound].en},
		} {
			after(c.wait)
			if c.state == "revoking" {
				if _, err := d.Cancel(context.Background(), s.ID, "pos"); err != nil {
					t.Fatal(err)
				}
			}
			v, live, err := d.Lookup(context.Background(), s.Reference)
			if err != nil || v.Payments[0].State != c.state || live.Message != c.says || live.Outcome != "not_found" {
				t.Errorf("%s: %s %+v, %v", c.state, v.Payments[0].State, live, err)
			}
		}
	})
}
