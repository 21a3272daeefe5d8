package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	ahead    time.Duration // of the till's clock
	log      []string
	n        map[string]int
	heldAt   time.Time
	captured int64
	returned bool
	booked   int // captures that moved money
	refunded int64
	proved   int   // how often its certificate was
	refuses  error // of it
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
	if _, r := b.call(ctx, "refund_query"); r != nil {
		return *r
	}
	return channels.Reply{Outcome: channels.Refunded, Verified: true}
}

func (b *bank) Sheet() channels.Sheet {
	s := newPlatform().Sheet()
	s.Currencies, s.Hold, s.RefundGap = []string{"CNY"}, 30*24*time.Hour, 0
	s.Undo = []channels.Undo{{How: channels.ByRevoke, MinAge: 15 * time.Second, Window: 30 * 24 * time.Hour}}
	return s
}

// vault is a till that has a bank for deposits and a platform for sales.
// CertificateExpires and ProveCertificate make it a bank that wants a certificate
// shown before money goes back.
func (b *bank) CertificateExpires() time.Time { return b.start.AddDate(20, 0, 0) }

func (b *bank) ProveCertificate(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proved++
	return b.refuses
}

func (b *bank) certificate(refuses error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = refuses
}

func (b *bank) proofs() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.proved
}

type vault struct {
	*desk
	bank *bank
}

func openVault(t *testing.T, dir string, b *bank) *vault {
	t.Helper()
	now := func() time.Time { return time.Now().Add(b.ahead) }
	db, err := ledger.Open(context.Background(), dir, now)
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
		Printer: d.paper, Profile: profile, Log: slog.New(slog.NewTextHandler(d.log, nil)), Now: now,
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
	changed.pass()
	time.Sleep(d)
	synctest.Wait()
}
