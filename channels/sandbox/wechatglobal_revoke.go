package sandbox

import (
	"net/http"
	"time"
)

// prepareRevokeID and prepareRevokeNo are §7.
func (w *wechatGlobal) prepareRevokeID(c *call) (plan, *refusal) {
	if bad := c.pathNumber("transaction_id", "", 32); bad != nil {
		return plan{}, bad
	}
	return w.revoke(c, func(now time.Time) *order { return w.findID(c.who, c.number, now) })
}

func (w *wechatGlobal) prepareRevokeNo(c *call) (plan, *refusal) {
	if bad := c.pathNumber("out_trade_no", orderMarks, 32); bad != nil {
		return plan{}, bad
	}
	p, bad := w.revoke(c, func(now time.Time) *order { return w.find(c.who, c.number, now) })
	p.orderNo = c.number
	return p, bad
}

func (w *wechatGlobal) revoke(c *call, look func(time.Time) *order) (plan, *refusal) {
	var id identity
	if len(c.query) > 0 {
		return plan{}, c.onlyParameters() // §18.4: the identity is in the body
	}
	if bad := c.decode(revokeBody(), &id); bad != nil {
		return plan{}, bad
	}
	if bad := c.identify(id); bad != nil {
		return plan{}, bad
	}
	p := plan{book: func(now time.Time) draft {
		o := look(now)
		if o == nil {
			return w.revokeNothing()
		}
		return o.revoke(now)
	}}
	if o := look(c.at); o != nil {
		p.orderNo = o.no
		if o.customer.atRevoke && !o.onPhone {
			// The race of §7: the customer is quicker by a moment, whatever
			// becomes of this call.
			o.decide(o.customer.end(), c.at)
		}
	}
	return p, nil
}

// revokeNothing is A3. The number is not burnt: a pay that is late may still
// come, and the till has to cope.
func (w *wechatGlobal) revokeNothing() draft {
	if w.s.cfg.RevokeMissing == http.StatusNotFound {
		return orderMissing().draft()
	}
	return draft{status: http.StatusNoContent}
}

func (o *order) revoke(now time.Time) draft {
	cfg := &o.w.s.cfg
	switch {
	case !o.revokedAt.IsZero() || !o.undoDue.IsZero():
		return draft{status: http.StatusNoContent} // repeating is safe
	case now.Sub(o.lastPay) < cfg.MinRevokeAge:
		return refuse("INVALID_REQUEST", "a revoke comes 15 seconds after the pay call, or later").draft()
	case o.pastWindow(now):
		bad := refuse("INVALID_REQUEST", "the time to revoke is over; refund")
		bad.internal = 268449386 // §14.5
		return bad.draft()
	case len(o.refunds) > 0:
		return refuse("INVALID_REQUEST", "the order has refunds already").draft()
	}
	if o.customer.undoAfter > 0 && !o.paidAt.IsZero() {
		o.undoDue = now.Add(o.customer.undoAfter)
	} else {
		o.undo(now)
	}
	return draft{status: http.StatusNoContent}
}

// pastWindow is the same Beijing day unless configured (§18.3).
func (o *order) pastWindow(now time.Time) bool {
	if window := o.w.s.cfg.RevokeWindow; window > 0 {
		return now.Sub(o.created) > window
	}
	return now.In(beijing).Format(time.DateOnly) != o.created.In(beijing).Format(time.DateOnly)
}
