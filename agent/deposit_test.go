package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
	"tillpay/scanner"
)

// bank is a platform for deposits, with books of its own: a deposit is held for
// 30 days, is captured once, and goes back whole or in part.
type bank struct {
	mu       sync.Mutex
	start    time.Time
	log      []string
	n        map[string]int
	heldAt   time.Time
	captured int64
	returned bool
	booked   int // captures that moved money
	refunded int64
	// What a test makes of the n-th call: books tells whether it reaches the
	// books, and a nil reply is the bank's own.
	fault func(ctx context.Context, call string, n int) (books bool, r *channels.Reply)
}

func newBank() *bank { return &bank{start: time.Now(), n: map[string]int{}} }

// call notes a call and asks the test what becomes of it.
func (b *bank) call(ctx context.Context, name string) (bool, *channels.Reply) {
	b.mu.Lock()
	what, _, _ := strings.Cut(name, " ")
	b.n[what]++
	n, fault := b.n[what], b.fault
	b.log = append(b.log, name+"@"+time.Since(b.start).String())
	b.mu.Unlock()
	if fault == nil {
		return true, nil
	}
	return fault(ctx, what, n)
}

func (b *bank) calls() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.log, " ")
}

func (b *bank) count(what string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n[what]
}

func (b *bank) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func taken() channels.Reply { return channels.Reply{Outcome: channels.Accepted, Verified: true} }

func (b *bank) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	if p.Durable != nil && p.Durable(ctx) != nil {
		return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal}
	}
	if books, r := b.call(ctx, "pay"); !books {
		return *r
	}
	b.set(func() { b.heldAt = time.Now() })
	return paid()
}

