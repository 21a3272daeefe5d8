package agent

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

var (
	undone   = channels.Reply{Outcome: channels.Revoked, Verified: true}
	notFound = channels.Reply{Outcome: channels.NotFound, Verified: true}
	noLine   = channels.Reply{Outcome: channels.NotSent, Reason: channels.Network, Message: "no route to host"}
	silence  = channels.Reply{Reason: channels.Network, Message: "deadline exceeded"}
)

func (p *platform) count(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n[what]
}

func (p *platform) wire(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.warm = err
}

func payments(v *Sale) string {
	var all []string
	for _, p := range v.Payments {
		all = append(all, p.State+" "+string(p.Reason))
	}
	return strings.Join(all, ", ")
}

// The network goes while the customer types the PIN. The deadline passes, the
// revoke is owed, and is made and proven within 30 s of the network's return:
// whether requests fail at once, or vanish.
func TestNetworkGoesAtThePIN(t *testing.T) {
	for name, dead := range map[string]channels.Reply{"refused": noLine, "black hole": silence} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				down, revoked := false, false
				p := d.platform
				p.pay = func(channels.Payment) channels.Reply { return paying() }
				p.query = func(int) channels.Reply {
					switch {
					case down && name == "black hole":
						time.Sleep(8 * time.Second)
						return dead
					case down:
						return dead
					case revoked:
						return undone
					}
					return paid() // the customer did pay
				}
				p.revoke = func(int) channels.Reply {
					if down {
						return dead
					}
					revoked = true
					return channels.Reply{Outcome: channels.Accepted, Verified: true}
				}
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				synctest.Wait()
				down = true
				p.wire(errors.New("no route to host"))
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				if v := d.sale(t, s.ID); payments(v) != "revoking deadline" || v.Action != "other_method" {
					t.Fatalf("%s %s", payments(v), v.Action)
				}
				if p.count("pay") != 1 || p.count("query") < 5 {
					t.Error(p.log())
				}
				down = false
				p.wire(nil)
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if v := d.sale(t, s.ID); payments(v) != "revoked deadline" {
					t.Errorf("%s, 30 s after the network came back: %s", payments(v), p.log())
				}
			})
		})
	}
}

