package agent

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// Where commits are slow the Pay is built and signed beside them. It must leave
// once, after the commit, and not at all when the commit fails.
func TestSigningBesideTheCommit(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.engine.SlowCommit = -1 // every commit is slower
		var durable bool
		d.platform.pay = func(p channels.Payment) channels.Reply {
			durable = p.Durable != nil
			return paid()
		}
		for _, reference := range []string{"r1", "r2", "r3"} {
			s := d.open(t, reference)
			if _, err := d.Scan(context.Background(), s.ID, code[:15]+reference[1:]+"99"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if v := d.sale(t, s.ID); v.State != "paid" || !durable {
				t.Fatalf("%+v, through the gate: %v", v, durable)
			}
		}
		over := d.open(t, "r4")
		stored, err := d.DB.Sale(context.Background(), mustN(t, over.ID))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Cancel(context.Background(), over.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, err = d.engine.Submit(context.Background(), stored, d.links["wechat"].account, "wechat", channels.NewCode(code), time.Now())
		if !errors.Is(err, payment.ErrSaleOver) {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if n := d.platform.n["pay"]; n != 3 {
			t.Errorf("%d Pays left", n)
		}
	})
}

// A cashier cancels right behind the scan, before the payment's job has begun: what
// was not begun never leaves, and what was is undone from its end on, never early.
func TestCancelRightBehindTheScan(t *testing.T) {
	for _, slow := range []time.Duration{0, -1} { // -1: the Pay is begun beside the commit
		run(t, func(t *testing.T, d *desk) {
			d.engine.SlowCommit = slow
			var ended time.Time // the last Pay's, whose answer is lost
			d.platform.pay = func(channels.Payment) channels.Reply {
				time.Sleep(3 * time.Second)
				ended = time.Now()
				return channels.Reply{}
			}
			d.platform.revoke = func(int) channels.Reply {
				if age := time.Since(ended); age < 15*time.Second {
					t.Errorf("undone %s after the Pay", age)
				}
				return channels.Reply{Outcome: channels.Accepted, Verified: true}
			}
			for i := range 50 {
				d.platform.query = func(int) channels.Reply { return channels.Reply{Outcome: channels.NotFound, Verified: true} }
				s := d.open(t, fmt.Sprint("r", i))
				if _, err := d.Scan(context.Background(), s.ID, fmt.Sprintf("%s%03d", code[:15], i)); err != nil {
					t.Fatal(err)
				}
				if _, err := d.Cancel(context.Background(), s.ID, ""); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.State != "cancelled" || v.Payments[0].State != "revoked" {
					t.Fatalf("%s: %s", v.State, payments(v))
				}
			}
			t.Logf("%d of 50 Pays were begun before the cancel came", d.platform.n["pay"])
		})
	}
}

func mustN(t *testing.T, id string) int64 {
	t.Helper()
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
