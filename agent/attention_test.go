package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/transport"
	"tillpay/queue"
)

var refusing = channels.Reply{Outcome: channels.Refused, Verified: true}

// stuck makes a payment that the platform calls paid and does not take back.
func stuck(t *testing.T, d *desk) *Sale {
	t.Helper()
	d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
	d.platform.query = func(n int) channels.Reply {
		if n < 13 {
			return paying()
		}
		return paid()
	}
	d.platform.revoke = func(int) channels.Reply { return refusing }
	d.platform.refund = func(bool, int) channels.Reply { return refusing }
	s := d.open(t, "stuck")
	d.Scanned(context.Background(), "gun", code)
	after(time.Second)
	if _, err := d.Cancel(context.Background(), s.ID, "pos"); err != nil {
		t.Fatal(err)
	}
	d.platform.query = func(int) channels.Reply { return paid() }
	after(2 * time.Minute)
	return s
}

// matter is the only one on the list.
func matter(t *testing.T, d *desk) *Matter {
	t.Helper()
	all, err := d.Attention(context.Background(), "en")
	if err != nil || len(all) != 1 {
		t.Fatalf("%d matters, %v", len(all), err)
	}
	return all[0]
}

func standings(m *Matter) string {
	var all []string
	for _, c := range m.Choices {
		all = append(all, c.Choice+" "+string(c.Standing))
	}
	return strings.Join(all, ", ")
}

// journaled are the entries about attention of a sale, as kind and choice.
func journaled(t *testing.T, d *Till, id string) (all []string) {
	t.Helper()
	entries, err := d.History(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Topic() == "attention" {
			all = append(all, e.Kind+" "+string(e.Data))
		}
	}
	return all
}

func TestAPersonSaysThatItIsPaid(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := stuck(t, d)
		m := matter(t, d)
		if m.Kind != "payment" || m.Sale != s.ID || m.Amount != 8800 || m.Currency != "HKD" || m.Platform == nil || !m.Platform.Answered ||
			m.Platform.Message != "The platform says: paid." || standings(m) != "paid open, revoked confirm, undo_again open" {
			t.Fatalf("%+v %+v", m, m.Platform)
		}
		slips := d.paper.slips
		got, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "paid", Note: "seen in the console", By: "Chan"}, "manager", "en")
		if err != nil || got.Choice != "paid" || got.By != "Chan (manager)" || got.ClosedAt == nil || len(got.Choices) != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		after(time.Second)
		if v := d.sale(t, s.ID); v.State != "paid" || v.Payments[0].PlatformID != "4200001" || v.Payments[0].PaidAt == nil || d.paper.slips != slips+1 {
			t.Errorf("%s %+v, %d slips", v.State, v.Payments[0], d.paper.slips-slips)
		}
		if n := d.Status(context.Background()).Attention; n != 0 {
			t.Errorf("%d matters are left", n)
		}
		lines := journaled(t, d.Till, s.ID)
		if len(lines) != 2 || !strings.Contains(lines[1], `"by":"Chan (manager)"`) || !strings.Contains(lines[1], `"note":"seen in the console"`) ||
			!strings.Contains(lines[1], `"platform":"paid"`) || !strings.Contains(lines[1], `"choice":"paid"`) {
			t.Errorf("journaled %q", lines)
		}
		// The same again is answered as the first was; another is refused.
		again, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "paid", Note: "again"}, "pos", "en")
		if err != nil || again.Note != "seen in the console" {
			t.Errorf("%+v, %v", again, err)
		}
		var closed *MatterClosed
		if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "revoked", Note: "no"}, "pos", "en"); !errors.As(err, &closed) {
			t.Errorf("another choice: %v", err)
		}
	})
}

