package main

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"
)

// bank is a payment platform's books: who was charged what. It shares no code
// with the agent, its drivers or the sandbox; the three protocols in front of it
// only translate. It is as awkward as the platforms' pages allow: undoing an
// order that it does not know succeeds and does nothing, an undo may have to be
// asked for twice, and an order can stay invisible for seconds.
type bank struct {
	w *world
	house

	mu       sync.Mutex
	orders   map[string]*order
	byID     map[string]*order
	byRefund map[string]*order
	codes    map[string]string // payment code to the order that used it
	wrongs   []string          // what no till may ever ask
}

// house is what one platform does in its own way.
type house struct {
	undoAge  time.Duration // before which no order may be undone, or closed
	liveIn   time.Duration // how long after the last fault every payment must have its end (R15)
	ebbs     bool          // there is no reversal: what is paid goes back as a refund, which may be refused for good
	lingers  bool          // a closed order may go on answering as unpaid
	prepares bool          // orders that a customer pays in an app, or by scanning them
}

func newBank(w *world, h house) *bank {
	return &bank{w: w, house: h, orders: map[string]*order{}, byID: map[string]*order{}, byRefund: map[string]*order{}, codes: map[string]string{}}
}

// kinds of call.
type kind string

const (
	pay         kind = "pay"
	query       kind = "query"
	undo        kind = "undo"
	closing     kind = "close"
	closeQuery  kind = "close query"
	capture     kind = "capture"
	refund      kind = "refund"
	refundQuery kind = "refund query"
)

// call is a request that a protocol understood.
type call struct {
	kind      kind
	no, id    string // of the order: ours, the platform's
	day       string // of the order, where the platform wants it
	refundNo  string
	refundDay string
	amount    int64 // of the order, or the capture
	refund    int64
	code      string
	deposit   bool
	prepared  bool      // of a Pay: an order without a code
	expires   time.Time // of a Pay: when the order is to end by itself
	body      uint64
}

// verdict is what the bank says to a call.
type verdict string

const (
	isOrder   verdict = "order" // with its state
	isPoor    verdict = "declined"
	isExpired verdict = "code expired"
	isUsed    verdict = "number or code used"
	isUnknown verdict = "not found"
	isTaken   verdict = "taken"
	isAgain   verdict = "again"
	isRefused verdict = "refused"
	isBusy    verdict = "busy"
	isShort   verdict = "not covered"
	isRefund  verdict = "refund" // with its state
	isClock   verdict = "wrong time"
	isShut    verdict = "closed" // says the closing's own query
)

// answer is the verdict with a copy of what it is about.
type answer struct {
	verdict verdict
	o       order
	r       giveBack
	again   bool // the number was there before
}

// codeLife is how long a payment code can be used after it was shown.
const codeLife = 60 * time.Second

// noUndoBefore is how old a Pay must be for the platform to undo it (WeChat's pages).
const noUndoBefore = 15 * time.Second

func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// wrong notes what no till may ask, whatever happens.
func (b *bank) wrong(format string, args ...any) {
	b.wrongs = append(b.wrongs, fmt.Sprintf(format, args...))
}

// handle books a call that arrived at now.
func (b *bank) handle(c call, n int, now time.Time) answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.kind == pay {
		return b.pay(c, now)
	}
	o := b.orders[c.no]
	if o == nil && c.id != "" {
		o = b.byID[c.id]
	}
	if o == nil && c.no == "" && c.refundNo != "" {
		o = b.byRefund[c.refundDay+c.refundNo]
	}
	if o != nil && c.day != "" && c.day != o.day { // another order, by the platform's lights
		o = nil
	}
	if o == nil || now.Sub(o.arrived) < o.blind {
		if o != nil {
			b.w.met(o.sale, platformBlind)
		}
		if c.kind == undo {
			return answer{verdict: isTaken, o: order{no: c.no}} // of what it does not know, gladly
		}
		return answer{verdict: isUnknown, o: order{no: c.no}}
	}
	o.settle(now)
	d := throw(b.w.seed, aboutOrder, o.sale, o.try, numbered(o.no), int(c.refund), len(c.kind), n)
	switch c.kind {
	case undo:
		return b.undo(o, d, now)
	case closing:
		return b.close(o, d, now)
	case closeQuery:
		if o.shut {
			return answer{verdict: isShut, o: *o}
		}
		return answer{verdict: isUnknown, o: *o}
	case capture:
		return b.capture(o, c)
	case refund:
		return b.refund(o, c, d, now)
	case refundQuery:
		r := o.refunds[c.refundDay+c.refundNo]
		if r == nil {
			return answer{verdict: isUnknown, o: *o}
		}
		r.settle(now)
		return answer{verdict: isRefund, o: *o, r: *r}
	}
	a := answer{verdict: isOrder, o: *o}
	if o.lingers && o.shut && o.state == "closed" {
		b.w.met(o.sale, platformLingers)
		a.o.state = "paying"
	}
	return a
}

