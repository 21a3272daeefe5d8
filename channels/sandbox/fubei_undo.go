package sandbox

import "time"

// prepareUndo is reverse, and cancel of 2.0 (§8). It is for barcode orders, and
// its answer tells nothing: a query does.
func (f *fubei) prepareUndo(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft {
		if o.customer.atRevoke && !o.onPhone {
			o.decide(success, now)
		}
		switch {
		case o.prepared:
			return failFubei("", "仅支持付款码订单撤销").draft(c)
		case o.state == fubeiRevoking, !o.revokedAt.IsZero(), !o.closedAt.IsZero():
			// Repeating is safe.
		case !o.paidAt.IsZero() && o.pastWindow(now):
			return failFubei("", "超过可撤销时间,请退款").draft(c)
		case o.refunding() > 0:
			return failFubei("", "订单已有退款").draft(c)
		default:
			o.undo(now)
		}
		return c.done(o.undoData(c))
	})
}

func (o *fubeiOrder) undoData(c *fubeiCall) map[string]any {
	d := o.numbers()
	if c.v2() {
		delete(d, "order_sn")
		d["merchant_id"], d["order_status"] = o.who.shop.id, o.state
	}
	return d
}

// pastWindow is the same Beijing day unless configured: the dossier's
// assumption, as nothing is published.
func (o *fubeiOrder) pastWindow(now time.Time) bool {
	if window := o.f.s.cfg.RevokeWindow; window > 0 {
		return now.Sub(o.created) > window
	}
	return now.In(beijing).Format(time.DateOnly) != o.created.In(beijing).Format(time.DateOnly)
}

// prepareClose is §4 and §8: for everything but barcode orders.
func (f *fubei) prepareClose(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft {
		switch {
		case !o.prepared:
			return failFubei("", "付款码订单不支持关闭").draft(c)
		case f.s.cfg.Fubei.RefuseClose:
			return failFubei("", "该订单类型不支持关闭").draft(c)
		case !o.paidAt.IsZero():
			return failFubei("ORDERPAID", "订单已支付").draft(c)
		case o.closedAt.IsZero():
			o.state, o.closedAt = o.dead(), now
		}
		return c.done(o.undoData(c))
	})
}