func (b *bank) Query(ctx context.Context, _ channels.Order) channels.Reply {
	if _, r := b.call(ctx, "query"); r != nil {
		return *r
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.captured == 0 && !b.heldAt.IsZero() && time.Since(b.heldAt) >= 30*24*time.Hour {
		b.returned = true
	}
	r := channels.Reply{Outcome: channels.Paid, Verified: true, PlatformID: "4200001", PaidAt: b.heldAt, Captured: b.captured}
	if b.returned {
		r.Outcome = channels.Refunded
	}
	return r
}

func (b *bank) Capture(ctx context.Context, _ channels.Order, m channels.Money) channels.Reply {
	books, r := b.call(ctx, fmt.Sprintf("capture %d", m.Amount))
	b.mu.Lock()
	defer b.mu.Unlock()
	if books && b.captured == 0 && !b.returned {
		b.captured = m.Amount
		b.booked++
	}
	if r != nil {
		return *r
	}
	if b.captured != m.Amount {
		return channels.Reply{Outcome: channels.Refused, Verified: true, Code: "TRADE_OVERDUE", Reason: channels.TooLate}
	}
	return taken()
}

func (b *bank) Revoke(ctx context.Context, _ channels.Order) channels.Reply {
	books, r := b.call(ctx, "revoke")
	b.mu.Lock()
	defer b.mu.Unlock()
	if books && b.captured == 0 {
		b.returned = true
	}
	if r != nil {
		return *r
	}
	return taken()
}

func (b *bank) Refund(ctx context.Context, f channels.Refund) channels.Reply {
	b.call(ctx, "refund")
	b.set(func() { b.refunded += f.Amount.Amount })
	return taken()
}

func (b *bank) QueryRefund(ctx context.Context, _ channels.Refund) channels.Reply {
	b.call(ctx, "refund_query")
	return channels.Reply{Outcome: channels.Refunded, Verified: true}
}

func (b *bank) Sheet() channels.Sheet {
	s := newPlatform().Sheet()
	s.Currencies, s.Hold, s.RefundGap = []string{"CNY"}, 30*24*time.Hour, 0
	s.Undo = []channels.Undo{{How: channels.ByRevoke, MinAge: 15 * time.Second, Window: 30 * 24 * time.Hour}}
	return s
}

// vault is a till that has a bank for deposits and a platform for sales.
type vault struct {
	*desk
	bank *bank
}

func openVault(t *testing.T, dir string, b *bank) *vault {
	t.Helper()
	db, err := ledger.Open(context.Background(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatform()
	account := func(name string, c channels.Channel) *payment.Account {
		return &payment.Account{Name: name, Driver: "fake", Channel: c, Plan: payment.NewPlan(c.Sheet(), "advised", 45*time.Second)}
	}
	d := &desk{platform: p, paper: &paper{result: transport.Printed}, dir: dir, log: &diary{}}
	d.Till, err = New(context.Background(), Config{
		Place: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Shop"}, Currency: "CNY", Language: "en", Zone: time.UTC, DB: db,
		Accounts: map[string]*payment.Account{"wechat": account("wechat", p), "vault": account("vault", b)},
		Routes:   map[string]string{"wechat": "wechat", "deposit": "vault"}, Codes: scanner.Default(), CodeWait: 20 * time.Second,
		Printer: d.paper, Profile: profile, Log: slog.New(slog.NewTextHandler(d.log, nil)), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := errors.Join(<-ended, db.Close()); err != nil {
			t.Error(err)
		}
	}
	return &vault{d, b}
}

// runVault is run with a bank, and holds the bank's books against the till's.
func runVault(t *testing.T, f func(t *testing.T, v *vault)) {
	synctest.Test(t, func(t *testing.T) {
		v := openVault(t, t.TempDir(), newBank())
		f(t, v)
		v.agree(t)
	})
}

// agree ends the till and holds every book against the others.
func (v *vault) agree(t *testing.T) {
	t.Helper()
	page, err := v.Find(context.Background(), ledger.Search{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range page.Sales {
		if s.Kind != "deposit" {
			continue
		}
		if s.Captured != v.bank.captured || s.RefundedAmount != v.bank.refunded || (s.State == "released") != v.bank.returned {
			t.Errorf("the till says %s %d %d, the bank %+v", s.State, s.Captured, s.RefundedAmount, v.bank)
		}
	}
	if v.bank.booked > 1 {
		t.Errorf("captured %d times", v.bank.booked)
	}
	v.stop()
	if _, err := ledger.Verify(context.Background(), v.DB.Path()); err != nil {
		t.Error(err)
	}
}

// reopen is a restart of the till.
func (v *vault) reopen(t *testing.T) *vault {
	v.stop()
	return openVault(t, v.dir, v.bank)
}

// hold opens a deposit of 200 yuan and has it held.
func (v *vault) hold(t *testing.T) string {
	t.Helper()
	s, _, err := v.Open(context.Background(), NewSale{Reference: "d1", Amount: 20000, Currency: "CNY", Kind: "deposit", Description: "Room 3"})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	v.Scanned(context.Background(), "gun", code)
	synctest.Wait()
	if s = v.sale(t, s.ID); s.State != "held" || s.Receipt != "printed" || s.ReturnsAt == nil || s.Action != "done" {
		t.Fatalf("%+v", s)
	}
	return s.ID
}

func (v *vault) capture(t *testing.T, id string, amount int64) {
	t.Helper()
	if _, err := v.Capture(context.Background(), id, amount, "anna"); err != nil {
		t.Fatal(err)
	}
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

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
		if got := v.bank.calls(); got != "pay@0s query@0s capture 12000@0s query@0s" {
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

// lost is an answer that never came.
var lost = &channels.Reply{Reason: channels.Network}

// Whatever is lost between asking and knowing, the deposit is captured once, with
// the amount that was asked.
func TestLostAnswersCaptureOnce(t *testing.T) {
	for name, fault := range map[string]func(context.Context, string, int) (bool, *channels.Reply){
		"booked, no answer": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return true, ifCapture(call, n, 1, lost)
		},
		"not booked, no answer": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 1, ifCapture(call, n, 2, lost)
		},
		"not sent": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 2, ifCapture(call, n, 2, &channels.Reply{Outcome: channels.NotSent, Reason: channels.Network})
		},
		"system error": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 2, ifCapture(call, n, 2, &channels.Reply{Verified: true, Code: "SYSTEMERROR", Reason: channels.PlatformBusy})
		},
		"accepted and forgotten": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			reply := taken()
			return n > 1, ifCapture(call, n, 1, &reply)
		},
	} {
		t.Run(name, func(t *testing.T) {
			runVault(t, func(t *testing.T, v *vault) {
				id := v.hold(t)
				v.bank.set(func() {
					v.bank.fault = func(ctx context.Context, call string, n int) (bool, *channels.Reply) {
						if call != "capture" {
							return true, nil
						}
						return fault(ctx, call, n)
					}
				})
				v.capture(t, id, 12000)
				after(8 * time.Hour)
				if s := v.sale(t, id); s.State != "paid" || s.Captured != 12000 || v.bank.booked != 1 {
					t.Errorf("%+v, booked %d times", s, v.bank.booked)
				}
				queried := true
				for c := range strings.FieldsSeq(strings.ReplaceAll(v.bank.calls(), "capture ", "capture-")) {
					if strings.HasPrefix(c, "capture") && !queried {
						t.Errorf("asked again without a query: %s", v.bank.calls())
					}
					queried = strings.HasPrefix(c, "query")
				}
			})
		})
	}
}

// ifCapture is r for the first most captures.
func ifCapture(_ string, n, most int, r *channels.Reply) *channels.Reply {
	if n <= most {
		return r
	}
	return nil
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

// The till is stopped in every state of a capture and of a release; what follows
// settles the deposit once.
func TestRestartInEveryStateSettlesOnce(t *testing.T) {
	hang := func(books bool) func(context.Context, string, int) (bool, *channels.Reply) {
		return func(ctx context.Context, call string, n int) (bool, *channels.Reply) {
			if call == "capture" || call == "revoke" { // the answer is cut off by the end of the process
				<-ctx.Done()
				return books, lost
			}
			return true, nil
		}
	}
	silent := func(books bool, mute ...string) func(context.Context, string, int) (bool, *channels.Reply) {
		return func(_ context.Context, call string, _ int) (bool, *channels.Reply) {
			if slices.Contains(mute, call) {
				return books, lost
			}
			return true, nil
		}
	}
	accepted := func(books bool) func(context.Context, string, int) (bool, *channels.Reply) {
		return func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			switch call {
			case "capture", "revoke":
				r := taken()
				return books, &r
			}
			return true, fromSecond(n, lost)
		}
	}
	for name, c := range map[string]struct {
		fault func(context.Context, string, int) (bool, *channels.Reply)
		state string
	}{
		"asked, nothing sent":               {silent(true, "query"), "asked"},
		"asked, on the wire, booked":        {hang(true), "asked"},
		"asked, on the wire, not booked":    {hang(false), "asked"},
		"asked, unanswered, booked":         {silent(true, "capture", "revoke"), ""},
		"asked, unanswered, not booked":     {silent(false, "capture", "revoke"), "asked"},
		"accepted, booked, not proven":      {accepted(true), "accepted"},
		"accepted, not booked, not proven":  {accepted(false), "accepted"},
		"done, and the process ends behind": {nil, "done"},
	} {
		for _, kind := range []string{"capture", "release"} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := openVault(t, t.TempDir(), newBank())
					id := v.hold(t)
					after(time.Minute)
					v.bank.set(func() { v.bank.fault = c.fault })
					if kind == "capture" {
						v.capture(t, id, 12000)
					} else if _, err := v.Release(context.Background(), id, "anna"); err != nil {
						t.Fatal(err)
					}
					after(time.Second)
					if s := v.sale(t, id); c.state != "" && s.Settlement.State != c.state {
						t.Errorf("%+v", s.Settlement)
					}
					v.stop()
					v.bank.set(func() { v.bank.fault = nil })
					v = openVault(t, v.dir, v.bank)
					after(12 * time.Hour)
					s := v.sale(t, id)
					if s.Settlement.State != "done" || (s.State == "paid") != (kind == "capture") || kind == "capture" && v.bank.booked != 1 {
						t.Errorf("%+v %+v: %s", s, s.Settlement, v.bank.calls())
					}
					v.agree(t)
				})
			})
		}
	}
}

