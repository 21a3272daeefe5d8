package payment

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// ErrNotPrepared: this channel creates no orders.
var ErrNotPrepared = errors.New("payment: the channel prepares no orders")

// preparing is an order that is being created, and what came of it.
type preparing struct {
	channels.Preparation
	params json.RawMessage
	done   chan struct{} // closed when the first exchange was stored, or could not be
	once   sync.Once
}

// Prepare creates an order that the customer pays in an app, and answers what
// starts it there. It is a payment like any other: durable before a byte leaves,
// followed to its end, closed at its own deadline. Params are empty where the
// platform's answer is not known: the order is then followed and closed.
func (e *Engine) Prepare(ctx context.Context, sale ledger.Sale, a *Account, payer, options map[string]json.RawMessage) (ledger.Payment, json.RawMessage, error) {
	if _, ok := a.Channel.(channels.Preparer); !ok {
		return ledger.Payment{}, nil, ErrNotPrepared
	}
	now := e.Now()
	order := &preparing{done: make(chan struct{}), Preparation: channels.Preparation{
		Amount: sale.Amount, Description: sale.Description, Items: sale.Items, Cashier: sale.Cashier,
		Payer: payer, Options: options, ExpiresAt: now.Add(a.Prepared.Deadline),
	}}
	l := &live{account: a, sale: sale, order: order, life: Life{State: Submitting, SubmittedAt: now, Prepared: true}}
	l.life.ExpiresAt = order.ExpiresAt
	progress, err := json.Marshal(l.life)
	if err != nil {
		return ledger.Payment{}, nil, err
	}
	row, err := e.submit(ctx, l, ledger.Payment{Progress: progress})
	if err != nil {
		return row, nil, err
	}
	select {
	case <-order.done:
	case <-ctx.Done(): // the order is followed all the same
	}
	row, err = e.DB.Payment(context.WithoutCancel(ctx), row.OutTradeNo)
	if err != nil {
		return row, nil, err
	}
	var life Life
	err = json.Unmarshal(row.Progress, &life)
	return row, life.Params, err
}

// create makes the exchange that creates an order.
func (e *Engine) create(ctx context.Context, l *live, order *preparing) channels.Reply {
	order.OutTradeNo = l.outTradeNo
	r, params := l.account.Channel.(channels.Preparer).Prepare(ctx, order.Preparation)
	l.mu.Lock()
	defer l.mu.Unlock()
	order.params = params
	return r
}

// told ends the wait of the one who asked for the order: its first exchange was
// stored, or cannot be.
func (l *live) told() {
	if l.order != nil {
		l.order.once.Do(func() { close(l.order.done) })
	}
}

// NewPreparedPlan makes the plan of a channel's prepared orders: the customer has
// minutes, so queries grow rarer, and the order is closed where that can be done.
func NewPreparedPlan(sheet channels.Sheet, deadline time.Duration) Plan {
	p := NewPlan(sheet, "advised", deadline)
	last := deadline - lastQuery
	p.Schedule = nil
	for age, gap := 3*time.Second, 3*time.Second; age < last; age += gap {
		p.Schedule = append(p.Schedule, age)
		if age >= 30*time.Second {
			gap = 5 * time.Second
		}
		if age >= 90*time.Second {
			gap = 10 * time.Second
		}
	}
	p.Schedule = append(p.Schedule, last)
	if sheet.UndoPrepared != nil {
		p.Undo = sheet.UndoPrepared
	}
	return p
}
