package fubei

import (
	"context"
	"errors"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Refund asks for r (§8). Repeated with the same r it is the same refund:
// merchant_refund_sn is the only idempotency, and an empty sum would refund all.
func (c *Channel) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	biz, err := c.refundBody(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: c.set.gen.refund, biz: biz})
	if err != nil {
		return wire.Failed(err)
	}
	return c.learned(a, c.understandRefund(a, r))
}

func (c *Channel) refundBody(r channels.Refund) ([]byte, error) {
	switch {
	case !number(r.RefundNo):
		return nil, errRefundNumber
	case r.Order.Amount.Amount > 0 && r.Amount.Amount > r.Order.Amount.Amount:
		return nil, errTooMuch
	}
	if err := c.checkMoney(r.Amount); err != nil {
		return nil, err
	}
	var o object
	if err := c.name(&o, r.Order); err != nil {
		return nil, err
	}
	o.text("merchant_refund_sn", r.RefundNo)
	o.money(c.set.gen.refundSum, r.Amount.Amount)
	if c.set.gen.two {
		o.text("device_no", c.device())
	}
	return o.bytes(), nil
}

var errRefundNumber = errors.New("merchant_refund_sn: is not 1 to 32 letters and digits")

// understandRefund: taken is not done, whatever state 2.0 adds to the numbers.
func (c *Channel) understandRefund(a answer, r channels.Refund) channels.Reply {
	if !a.done() {
		return c.refusal(a, refunding)
	}
	// 1.0 is known to answer numbers only, so its sum need not be there.
	reply, ok := c.refundReply(a, r, c.set.gen.two)
	if ok {
		reply.Outcome = channels.Accepted
	}
	return reply
}

// QueryRefund asks what became of r.
func (c *Channel) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	biz, err := c.refundQueryBody(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: c.set.gen.refundQuery, biz: biz})
	if err != nil {
		return wire.Failed(err)
	}
	return c.learned(a, c.understandRefundQuery(a, r))
}

// refundQueryBody is by our number, or the platform's; 1.0 wants the order's, too.
func (c *Channel) refundQueryBody(r channels.Refund) ([]byte, error) {
	var o object
	if c.set.gen.two {
		o.number("merchant_id", c.cfg.MerchantID)
	} else if err := c.name(&o, r.Order); err != nil {
		return nil, err
	}
	switch {
	case number(r.RefundNo):
		o.text("merchant_refund_sn", r.RefundNo)
	case r.RefundNo == "" && number(r.PlatformID):
		o.text("refund_sn", r.PlatformID)
	default:
		return nil, errRefundNumber
	}
	return o.bytes(), nil
}

func (c *Channel) understandRefundQuery(a answer, r channels.Refund) channels.Reply {
	if !a.done() {
		return c.refusal(a, refundQuerying)
	}
	reply, ok := c.refundReply(a, r, true)
	if !ok {
		return reply
	}
	state := a.data.Text("refund_status")
	w := say(refundStates, state)
	reply.Outcome, reply.Reason, reply.Code = w.outcome, w.reason, wire.Cut(state, 32)
	if w.outcome == channels.Refunded {
		reply.PaidAt = moment(scalar(a.data, "finish_time"))
	}
	return reply
}

// refundReply compares an answer to r; not ok means that the Reply is final.
func (c *Channel) refundReply(a answer, r channels.Refund, sum bool) (reply channels.Reply, ok bool) {
	reply = a.reply()
	d := a.data
	reply.Detail = detail(d)
	var e echoes
	if r.RefundNo != "" {
		e.note("merchant_refund_sn", scalar(d, "merchant_refund_sn"), r.RefundNo, true)
	} else {
		e.note("refund_sn", scalar(d, "refund_sn"), r.PlatformID, true)
	}
	if r.Order.OutTradeNo != "" {
		e.note("merchant_order_sn", scalar(d, "merchant_order_sn"), r.Order.OutTradeNo, false)
	}
	if r.Order.PlatformID != "" {
		e.note("order_sn", scalar(d, "order_sn"), r.Order.PlatformID, false)
	}
	c.merchantEchoes(d, &e)
	sumEcho(d, c.set.gen.refundSum, r.Amount.Amount, sum, &e)
	if r.Amount.Currency != currency {
		e.say(&e.wrong, "currency")
	}
	if !e.right() {
		return e.into(reply), false
	}
	reply.Verified = true
	reply.PlatformID = wire.Cut(scalar(d, "refund_sn"), 32)
	if n, there, right := fen(d, "buyer_refund_amount"); there && right {
		reply.Payer = channels.Money{Amount: n, Currency: currency}
	}
	return reply, true
}
