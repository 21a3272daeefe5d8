package payment

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/queue"
)

// ErrNotPaid: only a paid sale has money to give back.
var ErrNotPaid = errors.New("payment: the sale is not paid")

// RefundTooMuch: the refund is larger than what is left of the payment.
type RefundTooMuch struct{ Asked, Left channels.Money }

func (e *RefundTooMuch) Error() string {
	return fmt.Sprintf("payment: refund of %s is more than the %s that are left", channels.Format(e.Asked), channels.Format(e.Left))
}

// RefundTooLate: the platform takes no refund of so old a payment.
type RefundTooLate struct{ Window time.Duration }

func (e *RefundTooLate) Error() string {
	return fmt.Sprintf("payment: the platform refunds for %d days after the payment only", int(e.Window.Hours()/24))
}

// Refund owes money back. f carries reference, fingerprint, amount (0: all that
// is left), note and who; the same reference and fingerprint answer the same
// refund, fresh then being false.
func (e *Engine) Refund(ctx context.Context, n int64, f ledger.Refund, by string) (_ ledger.Refund, fresh bool, err error) {
	now := e.Now()
	f.Sale, f.State, f.RefundNo = n, string(RefundAsked), e.Numbers.Next(now)
	err = e.DB.Update(ctx, func(tx *ledger.Tx) error {
		sale, err := tx.Sale(n)
		if err != nil {
			return err
		}
		if old, err := tx.RefundFor(f.Reference); err == nil {
			if old.Sale != n || string(old.Fingerprint) != string(f.Fingerprint) {
				return fmt.Errorf("%w: refund %s", ledger.ErrConflict, old.RefundNo)
			}
			f, fresh = old, false
			return nil
		} else if !errors.Is(err, ledger.ErrNotFound) {
			return err
		}
		if err := e.refundable(tx, sale, &f, now); err != nil {
			return err
		}
		if fresh, err = tx.CreateRefund(&f); err != nil {
			return err
		}
		if err := tx.Journal("refund.asked", n, f.RefundNo, map[string]any{
			"out_trade_no": f.OutTradeNo, "reference": f.Reference, "amount": f.Amount, "note": f.Note, "by": by,
		}); err != nil {
			return err
		}
		return e.queue.Put(tx, queue.Job{Kind: jobRefund, Key: f.RefundNo})
	})
	if err == nil && fresh {
		e.Changed(n)
	}
	return f, fresh, err
}

// refundable checks f against the sale and fills in what follows from it.
func (e *Engine) refundable(tx *ledger.Tx, sale ledger.Sale, f *ledger.Refund, now time.Time) error {
	if sale.State != ledger.SalePaid && sale.State != ledger.SaleRefunded { // of the latter nothing is left
		return ErrNotPaid
	}
	refunds, err := tx.Refunds(sale.N)
	if err != nil {
		return err
	}
	left := sale.Taken()
	for _, r := range refunds {
		if RefundState(r.State) != RefundRefused {
			left -= r.Amount
		}
	}
	if f.Amount == 0 {
		f.Amount = left
	}
	if f.Amount > left || f.Amount <= 0 {
		return &RefundTooMuch{channels.Money{Amount: f.Amount, Currency: sale.Amount.Currency}, channels.Money{Amount: left, Currency: sale.Amount.Currency}}
	}
	f.OutTradeNo = sale.PaidBy
	payments, err := tx.Payments(sale.N)
	if err != nil {
		return err
	}
	for _, p := range payments {
		if p.OutTradeNo != sale.PaidBy {
			continue
		}
		a := e.Accounts[p.Channel]
		if a == nil {
			return fmt.Errorf("payment %s: its channel %q is no longer configured", p.OutTradeNo, p.Channel)
		}
		if w := a.Channel.Sheet().RefundWindow; w > 0 && now.Sub(p.SubmittedAt) > w {
			return &RefundTooLate{w}
		}
	}
	return nil
}

// refunding is what the queue's handler remembers of a refund between its runs.
type refunding struct {
	step    refundStep
	at      time.Time
	queries int
	asked   bool // asked once in this process
}

// refunds in work, by number. Losing it is harmless: a refund is asked again
// under the same number.
type refunds struct {
	mu sync.Mutex
	m  map[string]refunding
}

func (r *refunds) of(no string) refunding {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w, ok := r.m[no]; ok {
		return w
	}
	return refunding{step: refundAsk}
}

func (r *refunds) keep(no string, w refunding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[string]refunding{}
	}
	if w.step == refundOver {
		delete(r.m, no)
		return
	}
	r.m[no] = w
}

// hurry makes all that waits due, and names it.
func (r *refunds) hurry() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for no, w := range r.m {
		w.at = time.Time{}
		r.m[no] = w
		all = append(all, no)
	}
	return all
}

