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

// ErrNotHeld: only a held deposit can be captured or released.
var ErrNotHeld = errors.New("payment: the sale is no held deposit")

// ErrHeld: a held deposit is released, not cancelled.
var ErrHeld = errors.New("payment: the sale is a held deposit")

// CaptureTooMuch: the capture is larger than the deposit.
type CaptureTooMuch struct{ Asked, Held channels.Money }

func (e *CaptureTooMuch) Error() string {
	return fmt.Sprintf("payment: capture of %s is more than the %s that are held", channels.Format(e.Asked), channels.Format(e.Held))
}

// Settled: the deposit was asked to end in another way already.
type Settled struct {
	Kind  string
	Money channels.Money
}

func (e *Settled) Error() string {
	if e.Kind == ledger.Release {
		return fmt.Sprintf("payment: the release of all %s was asked already", channels.Format(e.Money))
	}
	return fmt.Sprintf("payment: a capture of %s was asked already", channels.Format(e.Money))
}

const jobSettle = "settle"

// Capture owes a held deposit's capture: amount to the shop, the rest back. The
// same amount again is the same capture; what refuses is ErrNotHeld,
// *CaptureTooMuch or *Settled.
func (e *Engine) Capture(ctx context.Context, n, amount int64, by string) error {
	return e.settle(ctx, ledger.Settlement{Sale: n, Kind: ledger.Capture, Amount: amount}, by, nil)
}

// Release owes a held deposit's return, whole. Again is the same release.
func (e *Engine) Release(ctx context.Context, n int64, by string) error {
	return e.settle(ctx, ledger.Settlement{Sale: n, Kind: ledger.Release}, by, nil)
}

func (e *Engine) settle(ctx context.Context, s ledger.Settlement, by string, also func(*ledger.Tx) error) error {
	fresh := false
	err := e.DB.Update(ctx, func(tx *ledger.Tx) (err error) {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		fresh, err = e.owe(tx, s, by)
		return err
	})
	if err == nil && fresh {
		e.Changed(s.Sale)
	}
	return err
}

// owe stores s with the job that follows it, unless it is owed or over already.
func (e *Engine) owe(tx *ledger.Tx, s ledger.Settlement, by string) (fresh bool, err error) {
	sale, err := tx.Sale(s.Sale)
	if err != nil {
		return false, err
	}
	if s.Kind == ledger.Release {
		s.Amount = sale.Amount.Amount
	}
	old, err := tx.Settlement(s.Sale)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return false, err
	}
	switch found := err == nil && SettleState(old.State) != SettleRefused; {
	case found && old.Kind == s.Kind && old.Amount == s.Amount:
		return false, nil
	case found:
		return false, &Settled{old.Kind, channels.Money{Amount: old.Amount, Currency: sale.Amount.Currency}}
	case s.Kind == ledger.Release && sale.State == ledger.SaleReleased: // by the platform itself
		return false, nil
	case sale.State != ledger.SaleHeld:
		return false, ErrNotHeld
	case s.Amount > sale.Amount.Amount || s.Amount <= 0:
		return false, &CaptureTooMuch{channels.Money{Amount: s.Amount, Currency: sale.Amount.Currency}, sale.Amount}
	}
	for _, kind := range [...]string{MatterDeposit, MatterSettlement} { // somebody has decided
		if err := tx.Mended(kind, sale.PaidBy, by); err != nil {
			return false, err
		}
	}
	s.Try, s.OutTradeNo, s.State = old.Try+1, sale.PaidBy, string(SettleAsked)
	if err := tx.CreateSettlement(&s); err != nil {
		return false, err
	}
	if err := tx.Journal("sale."+s.Kind+"_asked", s.Sale, s.OutTradeNo, map[string]any{"amount": s.Amount, "try": s.Try, "by": by}); err != nil {
		return false, err
	}
	return true, e.queue.Put(tx, queue.Job{Kind: jobSettle, Key: s.OutTradeNo})
}

// settlements in work, by order number.
type settlements struct {
	mu   sync.Mutex
	m    map[string]settling
	held map[string]time.Time // deposits by when they were held, while they are young
}

// young is more than any platform's least age of a reverse.
const young = time.Hour

// hold remembers when a deposit's Pay ended, by this process's own clock.
func (s *settlements) hold(outTradeNo string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[string]time.Time{}
	}
	for no, old := range s.held {
		if at.Sub(old) > young {
			delete(s.held, no)
		}
	}
	s.held[outTradeNo] = at
}

func (s *settlements) seen(outTradeNo string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.held[outTradeNo]
	return at, ok
}

