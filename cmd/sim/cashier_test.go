package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
)

// cashier takes one sale from its POST to its end: an honest POS program, and a
// person at it who is in a hurry.
type cashier struct {
	w         *world
	d         *dice
	sale, try int
	order     agent.NewSale
	id        string
	seen      *agent.Sale // the last answer
	paidBy    string      // what the till said once
	cancelled bool        // and this
}

func newCashier(w *world, sale int) *cashier {
	c := &cashier{w: w, sale: sale, d: throw(w.seed, aboutSale, sale)}
	c.order = agent.NewSale{Reference: fmt.Sprintf("r%d", sale), Amount: int64(1 + c.d.pick(200_000)), Currency: "CNY", Description: "Milk tea", Cashier: "anna"}
	if c.d.chance(0.09) {
		c.order.Kind = "deposit"
	}
	return c
}

// whim is whether the POS misbehaves this time.
func (c *cashier) whim(p float64, f fault) bool {
	if !c.w.troubled() || !c.d.chance(p**trouble) {
		return false
	}
	c.w.met(c.sale, f)
	return true
}

func (c *cashier) nap(from, to time.Duration) { time.Sleep(c.d.between(from, to)) }

// breathe parts two acts of one cashier: what the till does upon the first would
// else race the second.
func (c *cashier) breathe() { c.nap(time.Millisecond, 20*time.Millisecond) }

func (c *cashier) serve() {
	w := c.w
	c.nap(200*time.Millisecond, 3*time.Second)
	w.attend(c.sale, true)
	defer w.attend(c.sale, false)
	if !c.open() {
		return
	}
	for c.try < 4 {
		if !c.scan() {
			break
		}
		switch c.watch() {
		case "paid", "held", "refunded", "released":
			c.paid()
			return
		case "cancelled", "attention":
			return
		}
		if c.d.chance(0.3) {
			break
		}
		c.nap(500*time.Millisecond, 4*time.Second)
	}
	c.cancel() // nobody pays
	if c.look(); c.seen.State == "paid" || c.seen.State == "held" {
		c.paid() // or did, at the last moment
	}
}

// ask calls the till until it answers: a POS program repeats what it does not
// know to have worked. It is false when the world is over.
func (c *cashier) ask(f func(r *run) error) (err error, over bool) {
	for range 400 {
		answered := c.w.with(func(r *run) { err = f(r) })
		select {
		case <-c.w.over:
			return err, true
		default:
		}
		if answered && !isStorage(err) {
			return err, false
		}
		c.nap(500*time.Millisecond, 3*time.Second)
	}
	c.w.fail("invariant 3: the till answers sale %d with %v, for ever", c.sale, err)
	return err, true
}

// isStorage tells that the till could not store: it may be asked again.
func isStorage(err error) bool {
	var refusal *agent.Refusal
	var invalid *agent.Invalid
	var much *payment.RefundTooMuch
	var late *payment.RefundTooLate
	var capture *payment.CaptureTooMuch
	var settled *payment.Settled
	switch {
	case err == nil, errors.As(err, &invalid), errors.As(err, &much), errors.As(err, &late), errors.As(err, &capture), errors.As(err, &settled):
		return false
	case errors.As(err, &refusal):
		return refusal.Code == "storage" || refusal.Code == "offline"
	}
	for _, known := range []error{ledger.ErrConflict, ledger.ErrNotFound, payment.ErrSaleOver, payment.ErrHeld, payment.ErrBusy, payment.ErrNotPaid, payment.ErrNotHeld, agent.ErrNoReceipt} {
		if errors.Is(err, known) {
			return false
		}
	}
	return true
}

// open posts the sale, perhaps several times at once, perhaps with another amount
// under the same reference.
func (c *cashier) open() bool {
	copies := 1
	if c.whim(0.02, posTwice) {
		copies = 2 + c.d.pick(3)
	}
	_, over := c.ask(func(r *run) error {
		var all sync.WaitGroup
		views, errs := make([]*agent.Sale, copies), make([]error, copies)
		// At once, unless a commit is about to fail: whose that is must not be a race.
		apart := time.Duration(0)
		if r.store.isArmed() {
			apart = time.Millisecond
		}
		for i := range copies {
			all.Add(1)
			go func() {
				defer all.Done()
				time.Sleep(time.Duration(i) * apart)
				views[i], _, errs[i] = r.till.Open(context.Background(), c.order)
			}()
		}
		all.Wait()
		if r.dead() {
			return errDead
		}
		for i, v := range views {
			if errs[i] != nil {
				return errs[i]
			}
			c.w.checked("R16 one POST, one sale")
			if c.id == "" {
				c.id, c.seen = v.ID, v
			} else if c.id != v.ID {
				c.w.fail("R16: reference %s is sale %s and sale %s", c.order.Reference, c.id, v.ID)
			}
		}
		return nil
	})
	if over {
		return false
	}
	if c.id == "" {
		c.w.fail("sale %d could not be opened", c.sale)
		return false
	}
	c.w.known(c.sale, c.id)
	if c.whim(0.01, posOther) {
		other := c.order
		other.Amount++
		err, over := c.ask(func(r *run) error { _, _, err := r.till.Open(context.Background(), other); return err })
		if !over && !errors.Is(err, ledger.ErrConflict) {
			c.w.fail("R16: reference %s was taken with another amount: %v", c.order.Reference, err)
		}
	}
	return true
}

