package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// merchant is a platform with books of its own, answers after 50 ms, limits a
// second, and a line to it that can be down.
type merchant struct {
	mu      sync.Mutex
	down    bool
	limits  channels.Limits // enforced: what is over is "too fast", and not booked
	second  map[string][]time.Time
	peak    map[string]int
	limited int
	orders  map[string]*bookedOrder
	refunds map[string]*bookedRefund
	wrong   []string
}

type bookedOrder struct {
	amount  int64
	revoked bool
	paid    bool
	back    []string // refunds, as they came
	lastAt  time.Time
}

type bookedRefund struct {
	order  string
	amount int64
	asked  int
	doneAt time.Time
}

const answersAfter = 50 * time.Millisecond

func newMerchant() *merchant {
	return &merchant{second: map[string][]time.Time{}, peak: map[string]int{}, orders: map[string]*bookedOrder{}, refunds: map[string]*bookedRefund{}}
}

// call is the way there: ok is false where no answer is the platform's own.
func (m *merchant) call(ctx context.Context, what string, limit int) (r channels.Reply, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return noLine, false
	}
	now := time.Now()
	recent := m.second[what]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
		recent = recent[1:]
	}
	if limit > 0 && len(recent) >= limit {
		m.second[what] = recent
		m.limited++
		return channels.Reply{Reason: channels.RateLimited, Verified: true, Code: "FREQUENCY_LIMITED"}, false
	}
	m.second[what] = append(recent, now)
	m.peak[what] = max(m.peak[what], len(m.second[what]))
	m.mu.Unlock()
	time.Sleep(answersAfter)
	m.mu.Lock()
	return channels.Reply{Verified: true}, true
}

func (m *merchant) say(format string, args ...any) {
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

func (m *merchant) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	if p.Durable != nil && p.Durable(ctx) != nil {
		return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal}
	}
	r, ok := m.call(ctx, "pay", 0)
	if !ok {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.orders[p.OutTradeNo] != nil {
		m.say("order %s was submitted twice", p.OutTradeNo)
	}
	o := &bookedOrder{amount: p.Amount.Amount, paid: p.Description != "asked"}
	m.orders[p.OutTradeNo] = o
	if !o.paid {
		return paying()
	}
	return paid()
}

