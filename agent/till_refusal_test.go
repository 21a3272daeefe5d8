package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/scanner"
)

// refused is the stable code of a refusal.
func refused(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		if r.Message == "" || r.Action == "" {
			return "without a sentence: " + r.Code
		}
		return r.Code
	}
	return fmt.Sprint(err)
}

// Of two open sales the newest takes the code; the other one its own, once that
// is paid.
func TestOnlyTheNewestSaleIsArmed(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { time.Sleep(2 * time.Second); return paid() }
		first, second := d.open(t, "r1"), d.open(t, "r2")
		if a, b := d.sale(t, first.ID), d.sale(t, second.ID); a.Armed || !b.Armed || a.Action != "wait" || b.Action != "scan" {
			t.Errorf("armed: %v %s, %v %s", a.Armed, a.Action, b.Armed, b.Action)
		}
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Second)
		if a := d.sale(t, first.ID); a.Armed {
			t.Error("a sale is armed while a payment is in flight")
		}
		d.Scanned(context.Background(), "gun", "134650720866361396") // too early: for nobody
		time.Sleep(2 * time.Second)
		if a, b := d.sale(t, first.ID), d.sale(t, second.ID); a.State != "open" || !a.Armed || b.State != "paid" {
			t.Fatalf("%s %v, %s", a.State, a.Armed, b.State)
		}
		d.Scanned(context.Background(), "gun", "134650720866361397")
		time.Sleep(3 * time.Second)
		if a := d.sale(t, first.ID); a.State != "paid" || a.Payments[0].CodeLast4 != "1397" || d.platform.count("pay") != 2 {
			t.Errorf("%s: %s", a.State, d.platform.log())
		}
	})
}

// A code that was scanned before its sale waits 20 s for it, and no longer.
func TestCodeFirst(t *testing.T) {
	for after, want := range map[time.Duration]string{19 * time.Second: "paid", 21 * time.Second: "open"} {
		t.Run(after.String(), func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				d.Scanned(context.Background(), "gun", "134650720866360000")
				d.Scanned(context.Background(), "gun", code) // the newest counts
				time.Sleep(after)
				s := d.open(t, "r1")
				synctest.Wait()
				v := d.sale(t, s.ID)
				if v.State != want || want == "paid" && v.Payments[0].CodeLast4 != "1395" {
					t.Errorf("%s after %v", v.State, after)
				}
				d.open(t, "r2")
				synctest.Wait()
				if got := d.platform.count("pay"); got != len(v.Payments) {
					t.Errorf("%d payments", got)
				}
			})
		})
	}
}

// Whatever is no fresh code of a routed wallet sends nothing, and says why.
func TestNothingOnTheWire(t *testing.T) {
	const order = "2026112400010000100000000000"
	for _, c := range []struct{ name, text, want string }{
		{"goods", "4006381333931", "goods_barcode"},
		{"half a code", "1346507208", "half_code"},
		{"two codes", code + "134650720866361396", "two_codes"},
		{"a wallet without a route", "285012345678901234", "no_route"},
		{"our own receipt", order[:27] + string(scanner.CheckDigit(order[:27])), "order_number"},
		{"nonsense", "hello", "not_a_payment_code"},
		{"nothing", "", "not_a_payment_code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				s := d.open(t, "r1")
				if _, err := d.Scan(context.Background(), s.ID, c.text); refused(err) != c.want {
					t.Errorf("%v, want %s", refused(err), c.want)
				}
				d.Scanned(context.Background(), "gun", c.text)
				time.Sleep(time.Minute)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.State != "open" || len(v.Payments) != 0 || d.platform.log() != "" {
					t.Errorf("%s: %s", v.State, d.platform.log())
				}
			})
		})
	}
}

