package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

func TestDepositIsCapturedInPartOnce(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		ctx, id := context.Background(), v.hold(t)
		if _, _, err := v.Refund(ctx, id, NewRefund{Reference: "f0", Reason: "early"}, "anna"); !errors.Is(err, payment.ErrNotPaid) {
			t.Errorf("a refund of what is held: %v", err)
		}
		if _, err := v.Cancel(ctx, id, "anna"); !errors.Is(err, payment.ErrHeld) {
			t.Errorf("a cancel: %v", err)
		}
		var much *payment.CaptureTooMuch
		if _, err := v.Capture(ctx, id, 20001, "anna"); !errors.As(err, &much) {
			t.Errorf("more than is held: %v", err)
		}
		if _, live, err := v.Lookup(ctx, "d1"); err != nil || !strings.Contains(live.Message, "held") {
			t.Errorf("%+v %v", live, err)
		}
		if page, err := v.Find(ctx, ledger.Search{State: "held"}); err != nil || len(page.Sales) != 1 {
			t.Errorf("%+v %v", page, err)
		}
		var settled *payment.Settled
		for range 2 { // while it is under way, and when it is done
			v.capture(t, id, 12000)
			v.capture(t, id, 12000)
			if _, err := v.Capture(ctx, id, 11999, "anna"); !errors.As(err, &settled) {
				t.Errorf("another amount: %v", err)
			}
			if _, err := v.Release(ctx, id, "anna"); !errors.As(err, &settled) {
				t.Errorf("a release after a capture: %v", err)
			}
			after(time.Second)
		}
		s := v.sale(t, id)
		if s.State != "paid" || s.Captured != 12000 || s.Settlement.State != "done" || s.Receipt != "printed" || s.ReturnsAt != nil || v.paper.slips != 2 {
			t.Errorf("%+v, %d slips", s, v.paper.slips)
		}
		if got := v.bank.calls(); got != "pay@0s query@0s query@0s capture 12000@0s query@0s" {
			t.Error(got)
		}
		if n := v.Status(ctx).QueueDepth; n != 0 {
			t.Errorf("%d jobs are left", n)
		}
	})
}

func TestRefundsOfADepositEndAtWhatWasCaptured(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		ctx, id := context.Background(), v.hold(t)
		v.capture(t, id, 12000)
		after(time.Second)
		var much *payment.RefundTooMuch
		if _, _, err := v.Refund(ctx, id, NewRefund{Reference: "f1", Amount: 12001, Reason: "x"}, "anna"); !errors.As(err, &much) || much.Left.Amount != 12000 {
			t.Errorf("%v", err)
		}
		for _, f := range []NewRefund{{Reference: "f2", Amount: 2000, Reason: "x"}, {Reference: "f3", Reason: "the rest"}} {
			if _, _, err := v.Refund(ctx, id, f, "anna"); err != nil {
				t.Fatal(err)
			}
		}
		after(time.Minute)
		if s := v.sale(t, id); s.State != "refunded" || s.RefundedAmount != 12000 {
			t.Errorf("%+v", s)
		}
	})
}