func (m *merchant) Query(ctx context.Context, q channels.Order) channels.Reply {
	r, ok := m.call(ctx, "query", m.takes().Query)
	if !ok {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch o := m.orders[q.OutTradeNo]; {
	case o == nil:
		return notFound
	case o.revoked:
		return undone
	case o.paid:
		return paid()
	}
	return paying()
}

func (m *merchant) Revoke(ctx context.Context, q channels.Order) channels.Reply {
	r, ok := m.call(ctx, "revoke", m.takes().Undo)
	if !ok {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.orders[q.OutTradeNo]
	if o == nil || o.revoked {
		m.say("order %s was revoked twice, or is unknown", q.OutTradeNo)
		return notFound
	}
	o.revoked = true
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

func (m *merchant) Refund(ctx context.Context, q channels.Refund) channels.Reply {
	r, ok := m.call(ctx, "refund", m.takes().Refund)
	if !ok {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, now := m.orders[q.Order.OutTradeNo], time.Now()
	if f := m.refunds[q.RefundNo]; f != nil {
		m.say("refund %s reached the platform twice, and the first was answered", q.RefundNo)
		return channels.Reply{Outcome: channels.Accepted, Verified: true}
	}
	if !o.lastAt.IsZero() && now.Sub(o.lastAt) < time.Minute-2*answersAfter {
		m.say("refund %s came %s after another one of its order", q.RefundNo, now.Sub(o.lastAt))
	}
	o.back, o.lastAt = append(o.back, q.RefundNo), now
	m.refunds[q.RefundNo] = &bookedRefund{order: q.Order.OutTradeNo, amount: q.Amount.Amount, asked: 1, doneAt: now.Add(20 * time.Minute)}
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

// takes is how many calls a second are taken now.
func (m *merchant) takes() channels.Limits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limits
}

func (m *merchant) QueryRefund(ctx context.Context, q channels.Refund) channels.Reply {
	r, ok := m.call(ctx, "refund_query", m.takes().RefundQuery)
	if !ok {
		return r
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch f := m.refunds[q.RefundNo]; {
	case f == nil:
		return notFound
	case time.Now().Before(f.doneAt):
		return channels.Reply{Outcome: channels.Accepted, Verified: true}
	}
	return channels.Reply{Outcome: channels.Refunded, Verified: true}
}

func (m *merchant) Warm(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return errors.New("no route to host")
	}
	return nil
}

func (m *merchant) Sheet() channels.Sheet {
	s := newPlatform().Sheet()
	s.Limits = channels.Limits{Query: 300, Undo: 30, Refund: 150, RefundQuery: 300}
	return s
}

func (m *merchant) line(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

// backlog is a shop's evening without a network: what is owed, by kind.
type backlog struct {
	revokes, refunds, accepted []string // sales
	pairs                      []string // sales with two refunds owed
}

// shares of a hundred owed jobs. A refund prints a slip when the platform takes
// it, a revoke none; what was accepted before is only asked about.
const (
	ofRevokes  = 5
	ofRefunds  = 30
	ofAccepted = 34
	ofPairs    = 1
)

// openShop is a till at a merchant, on the folder of one before it.
func openShop(t *testing.T, dir string, m *merchant) *desk {
	t.Helper()
	return openDeskAt(t, dir, newPlatform(), m)
}

// owe makes n jobs that the network's going leaves behind: sales that are paid, some
// with a refund accepted, some whose customer is asked; the line goes; refunds are asked for.
func owe(t *testing.T, d *desk, m *merchant, n int) *backlog {
	t.Helper()
	b := &backlog{}
	var g sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan bool, 32) // who waits shares a commit
	each := func(count int, f func(i int)) {
		for i := range count {
			slots <- true
			g.Go(func() { defer func() { <-slots }(); f(i) })
		}
		g.Wait()
	}
	sell := func(i int, kind, what string, into *[]string) {
		v, _, err := d.Open(context.Background(), NewSale{Reference: fmt.Sprint(kind, i), Amount: 8800, Currency: "HKD", Description: what})
		if err == nil {
			_, err = d.Scan(context.Background(), v.ID, fmt.Sprintf("13%015d1", int(kind[0])*1_000_000_000+i))
		}
		mu.Lock()
		defer mu.Unlock()
		if *into = append(*into, v.ID); err != nil {
			t.Error(err)
		}
	}
	refund := func(id, reference string) {
		if _, _, err := d.Refund(context.Background(), id, NewRefund{Reference: reference + id, Amount: 100, Reason: "cold"}, "anna"); err != nil {
			t.Error(err)
		}
	}
	each(n*ofRefunds/100, func(i int) { sell(i, "refund", "tea", &b.refunds) })
	each(n*ofPairs/100, func(i int) { sell(i, "pair", "tea", &b.pairs) })
	each(n*ofAccepted/100, func(i int) { sell(i, "accepted", "tea", &b.accepted) })
	time.Sleep(time.Minute)
	each(len(b.accepted), func(i int) { refund(b.accepted[i], "a") })
	time.Sleep(time.Minute) // all of them accepted, each asked about once
	each(n*ofRevokes/100, func(i int) { sell(i, "undo", "asked", &b.revokes) })
	time.Sleep(5 * time.Second) // sixteen Pays at a time, 50 ms each: all have left
	m.line(true)
	time.Sleep(time.Minute)
	each(len(b.refunds), func(i int) { refund(b.refunds[i], "b") })
	each(len(b.pairs), func(i int) { refund(b.pairs[i], "c") })
	time.Sleep(2 * time.Hour)
	each(len(b.pairs), func(i int) { refund(b.pairs[i], "d") })
	return b
}

// states counts what has not come to rest, by kind.
func (b *backlog) left(t *testing.T, d *desk) (left int) {
	t.Helper()
	for _, ids := range [][]string{b.revokes, b.refunds, b.pairs} {
		for _, id := range ids {
			v := d.sale(t, id)
			for _, p := range v.Payments {
				if payment.State(p.State) == payment.Revoking || payment.State(p.State) == payment.Paying {
					left++
				}
			}
			if len(v.Refunds) > 0 && v.Refunds[0].State == "asked" { // of a pair the first: the second keeps its minute
				left++
			}
		}
	}
	return left
}

// atLeast is how long a backlog takes where the platform's limits are used to the
// full, each kind of call beside the others: no till can be faster.
func (b *backlog) atLeast(l channels.Limits) time.Duration {
	var longest time.Duration
	for _, line := range []struct{ owed, limit int }{
		{2 * len(b.revokes), l.Query}, {len(b.revokes), l.Undo}, {len(b.refunds) + len(b.pairs), l.Refund}, {len(b.accepted), l.RefundQuery},
	} {
		longest = max(longest, time.Duration(line.owed)*time.Second/time.Duration(line.limit))
	}
	return longest
}

// A day without a network, thousands of jobs owed, twenty plugs pulled: when it is
// back all is delivered within thirty seconds beyond what the platform's limits
// take, nothing twice, each order's refunds in their order and a minute apart, and
// no limit of the platform's is broken. A customer who comes meanwhile does not
// wait for any of it.
func TestADayOffline(t *testing.T) {
	owed := 100
	if n, err := strconv.Atoi(os.Getenv("TILLPAY_OWED")); err == nil {
		owed = n
	}
	synctest.Test(t, func(t *testing.T) {
		m := newMerchant()
		dir := t.TempDir()
		d := openShop(t, dir, m)
		b := owe(t, d, m, owed)
		const reboots = 20
		gone := 24*time.Hour - 3*time.Hour
		for i := range reboots {
			time.Sleep(gone / reboots)
			dir = reboot(t, d, dir, i%2 == 0)
			d = openShop(t, dir, m)
		}
		before := b.left(t, d)
		if want := owed*(ofRevokes+ofRefunds+ofPairs)/100 - 1; before < want {
			t.Fatalf("only %d are owed, not %d", before, want)
		}
		slips := d.paper.slips
		m.line(false)
		back := time.Now()
		customer(t, d)
		for b.left(t, d) > 0 && time.Since(back) < 10*time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		drained := time.Since(back)
		time.Sleep(5 * time.Minute) // the second of each pair has its own minute
		synctest.Wait()
		t.Logf("%d jobs owed (%d revokes, %d refunds, %d refund queries), %d reboots in 24 h: drained %s after the network's return; at most %v a second; %d slips",
			before+len(b.accepted), len(b.revokes), len(b.refunds)+2*len(b.pairs), len(b.accepted), reboots, drained.Round(100*time.Millisecond), m.peak, d.paper.slips-slips)
		if bar := 30*time.Second + b.atLeast(m.Sheet().Limits); drained > bar {
			t.Errorf("drained only after %s; the bar is %s, by the platform's limits", drained, bar)
		}
		m.judge(t, d, b)
		if want := len(b.refunds) + 2*len(b.pairs) + 1; d.paper.slips-slips != want {
			t.Errorf("%d slips, not %d: one for each refund, and the customer's receipt", d.paper.slips-slips, want)
		}
		d.stop()
		if _, err := ledger.Verify(context.Background(), d.DB.Path()); err != nil {
			t.Error(err)
		}
	})
}

// judge holds the books against what was asked.
func (m *merchant) judge(t *testing.T, d *desk, b *backlog) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, w := range m.wrong {
		if i < 10 {
			t.Error(w)
		}
	}
	for call, limit := range map[string]int{"query": 300, "revoke": 30, "refund": 150, "refund_query": 300} {
		if m.peak[call] > limit {
			t.Errorf("%d calls of %s in a second, and the platform takes %d", m.peak[call], call, limit)
		}
	}
	for _, id := range b.revokes {
		v := d.sale(t, id)
		if o := m.orders[v.Payments[0].OutTradeNo]; !o.revoked || v.Payments[0].State != "revoked" {
			t.Errorf("%s: %s, revoked %v", v.Reference, payments(v), o.revoked)
		}
	}
	for _, id := range append(append(b.refunds, b.pairs...), b.accepted...) {
		v := d.sale(t, id)
		o := m.orders[v.Payments[0].OutTradeNo]
		if len(o.back) != len(v.Refunds) {
			t.Fatalf("%s: the platform has refunds %v, the till %+v", v.Reference, o.back, v.Refunds)
		}
		for i, r := range v.Refunds {
			if o.back[i] != r.RefundNo || m.refunds[r.RefundNo].amount != r.Amount {
				t.Errorf("%s: refund %d is %s at the platform, and %s here", v.Reference, i, o.back[i], r.RefundNo)
			}
		}
	}
}

// customer pays while the backlog drains.
func customer(t *testing.T, d *desk) {
	t.Helper()
	time.Sleep(retryEvery + warmTimeout) // the till has noticed the network
	s := d.open(t, "now")
	if _, err := d.Scan(context.Background(), s.ID, code); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Second)
	if v := d.sale(t, s.ID); v.State != "paid" {
		t.Errorf("a customer waits for the backlog: %s", v.State)
	}
}

// reboot ends the till: by its plug, so that it starts on what was on disk, or in order.
func reboot(t *testing.T, d *desk, dir string, plug bool) string {
	t.Helper()
	if !plug {
		d.stop()
		return dir
	}
	next := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(d.DB.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(next, ledger.FileName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.stop()
	return next
}

// A platform that takes far less than it says, because others of the merchant's ask
// too, is asked ever more slowly: nothing is lost, nothing doubled.
func TestToldToSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMerchant()
		d := openShop(t, t.TempDir(), m)
		b := owe(t, d, m, 100)
		m.mu.Lock()
		m.limits = channels.Limits{Query: 10, Undo: 5, Refund: 5, RefundQuery: 10}
		m.mu.Unlock()
		m.line(false)
		back := time.Now()
		for b.left(t, d) > 0 && time.Since(back) < time.Hour {
			time.Sleep(10 * time.Second)
		}
		t.Logf("drained after %s, told to slow down %d times", time.Since(back).Round(time.Second), m.limited)
		time.Sleep(time.Hour)
		synctest.Wait()
		if slow := time.Since(back); slow > 70*time.Minute { // ten, and the hour of quiet
			t.Errorf("drained only after %s", slow)
		}
		if m.limited == 0 || m.limited > 300 {
			t.Errorf("told to slow down %d times", m.limited)
		}
		m.judge(t, d, b)
		d.stop()
	})
}
