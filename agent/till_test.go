package agent

import (
	"context"
	"errors"
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

// call is one exchange that the fake platform saw.
type call struct {
	what string
	age  time.Duration // since the test began
}

// platform is a channel whose answers a test scripts. It has WeChat Pay
// Global's figures.
type platform struct {
	mu     sync.Mutex
	start  time.Time
	calls  []call
	pay    func(channels.Payment) channels.Reply
	query  func(n int) channels.Reply // n from 1
	revoke func(n int) channels.Reply
	refund func(asked bool, n int) channels.Reply
	warm   error
	hole   bool          // nothing answers, not even with an error
	lost   chan struct{} // says that the waiting connection is gone
	n      map[string]int
}

func newPlatform() *platform {
	return &platform{start: time.Now(), n: map[string]int{}, lost: make(chan struct{}, 1),
		pay:    func(channels.Payment) channels.Reply { return paid() },
		query:  func(int) channels.Reply { return paid() },
		revoke: func(int) channels.Reply { return channels.Reply{Outcome: channels.Accepted, Verified: true} },
		refund: func(asked bool, n int) channels.Reply {
			if asked {
				return channels.Reply{Outcome: channels.Accepted, Verified: true}
			}
			return channels.Reply{Outcome: channels.Refunded, Verified: true}
		},
	}
}

func paid() channels.Reply {
	return channels.Reply{Outcome: channels.Paid, Verified: true, PlatformID: "4200001", PaidAt: time.Now()}
}

func paying() channels.Reply { return channels.Reply{Outcome: channels.Paying, Verified: true} }

// changed orders what a test changes of its platform before time goes on (see after)
// before what the till's goroutines read behind it.
var changed gate

type gate struct{ mu sync.Mutex }

func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
}

func (p *platform) saw(what string) int {
	changed.pass()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call{what, time.Since(p.start)})
	p.n[what]++
	return p.n[what]
}

func (p *platform) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for i, c := range p.calls {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(c.what + "@" + c.age.String())
	}
	return b.String()
}

func (p *platform) Pay(ctx context.Context, q channels.Payment) channels.Reply {
	if q.Durable != nil {
		if err := q.Durable(ctx); err != nil {
			return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal}
		}
	}
	p.saw("pay")
	return p.pay(q)
}
func (p *platform) Query(context.Context, channels.Order) channels.Reply {
	return p.query(p.saw("query"))
}
func (p *platform) Revoke(context.Context, channels.Order) channels.Reply {
	return p.revoke(p.saw("revoke"))
}
func (p *platform) Refund(context.Context, channels.Refund) channels.Reply {
	return p.refund(true, p.saw("refund"))
}
func (p *platform) QueryRefund(context.Context, channels.Refund) channels.Reply {
	return p.refund(false, p.saw("refund_query"))
}
func (p *platform) Warm(ctx context.Context) error {
	p.mu.Lock()
	err, hole := p.warm, p.hole
	p.mu.Unlock()
	if hole {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}
func (p *platform) Lost() <-chan struct{} { return p.lost }

func (p *platform) Sheet() channels.Sheet {
	s := func(seconds ...float64) (all []time.Duration) {
		for _, x := range seconds {
			all = append(all, time.Duration(x*float64(time.Second)))
		}
		return all
	}
	return channels.Sheet{
		Driver: "fake", Wallets: []string{"wechat"}, Currencies: []string{"HKD"}, Presented: true, UnsignedDecline: true,
		Undo: []channels.Undo{
			{How: channels.ByRevoke, MinAge: 15 * time.Second, Window: 24 * time.Hour},
			{How: channels.ByRefund, Window: 365 * 24 * time.Hour},
		},
		RefundGap: time.Minute,
		Timing: channels.Timing{
			Advised: s(3.5, 6.5, 9.5, 12.5, 15.5, 18.5, 21.5, 24.5, 27.5, 31, 34.75, 39, 44), Deadline: 45 * time.Second,
			LateLooks: s(30, 120), NotFoundProof: 30 * time.Second, LateNotFound: 120 * time.Second, CodeLife: time.Minute,
		},
	}
}

// paper is a printer that answers as told.
type paper struct {
	mu     sync.Mutex
	slips  int
	result transport.Result
	took   time.Duration
}

func (p *paper) Name() string { return "paper" }
func (p *paper) Print(context.Context, []byte) (transport.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slips++
	time.Sleep(p.took)
	if p.result != transport.Printed {
		return p.result, errors.New("paper out")
	}
	return p.result, nil
}
func (p *paper) Status(context.Context) (transport.State, error) { return transport.State{}, nil }

// desk is a till on a fake platform, in a bubble of virtual time.
type desk struct {
	*Till
	platform *platform
	paper    *paper
	dir      string
	log      *diary
	stop     func()
}

// diary is a log that can be read while it is written.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func openDesk(t *testing.T, dir string, p *platform) *desk {
	t.Helper()
	return openDeskAt(t, dir, p, p)
}

