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
	w       *world
	undoAge time.Duration // before which no Pay may be undone

	mu       sync.Mutex
	orders   map[string]*order
	byID     map[string]*order
	byRefund map[string]*order
	codes    map[string]string // payment code to the order that used it
	wrongs   []string          // what no till may ever ask
}

func newBank(w *world) *bank {
	return &bank{w: w, orders: map[string]*order{}, byID: map[string]*order{}, byRefund: map[string]*order{}, codes: map[string]string{}}
}

// order is one line of the books. Amounts are minor units.
type order struct {
	no, id   string
	sale     int
	try      int
	deposit  bool
	amount   int64
	body     uint64 // of what was asked, all of it
	state    string // paying, paid, failed, closed, returned
	customer customer
	arrived  time.Time
	paidAt   time.Time
	blind    time.Duration // not found for so long
	undos    int
	stubborn bool  // undoing is refused for good
	odd      int64 // charged more than was asked

	charged  int64 // left the customer's account
	back     int64 // came back by an undo, or with a capture's rest
	captured int64
	refunds  map[string]*giveBack
}

type giveBack struct {
	no, id string
	amount int64
	asks   int
	doneAt time.Time
	done   bool
}

// customer is what the one with the phone does.
type customer struct {
	does  fault // "": pays at once, or after a while
	after time.Duration
}

// kinds of call.
type kind string

const (
	pay         kind = "pay"
	query       kind = "query"
	undo        kind = "undo"
	capture     kind = "capture"
	refund      kind = "refund"
	refundQuery kind = "refund query"
)

// call is a request that a protocol understood.
type call struct {
	kind     kind
	no, id   string // of the order: ours, the platform's
	refundNo string
	amount   int64 // of the order, or the capture
	refund   int64
	code     string
	deposit  bool
	body     uint64
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
)

// answer is the verdict with a copy of what it is about.
type answer struct {
	verdict verdict
	o       order
	r       giveBack
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
		o = b.byRefund[c.refundNo]
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
	case capture:
		return b.capture(o, c)
	case refund:
		return b.refund(o, c, d, now)
	case refundQuery:
		r := o.refunds[c.refundNo]
		if r == nil {
			return answer{verdict: isUnknown, o: *o}
		}
		r.settle(now)
		return answer{verdict: isRefund, o: *o, r: *r}
	}
	return answer{verdict: isOrder, o: *o}
}

// settle lets the customer do what he does by now.
func (o *order) settle(now time.Time) {
	if o.state != "paying" {
		return
	}
	switch c := o.customer; {
	case c.does == customerNever:
		if now.Sub(o.arrived) >= 30*time.Minute {
			o.state = "closed"
		}
	case now.Sub(o.arrived) < c.after:
	case c.does == customerNo:
		o.state = "failed"
	default:
		o.state, o.charged, o.paidAt = "paid", o.amount+o.odd, o.arrived.Add(c.after)
	}
}

func (r *giveBack) settle(now time.Time) {
	if !r.doneAt.IsZero() && !now.Before(r.doneAt) {
		r.done = true
	}
}

func (b *bank) pay(c call, now time.Time) answer {
	if o := b.orders[c.no]; o != nil { // the same bytes again, or else
		if o.body != c.body {
			b.wrong("order %s was sent twice with different contents", b.w.called(c.no))
			return answer{verdict: isUsed, o: *o}
		}
		o.settle(now)
		if o.state == "failed" {
			return answer{verdict: isPoor, o: *o}
		}
		return answer{verdict: isOrder, o: *o}
	}
	name, ok := b.w.name(c.no)
	if !ok {
		b.wrong("order %s has a code that no customer of ours showed", c.no)
		return answer{verdict: isUsed}
	}
	shown := b.w.codeShown(name)
	if used := b.codes[c.code]; used != "" && used != c.no {
		if !b.w.isStale(c.code) {
			b.wrong("code of %s was sent with a second order", b.w.called(used))
		}
		return answer{verdict: isUsed}
	}
	if now.Sub(shown) > codeLife {
		return answer{verdict: isExpired, o: order{no: c.no}}
	}
	b.codes[c.code] = c.no
	d := throw(b.w.seed, aboutCustomer, name.sale, name.try)
	o := &order{
		no: c.no, id: "42" + strconv.Itoa(100000+name.sale) + strconv.Itoa(10+name.try), sale: name.sale, try: name.try, deposit: c.deposit,
		amount: c.amount, body: c.body, state: "paying", arrived: now, refunds: map[string]*giveBack{}, customer: chosen(d),
	}
	if b.w.troubled() && d.chance(0.03**trouble) {
		o.blind = d.between(time.Second, 16*time.Second)
	}
	o.stubborn = d.chance(0.02)
	if b.w.troubled() && d.chance(0.006**trouble) {
		o.odd = 1
		b.w.met(o.sale, platformOdd)
	}
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

func chosen(d *dice) customer {
	switch d.weighted(int(850 / *trouble), 60, 14, 10, 14, 30, 10) {
	case 1:
		return customer{"", d.between(2*time.Second, 38*time.Second)}
	case 2:
		return customer{customerLate, d.between(42*time.Second, 50*time.Second)}
	case 3:
		return customer{customerNever, 0}
	case 4:
		return customer{customerNo, d.between(2*time.Second, 30*time.Second)}
	case 5:
		return customer{customerPoor, 0}
	case 6:
		return customer{customerSplits, d.between(0, 30*time.Second)}
	}
	return customer{}
}

func (b *bank) undo(o *order, d *dice, now time.Time) answer {
	if name, ok := b.w.name(o.no); ok && o.captured == 0 {
		if age := now.Sub(name.sent); age < b.undoAge {
			b.wrong("%s was undone %v after its Pay", b.w.called(o.no), age)
		}
	}
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
	r := o.refunds[c.refundNo]
	if r != nil && r.amount != c.refund {
		b.wrong("refund %s was sent twice with different amounts", c.refundNo)
		return answer{verdict: isRefused, o: *o}
	}
	if r == nil {
		left := o.charged - o.back
		for _, other := range o.refunds {
			left -= other.amount
		}
		if o.state != "paid" || c.refund > left || o.deposit && o.captured == 0 {
			return answer{verdict: isRefused, o: *o}
		}
		r = &giveBack{no: c.refundNo, id: "50" + strconv.Itoa(len(o.refunds)) + o.id, amount: c.refund}
		if b.w.troubled() && d.chance(0.06) { // the merchant's balance does not cover it for now
			b.w.met(o.sale, platformShort)
			return answer{verdict: isShort, o: *o}
		}
		wait := d.between(100*time.Millisecond, 12*time.Second)
		if b.w.troubled() && d.chance(0.08) {
			b.w.met(o.sale, platformSlack)
			wait = d.between(time.Minute, 8*time.Minute)
		}
		r.doneAt = now.Add(wait)
		o.refunds[c.refundNo], b.byRefund[c.refundNo] = r, o
	}
	r.asks++
	r.settle(now)
	return answer{verdict: isTaken, o: *o, r: *r}
}

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

// kept is what the shop has of an order: what the customer is out of pocket.
func (o *order) kept() int64 {
	left := o.charged - o.back
	for _, r := range o.refunds {
		left -= r.amount
	}
	return left
}

// refunded is what went back under refund numbers of the till's, undoing apart.
func (o *order) refunded() int64 {
	var sum int64
	for no, r := range o.refunds {
		if !strings.HasPrefix(no, "U") {
			sum += r.amount
		}
	}
	return sum
}
