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
	return e.RefundWith(ctx, n, f, by, func(*ledger.Tx) error { return nil })
}

// RefundWith is Refund; also runs in the same commit, before it.
func (e *Engine) RefundWith(ctx context.Context, n int64, f ledger.Refund, by string, also func(*ledger.Tx) error) (_ ledger.Refund, fresh bool, err error) {
	now := e.Now()
	f.Sale, f.State, f.RefundNo = n, string(RefundAsked), e.Numbers.Next(now)
	err = e.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
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
		if w := a.Sheet().RefundWindow; w > 0 && now.Sub(p.SubmittedAt) > w {
			return &RefundTooLate{w}
		}
	}
	return nil
}

// refunding is what the queue's handler remembers of a refund between its runs.
type refunding struct {
	account string
	step    refundStep
	at      time.Time
	queries int
	asked   bool // asked once in this process
	raised  time.Time
}

// refunds in work, by number. Losing it is harmless: a refund is asked again
// under the same number.
type refunds struct {
	mu      sync.Mutex
	m       map[string]refunding
	sent    map[string]time.Time // by order and by refund: when it last went out
	hurried map[string]int       // by account: how often its network came back
}

func (r *refunds) went(f ledger.Refund, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent == nil {
		r.sent = map[string]time.Time{}
	}
	r.sent[f.OutTradeNo], r.sent[f.RefundNo] = now, now
}

func (r *refunds) last(no string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[no]
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
	r.put(no, w)
}

// put is keep; r.mu is held.
func (r *refunds) put(no string, w refunding) {
	if r.m == nil {
		r.m = map[string]refunding{}
	}
	r.m[no] = w
	if w.step == refundOver {
		delete(r.m, no)
	}
}

// unsent stores w behind a try that never left. hurried was read before it: a
// network that came back meanwhile has hurried what w was then, and w waits for
// none that is to come.
func (r *refunds) unsent(no string, w refunding, hurried int, now time.Time) refunding {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.at = now.Add(unsentWait); r.hurried[w.account] != hurried {
		w.at = now.Add(nudgeGap)
	}
	r.put(no, w)
	return w
}

// hurries counts how often an account's network came back.
func (r *refunds) hurries(account string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hurried[account]
}

// hurry makes all that waits for an account's answer due soon, and names it. What
// was not asked yet waits for the platform's gap, and a network that comes and goes
// may not make this a hammer.
func (r *refunds) hurry(account string, now time.Time) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hurried == nil {
		r.hurried = map[string]int{}
	}
	r.hurried[account]++
	var all []string
	for no, w := range r.m {
		if w.account != account || !w.asked && w.step == refundAsk {
			continue
		}
		w.queries = 0 // what was waited while nobody could answer counts no more
		if soon := now.Add(nudgeGap); w.at.After(soon) {
			w.at = soon
		}
		r.m[no] = w
		all = append(all, no)
	}
	return all
}

// unsentWait is the wait before a try that follows one which never left. What makes
// it sooner is the network's return; thousands of refunds that are owed must not keep
// a till busy through a day without one.
const unsentWait = 10 * time.Minute