// followRefund is the queue's handler of one refund.
func (e *Engine) followRefund(ctx context.Context, c *queue.Claim) error {
	f, err := e.DB.Refund(ctx, c.Key)
	if err != nil {
		return err
	}
	p, err := e.DB.Payment(ctx, f.OutTradeNo)
	if err != nil {
		return err
	}
	a := e.Accounts[p.Channel]
	if a == nil {
		return fmt.Errorf("refund %s: its channel %q is no longer configured: put it back until the refund is settled", f.RefundNo, p.Channel)
	}
	w := e.refunds.of(f.RefundNo)
	if RefundState(f.State) == RefundAccepted && w.step == refundAsk {
		w.step = refundQuery // it was accepted before a restart
	}
	now := e.Now()
	if w.step == refundAsk && !w.asked {
		if w.at, err = e.refundFrom(ctx, a, f); err != nil {
			return err
		}
	}
	if w.at.After(now) {
		return queue.Snooze(w.at)
	}
	reply, err := e.exchangeRefund(ctx, a, f, p, w.step)
	if err != nil {
		return err
	}
	e.Exchanged(a.Name, reply)
	to, next := nextRefund(RefundState(f.State), understandRefund(w.step == refundAsk, reply, a.Channel.Sheet()))
	w.asked = w.asked || w.step == refundAsk
	if to != RefundState(f.State) {
		w.queries = 0
		if err := e.storeRefund(ctx, c, f, to, reply); err != nil {
			return err
		}
	} else {
		w.queries++
	}
	w.step, w.at = next, e.Now().Add(refundWait(w.queries))
	e.refunds.keep(f.RefundNo, w)
	if next == refundOver {
		return nil
	}
	return queue.Snooze(w.at)
}

// refundFrom is when the platform takes the refund: a gap after the last one of
// the same order.
func (e *Engine) refundFrom(ctx context.Context, a *Account, f ledger.Refund) (time.Time, error) {
	all, err := e.DB.Refunds(ctx, f.Sale)
	if err != nil {
		return time.Time{}, err
	}
	var from time.Time
	for _, r := range all { // oldest first, each a gap after the one before
		from = later(r.AskedAt, from)
		if r.RefundNo == f.RefundNo {
			return from, nil
		}
		from = from.Add(a.Channel.Sheet().RefundGap)
	}
	return from, nil
}

func (e *Engine) exchangeRefund(ctx context.Context, a *Account, f ledger.Refund, p ledger.Payment, step refundStep) (channels.Reply, error) {
	sale, err := e.DB.Sale(ctx, f.Sale)
	if err != nil {
		return channels.Reply{}, err
	}
	r := channels.Refund{
		Order:    channels.Order{OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: sale.Amount, SubmittedAt: p.SubmittedAt},
		RefundNo: f.RefundNo, PlatformID: f.PlatformID, Reason: f.Note,
		Amount: channels.Money{Amount: f.Amount, Currency: sale.Amount.Currency},
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if step == refundAsk {
		return a.Channel.Refund(call, r), ctx.Err()
	}
	return a.Channel.QueryRefund(call, r), ctx.Err()
}

// storeRefund writes a refund's move with what it means for the sale and the paper.
func (e *Engine) storeRefund(ctx context.Context, c *queue.Claim, f ledger.Refund, to RefundState, r channels.Reply) error {
	from := RefundState(f.State)
	f.State, f.Reason, f.Code, f.Message = string(to), r.Reason, r.Code, r.Message
	if r.PlatformID != "" {
		f.PlatformID = r.PlatformID
	}
	over := to != RefundAccepted
	if over {
		f.EndedAt = e.Now()
	}
	err := e.DB.Update(context.WithoutCancel(ctx), func(tx *ledger.Tx) error {
		if err := tx.SaveRefund(f); err != nil {
			return err
		}
		sale, err := tx.Sale(f.Sale)
		if err != nil {
			return err
		}
		if to == RefundDone {
			if sale.Refunded += f.Amount; sale.Refunded == sale.Taken() {
				sale.State = ledger.SaleRefunded
			}
		}
		if from == RefundAsked && (to == RefundAccepted || to == RefundDone) {
			if err := e.Slip(tx, &sale, Slip{Kind: "refund", Number: f.RefundNo}); err != nil {
				return err
			}
		}
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
		if err := tx.Journal("refund."+string(to), f.Sale, f.RefundNo, map[string]any{
			"amount": f.Amount, "reason": f.Reason, "code": f.Code, "message": f.Message, "platform_id": f.PlatformID,
		}); err != nil {
			return err
		}
		if over {
			return e.queue.Done(tx, c)
		}
		return nil
	})
	if err == nil {
		e.Log.Info("refund moved", "refund_no", f.RefundNo, "from", from, "to", to, "reason", f.Reason)
		e.Changed(f.Sale)
	}
	return err
}