func (b *bank) pay(c call, now time.Time) answer {
	if o := b.orders[c.no]; o != nil { // the same bytes again, or else
		if o.body != c.body {
			b.wrong("order %s was sent twice with different contents", b.w.called(c.no))
			return answer{verdict: isUsed, o: *o, again: true}
		}
		o.settle(now)
		if o.state == "failed" {
			return answer{verdict: isPoor, o: *o, again: true}
		}
		return answer{verdict: isOrder, o: *o, again: true}
	}
	name, ok := b.w.name(c.no)
	if !ok {
		b.wrong("order %s has a code that no customer of ours showed", c.no)
		return answer{verdict: isUsed}
	}
	if !c.prepared {
		if v, ok := b.usable(c, name, now); !ok {
			return answer{verdict: v, o: order{no: c.no, day: c.day, sale: name.sale}}
		}
		b.codes[c.code] = c.no
	}
	o := b.newOrder(c, name, now)
	b.orders[c.no], b.byID[o.id] = o, o
	if o.customer.does != "" {
		b.w.met(o.sale, o.customer.does)
	}
	switch o.customer.does {
	case customerPoor:
		o.state = "failed"
		return answer{verdict: isPoor, o: *o}
	case customerSplits:
		return answer{verdict: isBusy, o: *o}
	}
	o.settle(now)
	return answer{verdict: isOrder, o: *o}
}

// usable tells whether a code may pay.
func (b *bank) usable(c call, n name, now time.Time) (verdict, bool) {
	if used := b.codes[c.code]; used != "" && used != c.no {
		if !b.w.isStale(c.code) {
			b.wrong("code of %s was sent with a second order", b.w.called(used))
		}
		return isUsed, false
	}
	return isExpired, now.Sub(b.w.codeShown(n)) <= codeLife
}

func (b *bank) newOrder(c call, n name, now time.Time) *order {
	d := throw(b.w.seed, aboutCustomer, n.sale, n.try)
	o := &order{
		no: c.no, day: c.day, id: "42" + strconv.Itoa(100000+n.sale) + strconv.Itoa(10+n.try), sale: n.sale, try: n.try, deposit: c.deposit, prepared: c.prepared,
		amount: c.amount, body: c.body, state: "paying", arrived: now, expires: c.expires, refunds: map[string]*giveBack{},
	}
	if c.prepared {
		o.customer = invited(d)
	} else {
		o.customer = chosen(d)
	}
	if b.w.troubled() && d.chance(0.03**trouble) {
		o.blind = d.between(time.Second, 16*time.Second)
	}
	o.stubborn = d.chance(0.02)
	if b.w.troubled() && d.chance(0.006**trouble) {
		o.odd = 1
		b.w.met(o.sale, platformOdd)
	}
	o.lingers = b.lingers && d.chance(0.7)
	return o
}

func (b *bank) undo(o *order, d *dice, now time.Time) answer {
	b.early(o, now)
	o.undos++
	if o.stubborn && o.state == "paid" {
		b.w.met(o.sale, platformNever)
		return answer{verdict: isRefused, o: *o}
	}
	if b.w.troubled() && o.undos < 4 && d.chance(0.15) {
		b.w.met(o.sale, platformAgain)
		return answer{verdict: isAgain, o: *o}
	}
	if b.w.troubled() && o.undos < 4 && d.chance(0.1) { // and that was all
		b.w.met(o.sale, platformForgets)
		return answer{verdict: isTaken, o: *o}
	}
	switch o.state {
	case "paying":
		o.state = "closed"
	case "paid":
		if o.captured > 0 || len(o.refunds) > 0 {
			return answer{verdict: isRefused, o: *o}
		}
		o.state, o.back = "returned", o.charged
	}
	return answer{verdict: isTaken, o: *o}
}

