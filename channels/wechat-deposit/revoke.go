package wechatdeposit

import (
	"context"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Revoke reverses: it closes an unpaid order and gives a held deposit back
// whole (§10.2). It may be repeated. Its success is Accepted, also of a number
// that nobody knows: only a query proves that the deposit is void.
func (c *Channel) Revoke(ctx context.Context, o channels.Order) channels.Reply {
	e, err := named(o)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{kind: reverse, send: e})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRevoke(a, o)
}

func (c *Channel) understandRevoke(a answer, o channels.Order) channels.Reply {
	r, _, ok := c.read(a)
	recall := a.doc["recall"]
	switch {
	case !ok && !(r.Outcome == channels.Refused && recall == "Y"):
		return c.sameOrder(a, r, o)
	case c.contradicts(a.doc, o, false) != "":
		return contradiction(r, c.contradicts(a.doc, o, false))
	case recall == "Y": // not done, ask again
		r.Outcome, r.Reason = channels.Paying, channels.NoReason
	case recall == "N" || recall == "":
		r.Outcome = channels.Accepted
	default:
		r.Reason = channels.ReasonUnknown
	}
	r.Detail = detail(a.doc)
	return r
}