// What the platform proves is not overruled, and where it says nothing a person
// must mean it.
func TestAPersonIsNotSilentlyBelieved(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := stuck(t, d)
		m := matter(t, d)
		choose := func(choice string, confirm bool) error {
			_, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: choice, Note: "so it is", Confirm: confirm}, "manager", "en")
			return err
		}
		unproven := func(err error) Standing {
			var u *Unproven
			if !errors.As(err, &u) {
				return ""
			}
			return u.Standing
		}
		if err := choose("revoked", false); unproven(err) != StandsConfirm {
			t.Errorf("revoked against a paid answer: %v", err)
		}
		d.platform.query = func(int) channels.Reply { return channels.Reply{} }
		for _, choice := range []string{"paid", "revoked"} {
			if err := choose(choice, false); unproven(err) != StandsConfirm {
				t.Errorf("%s without an answer: %v", choice, err)
			}
		}
		d.platform.query = func(int) channels.Reply {
			return channels.Reply{Outcome: channels.Paid, Reason: channels.Mismatch, Verified: true}
		}
		if err := choose("paid", false); unproven(err) != StandsConfirm || !strings.Contains(err.Error(), "does not fit this order") {
			t.Errorf("paid by an answer about another order: %v", err)
		}
		d.platform.query = func(int) channels.Reply { return channels.Reply{Outcome: channels.Revoked, Verified: true} }
		for _, confirm := range []bool{false, true} {
			if err := choose("paid", confirm); unproven(err) != StandsContradicted {
				t.Errorf("paid against revoked, confirmed %t: %v", confirm, err)
			}
		}
		for choice, note := range map[string]string{"maybe": "so", "paid": "", "revoked": "  "} {
			var invalid *Invalid
			if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: choice, Note: note}, "manager", "en"); !errors.As(err, &invalid) {
				t.Errorf("choice %q, note %q: %v", choice, note, err)
			}
		}
		if v := d.sale(t, s.ID); v.Payments[0].State != "attention" {
			t.Errorf("moved to %s by what was refused", v.Payments[0].State)
		}
		if err := choose("revoked", false); err != nil {
			t.Errorf("revoked, as the platform says: %v", err)
		}
		after(time.Second)
		if v := d.sale(t, s.ID); v.Payments[0].State != "revoked" || v.State != "cancelled" {
			t.Errorf("%s, %s", v.State, v.Payments[0].State)
		}
	})
}

// A person may still say what became of a payment whose channel is gone.
func TestAPersonDecidesWithoutTheChannel(t *testing.T) {
	for choice, want := range map[string]string{"paid": "paid", "revoked": "revoked", "undo_again": "attention"} {
		t.Run(choice, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir, p := t.TempDir(), newPlatform()
				d := openDesk(t, dir, p)
				s := stuck(t, d)
				d.stop()
				d = openDeskAt(t, dir, p, p, func(c *Config) {
					c.Accounts["other"], c.Routes = c.Accounts["wechat"], map[string]string{"wechat": "other"}
					c.Accounts["other"].Name = "other"
					delete(c.Accounts, "wechat")
				})
				_, err := d.Resolve(context.Background(), matter(t, d).ID, Resolution{Choice: choice, Note: "their letter", Confirm: true}, "manager", "en")
				after(time.Minute)
				if state := d.sale(t, s.ID).Payments[0].State; state != want || (err == nil) != (choice == want) {
					t.Errorf("%s, %v", state, err)
				}
				d.stop()
				books(t, dir)
			})
		})
	}
}

// What stood in the way of the undo is mended: it is tried again from the start,
// also after a restart, and proven as ever.
func TestAPersonLetsItBeTriedAgain(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				d := openDesk(t, dir, newPlatform())
				s := stuck(t, d)
				p := d.platform
				if restart {
					d.stop()
					d = openDesk(t, dir, p)
				}
				undone := false
				p.revoke = func(int) channels.Reply { undone = true; return taken() }
				p.query = func(int) channels.Reply {
					if undone {
						return channels.Reply{Outcome: channels.Revoked, Verified: true}
					}
					return paid()
				}
				if _, err := d.Resolve(context.Background(), matter(t, d).ID, Resolution{Choice: "undo_again", Note: "topped up"}, "manager", "en"); err != nil {
					t.Fatal(err)
				}
				if v := d.sale(t, s.ID); v.Payments[0].State != "revoking" {
					t.Errorf("%s", v.Payments[0].State)
				}
				after(2 * time.Minute)
				if v := d.sale(t, s.ID); v.Payments[0].State != "revoked" || d.Status(context.Background()).Attention != 0 {
					t.Errorf("%s: %s", v.Payments[0].State, p.log())
				}
				d.stop()
				books(t, dir)
			})
		})
	}
}