// early notes an undo that comes too soon for the platform.
func (b *bank) early(o *order, now time.Time) {
	if name, ok := b.w.name(o.no); ok && o.captured == 0 {
		if age := now.Sub(name.sent); age < b.undoAge {
			b.wrong("%s was undone %v after its Pay", b.w.called(o.no), age)
		}
	}
}

// close ends an order that is not paid, and no other.
func (b *bank) close(o *order, d *dice, now time.Time) answer {
	b.early(o, now)
	o.undos++
	switch {
	case o.state != "paying":
		return answer{verdict: isRefused, o: *o}
	case o.stubborn:
		b.w.met(o.sale, platformNever)
		return answer{verdict: isRefused, o: *o}
	case b.w.troubled() && o.undos < 4 && d.chance(0.15):
		b.w.met(o.sale, platformAgain)
		return answer{verdict: isAgain, o: *o}
	case b.w.troubled() && o.undos < 4 && d.chance(0.1): // it says so, and the order can still be paid
		b.w.met(o.sale, platformForgets)
		o.shut = true
		return answer{verdict: isTaken, o: *o}
	}
	a := answer{verdict: isTaken, o: *o}
	o.state, o.shut = "closed", true
	return a
}

func (b *bank) capture(o *order, c call) answer {
	switch {
	case c.amount > o.amount:
		b.wrong("%s: capture of %d is more than the %d that are held", b.w.called(o.no), c.amount, o.amount)
		return answer{verdict: isRefused, o: *o}
	case o.state != "paid", o.captured > 0 && o.captured != c.amount:
		return answer{verdict: isRefused, o: *o}
	case o.captured == 0:
		o.captured, o.back = c.amount, o.charged-c.amount
	}
	return answer{verdict: isTaken, o: *o}
}

func (b *bank) refund(o *order, c call, d *dice, now time.Time) answer {
	key := c.refundDay + c.refundNo
	r := o.refunds[key]
	if r != nil && r.amount != c.refund {
		b.wrong("refund %s was sent twice with different amounts", c.refundNo)
		return answer{verdict: isRefused, o: *o}
	}
	again := r != nil
	if !again {
		if v, ok := b.refundable(o, c, d); !ok {
			return answer{verdict: v, o: *o}
		}
		r = &giveBack{no: c.refundNo, day: c.refundDay, id: "50" + strconv.Itoa(len(o.refunds)) + o.id, amount: c.refund}
		wait := d.between(100*time.Millisecond, 12*time.Second)
		if b.w.troubled() && d.chance(0.08) {
			b.w.met(o.sale, platformSlack)
			r.slack, wait = true, d.between(time.Minute, 8*time.Minute)
		}
		r.doneAt = now.Add(wait)
		o.refunds[key], b.byRefund[key] = r, o
	}
	r.settle(now)
	return answer{verdict: isTaken, o: *o, r: *r, again: again}
}

// refundable tells whether a new refund is taken.
func (b *bank) refundable(o *order, c call, d *dice) (verdict, bool) {
	left := o.charged - o.back
	for _, other := range o.refunds {
		left -= other.amount
	}
	switch {
	case o.state != "paid" || c.refund > left || o.deposit && o.captured == 0:
		return isRefused, false
	case b.ebbs && o.stubborn && isUndo(c.refundNo):
		b.w.met(o.sale, platformNever)
		return isRefused, false
	case b.w.troubled() && d.chance(0.06): // the merchant's balance does not cover it for now
		b.w.met(o.sale, platformShort)
		return isShort, false
	}
	return isTaken, true
}

// isUndo tells a refund that undoes its payment: its number is the payment's.
func isUndo(refundNo string) bool { return strings.HasPrefix(refundNo, "U") }

func (b *bank) nameOf(id string) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.byID[id]; o != nil {
		return o.no, true
	}
	return "", false
}

// books is what the checker reads of a sale: all orders, as they stand at now.
func (b *bank) books(sale int, now time.Time) []order {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []order
	for _, o := range b.orders {
		if o.sale != sale {
			continue
		}
		o.settle(now)
		for _, r := range o.refunds {
			r.settle(now)
		}
		all = append(all, *o)
	}
	return all
}
