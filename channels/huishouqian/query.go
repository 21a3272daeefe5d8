package huishouqian

import (
	"context"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const methodQuery = "POLYMERIZE_QUERY" // §5

// Query asks by our own number (§8); no other is published.
func (c *Channel) Query(ctx context.Context, o channels.Order) channels.Reply {
	if !c.numbers.MatchString(o.OutTradeNo) {
		return wire.Refused(errNumber)
	}
	a, err := c.exchange(ctx, call{
		method: methodQuery, timeout: c.callTimeout,
		content: content{{"transNo", o.OutTradeNo}, {"queryType", c.QueryType}},
	})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandQuery(a, o)
}

// understandQuery is §11 for a query. A refusal speaks of the query, not of
// the order: only "no such order" and "being paid" count.
func (c *Channel) understandQuery(a answer, o channels.Order) channels.Reply {
	r, over := a.unusable(c.codes)
	switch {
	case over:
		return r
	case a.success:
		return c.trade(a, o, true)
	}
	r.Outcome, r.Reason = stateless(c.codes.row(a.code, a.message), true, false)
	return r
}