// followRefund is the queue's handler of one refund.
func (e *Engine) followRefund(ctx context.Context, c *queue.Claim) error {
	f, p, a, err := e.owedRefund(ctx, c.Key)
	if err != nil {
		return err
	}
	hurried := e.refunds.hurries(a.Name)
	w := e.refunds.of(f.RefundNo)
	w.account = a.Name
	if RefundState(f.State) == RefundAccepted && w.step == refundAsk {
		w.step = refundQuery // it was accepted before a restart
	}
	now := e.Now()
	if w.step == refundAsk && !w.asked {
		var behind bool
		if w, behind, err = e.refundTurn(ctx, a, f, w); err != nil {
			return err
		}
		if e.refunds.keep(f.RefundNo, w); behind {
			return queue.Snooze(later(w.at, now.Add(aheadWait)))
		}
	}
	if w.at.After(now) {
		return queue.Snooze(w.at)
	}
	reply, asked, err := e.exchangeRefund(ctx, a, f, p, w.step)
	if err != nil {
		return err
	}
	e.Exchanged(a.Name, reply)
	to, next := nextRefund(RefundState(f.State), understandRefund(asked, reply, a.Sheet()))
	w.asked = w.asked || asked
	if to != RefundState(f.State) {
		w.queries = 0
		done := func(*ledger.Tx) error { return nil }
		if next == refundOver {
			done = func(tx *ledger.Tx) error { return e.queue.Done(tx, c) }
		}
		if err := e.storeRefund(ctx, f, to, reply, done); err != nil {
			return err
		}
		e.followers(ctx, f)
	} else {
		// What never left, or came too fast for the platform, says nothing of how long to wait.
		if reply.Outcome != channels.NotSent && reply.Reason != channels.RateLimited {
			w.queries++
		}
		if w, err = e.tellLateRefund(f, w); err != nil {
			return err
		}
	}
	w.step, w.at = next, e.Now().Add(refundWait(w.queries))
	if reply.Outcome == channels.NotSent {
		w = e.refunds.unsent(f.RefundNo, w, hurried, e.Now())
	} else {
		e.refunds.keep(f.RefundNo, w)
	}
	if next == refundOver {
		return nil
	}
	return queue.Snooze(w.at)
}

// owedRefund reads a refund, its payment, and the account that gives it back.
func (e *Engine) owedRefund(ctx context.Context, no string) (f ledger.Refund, p ledger.Payment, a *Account, err error) {
	if f, err = e.DB.Refund(ctx, no); err != nil {
		return f, p, nil, err
	}
	if p, err = e.DB.Payment(ctx, f.OutTradeNo); err != nil {
		return f, p, nil, err
	}
	if a = e.Accounts[p.Channel]; a == nil {
		return f, p, nil, fmt.Errorf("refund %s: its channel %q is no longer configured: put it back until the refund is settled", f.RefundNo, p.Channel)
	}
	return f, p, a, nil
}

// refundTurn is when f may go out first: a gap after the last one of its order was
// asked for, and not before that one went out. A day without network must not send
// them all at once. behind: an earlier one has no answer yet, and wakes this one.
func (e *Engine) refundTurn(ctx context.Context, a *Account, f ledger.Refund, w refunding) (_ refunding, behind bool, err error) {
	all, err := e.DB.Refunds(ctx, f.Sale)
	if err != nil {
		return w, false, err
	}
	gap, now := a.Sheet().RefundGap, e.Now()
	if w.at.IsZero() {
		w.at = steady(refundFrom(all, f, gap, now), now)
	}
	if went := e.refunds.last(f.OutTradeNo); !went.IsZero() {
		w.at = later(w.at, went.Add(gap))
	}
	for _, r := range all {
		if r.RefundNo == f.RefundNo {
			break
		}
		behind = behind || RefundState(r.State) == RefundAsked // it went out or not: nobody has answered for it
	}
	return w, behind, nil
}

// refundFrom is when the platform takes the refund by the ledger's times. A clock
// that was set back must not make it wait for longer.
func refundFrom(all []ledger.Refund, f ledger.Refund, gap time.Duration, now time.Time) (from time.Time) {
	latest := now
	for _, r := range all { // oldest first, each a gap after the one before
		from = later(r.AskedAt, from)
		if r.RefundNo == f.RefundNo {
			break
		}
		from = from.Add(gap)
		latest = latest.Add(gap)
	}
	if from.After(latest) {
		return latest
	}
	return from
}

// steady is at, a time of the ledger's, told by the monotonic clock: one that is
// waited for must not move when somebody sets the clock.
func steady(at, now time.Time) time.Time { return now.Add(at.Sub(now)) }

