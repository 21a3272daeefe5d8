package huishouqian

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// closable are the fields that close_fields may name.
var closable = strings.Fields("transNo origTransNo tradeNo orderAmt requestDate extend subMerchantNo")

// Codes of §8 that a close alone reads.
const (
	codeClosed   = "200017"
	codePaid     = "100200"
	codeFinished = "300401"
)

// Close closes an unpaid order where the technician has the platform's word for
// it: none is published (§8, ASSUMED: close_method). Without one nothing is sent
// and the sheet has no such way. Its success is Accepted: a query proves it.
func (c *Channel) Close(ctx context.Context, o channels.Order) channels.Reply {
	switch {
	case !c.closes:
		return wire.Refused(errors.New("close_method: is empty, so no order is closed"))
	case !c.numbers.MatchString(o.OutTradeNo):
		return wire.Refused(errNumber)
	}
	q := c.closeCall(o)
	a, err := c.exchange(ctx, q)
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandClose(a, o)
}

func (c *Channel) closeCall(o channels.Order) call {
	now := c.now()
	values := map[string]string{
		"transNo": o.OutTradeNo, "origTransNo": o.OutTradeNo, "tradeNo": o.PlatformID,
		"orderAmt": strconv.FormatInt(o.Amount.Amount, 10), "requestDate": now.Format(stamp),
		"extend": cutRunes(wire.Plain(c.till.ID), 128), "subMerchantNo": c.SubMerchantNo,
	}
	var b content
	for _, name := range c.closeWith {
		b.add(name, values[name])
	}
	return call{method: c.CloseMethod, content: b, at: now, timeout: c.callTimeout}
}

func (c *Channel) understandClose(a answer, o channels.Order) channels.Reply {
	r, over := a.unusable(c.codes)
	if over {
		return r
	}
	if a.success {
		t := a.result
		if n := word(t, "transNo"); n != "" && n != o.OutTradeNo || c.stranger(t) != "" {
			r.Reason, r.Message = channels.Mismatch, "answer contradicts the order"
			return r
		}
		r.Code, r.Message = wire.Cut(word(t, "respCode"), 32), wire.Cut(t.Text("respMsg"), 256)
	}
	r.Reason = c.codes.row(r.Code, r.Message).reason
	switch r.Code {
	case codeClosed:
		r.Outcome, r.Reason = channels.Accepted, channels.NoReason
	case codePaid, codeFinished: // it will not close what is paid: the next way is the refund
		r.Outcome = channels.Refused
	}
	return r
}
