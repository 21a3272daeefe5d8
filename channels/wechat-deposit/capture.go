package wechatdeposit

import (
	"context"
	"errors"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Capture consumes: amount goes to the sub-merchant, the rest back to the
// customer (§10.1). There is one consume a deposit, and the same amount again
// does no harm (B-3). Its success is Accepted: a query whose Captured is amount
// proves it. To settle nothing is to Revoke.
func (c *Channel) Capture(ctx context.Context, o channels.Order, amount channels.Money) channels.Reply {
	e, err := consumption(o, amount)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{kind: consume, send: e})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandCapture(a, o, amount)
}

func consumption(o channels.Order, amount channels.Money) (elements, error) {
	e, err := named(o)
	switch {
	case err != nil:
		return nil, err
	case amount.Currency != "CNY" || o.Amount.Currency != "CNY":
		return nil, errCurrency
	case amount.Amount <= 0:
		return nil, errors.New("consume_fee: is not above zero; a deposit that costs nothing is released")
	case amount.Amount > o.Amount.Amount:
		return nil, errors.New("consume_fee: is more than the deposit")
	}
	e["total_fee"] = strconv.FormatInt(o.Amount.Amount, 10)
	e["consume_fee"] = strconv.FormatInt(amount.Amount, 10)
	e["fee_type"] = "CNY"
	return e, nil
}

func (c *Channel) understandCapture(a answer, o channels.Order, amount channels.Money) channels.Reply {
	r, _, ok := c.read(a)
	if !ok {
		return c.sameOrder(a, r, o)
	}
	name := c.contradicts(a.doc, o, false)
	if s := a.doc["consume_fee"]; name == "" && s != "" {
		if n, ok := fen(s); !ok || n != amount.Amount {
			name = "consume_fee"
		}
	}
	if name != "" {
		return contradiction(r, name)
	}
	r.Outcome = channels.Accepted
	r.PlatformID = wire.Cut(a.doc["transaction_id"], 32)
	r.Detail = detail(a.doc)
	return r
}