// scan shows the till a code that the customer just called up.
func (c *cashier) scan() bool {
	if c.try > 0 && c.whim(0.1, posOldCode) { // the customer's screen has not moved on
		c.w.oldCode(c.sale, c.try)
		c.present(1)
		c.look()
		if c.seen != nil && c.seen.State == "paying" {
			return true
		}
	}
	c.try++
	c.w.show(c.sale, c.try)
	copies := 1
	if c.whim(0.02, posScanTwice) {
		copies = 2
	}
	return c.present(copies)
}

func (c *cashier) present(copies int) bool {
	code := codeOf(c.sale, c.try)
	err, over := c.ask(func(r *run) error {
		var all sync.WaitGroup
		errs := make([]error, copies)
		behind := c.d.between(0, 5*time.Millisecond)
		for i := range copies {
			all.Add(1)
			go func() {
				defer all.Done()
				time.Sleep(time.Duration(i) * behind)
				_, errs[i] = r.till.Scan(context.Background(), c.id, code)
			}()
		}
		all.Wait()
		for _, err := range errs {
			if err == nil {
				return nil
			}
		}
		return errs[0]
	})
	var refusal *agent.Refusal
	switch {
	case over:
		return false
	case err == nil:
		return true
	case errors.As(err, &refusal) && (refusal.Code == "payment_under_way" || refusal.Code == "sale_not_open" || refusal.Code == "code_used"):
		return true // an earlier call of ours did it
	}
	c.w.fail("sale %d: its code was not taken: %v", c.sale, err)
	return false
}

// look reads the sale as the cashier's screen shows it.
func (c *cashier) look() {
	_, _ = c.ask(func(r *run) error {
		v, err := r.till.Sale(context.Background(), c.id)
		if err == nil && !r.dead() {
			c.heard(v)
		}
		return err
	})
	if c.seen == nil {
		c.seen = &agent.Sale{}
	}
}

// heard holds what the till says against the platform's books, as it says it.
func (c *cashier) heard(v *agent.Sale) {
	c.seen = v
	w := c.w
	w.mu.Lock()
	w.seen[c.sale] = v
	w.mu.Unlock()
	w.say(name{sale: c.sale, try: c.try}, "screen "+v.State, 0, "")
	if c.cancelled = c.cancelled || v.State == "cancelled"; c.cancelled && v.State != "cancelled" {
		w.fail("invariant 2: sale %d was shown as cancelled, and is now %s", c.sale, v.State)
	}
	paid := v.State == "paid" || v.State == "held" || v.State == "refunded"
	if !paid && c.paidBy == "" {
		return
	}
	w.checked("2 told paid, and it is")
	by := ""
	for _, p := range v.Payments {
		if p.State == "paid" {
			by = p.OutTradeNo
		}
	}
	if by == "" || c.paidBy != "" && by != c.paidBy {
		if v.State != "released" {
			w.fail("invariant 2: sale %d was shown as paid by %s, and is now %s by %q", c.sale, c.paidBy, v.State, by)
		}
		return
	}
	c.paidBy = by
	for _, o := range w.books(c.sale) {
		if o.no == by && o.charged == c.order.Amount {
			return
		}
	}
	w.fail("invariant 2: sale %d is shown as %s by %s, and the platform has not charged it", c.sale, v.State, w.called(by))
}

// undecided is how long a payment may take until it is paid or given up: the
// deadline of 45 s from the end of the Pay, 10 s for that and for its replay, and 8 s each
// for a query under way at the deadline and the last one, with some to spare. Ages
// count from a restart.
const undecided = 100 * time.Second