// TestDepositsDay: a day's report says the same for ever, and has what was captured on
// that day, wherever it was and whenever it was held.
func TestDepositsDay(t *testing.T) {
	for _, console := range []bool{false, true} {
		runVault(t, func(t *testing.T, v *vault) {
			day := func() string { return v.Now().UTC().Format(time.DateOnly) }
			report := func(date string) []ledger.DayTotal {
				d, err := v.Day(context.Background(), date)
				if err != nil {
					t.Fatal(err)
				}
				return d.Totals
			}
			first, id := day(), v.hold(t)
			if got := report(first); len(got) != 0 {
				t.Errorf("the day on which it is held: %+v", got)
			}
			after(3 * 24 * time.Hour)
			fourth := day()
			if console {
				v.bank.set(func() { v.bank.captured = 12000 })
				after(27*24*time.Hour + 10*time.Minute) // the till looks when it should have gone back
				fourth = day()
			} else {
				v.capture(t, id, 12000)
				after(time.Second)
			}
			captured := ledger.DayTotal{Channel: "vault", Currency: "CNY", Payments: 1, Paid: 12000}
			if got := report(fourth); len(report(first)) != 0 || len(got) != 1 || got[0] != captured {
				t.Errorf("captured on %s (console %v): %+v, and on %s %+v", fourth, console, got, first, report(first))
			}
			after(24 * time.Hour)
			if _, _, err := v.Refund(context.Background(), id, NewRefund{Reference: "f1", Amount: 2000, Reason: "x"}, "anna"); err != nil {
				t.Fatal(err)
			}
			after(time.Minute)
			back := ledger.DayTotal{Channel: "vault", Currency: "CNY", Refunds: 1, Refunded: 2000}
			if got := report(day()); len(got) != 1 || got[0] != back || !slices.Equal(report(fourth), []ledger.DayTotal{captured}) {
				t.Errorf("given back on %s: %+v, %+v", day(), got, report(fourth))
			}
		})
	}
}

func TestReleaseWaitsForItsAgeAndIsProven(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		ctx, id := context.Background(), v.hold(t)
		for range 2 {
			if _, err := v.Release(ctx, id, "anna"); err != nil {
				t.Fatal(err)
			}
		}
		var settled *payment.Settled
		if _, err := v.Capture(ctx, id, 1, "anna"); !errors.As(err, &settled) {
			t.Errorf("a capture while it is released: %v", err)
		}
		v.engine.Online("vault") // hurries nothing past the minimum age
		after(10 * time.Second)
		if s := v.sale(t, id); s.State != "held" || s.Action != "wait" {
			t.Errorf("%+v", s)
		}
		after(10 * time.Second)
		if s := v.sale(t, id); s.State != "released" || s.Captured != 0 || s.Settlement.State != "done" || v.paper.slips != 2 {
			t.Errorf("%+v, %d slips", s, v.paper.slips)
		}
		if got := v.bank.calls(); got != "pay@0s query@15s revoke@15s query@15s" {
			t.Error(got)
		}
		if _, err := v.Capture(ctx, id, 1, "anna"); !errors.As(err, &settled) {
			t.Errorf("a capture after a release: %v", err)
		}
	})
}

func TestRefusedCaptureLeavesTheDepositHeld(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		v.bank.set(func() {
			v.bank.fault = func(_ context.Context, call string, n int) (bool, *channels.Reply) {
				if call == "capture" && n == 1 {
					return false, &channels.Reply{Outcome: channels.Refused, Verified: true, Code: "PARAM_ERROR", Reason: channels.MerchantConfig}
				}
				return true, nil
			}
		})
		v.capture(t, id, 12000)
		after(time.Second)
		s := v.sale(t, id)
		if s.State != "held" || s.Settlement.State != "refused" || s.Settlement.Code != "PARAM_ERROR" || s.Action != "call_manager" {
			t.Errorf("%+v %+v", s, s.Settlement)
		}
		v.capture(t, id, 9000) // another one takes its place
		after(time.Second)
		if s := v.sale(t, id); s.State != "paid" || s.Captured != 9000 {
			t.Errorf("%+v", s)
		}
	})
}

// A capture made elsewhere is what the books say, and a person is told.
func TestCapturedOtherwiseNeedsAPerson(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		v.bank.set(func() { v.bank.captured = 3000 })
		v.capture(t, id, 12000)
		after(time.Second)
		s := v.sale(t, id)
		if s.State != "paid" || s.Captured != 3000 || s.Settlement.State != "attention" || s.Action != "call_manager" || v.Status(context.Background()).Attention != 1 {
			t.Errorf("%+v %+v", s, s.Settlement)
		}
		if n := v.bank.count("capture"); n != 0 {
			t.Errorf("%d captures", n)
		}
	})
}