// openDeskAt is openDesk with a channel of the test's own, and what else of the
// till is: nothing of it may change once the till works.
func openDeskAt(t *testing.T, dir string, p *platform, channel channels.Channel, tune ...func(*Config)) *desk {
	t.Helper()
	db, err := ledger.Open(context.Background(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{platform: p, paper: &paper{result: transport.Printed}, dir: dir, log: &diary{}}
	c := Config{
		Place: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Shop"}, Currency: "HKD", Language: "en", Zone: time.UTC,
		DB: db, Accounts: map[string]*payment.Account{"wechat": {Name: "wechat", Driver: "fake", Channel: channel, Plan: payment.NewPlan(channel.Sheet(), "advised", 45*time.Second)}},
		Routes: map[string]string{"wechat": "wechat"}, Codes: scanner.Default(), CodeWait: 20 * time.Second,
		Printer: d.paper, Profile: profile, Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now,
	}
	for _, f := range tune {
		f(&c)
	}
	if d.Till, err = New(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	return d
}

func (d *desk) open(t *testing.T, reference string) *Sale {
	t.Helper()
	v, _, err := d.Open(context.Background(), NewSale{Reference: reference, Amount: 8800, Currency: "HKD", Description: "tea"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *desk) sale(t *testing.T, id string) *Sale {
	t.Helper()
	v, err := d.Sale(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const code = "134650720866361395"

// run gives f a desk in virtual time, and checks the books at the end.
func run(t *testing.T, f func(t *testing.T, d *desk)) {
	runAt(t, func(p *platform) channels.Channel { return p }, f)
}

// runAt is run with a channel of the test's own.
func runAt(t *testing.T, channel func(*platform) channels.Channel, f func(t *testing.T, d *desk), tune ...func(*Config)) {
	synctest.Test(t, func(t *testing.T) {
		dir, p := t.TempDir(), newPlatform()
		d := openDeskAt(t, dir, p, channel(p), tune...)
		f(t, d)
		d.stop()
		if _, err := ledger.Verify(context.Background(), d.DB.Path()); err != nil {
			t.Error(err)
		}
	})
}

func TestHappyPaymentIsTwoCommits(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		synctest.Wait()
		before := d.DB.Commits()
		d.Printer = nil // the receipt's later states are commits of their own
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "paid" || v.Payments[0].State != "paid" || v.Payments[0].CodeLast4 != "1395" {
			t.Fatalf("%+v", v)
		}
		if got := d.DB.Commits() - before; got != 2 {
			t.Errorf("%d commits", got)
		}
		if d.platform.log() != "pay@0s" {
			t.Error(d.platform.log())
		}
	})
}

func TestCustomerAskedThenPaid(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(n int) channels.Reply {
			if n < 3 {
				return paying()
			}
			return paid()
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paying" || v.Action != "ask_customer" {
			t.Fatalf("%s %s", v.State, v.Action)
		}
		before := d.DB.Commits()
		time.Sleep(7 * time.Second)
		synctest.Wait()
		if got := d.DB.Commits() - before; got != 0 {
			t.Errorf("%d commits for queries that changed nothing", got)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "paid" || v.Receipt != "printed" || d.paper.slips != 1 {
			t.Errorf("%s %s %d", v.State, v.Receipt, d.paper.slips)
		}
		if got := d.platform.log(); got != "pay@0s query@3.5s query@6.5s query@9.5s" {
			t.Error(got)
		}
	})
}

func TestTimeOutIsRevokedAndProven(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(n int) channels.Reply {
			if n <= 13 {
				return paying()
			}
			return channels.Reply{Outcome: channels.Revoked, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "open" || v.Payments[0].State != "revoked" || v.Payments[0].Reason != "deadline" || !v.Armed {
			t.Errorf("%+v", v)
		}
		if got := d.platform.log(); !strings.HasSuffix(got, "query@39s query@44s revoke@44s query@44s") {
			t.Error(got)
		}
	})
}

func TestAnswerLostAndPaidLate(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply {
			time.Sleep(10 * time.Second)
			return channels.Reply{Reason: channels.Network}
		}
		d.platform.query = func(n int) channels.Reply {
			if n == 1 {
				return channels.Reply{Outcome: channels.NotFound, Verified: true}
			}
			return paid()
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" || len(v.Payments) != 1 {
			t.Errorf("%+v", v)
		}
		// one replay of the same bytes is allowed after a NotFound, and the query decides
		if got := d.platform.log(); got != "pay@0s query@13.5s pay@13.5s query@25.5s" {
			t.Error(got)
		}
	})
}

func TestCancelWaitsForTheMinimumAge(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(n int) channels.Reply {
			if d.platform.n["revoke"] == 0 {
				return paying()
			}
			return channels.Reply{Outcome: channels.Revoked, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(5 * time.Second)
		v, err := d.Cancel(context.Background(), s.ID, "anna")
		if err != nil || v.State != "cancelled" || v.Payments[0].State != "revoking" {
			t.Fatal(v, err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		v = d.sale(t, s.ID)
		if v.State != "cancelled" || v.Payments[0].State != "revoked" || v.Payments[0].Reason != "cashier_cancelled" {
			t.Errorf("%+v", v)
		}
		if got := d.platform.log(); got != "pay@0s query@3.5s query@15s revoke@15s query@15s" {
			t.Error(got)
		}
	})
}

func TestUnsignedRefusalIsLookedAtAgain(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply {
			return channels.Reply{Outcome: channels.Declined, Reason: channels.InsufficientFunds}
		}
		d.platform.query = func(n int) channels.Reply {
			if n <= 2 {
				return paid()
			}
			return channels.Reply{Outcome: channels.Refunded, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "open" || v.Payments[0].State != "declined" || v.Action != "other_method" {
			t.Fatalf("%+v", v)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.Payments[0].State != "revoked" {
			t.Errorf("%+v", v.Payments[0])
		}
		if got := d.platform.log(); got != "pay@0s query@30s revoke@30s query@30s query@35s" {
			t.Error(got)
		}
	})
}

func TestRestartAsksAndNeverPaysAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		p := newPlatform()
		p.pay = func(channels.Payment) channels.Reply { return paying() }
		p.query = func(int) channels.Reply { return paying() }
		d := openDesk(t, dir, p)
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(4 * time.Second)
		d.stop()
		p.query = func(int) channels.Reply { return paid() }
		d = openDesk(t, dir, p)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Errorf("%+v", v)
		}
		if got := p.log(); got != "pay@0s query@3.5s query@4s" {
			t.Error(got)
		}
		d.stop()
	})
}

func TestOfflineRefusesBeforeTheWire(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.warm = errors.New("no route to host")
		s := d.open(t, "r1")
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.Action != "other_method" {
			t.Errorf("%+v", v)
		}
		_, err := d.Scan(context.Background(), s.ID, code)
		var r *Refusal
		if !errors.As(err, &r) || r.Code != "offline" {
			t.Error(err)
		}
		if got := d.platform.log(); got != "" {
			t.Error(got)
		}
	})
}

func TestRefundToTheEnd(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		for _, reference := range []string{"f1", "f1"} {
			if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: reference, Amount: 800, Reason: "cold"}, "anna"); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 900, Reason: "cold"}, "anna"); !errors.Is(err, ledger.ErrConflict) {
			t.Error(err)
		}
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f2", Reason: "all"}, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		v := d.sale(t, s.ID)
		if v.State != "refunded" || v.RefundedAmount != 8800 || len(v.Refunds) != 2 || v.Refunds[0].State != "done" {
			t.Errorf("%+v", v)
		}
		if got := d.platform.log(); got != "pay@0s refund@0s refund_query@3s refund@1m0s refund_query@1m3s" {
			t.Error(got)
		}
	})
}