func books(t *testing.T, dir string) {
	t.Helper()
	if _, err := ledger.Verify(context.Background(), dir+"/"+ledger.FileName); err != nil {
		t.Error(err)
	}
}

// An undo that nobody confirms is told within the hour, long before the
// platform's year is over; it goes on, and ends by itself when it may.
func TestALongUndoIsTold(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply { return paying() }
		p.query = func(int) channels.Reply { return paying() }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		after(29 * time.Minute)
		if n := d.Status(context.Background()).Attention; n != 0 {
			t.Fatalf("%d matters while it may still take its time", n)
		}
		after(3 * time.Minute)
		m := matter(t, d)
		if m.Kind != "undo" || m.Sale != s.ID || standings(m) != "wait open, stop confirm" {
			t.Fatalf("%+v %s", m, standings(m))
		}
		if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "wait", Note: "asked their support"}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		asked := p.count("query")
		after(23 * time.Hour)
		if n := d.Status(context.Background()).Attention; n != 0 || p.count("query") == asked {
			t.Errorf("%d matters a day later, and %d queries", n, p.count("query")-asked)
		}
		after(3 * time.Hour)
		if next := matter(t, d); next.ID == m.ID {
			t.Error("not told again")
		}
		p.query = func(int) channels.Reply { return channels.Reply{Outcome: channels.Closed, Verified: true} }
		after(2 * time.Hour)
		if n := d.Status(context.Background()).Attention; n != 0 || d.sale(t, s.ID).Payments[0].State != "revoked" {
			t.Errorf("%d matters, %s", n, d.sale(t, s.ID).Payments[0].State)
		}
	})
}

// Offline the list says so, and asks nobody; a person may stop the undo and
// settle by hand.
func TestAPersonStopsAnUndo(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p := d.platform
		p.pay = func(channels.Payment) channels.Reply { return silence }
		p.query = func(int) channels.Reply { return channels.Reply{Outcome: channels.NotSent, Reason: channels.Network} }
		p.revoke = func(int) channels.Reply { return channels.Reply{Outcome: channels.NotSent, Reason: channels.Network} }
		p.wire(errors.New("no route"))
		s := d.open(t, "r1")
		synctest.Wait() // it was found to be offline
		d.links["wechat"].set(NetworkOnline, "")
		d.Scanned(context.Background(), "gun", code)
		after(45 * time.Minute)
		asked := p.count("query")
		m := matter(t, d)
		if m.Kind != "undo" || m.Platform.Answered || m.Platform.Message != sayPlatformOffline.en || p.count("query") != asked {
			t.Fatalf("%+v %+v", m, m.Platform)
		}
		if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "stop", Note: "the line is dead for days", Confirm: true}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		asked = p.count("query")
		after(48 * time.Hour)
		next := matter(t, d)
		if next.Kind != "payment" || p.count("query") != asked || d.sale(t, s.ID).Payments[0].State != "attention" {
			t.Errorf("%+v, %d queries more", next, p.count("query")-asked)
		}
	})
}

// Cancelled, and the platform will not give it back: nobody may say that it does.
func TestACancelledSaleThatStaysCharged(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := stuck(t, d)
		v := d.sale(t, s.ID)
		if v.State != "cancelled" || v.Action != "call_manager" || v.Message != sayAttention.in("en", v.Payments[0].OutTradeNo) {
			t.Errorf("%s, %s: %q", v.State, v.Action, v.Message)
		}
		if _, err := d.Resolve(context.Background(), matter(t, d).ID, Resolution{Choice: "revoked", Note: "given back in the console", Confirm: true}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		if v := d.sale(t, s.ID); v.State != "cancelled" || v.Action != "done" || v.Message != sayCancelled.en {
			t.Errorf("%s, %s: %q", v.State, v.Action, v.Message)
		}
	})
}

