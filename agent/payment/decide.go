package payment

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/queue"
)

// Kinds of matter that the engine raises. Their number is that of the payment or
// refund; a settlement and a held deposit go by their payment's.
const (
	MatterPayment    = "payment"    // nobody knows whether the customer is charged
	MatterUndo       = "undo"       // a payment is being taken back, for longer than it may last
	MatterRefund     = "refund"     // a refund is stuck, late, or was refused behind everybody's back
	MatterSettlement = "settlement" // a deposit did not end as it was asked to, or not yet
	MatterDeposit    = "deposit"    // a held deposit goes back by itself soon
)

// byTill closes a matter that settled itself.
const byTill = "till"

// ErrDecided: what the person decided about has changed meanwhile.
var ErrDecided = errors.New("payment: it has changed meanwhile")

// ErrPaidOtherwise: the sale is paid by another payment.
var ErrPaidOtherwise = errors.New("payment: the sale is paid by another payment")

// Decide applies a person's word to a payment: SaidPaid, SaidRevoked or SaidUndo
// to one in attention, SaidStop to one that is being undone. SaidPaid answers
// ErrBusy while another payment of the sale may still be charged. r is what the
// platform said right before, which the payment's row keeps if it was verified.
// also runs in the same commit, before the move.
func (e *Engine) Decide(ctx context.Context, outTradeNo string, on Event, r channels.Reply, also func(*ledger.Tx) error) error {
	var orphan *Account
	if on == SaidPaid || on == SaidRevoked { // which need no platform
		orphan = new(Account)
	}
	l, err := e.undecided(ctx, outTradeNo, orphan)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if (l.life.State == Attention) == (on == SaidStop) || on == SaidStop && l.life.State != Revoking {
		e.drop(l)
		return ErrDecided
	}
	m, err := e.move(l, on, None, channels.Reply{})
	if err != nil {
		return err
	}
	note(&m.row, DoQuery, r)
	err = e.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		if on == SaidPaid {
			if other, err := strangers(tx, l.sale.N, l); err != nil {
				return err
			} else if other {
				return ErrBusy
			}
		}
		if err := e.store(tx, nil, &m); err != nil || m.step.Do == None {
			return err
		}
		return e.queue.Put(tx, queue.Job{Kind: jobPayment, Key: outTradeNo})
	})
	if err != nil {
		e.drop(l)
		return err
	}
	e.moved(l, m)
	e.queue.Wake(jobPayment, outTradeNo) // one that stops ends its job
	e.drop(l)
	return nil
}

// drop forgets a payment that was only brought back to be decided on. l.mu is held.
func (e *Engine) drop(l *live) {
	if l.life.step.Do == None {
		e.forget(l)
	}
}

// undecided answers the payment with what the rules knew of it last. One that no
// job follows is brought back; its ages count from now. orphan is as for load.
func (e *Engine) undecided(ctx context.Context, outTradeNo string, orphan *Account) (*live, error) {
	e.loading.Lock()
	defer e.loading.Unlock()
	if l := e.find(outTradeNo); l != nil {
		return l, nil
	}
	l, err := e.load(ctx, outTradeNo, orphan)
	if err != nil {
		return nil, err
	}
	l.life = l.life.restart(e.Now())
	e.keep(l)
	return l, nil
}

// refundWords is what a person may make of a refund that is stuck.
var refundWords = map[RefundState]refundEvent{RefundDone: saidDone, RefundRefused: saidNot, RefundAsked: saidAgain}

// DecideRefund makes a refund in attention what a person says: done, refused, or
// asked for again. also runs in the same commit, before the move.
func (e *Engine) DecideRefund(ctx context.Context, refundNo string, to RefundState, r channels.Reply, also func(*ledger.Tx) error) error {
	f, err := e.DB.Refund(ctx, refundNo)
	if err != nil {
		return err
	}
	if next, _ := nextRefund(RefundState(f.State), refundWords[to]); next != to {
		return ErrDecided
	}
	return e.storeRefund(ctx, f, to, r, func(tx *ledger.Tx) error {
		now, err := tx.Refund(refundNo)
		if err == nil && now.State != f.State {
			err = ErrDecided
		}
		if err != nil {
			return err
		}
		if err := also(tx); err != nil || to != RefundAsked {
			return err
		}
		return e.queue.Put(tx, queue.Job{Kind: jobRefund, Key: refundNo})
	})
}

// Settle owes a capture or release anew, as Capture and Release do; also runs in
// the same commit, before it.
func (e *Engine) Settle(ctx context.Context, n int64, kind string, amount int64, by string, also func(*ledger.Tx) error) error {
	return e.settle(ctx, ledger.Settlement{Sale: n, Kind: kind, Amount: amount}, by, also)
}

// How long a refund or settlement may take before a person is told. Not taken by
// the platform: a customer who was told that the money comes will ask. Taken: a
// card's refund takes days (WeChat dossier §8.2), a deposit's end seconds.
const (
	longAsked    = 2 * time.Hour
	longAccepted = 7 * 24 * time.Hour
)

