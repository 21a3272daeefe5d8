package sandbox

import "time"

// prepareConsume is §10.1.
func (d *deposit) prepareConsume(c *depositCall) (depositPlan, *depositRefusal) {
	return d.plan(c, c.orderMissing, func(o *depositOrder, now time.Time) depositDraft {
		return o.consumeAsked(c, depositFen(c.form.get("total_fee")), depositFen(c.form.get("consume_fee")), now)
	})
}

// consumeAsked takes one consume a deposit, and the same again (B-3).
func (o *depositOrder) consumeAsked(c *depositCall, total, fee int64, now time.Time) depositDraft {
	refuse := func(why string) depositDraft { return refuseDeposit("INVALID_REQUEST", why).draft(c) }
	taken := max(o.consumed, o.consuming)
	switch {
	case o.paidAt.IsZero():
		return refuse("the order is not paid")
	case total != o.amount:
		return refuse("total_fee is not the deposit's")
	case fee == 0:
		return refuse("consume_fee is above 0; to charge nothing, reverse")
	case fee > o.amount:
		return refuse("consume_fee is more than the deposit")
	case taken > 0 && taken != fee:
		return refuse("the deposit was consumed, with another amount")
	case taken == 0 && (!o.held() || !o.undoDue.IsZero()):
		return refuse("the deposit went back")
	case taken == 0:
		o.consuming, o.consumeDue = fee, now.Add(o.customer.consumeAfter)
		o.settle(now)
	}
	return c.done().with("transaction_id", o.id, "out_trade_no", o.no,
		"total_fee", fenText(o.amount), "consume_fee", fenText(fee), "fee_type", "CNY")
}