func (s *settlements) of(outTradeNo string) (settling, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, ok := s.m[outTradeNo]
	return w, ok
}

func (s *settlements) keep(outTradeNo string, w settling) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]settling{}
	}
	if w.step == settleOver {
		delete(s.m, outTradeNo)
		return
	}
	s.m[outTradeNo] = w
}

// hurry makes every query that waits due soon, and names it.
func (s *settlements) hurry(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for no, w := range s.m {
		if soon := now.Add(nudgeGap); w.step == settleQuery && w.queries > 0 && w.at.After(soon) { // the first one waits for the minimum age
			w.at = soon
			s.m[no] = w
		}
		all = append(all, no)
	}
	return all
}

// deposit is a held payment with what its calls need.
type deposit struct {
	sale    ledger.Sale
	row     ledger.Payment
	account *Account
}

func (e *Engine) deposit(ctx context.Context, outTradeNo string) (d deposit, err error) {
	if d.row, err = e.DB.Payment(ctx, outTradeNo); err != nil {
		return d, err
	}
	if d.sale, err = e.DB.Sale(ctx, d.row.Sale); err != nil {
		return d, err
	}
	if d.account = e.Accounts[d.row.Channel]; d.account == nil {
		return d, fmt.Errorf("deposit %s: its channel %q is no longer configured: put it back until the deposit is settled", outTradeNo, d.row.Channel)
	}
	return d, nil
}

func (d deposit) order() channels.Order {
	return channels.Order{OutTradeNo: d.row.OutTradeNo, PlatformID: d.row.PlatformID, Amount: d.sale.Amount, SubmittedAt: d.row.SubmittedAt}
}

// settleFrom is when the platform takes s: a reverse not before its minimum age,
// which counts from the payment where this process saw it, and from this process's
// start where it did not. The ledger's times are the wall clock's, which may have
// been set meanwhile.
func (e *Engine) settleFrom(d deposit, s ledger.Settlement) time.Time {
	from := e.began
	if at, ok := e.settlements.seen(d.row.OutTradeNo); ok {
		from = at
	}
	for _, u := range d.account.Sheet().Undo {
		if s.Kind == ledger.Release && u.How == channels.ByRevoke {
			return from.Add(u.MinAge)
		}
	}
	return from
}

// followSettlement is the queue's handler of one capture or release.
func (e *Engine) followSettlement(ctx context.Context, c *queue.Claim) error {
	d, err := e.deposit(ctx, c.Key)
	if err != nil {
		return err
	}
	s, err := e.DB.Settlement(ctx, d.sale.N)
	if err != nil {
		return err
	}
	w, ok := e.settlements.of(c.Key)
	if !ok {
		w = settling{step: settleQuery, at: e.settleFrom(d, s), doubt: s.AskedAt.Before(e.began) || SettleState(s.State) == SettleAccepted}
		e.settlements.keep(c.Key, w)
	}
	for {
		if w.at.After(e.Now()) {
			return queue.Snooze(w.at)
		}
		r := e.exchangeSettlement(ctx, d, s, w.step)
		if ctx.Err() != nil {
			return ctx.Err() // the answer to a shutdown is no answer
		}
		e.Exchanged(d.account.Name, r)
		on := understandSettle(s, w, r)
		to, next := nextSettle(SettleState(s.State), on)
		moved := to != SettleState(s.State)
		if moved {
			if s, err = e.storeSettlement(c, d, s, to, w, r); err != nil {
				w.step = settleQuery // whatever was asked, a query comes before it is asked again
				e.settlements.keep(c.Key, w)
				return err
			}
		} else if s, err = e.noteSettlement(s, w, on, r); err != nil {
			return err
		}
		w = w.learn(on, next, moved, r, e.Now())
		if w, err = e.tellLateSettlement(s, w); err != nil {
			e.Log.Error("late settlement could not be told", "out_trade_no", s.OutTradeNo, "error", err)
		}
		e.settlements.keep(c.Key, w)
		if next == settleOver {
			return nil
		}
	}
}

func (e *Engine) exchangeSettlement(ctx context.Context, d deposit, s ledger.Settlement, step settleStep) channels.Reply {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	defer e.watch(d.account.Name)()
	if step != settleAsk {
		return d.account.Channel.Query(ctx, d.order())
	}
	e.Log.Info("settling", "out_trade_no", s.OutTradeNo, "channel", d.account.Name, "how", s.Kind, "amount", s.Amount)
	capturer, ok := d.account.Channel.(channels.Capturer)
	if ok && s.Kind == ledger.Capture {
		return capturer.Capture(ctx, d.order(), channels.Money{Amount: s.Amount, Currency: d.sale.Amount.Currency})
	}
	if r, ok := d.account.Channel.(channels.Revoker); ok && s.Kind == ledger.Release {
		return r.Revoke(ctx, d.order())
	}
	return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal, Message: "the channel settles no deposits"}
}