// watch waits for the result, as long as it takes or patience lasts.
func (c *cashier) watch() string {
	patience := 3 * time.Minute
	if c.whim(0.04, posCancel) {
		patience = c.d.between(0, 50*time.Second)
	}
	hasty, second := c.whim(0.02, posHasty), c.d.chance(0.1)
	begin := time.Now()
	gap := 400 * time.Millisecond
	for {
		time.Sleep(c.d.between(gap, gap+gap/2))
		if gap *= 3; gap > 8*time.Second {
			gap = 8 * time.Second
		}
		c.look()
		select {
		case <-c.w.over:
			return "cancelled"
		default:
		}
		if c.seen.State != "paying" {
			return c.seen.State
		}
		if at := time.Unix(0, max(begin.UnixNano(), c.w.upset.Load())); time.Since(at) > undecided {
			c.w.fail("invariant 3: sale %d is still being paid after %v, and nobody stopped the till meanwhile", c.sale, time.Since(at))
			return "cancelled"
		}
		if second && c.whim(1, posSecond) {
			second = false
			c.another()
			c.breathe()
		}
		if hasty {
			_, _ = c.ask(func(r *run) error { _, err := r.till.Check(context.Background(), c.id); return err })
			c.breathe()
		}
		if time.Since(begin) > patience {
			c.cancel()
			c.look()
			return c.seen.State
		}
	}
}

// another is a second code while the first is still being paid with.
func (c *cashier) another() {
	c.w.show(c.sale, c.try+1)
	err, over := c.ask(func(r *run) error {
		_, err := r.till.Scan(context.Background(), c.id, codeOf(c.sale, c.try+1))
		return err
	})
	if err != nil || over {
		return
	}
	c.try++
	c.look()
	flying := 0
	for _, p := range c.seen.Payments {
		if p.State == "submitting" || p.State == "paying" {
			flying++
		}
	}
	if c.w.checked("4 one payment at a time"); flying > 1 {
		c.w.fail("invariant 4: sale %d has %d payments in flight", c.sale, flying)
	}
}

func (c *cashier) cancel() {
	err, over := c.ask(func(r *run) error { _, err := r.till.Cancel(context.Background(), c.id, "anna"); return err })
	if err != nil && !over && !errors.Is(err, payment.ErrSaleOver) && !errors.Is(err, payment.ErrHeld) {
		c.w.fail("sale %d could not be cancelled: %v", c.sale, err)
	}
}

// paid is what may follow: copies, captures, refunds.
func (c *cashier) paid() {
	if c.whim(0.02, posReprint) {
		_, _ = c.ask(func(r *run) error { _, err := r.till.Reprint(context.Background(), c.id, 1, "anna"); return err })
	}
	if c.order.Kind == "deposit" && !c.settle() {
		return
	}
	if !c.d.chance(0.1) {
		return
	}
	c.nap(time.Second, time.Minute)
	all := c.order.Amount
	if c.order.Kind == "deposit" {
		c.look()
		all = c.seen.Captured
	}
	if all < 2 {
		return
	}
	if c.whim(0.1, posTooMuch) {
		var much *payment.RefundTooMuch
		if err := c.refund("x", all+1); !errors.As(err, &much) && !errors.Is(err, payment.ErrNotPaid) && err != nil {
			c.w.fail("sale %d: a refund of more than it has answered %v", c.sale, err)
		} else if err == nil {
			c.w.fail("sale %d: a refund of more than it has was taken", c.sale)
		}
	}
	part := 1 + int64(c.d.pick(int(all-1)))
	if c.d.chance(0.5) {
		part = all
	}
	_ = c.refund("1", part)
	if part < all && c.d.chance(0.6) {
		c.nap(time.Second, 20*time.Second)
		_ = c.refund("2", 0) // the rest
	}
}

func (c *cashier) refund(which string, amount int64) (err error) {
	r := agent.NewRefund{Reference: fmt.Sprintf("f%d.%s", c.sale, which), Amount: amount, Reason: "cold"}
	times := 1
	if c.whim(0.1, posTwice) {
		times = 2
	}
	for range times {
		err, _ = c.ask(func(run *run) error { _, _, err := run.till.Refund(context.Background(), c.id, r, "pos"); return err })
	}
	return err
}

// settle captures or releases a held deposit, and waits for that.
func (c *cashier) settle() bool {
	c.nap(time.Second, 30*time.Second)
	if c.whim(0.1, posTooMuch) {
		var much *payment.CaptureTooMuch
		err, over := c.ask(func(r *run) error {
			_, err := r.till.Capture(context.Background(), c.id, c.order.Amount+1, "pos")
			return err
		})
		if !over && !errors.As(err, &much) {
			c.w.fail("sale %d: a capture of more than is held answered %v", c.sale, err)
		}
	}
	amount := 1 + int64(c.d.pick(int(c.order.Amount)))
	release := c.d.chance(0.3)
	err, over := c.ask(func(r *run) error {
		if release {
			_, err := r.till.Release(context.Background(), c.id, "pos")
			return err
		}
		_, err := r.till.Capture(context.Background(), c.id, amount, "pos")
		return err
	})
	if over {
		return false
	}
	if err != nil {
		c.w.fail("sale %d: its deposit could not be settled: %v", c.sale, err)
	}
	for range 60 {
		c.nap(2*time.Second, 4*time.Second)
		if c.look(); c.seen.State != "held" {
			break
		}
	}
	return c.seen.State == "paid"
}