// exchangeRefund asks for f, or what became of it; asked says which it was.
func (e *Engine) exchangeRefund(ctx context.Context, a *Account, f ledger.Refund, p ledger.Payment, step refundStep) (_ channels.Reply, asked bool, err error) {
	sale, err := e.DB.Sale(ctx, f.Sale)
	if err != nil {
		return channels.Reply{}, false, err
	}
	r, err := e.asRefund(ctx, a, f, p, sale)
	if err != nil {
		return channels.Reply{}, false, err
	}
	if step != refundAsk {
		reply := e.exchange(ctx, a, pacedRefundQuery, func(ctx context.Context) channels.Reply { return a.Channel.QueryRefund(ctx, r) })
		return reply, false, ctx.Err()
	}
	reply := e.exchange(ctx, a, pacedRefund, func(ctx context.Context) (reply channels.Reply) {
		reply, asked = e.sendRefund(ctx, a, f, r)
		return reply
	})
	if asked && reply.Outcome != channels.NotSent {
		e.refunds.went(f, e.Now()) // at the latest: the next one keeps its distance
	}
	return reply, asked, ctx.Err()
}

// aheadWait is when a refund that has another of its order before it looks again by
// itself. The other one wakes it.
const aheadWait = time.Minute

// followers wakes the refunds of f's order that wait for its answer.
func (e *Engine) followers(ctx context.Context, f ledger.Refund) {
	all, err := e.DB.Refunds(ctx, f.Sale)
	if err != nil {
		e.Log.Error("refunds could not be read", "error", err)
	}
	for _, r := range all {
		if RefundState(r.State) == RefundAsked && r.RefundNo != f.RefundNo {
			e.queue.Wake(jobRefund, r.RefundNo)
		}
	}
}

// asRefund names f to its platform.
func (e *Engine) asRefund(ctx context.Context, a *Account, f ledger.Refund, p ledger.Payment, sale ledger.Sale) (r channels.Refund, err error) {
	r = channels.Refund{
		Order:    channels.Order{OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: sale.Amount, SubmittedAt: p.SubmittedAt},
		RefundNo: f.RefundNo, PlatformID: f.PlatformID, Reason: f.Note,
		Amount: channels.Money{Amount: f.Amount, Currency: sale.Amount.Currency},
	}
	if a.Sheet().RefundDated {
		r.SentAt, err = e.sentAt(ctx, f)
	}
	return r, err
}

// AskRefund asks the platform what it says now of a refund. It changes nothing.
func (e *Engine) AskRefund(ctx context.Context, f ledger.Refund, p ledger.Payment, sale ledger.Sale) channels.Reply {
	a := e.Accounts[p.Channel]
	if a == nil {
		return channels.Reply{}
	}
	r, err := e.asRefund(ctx, a, f, p, sale)
	if err != nil {
		return channels.Reply{}
	}
	return a.Channel.QueryRefund(ctx, r)
}

// storeRefund writes a refund's move with what it means for the sale, the paper
// and the list of what needs a person. also runs first.
func (e *Engine) storeRefund(ctx context.Context, f ledger.Refund, to RefundState, r channels.Reply, also func(*ledger.Tx) error) error {
	from := RefundState(f.State)
	f.State, f.Reason, f.Code, f.Message, f.EndedAt = string(to), r.Reason, r.Code, r.Message, time.Time{}
	if r.PlatformID != "" {
		f.PlatformID = r.PlatformID
	}
	if to != RefundAccepted && to != RefundAsked {
		f.EndedAt = e.Now()
	}
	err := e.DB.Update(context.WithoutCancel(ctx), func(tx *ledger.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		if err := tx.SaveRefund(f); err != nil {
			return err
		}
		if err := refundMatter(tx, f, from); err != nil {
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
			if err := e.refundSlip(tx, &sale, f); err != nil {
				return err
			}
		}
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
		return tx.Journal("refund."+string(to), f.Sale, f.RefundNo, map[string]any{
			"amount": f.Amount, "reason": f.Reason, "code": f.Code, "message": f.Message, "platform_id": f.PlatformID,
		})
	})
	if err == nil {
		e.Log.Info("refund moved", "refund_no", f.RefundNo, "from", from, "to", to, "reason", f.Reason)
		e.Changed(f.Sale)
	}
	return err
}

// refundSlip owes a refund's slip once: one that was stuck and asked for again has it,
// unless it never came out.
func (e *Engine) refundSlip(tx *ledger.Tx, sale *ledger.Sale, f ledger.Refund) error {
	if out, err := tx.OnPaper(f.Sale, f.RefundNo); out || err != nil {
		return err
	}
	return e.Slip(tx, sale, Slip{Kind: "refund", Number: f.RefundNo})
}
