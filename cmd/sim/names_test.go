package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tillpay/agent/ledger"
)

// name is an order as the simulation calls it.
type name struct {
	sale, try int
	order     int       // see numbered: a code that comes twice makes two orders
	part      int       // of a refund: its amount, which tells two of one order apart
	sent      time.Time // when the till last sent its Pay
	pays      int
}

type counted struct {
	sale, try, order, part int
	kind                   kind
}

// numbered is the part of an order's number that is not drawn: its day, by the
// till's clock, and its place in it.
func numbered(no string) int {
	n, _ := strconv.Atoi(no[:8] + no[12:17])
	return n
}

func (w *world) name(no string) (name, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.names[strings.TrimPrefix(no, "U")]
	return n, ok
}

func (w *world) called(no string) string {
	n, _ := w.name(no)
	return fmt.Sprintf("sale %d, try %d (%s)", n.sale, n.try, no)
}

// identify finds whose a call is: a Pay by its code, what follows by its number.
func (w *world) identify(r *run, c *call) name {
	if n, ok := w.named(c); ok {
		return n
	}
	if c.no == "" {
		for _, b := range []*bank{w.bank, w.vault} {
			if no, ok := b.nameOf(c.id); ok {
				n, _ := w.name(no)
				return n
			}
		}
	}
	var n name
	if c.no == "" { // a refund that never left: the ledger knows whose it is
		if f, err := r.db.Refund(context.Background(), c.refundNo); err == nil {
			n, _ = w.name(f.OutTradeNo)
			n.part = int(f.Amount)
			w.mu.Lock()
			w.names[c.refundNo] = n
			w.mu.Unlock()
		}
		return n
	}
	// Its Pay never left, or has no code: the ledger says whose it is.
	if n, err := w.stored(r, c.no); err == nil {
		return n
	}
	return n
}

// prepareds is the first try's number of a sale's orders that have no code.
const prepareds = 50

// stored finds whose an order is by the ledger: by its code's last digits, and
// without a code by its sale, as whose next order it counts.
func (w *world) stored(r *run, no string) (n name, err error) {
	ctx := context.Background()
	p, err := r.db.Payment(ctx, no)
	if err != nil {
		return n, err
	}
	n.order = numbered(no)
	if p.CodeLast4 != "" {
		_, err = fmt.Sscanf(p.CodeLast4, "%03d%d", &n.sale, &n.try)
	} else {
		var s ledger.Sale
		if s, err = r.db.Sale(ctx, p.Sale); err == nil {
			_, err = fmt.Sscanf(s.Reference, "r%d", &n.sale)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.CodeLast4 == "" {
		n.try = prepareds + w.prepared[n.sale]
		w.prepared[n.sale]++
	}
	w.names[no] = n
	return n, err
}

// named is what the simulation itself knows of a call.
func (w *world) named(c *call) (name, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.kind == pay && strings.HasPrefix(c.code, marker) && len(c.code) == 18 {
		n := w.names[c.no]
		fmt.Sscanf(c.code[14:], "%03d%d", &n.sale, &n.try)
		n.order = numbered(c.no)
		w.names[c.no] = n
		return n, true
	}
	for _, no := range []string{c.no, strings.TrimPrefix(c.refundNo, "U")} {
		if n, ok := w.names[no]; ok && no != "" {
			if c.kind == refund && !strings.HasPrefix(c.refundNo, "U") {
				n.part = int(c.refund)
				w.names[c.refundNo] = n
			} else if r, ok := w.names[c.refundNo]; ok {
				n.part = r.part
			}
			return n, true
		}
	}
	return name{}, false
}

// exchange counts the calls of a kind about an order.
func (w *world) exchange(who name, k kind) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tally.exchanges++; w.tally.exchanges > 2000*(10+w.sales) { // time stands still: nobody could end this
		panic(fmt.Sprintf("seed=%d: the till asks without end, at %v", w.number, time.Since(w.begin)))
	}
	c := counted{who.sale, who.try, who.order, who.part, k}
	w.counts[c]++
	return w.counts[c]
}

func (w *world) codeShown(n name) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown[[2]int{n.sale, n.try}]
}

// paying is told of every Pay as its first byte leaves: its row must be durable.
func (w *world) paying(r *run, who name, c call) {
	p, err := r.db.Payment(context.Background(), c.no)
	w.checked("1 no Pay before its row")
	if !r.dead() && (err != nil || p.State == "") {
		w.fail("invariant 1: the Pay of %s leaves and the ledger does not have it: %v", w.called(c.no), err)
	}
	w.mu.Lock()
	who = w.names[c.no]
	who.sent = time.Now()
	who.pays++
	w.names[c.no] = who
	w.mu.Unlock()
	if w.checked("1 a Pay leaves twice at most"); who.pays > 2 {
		w.fail("the Pay of %s leaves for the %d. time", w.called(c.no), who.pays)
	}
}
