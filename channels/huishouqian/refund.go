package huishouqian

import (
	"context"
	"errors"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Methods of §5.
const (
	methodRefund      = "POLYMERIZE_REFUND"
	methodRefundQuery = "POLYMERIZE_REFUND_QUERY"
)

// Refund asks for r. Repeated with the same number it is the same refund (§8).
func (c *Channel) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	q, err := c.refundCall(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, q)
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefund(a, r, false)
}

func (c *Channel) refundCall(r channels.Refund) (call, error) {
	switch {
	case !c.numbers.MatchString(r.RefundNo):
		return call{}, errNumber
	case !c.numbers.MatchString(r.Order.OutTradeNo):
		return call{}, errors.New("origTransNo: is not 1 to 64 of the characters that the platform takes")
	case r.Amount.Currency != r.Order.Amount.Currency:
		return call{}, errors.New("currency: is not the order's")
	case r.Amount.Amount > r.Order.Amount.Amount:
		return call{}, errors.New("orderAmt: is more than the order's")
	}
	if err := errors.Join(checkMoney(r.Amount), checkMoney(r.Order.Amount)); err != nil {
		return call{}, err
	}
	now := c.now()
	var b content
	b.add("transNo", r.RefundNo)
	b.add("refundType", c.RefundType)
	b.add("origTransNo", r.Order.OutTradeNo)
	b.add("origOrderAmt", strconv.FormatInt(r.Order.Amount.Amount, 10))
	b.add("orderAmt", strconv.FormatInt(r.Amount.Amount, 10))
	b.add("requestDate", now.Format(stamp))
	b.add("refundReason", cutRunes(wire.Plain(r.Reason), c.GoodsInfoMax)) // no limit is published: goodsInfo's
	b.add("returnUrl", c.NotifyURL)
	b.add("extend", cutRunes(wire.Plain(c.till.ID), 128))
	return call{method: methodRefund, content: b, at: now, timeout: c.callTimeout}, nil
}

// QueryRefund asks what became of r.
func (c *Channel) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	if !c.numbers.MatchString(r.RefundNo) {
		return wire.Refused(errNumber)
	}
	a, err := c.exchange(ctx, call{
		method: methodRefundQuery, timeout: c.callTimeout, content: content{{"transNo", r.RefundNo}},
	})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefund(a, r, true)
}

// understandRefund is §8 and §11 for a refund and its query.
func (c *Channel) understandRefund(a answer, r channels.Refund, queried bool) channels.Reply {
	reply, over := a.unusable(c.codes)
	switch {
	case over:
		return reply
	case a.success:
		return c.refunded(a, r, queried)
	}
	row := c.codes.row(a.code, a.message)
	reply.Outcome, reply.Reason = refusedRefund(row, queried)
	if a.skewed && reply.Reason == channels.MerchantConfig {
		// Refused for the time, it seems: right once the answer has taught it.
		reply.Outcome, reply.Reason = channels.Unknown, channels.ClockSkew
	}
	return reply
}

// refusedRefund is a refusal of the request as such.
func refusedRefund(row code, queried bool) (channels.Outcome, channels.Reason) {
	if queried {
		outcome, reason := stateless(row, true, false)
		if outcome == channels.Paying {
			outcome = channels.Accepted
		}
		return outcome, reason
	}
	switch row.refund {
	case actDec, actCfg, actStop:
		return channels.Refused, row.reason
	case actLow: // nothing was booked: the same number may be asked again
		return channels.Unknown, channels.NotEnoughMoney
	case actWait:
		return channels.Accepted, channels.NoReason
	}
	return channels.Unknown, row.reason
}

// refunded understands a proven result as the answer about r.
func (c *Channel) refunded(a answer, r channels.Refund, queried bool) channels.Reply {
	t, reply := a.result, a.reply()
	state, number := t.Text("orderStatus"), word(t, "respCode")
	row := c.codes.row(number, t.Text("respMsg"))
	reply.Code, reply.Message = wire.Cut(number, 32), wire.Cut(t.Text("respMsg"), 256)
	if reply.Code == "" {
		reply.Code = wire.Cut(state, 32)
	}
	if what := c.contradictsRefund(t, r, state); what != "" {
		reply.Reason, reply.Message = channels.Mismatch, "answer contradicts the refund: "+what
		return reply
	}
	reply.PlatformID, reply.Detail = wire.Cut(word(t, "tradeNo"), 64), tradeDetail(t)
	reply.Reason = channels.ReasonUnknown
	switch state {
	case stateSuccess:
		reply.Outcome, reply.Reason, reply.PaidAt = channels.Refunded, channels.NoReason, c.moment(word(t, "finishedDate"))
	case stateInit, stateProcessing:
		reply.Outcome, reply.Reason = channels.Accepted, channels.NoReason
	case stateFail:
		reply.Outcome, reply.Reason = failedRefund(row, number, queried)
	case "":
		reply.Outcome, reply.Reason = refusedRefund(row, true) // without a state no refusal holds
	}
	return reply
}

// failedRefund is a FAIL. Of a request it may speak of a repetition alone, where
// its code does not say otherwise; of a query it is final.
func failedRefund(row code, number string, queried bool) (channels.Outcome, channels.Reason) {
	switch {
	case number == "":
		return channels.Refused, channels.TradeFailed
	case row.refund == actLow:
		return channels.Refused, channels.NotEnoughMoney
	case row.refund == actSlow, row.refund == actWait, row.reason == channels.DuplicateOrder:
		return channels.Unknown, row.reason
	case queried && row.query == actNone:
		return channels.NotFound, channels.NoReason
	case row.refund != actAsk:
		return channels.Refused, row.reason
	case !queried:
		return channels.Unknown, row.reason
	}
	return channels.Refused, channels.TradeFailed
}

// contradictsRefund names the first member that is not this refund's, or "".
func (c *Channel) contradictsRefund(t wire.Object, r channels.Refund, state string) string {
	strict := state == stateSuccess
	if n := word(t, "transNo"); n != r.RefundNo && (n != "" || state != "") {
		return "transNo"
	}
	if n := word(t, "origTransNo"); n != "" && n != r.Order.OutTradeNo {
		return "origTransNo"
	}
	if n, ok := fen(t, "orderAmt"); (strict || given(t, "orderAmt")) && (!ok || n != r.Amount.Amount) {
		return "orderAmt"
	}
	return c.stranger(t)
}