// The cashier cancels while the Pay is on its way, and the Pay answers paid:
// it is never shown, it is given back, and the customer gets a slip.
func TestCancelWhileThePayIsInFlight(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { time.Sleep(5 * time.Second); return paid() }
		d.platform.query = func(int) channels.Reply {
			if d.platform.count("revoke") > 0 {
				return undone
			}
			return paid()
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(2 * time.Second)
		if _, err := d.Cancel(context.Background(), s.ID, "anna"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Cancel(context.Background(), s.ID, "anna"); err != nil {
			t.Errorf("a second cancel: %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "cancelled" || payments(v) != "revoked cashier_cancelled" || d.paper.slips != 1 {
			t.Errorf("%s, %s, %d slips", v.State, payments(v), d.paper.slips)
		}
		if got := d.platform.log(); got != "pay@0s query@20s revoke@20s query@20s" {
			t.Error(got)
		}
		history, err := d.History(context.Background(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range history {
			if e.Kind == "payment.paid" {
				t.Error("the journal says paid")
			}
		}
	})
}

// The platform does not revoke what is paid: the money goes back by refund.
func TestRevokeRefusedIsRefunded(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply { return silence }
		p.query = func(n int) channels.Reply {
			switch {
			case n < 14:
				return paying()
			}
			return paid()
		}
		p.revoke = func(int) channels.Reply {
			return channels.Reply{Outcome: channels.Refused, Reason: channels.TooLate, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if v := d.sale(t, s.ID); payments(v) != "revoked deadline" || v.State != "open" {
			t.Errorf("%s %s", v.State, payments(v))
		}
		if p.count("revoke") != 1 || p.count("refund") != 1 || !strings.Contains(p.log(), "revoke@44s query@44s refund@44s refund_query@44s") {
			t.Error(p.log())
		}
	})
}

// When the last way to undo is refused too, a person is called, once, on paper.
func TestUndoRefusedCallsAPerson(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		refused := channels.Reply{Outcome: channels.Refused, Verified: true}
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(n int) channels.Reply {
			if n < 13 {
				return paying()
			}
			return channels.Reply{Outcome: channels.Unknown}
		}
		d.platform.revoke = func(int) channels.Reply {
			d.platform.query = func(int) channels.Reply { return paid() }
			return refused
		}
		d.platform.refund = func(bool, int) channels.Reply { return refused }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "attention" || v.Action != "call_manager" || d.paper.slips != 1 || d.Status(context.Background()).Attention != 1 {
			t.Errorf("%s %s %s, %d slips", v.State, v.Action, payments(v), d.paper.slips)
		}
		if _, err := d.Scan(context.Background(), s.ID, "134650720866369999"); err == nil {
			t.Error("another payment beside one that nobody knows the end of")
		}
		before := d.platform.log()
		time.Sleep(24 * time.Hour)
		if d.platform.log() != before {
			t.Error("it goes on asking")
		}
	})
}

func TestThreeContradictionsCallAPerson(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(int) channels.Reply {
			return channels.Reply{Reason: channels.Mismatch, Verified: true, Message: "amount 1, not 8800"}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paying" {
			t.Errorf("a contradiction before the undo: %s", v.State)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "attention" {
			t.Errorf("%s %s", v.State, payments(v))
		}
		// It is the manager's now. The scanner is free for what comes.
		if _, armed := d.armed(); armed {
			t.Error("it is armed")
		}
		d.TypeOn = map[string]Typist{"gun": &typed{}}
		if e := says(t, d, "gun", "4006381333931"); e.Refused != "" || !e.TypedOn {
			t.Errorf("goods: %+v", e)
		}
		if e := says(t, d, "gun", v.Payments[0].OutTradeNo); e.Refused != "" || e.Sale != s.ID {
			t.Errorf("its receipt: %+v", e)
		}
		if e := says(t, d, "gun", "134650720866361396"); e.Refused != "waiting_for_sale" || e.Sale != "" {
			t.Errorf("the next customer's code: %+v", e)
		}
	})
}

// The platform knows no order, twice, and the till says so. Two minutes later
// the Pay has arrived after all: it is given back.
func TestNotFoundIsLookedAtAgain(t *testing.T) {
	for name, then := range map[string]channels.Reply{"paid": paid(), "the customer is asked": paying()} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				p := d.platform
				p.pay = func(channels.Payment) channels.Reply { return silence }
				p.query = func(int) channels.Reply {
					switch {
					case time.Since(p.start) < 100*time.Second:
						return notFound
					case time.Since(p.start) < 150*time.Second:
						return silence // the line is down when the late look is due
					case p.count("revoke") > 1:
						return undone
					}
					return then
				}
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				time.Sleep(time.Minute)
				synctest.Wait()
				v := d.sale(t, s.ID)
				if payments(v) != "revoked deadline" || p.count("pay") != 2 || p.count("revoke") != 1 {
					t.Fatalf("%s: %s", payments(v), p.log())
				}
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if v := d.sale(t, s.ID); payments(v) != "revoked deadline" || p.count("revoke") != 2 {
					t.Errorf("%s: %s", payments(v), p.log())
				}
			})
		})
	}
}

// A refusal that nobody signed is looked at until the platform answers.
func TestLateLookWaitsForTheNetwork(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply {
			return channels.Reply{Outcome: channels.Declined, Reason: channels.PlatformBusy}
		}
		p.query = func(int) channels.Reply {
			switch {
			case time.Since(p.start) < 10*time.Minute:
				return silence
			case p.count("revoke") > 0:
				return undone
			}
			return paid()
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Hour)
		synctest.Wait()
		if v := d.sale(t, s.ID); payments(v) != "revoked unverified" {
			t.Errorf("%s: %s", payments(v), p.log())
		}
		if got := p.count("query"); got > 15 {
			t.Errorf("%d queries", got)
		}
	})
}

