package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
)

// The checker shares no code with the agent: it reads what the till tells its
// POS, the printer's bytes, and the platforms' books.

func (w *world) attend(sale int, here bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if here {
		w.active[sale] = w.meetings[sale]
	} else {
		delete(w.active, sale)
	}
}

func (w *world) known(sale int, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids[sale] = id
}

func (w *world) show(sale, try int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown[[2]int{sale, try}] = time.Now()
}

// oldCode says that a code comes a second time by the customer's doing.
func (w *world) oldCode(sale, try int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stale[codeOf(sale, try)] = true
}

func (w *world) isStale(code string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stale[code]
}

func (w *world) books(sale int) []order {
	now := time.Now()
	return append(w.bank.books(sale, now), w.vault.books(sale, now)...)
}

// quiet ends all trouble and holds every book against the others.
func (w *world) quiet() {
	time.Sleep(time.Second) // what the last cashier began is under way
	w.calm.Store(true)
	w.down.Store(false)
	w.say(name{}, "quiet", 0, "")
	for range 90 { // until a till runs that can store
		time.Sleep(time.Second)
		w.mu.Lock()
		r := w.run
		w.mu.Unlock()
		if r == nil {
			return
		}
		r.store.arm("")
		if !r.dead() && r.db.Err() == nil {
			break
		}
	}
	time.Sleep(max(w.bank.liveIn, w.vault.liveIn))
	for sale := 1; sale <= w.sales; sale++ {
		if w.checked("3 every payment ends, in time"); w.ended(sale) {
			continue
		}
		if v := w.view(sale); v != nil {
			w.alive(sale, v)
		}
	}
	for range 30 { // late looks, refunds that take their time, slips without paper
		depth := 0
		w.surely(func(r *run) { depth = r.till.Status(context.Background()).QueueDepth })
		w.say(name{}, "jobs", depth, "")
		if depth == 0 {
			break
		}
		time.Sleep(10 * time.Minute)
	}
	for sale := 1; sale <= w.sales; sale++ {
		if v := w.view(sale); v != nil {
			w.agree(sale, v)
		}
	}
	w.paper()
	for _, b := range []*bank{w.bank, w.vault} {
		b.mu.Lock()
		for _, wrong := range b.wrongs {
			w.fail("the platform was asked what it never may be: %s", wrong)
		}
		b.mu.Unlock()
	}
	w.mu.Lock()
	r := w.run
	for _, m := range w.meetings {
		if m.faults > 0 {
			w.tally.faulty++
		}
		if m.double {
			w.tally.doubly++
		}
	}
	w.mu.Unlock()
	r.restart(theEnd)
	<-w.over
	w.files()
}

func (w *world) view(sale int) (v *agent.Sale) {
	w.mu.Lock()
	id, ok := w.ids[sale]
	w.mu.Unlock()
	if !ok {
		if _, billed := w.billed(sale); billed {
			w.fail("invariant 4: sale %d was never opened, and a platform knows it", sale)
		}
		return nil
	}
	w.surely(func(r *run) {
		var err error
		if v, err = r.till.Sale(context.Background(), id); err != nil {
			w.fail("sale %d cannot be read: %v", sale, err)
		}
	})
	return v
}

func (w *world) billed(sale int) (sum int64, any bool) {
	for _, o := range w.books(sale) {
		sum, any = sum+o.kept(), true
	}
	return sum, any
}

// alive is R15 and invariant 3: everything has an end. Only an order in an app
// that the platform refuses to close lasts as long as the platform lets it, and so does
// an undo by a refund that it takes its time over.
func (w *world) alive(sale int, v *agent.Sale) {
	open := map[string]bool{}
	for _, o := range w.books(sale) {
		open[o.no] = o.stubborn && o.prepared
		for _, r := range o.refunds {
			open[o.no] = open[o.no] || r.slack
		}
	}
	for _, p := range v.Payments {
		if open[p.OutTradeNo] {
			continue
		}
		switch p.State {
		case "paid", "declined", "revoked", "attention":
		default:
			w.fail("invariant 3: %s is %s, %v after the last fault", w.called(p.OutTradeNo), p.State, w.bank.liveIn)
		}
	}
}

// ended: the cashier saw every payment of the sale at its end already.
func (w *world) ended(sale int) bool {
	w.mu.Lock()
	v := w.seen[sale]
	w.mu.Unlock()
	return v != nil && len(v.Payments) > 0 && !slices.ContainsFunc(v.Payments, func(p agent.Payment) bool {
		return p.State != "paid" && p.State != "declined" && p.State != "revoked" && p.State != "attention"
	})
}

