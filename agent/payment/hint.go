package payment

import (
	"context"
	"errors"
	"strings"
	"time"
)

// undoPrefix makes an undo's refund number of its payment's.
const undoPrefix = "U"

// Hint is a platform's callback, proven and named by its numbers: the till asks
// now, sooner than its schedule would. It never moves a state, so that a callback
// may come twice, late, in any order, or lie. known is false, and nothing is
// done, where no payment or refund of the account that is under way has the number.
func (e *Engine) Hint(ctx context.Context, account, outTradeNo, refundNo string) (known bool, err error) {
	if undone, ok := strings.CutPrefix(refundNo, undoPrefix); ok && outTradeNo == "" {
		outTradeNo = undone // a payment that is undone by a refund
	}
	if l := e.find(outTradeNo); l != nil && l.account.Name == account {
		known = true
		err = e.hintPayment(l)
	}
	if e.refunds.asking(refundNo) {
		ours, wrong := e.refundOf(ctx, account, refundNo)
		if err = errors.Join(err, wrong); ours {
			known = true
			e.refunds.hint(refundNo, e.Now())
			e.queue.Wake(jobRefund, refundNo)
		}
	}
	return known, err
}

// hintPayment nudges a payment that may still be charged or is being undone, and
// looks once more at one that is over for the till while late looks are owed.
func (e *Engine) hintPayment(l *live) error {
	if e.lookNow(l) {
		e.queue.Wake(jobPayment, l.outTradeNo)
		return nil
	}
	return e.tell(l, Nudged, Paying, Revoking)
}

func (e *Engine) lookNow(l *live) (soon bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.life, soon = l.life.hinted(e.Now())
	return soon
}

// hinted gives a payment that still owes late looks one more, now. Those that it
// owes stay: a platform's query may lag behind its callback.
func (p Life) hinted(now time.Time) (Life, bool) {
	over := p.State == Declined || p.State == Revoked
	if !over || p.step.Do != DoQuery || len(p.Looks) == 0 || p.EndedAt.IsZero() {
		return p, false
	}
	at := later(now, p.AskedAt.Add(nudgeGap))
	if !p.step.At.After(at) {
		return p, false // as soon already: the hint came before
	}
	p.Looks = append([]time.Duration{at.Sub(p.EndedAt)}, p.Looks...)
	p.step.At = at
	return p, true
}

// refundOf tells whether a refund is of this account.
func (e *Engine) refundOf(ctx context.Context, account, refundNo string) (bool, error) {
	f, err := e.DB.Refund(ctx, refundNo)
	if err != nil {
		return false, err
	}
	p, err := e.DB.Payment(ctx, f.OutTradeNo)
	return err == nil && p.Channel == account, err
}

// asking tells whether a refund was asked for and is not over.
func (r *refunds) asking(no string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.m[no]
	return ok && w.asked || ok && w.step == refundQuery
}

// hint makes a refund's next exchange due, and a query of it: the callback says
// that the platform has the refund. Two exchanges stay nudgeGap apart.
func (r *refunds) hint(no string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, ok := r.m[no]
	if !ok || !w.at.After(now.Add(nudgeGap)) {
		return // over, or as soon already
	}
	w.at = later(now, w.at.Add(nudgeGap-refundWait(w.queries)))
	w.step = refundQuery
	r.m[no] = w
}
