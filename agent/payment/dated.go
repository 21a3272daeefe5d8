package payment

import (
	"context"
	"encoding/json"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// A platform whose sheet dates refunds knows one by its number and its day, and
// takes it on that day alone. So the day on which a refund is first sent is
// stored before it is, and asked about for good. On a later day the same refund
// can only be sent as another, which is safe once the platform says that it never
// had the first: it would not take that one any more.

// undoRefund is the refund that undoes an order: the whole amount, under a number
// that repeats with the order's.
func undoRefund(o channels.Order, sale ledger.Sale, sent time.Time) channels.Refund {
	return channels.Refund{Order: o, RefundNo: undoPrefix + o.OutTradeNo, Amount: o.Amount, Reason: sale.Description, SentAt: sent}
}

// undoByRefund sends the refund that undoes l.
func (e *Engine) undoByRefund(ctx context.Context, l *live, r channels.Refund) channels.Reply {
	if !l.account.Sheet().RefundDated {
		return l.account.Channel.Refund(ctx, r)
	}
	r, reply, ok := e.dated(ctx, l.account, r, func(sent time.Time) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		life, row := l.life, l.row
		life.RefundSentAt = sent
		var err error
		if row.Progress, err = json.Marshal(life); err != nil {
			return err
		}
		err = e.DB.Update(ctx, func(tx *ledger.Tx) error {
			if err := tx.SavePayment(row); err != nil {
				return err
			}
			return tx.Journal("payment.noted", row.Sale, row.OutTradeNo, row.Progress)
		})
		if err == nil {
			l.life, l.row = life, row
		}
		return err
	})
	if !ok {
		return reply
	}
	return l.account.Channel.Refund(ctx, r)
}

// dated is r as it may be sent now. Not ok means that it may not: reply is what a
// query told of it instead, or nothing where the day could not be stored.
func (e *Engine) dated(ctx context.Context, a *Account, r channels.Refund, store func(sent time.Time) error) (_ channels.Refund, reply channels.Reply, ok bool) {
	now := e.Now().Add(offset(a.Channel))
	if !r.SentAt.IsZero() && sameDay(r.SentAt, now) {
		return r, channels.Reply{}, true
	}
	if !r.SentAt.IsZero() {
		reply = a.Channel.QueryRefund(ctx, r)
		if reply.Outcome != channels.NotFound || !reply.Verified && !a.Sheet().Unsigned {
			return r, reply, false
		}
	}
	r.SentAt = now
	if err := store(now); err != nil {
		e.Log.Error("refund's day could not be stored", "refund_no", r.RefundNo, "error", err)
		return r, channels.Reply{}, false
	}
	return r, channels.Reply{}, true
}

// offset is the platform's clock less ours, as far as its driver knows: a till
// whose clock is a day off would be refused for ever.
func offset(c channels.Channel) time.Duration {
	if k, ok := c.(interface{ ClockOffset() time.Duration }); ok {
		return k.ClockOffset()
	}
	return 0
}

// sameDay is by the platforms' days.
func sameDay(a, b time.Time) bool {
	return a.In(channels.Beijing()).Format(time.DateOnly) == b.In(channels.Beijing()).Format(time.DateOnly)
}

// refundSent is the journal's word for the day of a refund.
const refundSent = "refund.sent"

// sending is what it says: the time by the platform's clock.
type sending struct {
	At time.Time `json:"at"`
}

// sentAt is when a refund was first sent; zero if it was not.
func (e *Engine) sentAt(ctx context.Context, f ledger.Refund) (time.Time, error) {
	entries, err := e.DB.History(ctx, f.Sale)
	if err != nil {
		return time.Time{}, err
	}
	var sent time.Time
	for _, entry := range entries { // oldest first
		if entry.Kind == refundSent && entry.Number == f.RefundNo {
			sent = entry.At // of a till that did not know the platform's clock
			var told sending
			if json.Unmarshal(entry.Data, &told) == nil && !told.At.IsZero() {
				sent = told.At
			}
		}
	}
	return sent, nil
}

// sendRefund asks for r, or tells what a query knows of it where it may not be
// sent; asked says which.
func (e *Engine) sendRefund(ctx context.Context, a *Account, f ledger.Refund, r channels.Refund) (reply channels.Reply, asked bool) {
	if a.Sheet().RefundDated {
		var ok bool
		r, reply, ok = e.dated(ctx, a, r, func(sent time.Time) error {
			return e.DB.Update(ctx, func(tx *ledger.Tx) error { return tx.Journal(refundSent, f.Sale, f.RefundNo, sending{sent}) })
		})
		if !ok {
			return reply, false
		}
	}
	return a.Channel.Refund(ctx, r), true
}