// agree is invariant 4: for each payment the platform's books and ours agree to
// the cent, and a sale is paid once at most.
func (w *world) agree(sale int, v *agent.Sale) {
	books := map[string]order{}
	for _, o := range w.books(sale) {
		books[o.no] = o
	}
	paid, refunded := 0, int64(0)
	for _, f := range v.Refunds {
		w.tally.refunds++
		switch f.State {
		case "done":
			refunded += f.Amount
		case "refused":
		case "attention":
			w.tally.persons++
		default:
			w.fail("invariant 3: refund %s of sale %d is still %s", f.RefundNo, sale, f.State)
		}
	}
	for _, p := range v.Payments {
		w.tally.payments++
		w.checked("4 books agree, by payment")
		o, there := books[p.OutTradeNo]
		delete(books, p.OutTradeNo)
		switch p.State {
		case "paid":
			if paid++; !there || o.charged != v.Amount {
				w.fail("invariant 4: %s is paid, and the platform charged %d of %d", w.called(p.OutTradeNo), o.charged, v.Amount)
			}
			w.settled(sale, v, o, refunded)
		case "declined", "revoked":
			if o.kept() != 0 {
				w.fail("invariant 4: %s is %s (%s), and the customer is out of pocket %d: the platform says %s", w.called(p.OutTradeNo), p.State, p.Reason, o.kept(), o.state)
			}
		case "attention":
			w.tally.persons++
			if !o.stubborn && o.odd == 0 {
				w.fail("%s needs a person (%s), and the platform refused nothing for good: it says %s", w.called(p.OutTradeNo), p.Reason, o.state)
			}
		default:
			w.fail("invariant 3: %s is %s when all is quiet", w.called(p.OutTradeNo), p.State)
		}
	}
	if paid > 1 {
		w.fail("invariant 4: sale %d has %d paid payments", sale, paid)
	}
	for no, o := range books {
		w.fail("invariant 4: the platform has %s (%s, %d kept), and the till knows of no such payment", w.called(no), o.state, o.kept())
	}
	w.stands(sale, v, paid)
}

// stands holds a sale's state against its payments.
func (w *world) stands(sale int, v *agent.Sale, paid int) {
	w.say(name{sale: sale}, "ends "+v.State, len(v.Payments), v.Receipt)
	w.mu.Lock()
	seen := w.seen[sale]
	w.mu.Unlock()
	if seen != nil && seen.State == "cancelled" && v.State != "cancelled" {
		w.fail("invariant 2: sale %d was shown as cancelled, and is %s", sale, v.State)
	}
	w.checked("4 a sale is paid once at most")
	switch v.State {
	case "paid", "refunded", "released", "held":
		if paid != 1 {
			w.fail("invariant 4: sale %d is %s with %d paid payments", sale, v.State, paid)
		}
	case "cancelled", "open", "attention":
		if paid != 0 {
			w.fail("invariant 4: sale %d is %s and was paid", sale, v.State)
		}
	default:
		w.fail("invariant 3: sale %d is %s when all is quiet", sale, v.State)
	}
}

// settled holds a paid payment's later life against the books: captures,
// releases, refunds.
func (w *world) settled(sale int, v *agent.Sale, o order, refunded int64) {
	if v.RefundedAmount != refunded {
		w.fail("invariant 4: sale %d says %d refunded, its refunds say %d", sale, v.RefundedAmount, refunded)
	}
	if o.refunded() != refunded {
		w.fail("invariant 4: sale %d says %d refunded, the platform %d", sale, refunded, o.refunded())
	}
	if v.Kind != "deposit" {
		if o.back != 0 {
			w.fail("invariant 4: sale %d is %s, and the platform gave %d back", sale, v.State, o.back)
		}
		return
	}
	if v.Captured != o.captured {
		w.fail("invariant 4: sale %d captured %d, the platform says %d", sale, v.Captured, o.captured)
	}
	left := o.stubborn || o.odd != 0 || slices.ContainsFunc(v.Payments, func(p agent.Payment) bool { return p.State == "attention" })
	if v.State == "released" && o.kept() != 0 || v.State == "held" && !left { // to a manager, who does not come here
		w.fail("invariant 4: deposit %d is %s (%+v), and the platform says %s, %d kept", sale, v.State, v.Settlement, o.state, o.kept())
	}
}

// paper: an original comes out once.
func (w *world) paper() {
	w.mu.Lock()
	slips := slices.Clone(w.slips)
	w.mu.Unlock()
	seen := map[slip]bool{}
	for _, s := range slips {
		if s.copy {
			continue
		}
		w.checked("7 an original is printed once")
		if seen[s] {
			w.fail("%s of %s was printed twice", s.title, w.called(s.number))
		}
		seen[s] = true
	}
}

// files: the journal's chain and the books' sums hold, and no secret is in any
// file or log.
func (w *world) files() {
	path := filepath.Join(w.dir, ledger.FileName)
	if _, err := ledger.Verify(context.Background(), path); err != nil {
		w.fail("invariant 7: %v", err)
	}
	w.checked("7 the journal's chain")
	w.checked("5 no code in file or log")
	for _, name := range []string{path, path + "-wal"} {
		if b, err := os.ReadFile(name); err == nil && bytes.Contains(b, []byte(marker)) {
			w.fail("invariant 5: a payment code is in %s", filepath.Base(name))
		}
	}
	if bytes.Contains(w.log.b.Bytes(), []byte(marker)) {
		w.fail("invariant 5: a payment code is in the log")
	}
}
