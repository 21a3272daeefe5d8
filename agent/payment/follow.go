package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/queue"
)

// follow is the queue's handler of one payment: it makes the exchange that is
// owed, applies what came back, and goes on until the next step lies ahead.
func (e *Engine) follow(ctx context.Context, c *queue.Claim) error {
	l, err := e.live(ctx, c.Key)
	if err != nil {
		return err
	}
	for {
		l.mu.Lock()
		step, now := l.life.step, e.Now()
		if l.early != nil { // whatever came meanwhile: its answer says what is to be undone, and from when
			step = Step{DoPay, now}
		}
		if step.Do != None && !step.At.After(now) {
			l.life = l.life.began(step.Do, now)
		}
		l.mu.Unlock()
		switch {
		case step.Do == None:
			e.forget(l)
			return nil
		case step.At.After(now):
			return queue.Snooze(step.At)
		}
		reply := e.perform(ctx, l, step.Do)
		if step.Do != DoPay && ctx.Err() != nil {
			return ctx.Err() // the answer to a shutdown is no answer
		}
		e.Exchanged(l.account.Name, reply)
		if err := e.apply(l, c, Understand(step.Do, reply, l.account.Sheet()), step.Do, reply); err != nil {
			e.Log.Error("payment could not be stored", "out_trade_no", c.Key, "error", err)
			l.told()
			return queue.Snooze(e.unstored(l, step))
		}
		if err := e.tellLate(l); err != nil {
			e.Log.Error("late undo could not be told", "out_trade_no", c.Key, "error", err)
		}
	}
}

// unstored is the step after a commit that failed: ask again soon, and never pay
// again. The next answer is stored when the disk allows.
func (e *Engine) unstored(l *live, did Step) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := e.Now()
	l.life = l.life.ended(did.Do, now, l.plan())
	next := Step{DoQuery, now.Add(time.Second)}
	if did.Do == DoUndo {
		next.Do = DoConfirm
	}
	l.life.step = next
	return next.At
}

// apply makes the rules' move for one event and stores it, unless it changes
// nothing that a restart must know. c is nil where the event came from outside.
// What turns out paid in a sale that another payment has paid is given back.
func (e *Engine) apply(l *live, c *queue.Claim, on Event, did Exchange, r channels.Reply) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, err := e.move(l, on, did, r)
	if err != nil || m.silent {
		return err
	}
	store := func(tx *ledger.Tx) error { return e.store(tx, c, &m) }
	err = e.DB.Update(context.Background(), store)
	if errors.Is(err, ErrPaidOtherwise) {
		e.Log.Warn("paid, and the sale is paid by another payment: it is given back", "out_trade_no", l.outTradeNo)
		if m, err = e.move(l, Cancelled, did, r); err == nil {
			err = e.DB.Update(context.Background(), store)
		}
	}
	if err != nil {
		return err
	}
	e.moved(l, m)
	return nil
}

// move is one application of the rules, not yet stored.
type move struct {
	from   State
	on     Event
	life   Life
	step   Step
	row    ledger.Payment
	silent bool // applied already: nothing that a restart must know
}

// move asks the rules. l.mu is held.
func (e *Engine) move(l *live, on Event, did Exchange, r channels.Reply) (move, error) {
	now, plan := e.Now(), l.plan()
	before := l.life.ended(did, now, plan)
	if on == Restarted && before.Deadline.IsZero() {
		before.Deadline = now.Add(plan.Deadline)
	}
	if did == DoPay && l.order != nil {
		before.Params = l.order.params
	}
	after, step, err := Next(before, on, now, plan)
	if err != nil {
		return move{}, err
	}
	if after.State != Paying {
		after.Params = nil // they start nothing any more
	}
	m := move{from: l.life.State, on: on, life: after, step: step, row: l.row}
	note(&m.row, did, r)
	if after.State == m.from && step.Do != None && after.durable() == l.life.durable() {
		m.silent = true
		l.life, l.row = after, m.row
		l.dropCode()
		return m, nil
	}
	if after.State != m.from {
		m.row.Reason = reason(m.from, after.State, on, m.row.Reason, r.Reason)
		if after.State != Paying && after.State != Revoking {
			m.row.EndedAt = now
		}
	}
	m.row.State, m.row.DeadlineAt = string(after.State), after.Deadline
	m.row.Progress, err = json.Marshal(after)
	return m, err
}

// durable is the part of a Life that a restart must find.
func (p Life) durable() [4]any { return [4]any{p.Replayed, p.Way, p.Seen, p.Prompted} }

// store writes one move with all its consequences.
func (e *Engine) store(tx *ledger.Tx, c *queue.Claim, m *move) error {
	if err := tx.SavePayment(m.row); err != nil {
		return err
	}
	if m.life.State != m.from {
		if err := e.consequence(tx, m); err != nil {
			return err
		}
	} else if err := tx.Journal("payment.noted", m.row.Sale, m.row.OutTradeNo, m.row.Progress); err != nil {
		return err
	}
	if m.step.Do == None && c != nil {
		return e.queue.Done(tx, c)
	}
	return nil
}

// moved takes a stored move over and tells of it. l.mu is held.
func (e *Engine) moved(l *live, m move) {
	l.life, l.row = m.life, m.row
	if m.life.State == Paid && l.sale.Kind == ledger.KindDeposit {
		e.settlements.hold(l.outTradeNo, m.life.EndedAt)
	}
	l.dropCode()
	if l.life.State != Submitting {
		l.told()
	}
	e.flight(l)
	e.Log.Info("payment moved", "out_trade_no", m.row.OutTradeNo, "channel", m.row.Channel, "from", m.from, "on", m.on, "to", m.life.State, "next", m.step.Do, "at", m.step.At)
	e.Changed(m.row.Sale)
}

