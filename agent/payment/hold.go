package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tillpay/agent/ledger"
	"tillpay/queue"
)

const jobHold = "hold"

// byPlatform is who ended a deposit that nobody here asked to end.
const byPlatform = "platform"

// warnBefore is how long before a deposit goes back by itself people are told:
// long enough to reach a manager who was away over a weekend.
const warnBefore = 5 * 24 * time.Hour

// returnSeen is how long after its day the automatic return is first asked for.
const returnSeen = 10 * time.Minute

// returnWait spaces the queries for it: the platform may take its time.
var returnWait = queue.Exponential(time.Hour, 24*time.Hour)

// Hold is when a held deposit is warned of, and when the platform returns it.
type Hold struct{ WarnAt, ReturnsAt time.Time }

// HoldOf tells a paid deposit's days; zero where its channel holds nothing.
func (a *Account) HoldOf(p ledger.Payment) Hold {
	since, hold := p.PaidAt, a.Sheet().Hold
	if since.IsZero() {
		since = p.EndedAt
	}
	if hold == 0 || since.IsZero() {
		return Hold{}
	}
	return Hold{since.Add(hold - warnBefore), since.Add(hold)}
}

// holding is what a hold's job must find again after a restart.
type holding struct {
	Warned int `json:"warned,omitempty"` // days of warnings that were given
}

// hold makes a paid payment's sale a held deposit, inside the payment's commit.
func (e *Engine) hold(tx *ledger.Tx, sale *ledger.Sale, row ledger.Payment) error {
	a := e.Accounts[row.Channel]
	if a == nil {
		return fmt.Errorf("deposit %s: its channel %q is no longer configured", row.OutTradeNo, row.Channel)
	}
	sale.State = ledger.SaleHeld
	return e.queue.Put(tx, queue.Job{Kind: jobHold, Key: row.OutTradeNo, Due: a.HoldOf(row).WarnAt})
}

// followHold is the queue's handler of one held deposit: it warns each day from
// the first on, and finds the automatic return.
func (e *Engine) followHold(ctx context.Context, c *queue.Claim) error {
	d, err := e.deposit(ctx, c.Key)
	if err != nil {
		return err
	}
	if d.sale.State != ledger.SaleHeld {
		return nil
	}
	now, hold := e.Now(), d.account.HoldOf(d.row)
	if now.Before(hold.WarnAt) {
		return queue.Snooze(hold.WarnAt)
	}
	if now.Before(hold.ReturnsAt.Add(returnSeen)) {
		return e.warn(c, d, hold, now)
	}
	return e.seek(ctx, c, d, now)
}

// warn journals one warning a day, which is an event too, however often the till
// starts anew.
func (e *Engine) warn(c *queue.Claim, d deposit, hold Hold, now time.Time) error {
	var h holding
	if len(c.Payload) > 0 {
		if err := json.Unmarshal(c.Payload, &h); err != nil {
			return queue.Park("hold cannot be read: %v", err)
		}
	}
	const day = 24 * time.Hour
	next := hold.ReturnsAt.Add(returnSeen)
	today := int(now.Sub(hold.WarnAt)/day) + 1 // from 1
	if tomorrow := hold.WarnAt.Add(time.Duration(today) * day); tomorrow.Before(hold.ReturnsAt) {
		next = tomorrow
	}
	if h.Warned >= today || !now.Before(hold.ReturnsAt) {
		return queue.Snooze(next)
	}
	h.Warned = today
	payload, err := json.Marshal(h)
	if err != nil {
		return err
	}
	err = e.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if err := tx.Journal("attention.deposit", d.sale.N, d.row.OutTradeNo, map[string]any{
			"amount": d.sale.Amount.Amount, "returns_at": hold.ReturnsAt.UTC(),
		}); err != nil {
			return err
		}
		// Who chose to let it go back is not asked again.
		if err := tx.Raise(ledger.Matter{Kind: MatterDeposit, Number: d.row.OutTradeNo, Sale: d.sale.N}, 2*warnBefore); err != nil {
			return err
		}
		return e.queue.Note(tx, c, payload)
	})
	if err != nil {
		return err
	}
	c.Payload = payload
	e.Log.Warn("deposit goes back by itself soon", "out_trade_no", d.row.OutTradeNo, "returns_at", hold.ReturnsAt)
	e.Changed(d.sale.N)
	return queue.Snooze(next)
}

// seek asks whether the platform returned the deposit. A capture or release under
// way finds it by itself.
func (e *Engine) seek(ctx context.Context, c *queue.Claim, d deposit, now time.Time) error {
	late := int(now.Sub(d.account.HoldOf(d.row).ReturnsAt) / (24 * time.Hour))
	again := queue.Snooze(now.Add(returnWait(1 + late)))
	if stands, err := stands(e.DB.Settlement(ctx, d.sale.N)); err != nil {
		return err
	} else if stands {
		return again
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r := d.account.Channel.Query(call, d.order())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e.Exchanged(d.account.Name, r)
	on := understandSettle(ledger.Settlement{Kind: ledger.Release}, settling{step: settleQuery}, r)
	if on != sawDone && on != sawOther { // sawOther: captured, in the merchant's console
		return again
	}
	err := e.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if stands, err := stands(tx.Settlement(d.sale.N)); err != nil {
			return err
		} else if stands { // asked for meanwhile
			return again
		}
		if err := e.ended(tx, d, r, byPlatform); err != nil {
			return err
		}
		return e.queue.Done(tx, c)
	})
	if err == nil {
		e.Changed(d.sale.N)
	}
	return err
}

// stands tells whether a sale's newest settlement is one that was not refused.
func stands(s ledger.Settlement, err error) (bool, error) {
	if errors.Is(err, ledger.ErrNotFound) {
		return false, nil
	}
	return err == nil && SettleState(s.State) != SettleRefused, err
}