func TestTheSameCodeTwice(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply {
			time.Sleep(2 * time.Second)
			return channels.Reply{Outcome: channels.Declined, Verified: true, Reason: channels.InsufficientFunds}
		}
		s := d.open(t, "r1")
		for _, c := range []struct {
			wait time.Duration
			code string
			want string
		}{
			{0, code, "<nil>"},
			{time.Second, code, "<nil>"}, // the scanner read it twice: it is the same payment
			{0, "134650720866361396", "payment_under_way"},
			{5 * time.Second, code, "code_used"},
			{0, "134650720866361396", "<nil>"}, // refused before it left: it is fresh
		} {
			time.Sleep(c.wait)
			if _, err := d.Scan(context.Background(), s.ID, c.code); refused(err) != c.want {
				t.Errorf("%s: %s, want %s", c.code, refused(err), c.want)
			}
		}
		time.Sleep(5 * time.Second)
		if got := d.platform.count("pay"); got != 2 {
			t.Error(d.platform.log())
		}
	})
}

// A phone that stays before the scanner when it has paid is read again: its code
// waits for no sale.
func TestTheCodeThatJustPaid(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		first := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		if v := d.sale(t, first.ID); v.State != "paid" {
			t.Fatal(v.State)
		}
		if e := says(t, d, "gun", code); e.Refused != "code_used" || !strings.Contains(e.Message, "refresh") {
			t.Errorf("%+v", e)
		}
		notices, stop := d.hub.subscribe()
		defer stop()
		next := d.open(t, "r2")
		synctest.Wait()
		for len(notices) > 0 {
			if e, ok := (<-notices).Data.(ScanEvent); ok {
				t.Errorf("the next sale begins with %+v", e)
			}
		}
		if _, err := d.Cancel(context.Background(), next.ID, "pos"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(codeMemory + time.Second)
		if e := says(t, d, "gun", code); e.Refused != "waiting_for_sale" {
			t.Errorf("it is remembered for longer than a code lives: %+v", e)
		}
	})
}

// Two codes at once for one sale: one is submitted.
func TestOnePaymentAtATime(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { time.Sleep(time.Second); return paid() }
		s := d.open(t, "r1")
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Go(func() { _, errs[i] = d.Scan(context.Background(), s.ID, fmt.Sprintf("1346507208663613%02d", i)) })
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			if err == nil {
				taken++
			} else if refused(err) != "payment_under_way" {
				t.Error(err)
			}
		}
		time.Sleep(5 * time.Second)
		if v := d.sale(t, s.ID); taken != 1 || len(v.Payments) != 1 || v.State != "paid" || d.platform.count("pay") != 1 {
			t.Errorf("%d taken: %s", taken, d.platform.log())
		}
		if _, err := d.Scan(context.Background(), s.ID, "134650720866369999"); refused(err) != "sale_not_open" {
			t.Error(err)
		}
		if _, err := d.Cancel(context.Background(), s.ID, "anna"); !errors.Is(err, payment.ErrSaleOver) {
			t.Error(err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		good := NewSale{Reference: "r", Amount: 1, Currency: "HKD", Description: "tea"}
		for field, change := range map[string]func(*NewSale){
			"reference":         func(n *NewSale) { n.Reference = "" },
			"amount":            func(n *NewSale) { n.Amount = 0 },
			"amount:":           func(n *NewSale) { n.Amount = maxAmount + 1 },
			"currency":          func(n *NewSale) { n.Currency = "JPY" }, // no channel takes it
			"currency:":         func(n *NewSale) { n.Currency = "XXX" },
			"kind":              func(n *NewSale) { n.Kind = "deposit" },
			"description":       func(n *NewSale) { n.Description = strings.Repeat("茶", 128) },
			"cashier":           func(n *NewSale) { n.Cashier = "\xff" },
			"items[0].quantity": func(n *NewSale) { n.Items = []channels.Item{{Name: "tea"}} },
			"options":           func(n *NewSale) { n.Options = map[string]json.RawMessage{"attach": nil} },
		} {
			n := good
			change(&n)
			_, _, err := d.Open(context.Background(), n)
			var invalid *Invalid
			if !errors.As(err, &invalid) || invalid.Field != strings.TrimSuffix(field, ":") {
				t.Errorf("%s: %v", field, err)
			}
		}
		if page, err := d.Find(context.Background(), ledger.Search{}); err != nil || len(page.Sales) != 0 {
			t.Errorf("stored: %+v %v", page, err)
		}
		if d.platform.log() != "" {
			t.Error(d.platform.log())
		}
	})
}