// The same decision from many at once is one decision.
func TestManyDecideAtOnce(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := stuck(t, d)
		m := matter(t, d)
		var g sync.WaitGroup
		failed := make([]error, 24)
		for i := range failed {
			g.Go(func() {
				choice := []string{"paid", "revoked"}[i%2]
				_, failed[i] = d.Resolve(context.Background(), m.ID, Resolution{Choice: choice, Note: "so", Confirm: true}, "manager", "en")
			})
		}
		g.Wait()
		after(time.Minute)
		final, err := d.Matter(context.Background(), m.ID, "en")
		if err != nil || final.Choice == "" {
			t.Fatalf("%+v, %v", final, err)
		}
		for i, err := range failed {
			mine := []string{"paid", "revoked"}[i%2] == final.Choice
			var closed *MatterClosed
			if mine && err != nil || !mine && !errors.As(err, &closed) {
				t.Errorf("%d: %v, and it is %s", i, err, final.Choice)
			}
		}
		if n := len(journaled(t, d.Till, s.ID)); n != 2 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestAStuckRefund(t *testing.T) {
	closedAccount := channels.Reply{Outcome: channels.Refused, Reason: channels.AccountClosed, Verified: true, Code: "USER_ACCOUNT_ABNORMAL"}
	for choice, want := range map[string]string{"given_back": "done", "not_given_back": "refused", "again": "done"} {
		t.Run(choice, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				after(time.Second)
				d.platform.refund = func(bool, int) channels.Reply { return closedAccount }
				if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 3000, Reason: "cold"}, "pos"); err != nil {
					t.Fatal(err)
				}
				after(time.Minute)
				m := matter(t, d)
				if m.Kind != "refund" || m.Amount != 3000 || standings(m) != "given_back confirm, again open, not_given_back open" {
					t.Fatalf("%+v %s", m, standings(m))
				}
				d.platform.refund = func(asked bool, _ int) channels.Reply {
					if asked {
						return taken()
					}
					return channels.Reply{Outcome: channels.Refunded, Verified: true}
				}
				if choice == "not_given_back" {
					d.platform.refund = func(bool, int) channels.Reply { return refusing }
				}
				if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: choice, Note: "so", Confirm: true}, "manager", "en"); err != nil {
					t.Fatal(err)
				}
				after(time.Hour)
				v := d.sale(t, s.ID)
				back := map[string]int64{"done": 3000, "refused": 0}[want]
				if v.Refunds[0].State != want || v.RefundedAmount != back || d.Status(context.Background()).Attention != 0 {
					t.Errorf("%s, %d given back, %s", v.Refunds[0].State, v.RefundedAmount, d.platform.log())
				}
			})
		})
	}
}

// A refund that is refused while its customer stands there is told on the spot; one
// that is refused hours later, to nobody, is a matter.
func TestARefundRefusedBehindEverybodysBack(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		after(time.Second)
		d.platform.refund = func(bool, int) channels.Reply { return refusing }
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 1000, Reason: "cold"}, "pos"); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Second)
		if n := d.Status(context.Background()).Attention; n != 0 {
			t.Fatalf("%d matters of what was told at the counter", n)
		}
		d.platform.refund = func(bool, int) channels.Reply { return channels.Reply{} }
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f2", Amount: 1000, Reason: "cold"}, "pos"); err != nil {
			t.Fatal(err)
		}
		after(3 * time.Hour)
		if m := matter(t, d); m.Kind != "refund" || standings(m) != "wait open" {
			t.Fatalf("late: %+v %s", m, standings(m))
		}
		d.platform.refund = func(bool, int) channels.Reply { return refusing }
		after(3 * time.Hour)
		m := matter(t, d)
		if standings(m) != "seen open" || !strings.Contains(m.Message, "refused") {
			t.Fatalf("%+v %s", m, standings(m))
		}
		if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "seen", Note: "gave cash"}, "manager", "en"); err != nil {
			t.Error(err)
		}
	})
}