// dropCode forgets the customer's code as soon as no rule can submit it again.
func (l *live) dropCode() {
	alive := l.life.State == Submitting || l.life.State == Paying
	if l.life.step.Do == DoPay || alive && !l.life.Replayed && l.life.Asked == 0 && !l.life.ScannedAt.IsZero() {
		return
	}
	l.code, l.life.ScannedAt = channels.Code{}, time.Time{}
}

// consequence is what a new state means for the sale, the journal and the paper.
func (e *Engine) consequence(tx *ledger.Tx, m *move) error {
	row, to := &m.row, m.life.State
	sale, err := tx.Sale(row.Sale)
	if err != nil {
		return err
	}
	if m.from == Revoking {
		if err := tx.Mended(MatterUndo, row.OutTradeNo, byTill); err != nil {
			return err
		}
	}
	slip := Slip{Number: row.OutTradeNo}
	switch {
	case to == Paid:
		if sale.PaidBy != "" {
			return fmt.Errorf("%w: %s, not %s", ErrPaidOtherwise, sale.PaidBy, row.OutTradeNo)
		}
		sale.State, sale.PaidBy, slip.Kind = ledger.SalePaid, row.OutTradeNo, "sale"
		if sale.Kind == ledger.KindDeposit {
			slip.Kind = "deposit"
			if err := e.hold(tx, &sale, *row); err != nil {
				return err
			}
		}
	case to == Attention:
		slip.Kind = "attention"
		if err := tx.Raise(ledger.Matter{Kind: MatterPayment, Number: row.OutTradeNo, Sale: row.Sale}, 0); err != nil {
			return err
		}
	case to == Revoked && m.life.Seen: // money came and went: the customer will want it in writing
		slip.Kind = "cancelled"
	}
	if slip.Kind != "" {
		if err := e.Slip(tx, &sale, slip); err != nil {
			return err
		}
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
	}
	return tx.Journal("payment."+string(to), row.Sale, row.OutTradeNo, map[string]any{
		"reason": row.Reason, "code": row.Code, "message": row.Message, "platform_id": row.PlatformID, "request_id": row.RequestID,
	})
}

// note keeps what a reply told in the payment's row.
func note(row *ledger.Payment, did Exchange, r channels.Reply) {
	if did == None || did == DoUndo {
		return
	}
	if r.Code != "" || r.Message != "" || r.RequestID != "" {
		row.Code, row.Message, row.RequestID = r.Code, r.Message, r.RequestID
	}
	if !r.Verified {
		return // an unverified word is for support, and proves nothing
	}
	row.Verified = true
	if r.PlatformID != "" {
		row.PlatformID = r.PlatformID
	}
	if len(r.Detail) > 0 {
		row.Detail = r.Detail
	}
	if r.Outcome == channels.Paid {
		row.PaidAt = r.PaidAt
	}
}

// reason is why a payment came to a state.
func reason(from, to State, on Event, last, said channels.Reason) channels.Reason {
	switch {
	case to == Paid:
		return channels.NoReason
	case on == Cancelled:
		return channels.CashierCancelled
	case on == Restarted:
		return channels.Restarted
	case from == Declined && to == Revoking:
		return channels.Unverified // it was shown as refused, and was charged
	case from == Paying && to == Revoking:
		return channels.Deadline
	case from == Revoking || from == Revoked || from == Attention:
		return last // why it is undone
	case on == GotNotSent && said == channels.NoReason:
		return channels.LocalRefusal
	}
	return said
}

// Nudge asks the platform now about every payment of the sale that is not over.
func (e *Engine) Nudge(ctx context.Context, n int64) error {
	return e.each(ctx, n, Nudged, Paying, Revoking)
}

// Online nudges what waits for an account whose platform answers again.
func (e *Engine) Online(account string) {
	e.mu.Lock()
	var waiting []*live
	for _, l := range e.lives {
		if l.account.Name == account {
			waiting = append(waiting, l)
		}
	}
	e.mu.Unlock()
	for _, l := range waiting {
		if err := e.tell(l, Nudged, Revoking); err != nil {
			e.Log.Error("payment could not be nudged", "out_trade_no", l.outTradeNo, "error", err)
		}
	}
	for _, refundNo := range e.refunds.hurry(account, e.Now()) {
		e.queue.Wake(jobRefund, refundNo)
	}
	for _, outTradeNo := range e.settlements.hurry(e.Now()) {
		e.queue.Wake(jobSettle, outTradeNo)
	}
}

// each tells on to the sale's live payments that are in one of these states.
func (e *Engine) each(ctx context.Context, n int64, on Event, states ...State) error {
	payments, err := e.DB.Payments(ctx, n)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range payments {
		if l := e.find(p.OutTradeNo); l != nil {
			errs = append(errs, e.tell(l, on, states...))
		}
	}
	return errors.Join(errs...)
}

// tell applies an event from outside, and wakes the payment's job for its new step.
func (e *Engine) tell(l *live, on Event, states ...State) error {
	l.mu.Lock()
	state := l.life.State
	l.mu.Unlock()
	for _, s := range states {
		if s == state {
			if err := e.apply(l, nil, on, None, channels.Reply{}); err != nil {
				return err
			}
			e.queue.Wake(jobPayment, l.outTradeNo)
		}
	}
	return nil
}
