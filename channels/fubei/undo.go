package fubei

import (
	"context"
	"errors"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Revoke is the reverse (§8): it closes an unpaid code payment and gives a paid
// one back, and may be repeated. Its 200 comes before anything is undone: it is
// Accepted, and only a query proves that the sale is void.
func (c *Channel) Revoke(ctx context.Context, o channels.Order) channels.Reply {
	return c.undo(ctx, c.set.gen.reverse, o)
}

// Close closes a prepared order that is not paid (§4). The seed says nothing of
// closing a mini program's; where that was found not to work, close_mina = false
// says so without asking, and the order is followed until it ends.
func (c *Channel) Close(ctx context.Context, o channels.Order) channels.Reply {
	if !c.cfg.CloseMina {
		return wire.Refused(errors.New("close: is switched off (close_mina)"))
	}
	return c.undo(ctx, c.set.gen.close, o)
}

func (c *Channel) undo(ctx context.Context, method string, o channels.Order) channels.Reply {
	biz, err := c.orderBody(o)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: method, biz: biz})
	if err != nil {
		return wire.Failed(err)
	}
	return c.learned(a, c.understandUndo(a, o))
}

// understandUndo never looks at a state: what 2.0 adds to the numbers of 1.0
// would be taken for proof that it is not.
func (c *Channel) understandUndo(a answer, o channels.Order) channels.Reply {
	if !a.done() {
		return c.refusal(a, undoing)
	}
	r := a.reply()
	e := c.orderEchoes(a.data, o)
	sumEcho(a.data, c.set.gen.total, o.Amount.Amount, false, &e)
	if !e.right() {
		return e.into(r)
	}
	r.Outcome, r.Verified = channels.Accepted, true
	r.PlatformID = wire.Cut(scalar(a.data, "order_sn"), 32)
	r.Detail = detail(a.data)
	return r
}