// An unknown print waits for a person's eyes.
func TestAnUnknownPrint(t *testing.T) {
	for _, choice := range []string{"came_out", "print_again"} {
		t.Run(choice, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				d.paper.answer(transport.Unknown)
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				after(time.Minute)
				m := matter(t, d)
				if m.Kind != "receipt" || m.Platform != nil || standings(m) != "came_out open, print_again open" || d.sale(t, s.ID).Receipt != "unknown" {
					t.Fatalf("%+v", m)
				}
				d.paper.answer(transport.Printed)
				slips := d.paper.slips
				if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: choice, Note: "looked"}, "manager", "en"); err != nil {
					t.Fatal(err)
				}
				after(time.Minute)
				want := map[string]int{"came_out": 0, "print_again": 1}[choice]
				if v := d.sale(t, s.ID); v.Receipt != "printed" || d.paper.slips-slips != want || v.Copies != want {
					t.Errorf("%s, %d slips, %d copies", v.Receipt, d.paper.slips-slips, v.Copies)
				}
			})
		})
	}
}

// A job that is given up, and one of money that fails on and on, are told.
func TestJobsAreTold(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		put := func(kind, key, payload string) {
			if err := d.DB.Update(context.Background(), func(tx *ledger.Tx) error {
				return d.queue.Put(tx, queue.Job{Kind: kind, Key: key, Payload: []byte(payload)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		put(jobPrint, "sale/1/0", "no slip")
		put("refund", "none", "")
		after(2 * time.Minute)
		all, err := d.Attention(context.Background(), "en")
		if err != nil || len(all) != 2 {
			t.Fatalf("%d matters, %v", len(all), err)
		}
		slices.SortFunc(all, func(a, b *Matter) int { return strings.Compare(a.Number, b.Number) })
		if got := all[0].Number + ": " + standings(all[0]) + "; " + all[1].Number + ": " + standings(all[1]); got !=
			"print/sale/1/0: try_again open, drop confirm; refund/none: try_again open" {
			t.Errorf("%s", got)
		}
		for _, choice := range []string{"try_again", "drop"} { // it is given up again, and then for good
			all, _ := d.Attention(context.Background(), "en")
			i := slices.IndexFunc(all, func(m *Matter) bool { return strings.HasPrefix(m.Number, "print/") })
			if i < 0 {
				t.Fatalf("before %s it is not on the list", choice)
			}
			if _, err := d.Resolve(context.Background(), all[i].ID, Resolution{Choice: choice, Note: "so", Confirm: true}, "manager", "en"); err != nil {
				t.Error(choice, err)
			}
			after(time.Minute)
		}
		if left := matter(t, d); left.Number != "refund/none" || d.queue.Depth() != 1 {
			t.Errorf("%s and %d jobs are left", left.Number, d.queue.Depth())
		}
	})
}

func TestADepositNeedsAPerson(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		after(26 * 24 * time.Hour)
		all, err := v.Attention(context.Background(), "en")
		if err != nil || len(all) != 1 || all[0].Kind != "deposit" || standings(all[0]) != "capture_all open, release open, let_return open" {
			t.Fatalf("%+v, %v", all, err)
		}
		if _, err := v.Resolve(context.Background(), all[0].ID, Resolution{Choice: "release", Note: "nothing broken"}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Minute)
		if s := v.sale(t, id); s.State != "released" || v.Status(context.Background()).Attention != 0 {
			t.Errorf("%s", s.State)
		}
	})
}

func TestACaptureRefusedIsAskedAgain(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		v.bank.fault = func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			if call == "capture" && n == 1 {
				return false, &channels.Reply{Outcome: channels.Refused, Verified: true, Code: "SYSTEM"}
			}
			return true, nil
		}
		v.capture(t, id, 3000)
		after(time.Hour)
		all, err := v.Attention(context.Background(), "en")
		if err != nil || len(all) != 1 || all[0].Kind != "settlement" || standings(all[0]) != "again open, release open, leave open" {
			t.Fatalf("%+v, %v", all, err)
		}
		if _, err := v.Resolve(context.Background(), all[0].ID, Resolution{Choice: "again", Note: "their mistake"}, "manager", "en"); err != nil {
			t.Fatal(err)
		}
		after(time.Hour)
		if s := v.sale(t, id); s.State != "paid" || s.Captured != 3000 || v.Status(context.Background()).Attention != 0 {
			t.Errorf("%s %d", s.State, s.Captured)
		}
	})
}