// tellAgain is how long a person who chose to wait is left in peace.
const tellAgain = 24 * time.Hour

// counterTime is how long whoever asked for a refund still stands there: what is
// refused later is refused behind everybody's back.
const counterTime = time.Minute

// tellLate puts an undo that takes too long on the list.
func (e *Engine) tellLate(l *live) error {
	now := e.Now()
	l.mu.Lock()
	due := l.life.State == Revoking && !now.Before(l.life.late(l.plan())) && now.Sub(l.raised) >= tellAgain
	if due {
		l.raised = now
	}
	l.mu.Unlock()
	if !due {
		return nil
	}
	return e.raise(ledger.Matter{Kind: MatterUndo, Number: l.outTradeNo, Sale: l.sale.N})
}

// raise is for what takes too long; who chose to wait is told again after a day.
func (e *Engine) raise(m ledger.Matter) error {
	e.Log.Warn("takes too long", "what", m.Kind, "number", m.Number)
	err := e.DB.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Raise(m, tellAgain) })
	if err == nil {
		e.Changed(m.Sale)
	}
	return err
}

// tellLateRefund is tellLate for a refund.
func (e *Engine) tellLateRefund(f ledger.Refund, w refunding) (refunding, error) {
	now, long := e.Now(), longAsked
	if RefundState(f.State) == RefundAccepted {
		long = longAccepted
	}
	if now.Sub(f.AskedAt) < long || now.Sub(w.raised) < tellAgain {
		return w, nil
	}
	w.raised = now
	return w, e.raise(ledger.Matter{Kind: MatterRefund, Number: f.RefundNo, Sale: f.Sale})
}

// tellLateSettlement is tellLate for a capture or release.
func (e *Engine) tellLateSettlement(s ledger.Settlement, w settling) (settling, error) {
	now := e.Now()
	if w.step == settleOver || now.Sub(s.AskedAt) < longAsked || now.Sub(w.raised) < tellAgain {
		return w, nil
	}
	w.raised = now
	return w, e.raise(ledger.Matter{Kind: MatterSettlement, Number: s.OutTradeNo, Sale: s.Sale})
}

// refundMatter puts on the list, or takes off it, what a refund's move means for
// a person. f is as it will be.
func refundMatter(tx *ledger.Tx, f ledger.Refund, from RefundState) error {
	m := ledger.Matter{Kind: MatterRefund, Number: f.RefundNo, Sale: f.Sale}
	switch to := RefundState(f.State); {
	case to == RefundAttention,
		to == RefundRefused && from == RefundAccepted, // the customer holds a slip that says it was given back
		to == RefundRefused && from == RefundAsked && f.EndedAt.Sub(f.AskedAt) > counterTime:
		return tx.Raise(m, 0)
	case to == RefundDone, to == RefundRefused:
		return tx.Mended(m.Kind, m.Number, byTill)
	}
	return nil
}

// settlementMatter is refundMatter for a capture or release.
func settlementMatter(tx *ledger.Tx, s ledger.Settlement) error {
	m := ledger.Matter{Kind: MatterSettlement, Number: s.OutTradeNo, Sale: s.Sale}
	switch SettleState(s.State) {
	case SettleAttention, SettleRefused:
		data, err := json.Marshal(map[string]any{"try": s.Try})
		if err != nil {
			return err
		}
		m.Data = data
		return tx.Raise(m, 0)
	case SettleDone:
		return tx.Mended(m.Kind, m.Number, byTill)
	}
	return nil
}

// Ask asks the platform what it says now of a payment: of one that was undone by
// a refund, also what became of that, for some platforms go on calling the order
// paid. A refund that is under way is Accepted. It changes nothing.
func (e *Engine) Ask(ctx context.Context, p ledger.Payment, sale ledger.Sale) channels.Reply {
	a := e.Accounts[p.Channel]
	if a == nil {
		return channels.Reply{}
	}
	order := channels.Order{OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: sale.Amount, SubmittedAt: p.SubmittedAt}
	reply := a.Channel.Query(ctx, order)
	var life Life
	if reply.Outcome != channels.Paid || json.Unmarshal(p.Progress, &life) != nil {
		return reply
	}
	plan := a.Plan
	if life.Prepared {
		plan = a.Prepared
	}
	if p.State == string(Paid) || life.Way >= len(plan.Undo) || plan.Undo[life.Way].How != channels.ByRefund {
		return reply
	}
	undo := a.Channel.QueryRefund(ctx, undoRefund(order, sale, life.RefundSentAt))
	switch {
	case !undo.Verified:
		return reply
	case undo.Outcome == channels.Paying: // of a refund it means no more
		undo.Outcome = channels.Accepted
	case undo.Outcome != channels.Refunded && undo.Outcome != channels.Accepted:
		return reply
	}
	undo.PlatformID, undo.Detail = reply.PlatformID, reply.Detail // the order's: the payment's row may keep them
	return undo
}
