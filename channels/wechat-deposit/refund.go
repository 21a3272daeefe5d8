package wechatdeposit

import (
	"context"
	"errors"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errRefundNumber = errors.New("out_refund_no: is not 1 to 64 of the characters that the platform takes")

// Refund gives consumed money back (§10.3); a deposit that is still held is
// released by Revoke. Repeated with the same r it is the same refund.
func (c *Channel) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	e, err := c.refundOf(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{kind: refund, send: e})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefund(a, r)
}

func (c *Channel) refundOf(r channels.Refund) (elements, error) {
	e, err := named(r.Order) // the page has transaction_id alone; without it, what transcriptions add
	switch {
	case err != nil:
		return nil, err
	case !validNumber(r.RefundNo, 64, refundMore):
		return nil, errRefundNumber
	case r.Amount.Currency != "CNY" || r.Order.Amount.Currency != "CNY":
		return nil, errCurrency
	case r.Amount.Amount <= 0:
		return nil, errors.New("refund_fee: is not above zero")
	case r.Amount.Amount > r.Order.Amount.Amount:
		return nil, errors.New("refund_fee: is more than the deposit")
	}
	e["out_refund_no"] = r.RefundNo
	e["total_fee"] = strconv.FormatInt(r.Order.Amount.Amount, 10)
	e["refund_fee"] = strconv.FormatInt(r.Amount.Amount, 10)
	e["refund_fee_type"] = "CNY"
	e["refund_desc"] = wire.Cut(plain(r.Reason), 70)
	e["notify_url"] = c.cfg.NotifyURL
	return e, nil
}

func (c *Channel) understandRefund(a answer, r channels.Refund) channels.Reply {
	reply, _, ok := c.read(a)
	if !ok {
		return c.sameOrder(a, reply, r.Order)
	}
	name := c.contradicts(a.doc, r.Order, false)
	if name == "" {
		name = one(a.doc, "").contradicts(r, false)
	}
	if name != "" {
		return contradiction(reply, name)
	}
	reply.Outcome = channels.Accepted // accepted, not done
	reply.PlatformID = wire.Cut(a.doc["refund_id"], 32)
	reply.Payer = cashBack(a.doc)
	reply.Detail = detail(a.doc)
	return reply
}

func cashBack(e elements) channels.Money {
	n, ok := fen(e["cash_refund_fee"])
	if !ok {
		return channels.Money{}
	}
	return channels.Money{Amount: n, Currency: wire.Cut(orCNY(e["cash_fee_type"]), 16)}
}