// A held deposit that nobody touches survives a restart as it is, and a deposit
// that was being paid becomes held.
func TestRestartOfAHeldDeposit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := openVault(t, t.TempDir(), newBank())
		v.bank.fault = func(_ context.Context, call string, _ int) (bool, *channels.Reply) {
			if call == "pay" {
				r := paying()
				v.bank.set(func() { v.bank.heldAt = time.Now() })
				return false, &r
			}
			return true, lost
		}
		s, _, err := v.Open(context.Background(), NewSale{Reference: "d1", Amount: 20000, Currency: "CNY", Kind: "deposit"})
		if err != nil {
			t.Fatal(err)
		}
		v.Scanned(context.Background(), "gun", code)
		after(time.Second)
		v.stop()
		v.bank.set(func() { v.bank.fault = nil })
		v = openVault(t, v.dir, v.bank)
		after(time.Second)
		v = v.reopen(t)
		after(time.Second)
		if s := v.sale(t, s.ID); s.State != "held" || s.Payments[0].State != "paid" {
			t.Errorf("%+v", s)
		}
		v.capture(t, s.ID, 20000)
		after(time.Second)
		if s := v.sale(t, s.ID); s.State != "paid" || s.Captured != 20000 {
			t.Errorf("%+v", s)
		}
		v.agree(t)
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

// fromSecond is r from the second call on.
func fromSecond(n int, r *channels.Reply) *channels.Reply {
	if n > 1 {
		return r
	}
	return nil
}
