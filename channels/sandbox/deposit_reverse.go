package sandbox

import "time"

// prepareReverse is §10.2.
func (d *deposit) prepareReverse(c *depositCall) (depositPlan, *depositRefusal) {
	if o := d.named(c, c.at); o != nil && o.customer.atRevoke && !o.onPhone {
		// The customer is quicker by a moment, whatever becomes of this call.
		o.decide(o.customer.end(), c.at)
	}
	return d.plan(c, c.reversed, func(o *depositOrder, now time.Time) depositDraft { return o.reverse(c, now) })
}

// reversed is taken, and confirmed by a query alone. A number that nobody knows
// is answered so too, and is not burnt: a pay that is late may still come.
func (c *depositCall) reversed() depositDraft { return c.done().with("recall", "N") }

func (o *depositOrder) reverse(c *depositCall, now time.Time) depositDraft {
	switch {
	case !o.revokedAt.IsZero() || !o.undoDue.IsZero():
		return c.reversed() // repeating is safe
	case o.consumed > 0 || o.consuming > 0:
		return refuseDeposit("INVALID_REQUEST", "the deposit was consumed; refund").draft(c)
	case now.Sub(o.lastPay) < o.d.s.cfg.MinRevokeAge:
		return refuseDeposit("INVALID_REQUEST", "a reverse comes 15 seconds after the pay call, or later").draft(c)
	case len(o.refunds) > 0:
		return c.reversed() // it went back by itself already
	}
	if o.customer.undoAfter > 0 && !o.paidAt.IsZero() {
		o.undoDue = now.Add(o.customer.undoAfter)
	} else if o.state != closed && o.state != payError {
		o.giveBack(now)
	}
	return c.reversed()
}