// storeSettlement writes a settlement's move with what it means for the sale and
// the paper. A refusal is told in the words of the ask, not of the query behind it.
func (e *Engine) storeSettlement(c *queue.Claim, d deposit, s ledger.Settlement, to SettleState, w settling, r channels.Reply) (ledger.Settlement, error) {
	from, said := s.State, r
	if to == SettleRefused && w.refusal != nil {
		said = *w.refusal
	}
	s.State, s.Reason, s.Code, s.Message = string(to), said.Reason, said.Code, said.Message
	switch {
	case to == SettleAttention:
		s.Reason = channels.Mismatch
	case to == SettleRefused && s.Reason == channels.NoReason:
		s.Reason = channels.TooLate // it went back before it was captured
	}
	over := to != SettleAccepted
	if over {
		s.EndedAt = e.Now()
	}
	err := e.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if err := tx.SaveSettlement(s); err != nil {
			return err
		}
		if err := tx.Journal("sale."+s.Kind+"_"+s.State, s.Sale, s.OutTradeNo, map[string]any{
			"amount": s.Amount, "try": s.Try, "reason": s.Reason, "code": s.Code, "message": s.Message,
		}); err != nil {
			return err
		}
		if err := settlementMatter(tx, s); err != nil || !over {
			return err
		}
		if err := e.ended(tx, d, r, s.Kind); err != nil {
			return err
		}
		return e.queue.Done(tx, c)
	})
	if err == nil {
		e.Log.Info("settlement moved", "out_trade_no", s.OutTradeNo, "what", s.Kind, "from", from, "to", to, "reason", s.Reason)
		e.Changed(s.Sale)
		if over {
			e.queue.Wake(jobHold, s.OutTradeNo) // nothing is held any more, or it is again
		}
	}
	return s, err
}

// noteSettlement keeps what the platform answered to an ask that it did not take,
// so that a person can mend what is wrong.
func (e *Engine) noteSettlement(s ledger.Settlement, w settling, on settleEvent, r channels.Reply) (ledger.Settlement, error) {
	if w.step != settleAsk || on != sawNothing || r.Code == "" || s.Code == r.Code {
		return s, nil
	}
	s.Reason, s.Code, s.Message = r.Reason, r.Code, r.Message
	e.Log.Warn("settlement not taken", "out_trade_no", s.OutTradeNo, "what", s.Kind, "reason", s.Reason, "code", s.Code, "message", s.Message)
	err := e.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if err := tx.SaveSettlement(s); err != nil {
			return err
		}
		return tx.Journal("sale."+s.Kind+"_noted", s.Sale, s.OutTradeNo, map[string]any{
			"amount": s.Amount, "try": s.Try, "reason": s.Reason, "code": s.Code, "message": s.Message,
		})
	})
	if err != nil { // a query comes before it is asked again
		e.settlements.keep(s.OutTradeNo, settling{step: settleQuery, doubt: true})
	} else {
		e.Changed(s.Sale)
	}
	return s, err
}

// ended makes the sale what a query's verified reply proved of its deposit. A
// deposit that is still held is left as it is. by is what ended it: a capture, a
// release, or the platform.
func (e *Engine) ended(tx *ledger.Tx, d deposit, r channels.Reply, by string) error {
	sale, err := tx.Sale(d.sale.N)
	if err != nil || sale.State != ledger.SaleHeld {
		return err
	}
	what, slip := "", Slip{Number: d.row.OutTradeNo}
	switch {
	case r.Outcome == channels.Paid && r.Captured == 0:
		return nil
	case r.Outcome == channels.Paid:
		sale.State, sale.Captured, what, slip.Kind = ledger.SalePaid, r.Captured, "sale.captured", "sale"
	default:
		sale.State, what, slip.Kind = ledger.SaleReleased, "sale.released", "released"
	}
	if by != byPlatform { // nobody waits for the paper of what happened by itself
		if err := e.Slip(tx, &sale, slip); err != nil {
			return err
		}
	}
	if err := tx.SaveSale(sale); err != nil {
		return err
	}
	if err := tx.Mended(MatterDeposit, d.row.OutTradeNo, by); err != nil {
		return err
	}
	return tx.Journal(what, sale.N, d.row.OutTradeNo, map[string]any{
		"amount": max(sale.Captured, 0), "returned": sale.Amount.Amount - sale.Captured, "by": by,
	})
}