// capturedTooMuch has 150 yuan captured of a deposit of which 100 were asked.
func capturedTooMuch(t *testing.T, v *vault) (id string, m *Matter) {
	t.Helper()
	id = v.hold(t)
	v.bank.set(func() { v.bank.captured = 15000 })
	v.capture(t, id, 10000)
	after(time.Second)
	if m = matter(t, v.desk); standings(m) != "give_difference open, accept open" {
		t.Fatalf("%+v %s", m, standings(m))
	}
	return id, m
}

func TestTheDifferenceIsGivenBack(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id, m := capturedTooMuch(t, v)
		for range 2 { // the second one was lost on its way to the manager
			if _, err := v.Resolve(context.Background(), m.ID, Resolution{Choice: "give_difference", Note: "our mistake"}, "manager", "en"); err != nil {
				t.Error(err)
			}
		}
		after(time.Minute)
		if s := v.sale(t, id); len(s.Refunds) != 1 || s.RefundedAmount != 5000 || v.Status(context.Background()).Attention != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A refund on its way counts as given back, also one that was asked for while the
// manager looked at the list.
func TestTheDifferenceIsGivenBackOnce(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id, m := capturedTooMuch(t, v)
		n, err := ledger.ParseMatterID(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		row, err := v.DB.Matter(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := v.subject(context.Background(), row)
		if err != nil {
			t.Fatal(err)
		}
		v.bank.set(func() {
			v.bank.fault = func(_ context.Context, call string, _ int) (bool, *channels.Reply) {
				if call == "refund_query" {
					return true, &channels.Reply{Outcome: channels.Accepted, Verified: true}
				}
				return true, nil
			}
		})
		if _, _, err := v.Refund(context.Background(), id, NewRefund{Reference: "f1", Amount: 5000, Reason: "our mistake"}, "manager"); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		give := Resolution{Choice: "give_difference", Note: "our mistake"}
		closed := func(tx *ledger.Tx) error { return tx.CloseMatter(n, ledger.Closing{Choice: give.Choice}) }
		if err := refundDifference(context.Background(), v.Till, seen, give, closed); !errors.Is(err, payment.ErrDecided) {
			t.Errorf("beside another refund: %v", err)
		}
		if m = matter(t, v.desk); standings(m) != "accept open" {
			t.Errorf("%s", standings(m))
		}
		var invalid *Invalid
		if _, err := v.Resolve(context.Background(), m.ID, give, "manager", "en"); !errors.As(err, &invalid) {
			t.Errorf("behind another refund: %v", err)
		}
		v.bank.set(func() { v.bank.fault = nil })
		after(24 * time.Hour)
		if s := v.sale(t, id); len(s.Refunds) != 1 || s.RefundedAmount != 5000 {
			t.Errorf("%+v", s)
		}
	})
}

// Every kind says in three languages what happened and what can be done.
func TestMattersHaveWords(t *testing.T) {
	for kind, k := range matterKinds {
		if len(k.choices) < 2 {
			t.Errorf("%s: %d choices", kind, len(k.choices))
		}
		for _, c := range append(k.choices, justSeen) {
			if c.say.en == "" || c.say.zhCN == "" || c.say.zhHK == "" {
				t.Errorf("%s, %s: a language is missing", kind, c.name)
			}
		}
	}
	if matterKinds[payment.MatterPayment].ask == nil {
		t.Error("nobody asks about payments")
	}
}
