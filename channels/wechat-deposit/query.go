package wechatdeposit

import (
	"context"
	"errors"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errNumber = errors.New("order: number is not one that the platform takes")

// Query asks by our own number, which works without ever having had an answer;
// by the platform's where ours is not known (§9).
func (c *Channel) Query(ctx context.Context, o channels.Order) channels.Reply {
	e := elements{}
	switch {
	case validNumber(o.OutTradeNo, 32, orderMore):
		e["out_trade_no"] = o.OutTradeNo
	case o.OutTradeNo == "" && validNumber(o.PlatformID, 32, ""):
		e["transaction_id"] = o.PlatformID
	default:
		return wire.Refused(errNumber)
	}
	a, err := c.exchange(ctx, call{kind: query, send: e})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandQuery(a, o)
}

func (c *Channel) understandQuery(a answer, o channels.Order) channels.Reply {
	r, _, ok := c.read(a)
	if !ok {
		return c.sameOrder(a, r, o)
	}
	return c.trade(r, a.doc, o, a.doc["trade_state"])
}

// sameOrder refuses to learn from a refusal that names another order.
func (c *Channel) sameOrder(a answer, r channels.Reply, o channels.Order) channels.Reply {
	if n := a.doc["out_trade_no"]; r.Verified && n != "" && o.OutTradeNo != "" && n != o.OutTradeNo {
		return contradiction(r, "out_trade_no")
	}
	return r
}

// named is an order in a call that ends a deposit: by the platform's number
// alone where that is known (§10, §14 no. 4).
func named(o channels.Order) (elements, error) {
	switch {
	case validNumber(o.PlatformID, 32, ""):
		return elements{"transaction_id": o.PlatformID}, nil
	case o.PlatformID == "" && validNumber(o.OutTradeNo, 32, orderMore):
		return elements{"out_trade_no": o.OutTradeNo}, nil
	}
	return nil, errNumber
}
