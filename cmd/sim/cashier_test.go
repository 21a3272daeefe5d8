package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tillpay/agent"
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
	invites   bool        // shows the customer an order's code, in place of scanning his
}

func newCashier(w *world, sale int) *cashier {
	c := &cashier{w: w, sale: sale, d: throw(w.seed, aboutSale, sale)}
	c.order = agent.NewSale{Reference: fmt.Sprintf("r%d", sale), Amount: int64(1 + c.d.pick(200_000)), Currency: "CNY", Description: "Milk tea", Cashier: "anna"}
	if c.d.chance(0.09) {
		c.order.Kind = "deposit"
	}
	c.invites = c.d.chance(0.08) && drivers[c.channel()].house.prepares
	return c
}

// channel is where the sale's prepared orders go.
func (c *cashier) channel() string {
	if c.order.Kind == "deposit" {
		return "wechat-deposit"
	}
	return c.w.driver
}

// at is the way to the till that runs. A POS over HTTP hangs up now and then.
func (c *cashier) at(r *run) pos {
	if r.wire == nil {
		return methods{r.till, r.alive}
	}
	h := overHTTP{r: r}
	if c.whim(0.01, posHangsUp) {
		h.hangsUp = c.d.between(onTheWire/10, onTheWire)
	}
	return h
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
		asks := c.scan
		if c.invites {
			asks = c.invite
		}
		if !asks() {
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
		if answered && !again(err) {
			return err, false
		}
		c.nap(500*time.Millisecond, 3*time.Second)
	}
	c.w.fail("invariant 3: the till answers sale %d with %v, for ever", c.sale, err)
	return err, true
}

// together makes a call n times, one so long behind the other, and waits for all.
func together(n int, apart time.Duration, call func(i int)) {
	var all sync.WaitGroup
	for i := 1; i < n; i++ {
		all.Go(func() {
			time.Sleep(time.Duration(i) * apart)
			call(i)
		})
	}
	call(0)
	all.Wait()
}

// open posts the sale, perhaps several times at once, perhaps with another amount
// under the same reference.
func (c *cashier) open() bool {
	copies := 1
	if c.whim(0.02, posTwice) {
		copies = 2 + c.d.pick(3)
	}
	_, over := c.ask(func(r *run) error {
		views, errs := make([]*agent.Sale, copies), make([]error, copies)
		// At once, unless a commit is about to fail: whose that is must not be a race.
		apart := time.Duration(0)
		if r.store.isArmed() {
			apart = time.Millisecond
		}
		till := c.at(r)
		together(copies, apart, func(i int) { views[i], errs[i] = till.open(c.order) })
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
		err, over := c.ask(func(r *run) error { _, err := c.at(r).open(other); return err })
		if !over && !is(err, "reference_conflict") {
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
		errs := make([]error, copies)
		behind := c.d.between(0, 5*time.Millisecond)
		till := c.at(r)
		together(copies, behind, func(i int) { errs[i] = till.scan(c.id, code) })
		for _, err := range errs {
			if err == nil {
				return nil
			}
		}
		return errs[0]
	})
	switch {
	case over:
		return false
	case err == nil, is(err, "payment_under_way"), is(err, "sale_not_open"), is(err, "code_used"): // by an earlier call of ours
		return true
	}
	c.w.fail("sale %d: its code was not taken: %v", c.sale, err)
	return false
}

// invite has an order prepared that the customer pays in an app, perhaps twice at
// once.
func (c *cashier) invite() bool {
	c.try++
	copies := 1
	if c.whim(0.1, posPrepTwice) {
		copies = 2
	}
	driver := drivers[c.channel()]
	order := agent.NewOrder{Channel: c.channel(), Payer: driver.payer.members(), Options: driver.options.members()}
	err, over := c.ask(func(r *run) error {
		orders, errs := make([]*agent.Prepared, copies), make([]error, copies)
		behind := c.d.between(0, 5*time.Millisecond)
		till := c.at(r)
		together(copies, behind, func(i int) { orders[i], errs[i] = till.prepare(c.id, order) })
		for i, err := range errs {
			if err == nil {
				c.starts(orders[i].Payment.OutTradeNo, orders[i].PayParams)
				return nil
			}
		}
		return errs[0]
	})
	switch {
	case over:
		return false
	case err == nil, is(err, "payment_under_way"), is(err, "sale_not_open"):
		return true
	}
	c.w.fail("sale %d: its order was not prepared: %v", c.sale, err)
	return false
}

// starts holds what the customer's app is given against the platform's books.
func (c *cashier) starts(no string, params json.RawMessage) {
	if len(params) == 0 || string(params) == "null" {
		return
	}
	c.w.checked("4 what starts an order is its own")
	for _, o := range c.w.books(c.sale) {
		if o.no == no && bytes.Contains(params, []byte(o.id)) {
			return
		}
	}
	c.w.fail("%s is started with %s, and that is not the platform's", c.w.called(no), params)
}

// look reads the sale as the cashier's screen shows it.
func (c *cashier) look() {
	_, _ = c.ask(func(r *run) error {
		v, err := c.at(r).sale(c.id)
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
	for _, p := range v.Payments {
		c.starts(p.OutTradeNo, p.PayParams)
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

// minutes more has a customer who pays an order in an app: its deadline is five
// minutes.
const minutes = 5*time.Minute - 45*time.Second

// watch waits for the result, as long as it takes or patience lasts.
func (c *cashier) watch() string {
	patience, most := 3*time.Minute, undecided
	if c.invites {
		patience, most = patience+minutes, most+minutes
	}
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
		if at := time.Unix(0, max(begin.UnixNano(), c.w.upset.Load())); time.Since(at) > most {
			c.w.fail("invariant 3: sale %d is still being paid after %v, and nobody stopped the till meanwhile", c.sale, time.Since(at))
			return "cancelled"
		}
		if second && !c.invites && c.whim(1, posSecond) {
			second = false
			c.another()
			c.breathe()
		}
		if hasty {
			_, _ = c.ask(func(r *run) error { return c.at(r).check(c.id) })
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
	err, over := c.ask(func(r *run) error { return c.at(r).scan(c.id, codeOf(c.sale, c.try+1)) })
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
	err, over := c.ask(func(r *run) error { return c.at(r).cancel(c.id) })
	if err != nil && !over && !is(err, "sale_paid") && !is(err, "sale_held") {
		c.w.fail("sale %d could not be cancelled: %v", c.sale, err)
	}
}

// paid is what may follow: copies, captures, refunds.
func (c *cashier) paid() {
	if c.whim(0.02, posReprint) {
		_, _ = c.ask(func(r *run) error { return c.at(r).reprint(c.id) })
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
		if err := c.refund("x", all+1); !is(err, "refund_too_large") && !is(err, "sale_not_paid") && err != nil {
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
		err, _ = c.ask(func(run *run) error { return c.at(run).refund(c.id, r) })
	}
	return err
}

// settle captures or releases a held deposit, and waits for that.
func (c *cashier) settle() bool {
	c.nap(time.Second, 30*time.Second)
	if c.whim(0.1, posTooMuch) {
		err, over := c.ask(func(r *run) error { return c.at(r).capture(c.id, c.order.Amount+1) })
		if !over && !is(err, "capture_too_large") {
			c.w.fail("sale %d: a capture of more than is held answered %v", c.sale, err)
		}
	}
	amount := 1 + int64(c.d.pick(int(c.order.Amount)))
	release := c.d.chance(0.3)
	err, over := c.ask(func(r *run) error {
		if release {
			return c.at(r).release(c.id)
		}
		return c.at(r).capture(c.id, amount)
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