// A commit that fails after the Pay never becomes a second Pay, and nothing is
// shown that is not on disk.
func TestDiskFailsAfterThePay(t *testing.T) {
	for name, answer := range map[string]channels.Reply{"paid": paid(), "unknown": silence, "paying": paying()} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				p := d.platform
				heal := func() {}
				p.pay = func(channels.Payment) channels.Reply {
					heal = breakDisk(t, d)
					return answer
				}
				p.query = func(int) channels.Reply {
					switch {
					case p.count("revoke") > 0:
						return undone
					case name == "unknown":
						return notFound
					}
					return answer
				}
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				time.Sleep(20 * time.Second)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.State != "paying" || payments(v) != "submitting " || d.paper.slips != 0 {
					t.Errorf("shown: %s %s, %d slips", v.State, payments(v), d.paper.slips)
				}
				if p.count("pay") != 1 {
					t.Error(p.log())
				}
				heal()
				if name == "paying" { // the ages count from the Pay's end, whatever was stored
					time.Sleep(1500 * time.Millisecond)
					if _, err := d.Cancel(context.Background(), s.ID, "anna"); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				want := map[string]string{"paid": "paid ", "unknown": "revoked deadline", "paying": "revoked cashier_cancelled"}[name]
				if v := d.sale(t, s.ID); payments(v) != want {
					t.Errorf("%s: %s", payments(v), p.log())
				}
				if p.count("pay") != 1 {
					t.Error(p.log())
				}
			})
		})
	}
}

// The first commit after the Pay fails, and the cashier cancels right behind:
// the undo still keeps its minimum age.
func TestDiskFailsAndTheAgeIsKept(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		heal := func() {}
		p.pay = func(channels.Payment) channels.Reply { heal = breakDisk(t, d); return paying() }
		p.query = func(int) channels.Reply {
			if p.count("revoke") > 0 {
				return undone
			}
			return paying()
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		heal()
		time.Sleep(1500 * time.Millisecond)
		if _, err := d.Cancel(context.Background(), s.ID, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := p.log(); !strings.HasSuffix(got, "query@15s revoke@15s query@15s") {
			t.Error(got)
		}
	})
}

func TestMidnight(t *testing.T) {
	var ahead atomic.Int64 // of the wall clock
	own := func(p *platform) channels.Channel { return p }
	runAt(t, own, func(t *testing.T, d *desk) {
		d.open(t, "forgotten")
		time.Sleep(24*time.Hour - 10*time.Second) // the bubble begins at midnight
		s := d.open(t, "r1")
		time.Sleep(15 * time.Second)
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Errorf("%s, armed %v", v.State, v.Armed)
		}
		if _, armed := d.armed(); armed {
			t.Error("yesterday's forgotten sale is armed")
		}
		ahead.Store(-int64(72 * time.Hour))
		if s, armed := d.armed(); armed {
			t.Errorf("a clock that was set back armed the forgotten sale of %s", s.Day)
		}
		if _, err := ledger.Verify(context.Background(), d.DB.Path()); err != nil {
			t.Error(err)
		}
	}, func(c *Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
}

// A cashier who hammers the key while a payment is undone asks once a second.
func TestHammeringIsSpaced(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply { return paying() }
		p.query = func(int) channels.Reply { return paying() }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(46 * time.Second)
		synctest.Wait()
		queries, revokes := p.count("query"), p.count("revoke")
		for range 30 {
			if _, err := d.Check(context.Background(), s.ID); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if q, r := p.count("query")-queries, p.count("revoke")-revokes; q > 8 || r > 4 || r == 0 {
			t.Errorf("%d queries and %d revokes in 3 s: %s", q, r, p.log())
		}
	})
}