// It went back before it was captured: the customer owes, and the manager knows.
func TestReturnedBeforeTheCapture(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		v.bank.set(func() { v.bank.returned = true })
		v.capture(t, id, 12000)
		after(time.Second)
		if s := v.sale(t, id); s.State != "released" || s.Settlement.State != "refused" || s.Settlement.Reason != channels.TooLate || s.Action != "call_manager" {
			t.Errorf("%+v %+v", s, s.Settlement)
		}
	})
}

func (v *vault) warnings(t *testing.T, id string) (days []string) {
	t.Helper()
	entries, err := v.History(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == "attention.deposit" {
			days = append(days, e.At.Sub(v.bank.heldAt).Round(time.Hour).String())
		}
	}
	return days
}

// The automatic return is warned of once a day from day 25 on, also over
// restarts, and found after day 30.
func TestAutomaticReturnIsWarnedOfAndFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		v := openVault(t, t.TempDir(), newBank())
		id := v.hold(t)
		after(25*day - time.Minute)
		if s := v.sale(t, id); s.Action != "done" || len(v.warnings(t, id)) != 0 {
			t.Errorf("too early: %+v", s)
		}
		after(2 * time.Minute)
		if s := v.sale(t, id); s.Action != "call_manager" || !strings.Contains(s.Message, "by itself") || len(v.warnings(t, id)) != 1 {
			t.Errorf("%+v", s)
		}
		v = v.reopen(t)
		after(time.Hour)
		v = v.reopen(t)
		after(5*day - 2*time.Hour)
		if got := v.warnings(t, id); !slices.Equal(got, []string{"600h0m0s", "624h0m0s", "648h0m0s", "672h0m0s", "696h0m0s"}) {
			t.Error(got)
		}
		if n := v.bank.count("query"); n != 0 {
			t.Errorf("%d queries before it can have gone back", n)
		}
		after(2 * time.Hour)
		if s := v.sale(t, id); s.State != "released" || s.Settlement != nil || v.paper.slips != 0 {
			t.Errorf("%+v, %d slips", s, v.paper.slips)
		}
		if _, err := v.Release(context.Background(), id, "anna"); err != nil {
			t.Errorf("a release of what went back by itself: %v", err)
		}
		v.agree(t)
	})
}

// What was captured in the merchant's own console is found at the latest then.
func TestCaptureInTheConsoleIsFound(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		id := v.hold(t)
		v.bank.set(func() { v.bank.captured = 7000 })
		after(31 * 24 * time.Hour)
		if s := v.sale(t, id); s.State != "paid" || s.Captured != 7000 {
			t.Errorf("%+v", s)
		}
	})
}

func TestDepositsAndSalesKeepApart(t *testing.T) {
	runVault(t, func(t *testing.T, v *vault) {
		ctx := context.Background()
		var invalid *Invalid
		if _, _, err := v.Open(ctx, NewSale{Reference: "d1", Amount: 1, Currency: "HKD", Kind: "deposit"}); !errors.As(err, &invalid) || invalid.Field != "currency" {
			t.Errorf("a deposit in a currency that its channel does not take: %v", err)
		}
		if _, _, err := v.Open(ctx, NewSale{Reference: "d2", Amount: 1, Currency: "HKD", Kind: "loan"}); !errors.As(err, &invalid) || invalid.Field != "kind" {
			t.Errorf("another kind: %v", err)
		}
		v.Routes["wechat"] = "vault" // a sale there would be held, and returned after 30 days
		if _, _, err := v.Open(ctx, NewSale{Reference: "s1", Amount: 1, Currency: "CNY"}); !errors.As(err, &invalid) || invalid.Field != "currency" {
			t.Errorf("a sale with a channel for deposits alone: %v", err)
		}
		v.Routes["wechat"] = "wechat"
		s := v.open(t, "s2")
		v.Routes["wechat"] = "vault"
		var refusal *Refusal
		if _, err := v.Scan(ctx, s.ID, code); !errors.As(err, &refusal) || refusal.Code != "no_route" {
			t.Errorf("a sale's code to the channel for deposits: %v", err)
		}
		if v.bank.count("pay") != 0 {
			t.Error("it was sent")
		}
	})
}