// A thousand posts of one sale are one sale; another body is a conflict.
func TestOpenIsIdempotent(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids, made, conflicts := map[string]bool{}, 0, 0
		for i := range 1000 {
			wg.Go(func() {
				n := NewSale{Reference: "r1", Amount: 8800, Currency: "HKD", Description: "tea"}
				if i%10 == 9 {
					n.Amount = 8801
				}
				v, fresh, err := d.Open(context.Background(), n)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errors.Is(err, ledger.ErrConflict):
					conflicts++
					return
				case err != nil:
					t.Error(err)
					return
				}
				ids[v.ID] = true
				if fresh {
					made++
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || made != 1 || conflicts != 100 && conflicts != 900 {
			t.Errorf("%d sales, made %d times, %d conflicts", len(ids), made, conflicts)
		}
		if commits := d.DB.Commits(); commits >= 1000 {
			t.Errorf("%d commits", commits)
		}
		for id := range ids { // and it is paid once
			d.Scanned(context.Background(), "gun", code)
			synctest.Wait()
			if v, fresh, err := d.Open(context.Background(), NewSale{Reference: "r1", Amount: d.sale(t, id).Amount, Currency: "HKD", Description: "tea"}); err != nil || fresh || v.State != "paid" {
				t.Error(v, fresh, err)
			}
		}
	})
}

func TestRefundRefuses(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		ask := func(id, reference string, amount int64) error {
			_, _, err := d.Refund(context.Background(), id, NewRefund{Reference: reference, Amount: amount, Reason: "cold"}, "anna")
			return err
		}
		s, other := d.open(t, "r1"), d.open(t, "r2")
		if err := ask(other.ID, "f1", 100); !errors.Is(err, payment.ErrNotPaid) {
			t.Errorf("of an unpaid sale: %v", err)
		}
		for _, code := range []string{code, "134650720866361396"} {
			d.Scanned(context.Background(), "gun", code)
			synctest.Wait()
		}
		var much *payment.RefundTooMuch
		if err := ask(s.ID, "f1", 8801); !errors.As(err, &much) || much.Left.Amount != 8800 {
			t.Errorf("too large: %v", err)
		}
		var invalid *Invalid
		if err := ask(s.ID, "f1", -1); !errors.As(err, &invalid) {
			t.Errorf("negative: %v", err)
		}
		if err := ask(s.ID, "f1", 8000); err != nil {
			t.Fatal(err)
		}
		if err := ask(s.ID, "f2", 801); !errors.As(err, &much) || much.Left.Amount != 800 {
			t.Errorf("too large beside one that is under way: %v", err)
		}
		if err := ask(other.ID, "f1", 8000); !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("the reference of another sale's refund: %v", err)
		}
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { ask(other.ID, fmt.Sprint("o", i), 5000) })
		}
		wg.Wait()
		if v := d.sale(t, other.ID); len(v.Refunds) != 1 {
			t.Errorf("%d refunds of 50.00 of 88.00", len(v.Refunds))
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := d.platform.count("refund"); got != 2 {
			t.Error(d.platform.log())
		}
	})
}

// Refunds that the network holds up go on when it is back.
func TestRefundWaitsForTheNetwork(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		p, down := d.platform, true
		p.refund = func(asked bool, n int) channels.Reply {
			switch {
			case down:
				return noLine
			case asked:
				return channels.Reply{Outcome: channels.Accepted, Verified: true}
			}
			return channels.Reply{Outcome: channels.Refunded, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		p.wire(errors.New("no route to host"))
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Reason: "cold"}, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.Refunds[0].State != "asked" {
			t.Fatal(v.Refunds)
		}
		down = false
		p.wire(nil)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "refunded" {
			t.Errorf("30 s after the network came back: %+v %s", v.Refunds, p.log())
		}
	})
}
