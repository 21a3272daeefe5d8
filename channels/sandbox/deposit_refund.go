package sandbox

import "time"

// depositRefundChange is §10.4's word for an account that cannot take the money.
const depositRefundChange = "CHANGE"

// depositRefund is one out_refund_no, or money that went back by itself.
type depositRefund struct {
	o                  *depositOrder
	id, no             string
	print              string
	amount             int64
	desc, account      string
	notifyURL          string
	status             string
	created, succeeded time.Time
	byItself           bool
}

func (r *depositRefund) settle(now time.Time) {
	due := r.created.Add(r.o.d.s.cfg.RefundTime)
	if r.status != refundProcessing || due.After(now) {
		return
	}
	if r.status = refundSuccess; r.o.customer.refundEnds != "" {
		r.status = r.o.customer.refundEnds
	}
	if r.status == refundSuccess {
		r.succeeded = due
	}
}

func (r *depositRefund) entry() Refund {
	return Refund{OutRefundNo: r.no, ID: r.id, Status: r.status, Amount: r.amount, Currency: "CNY",
		Reason: r.desc, ByRevoke: r.byItself, CreatedAt: r.created, SucceededAt: r.succeeded}
}

// prepareRefund is §10.3.
func (d *deposit) prepareRefund(c *depositCall) (depositPlan, *depositRefusal) {
	return d.plan(c, c.orderMissing, func(o *depositOrder, now time.Time) depositDraft { return o.refund(c, now) })
}

// refund books one: re-entry first, then the rules of §10.3.
func (o *depositOrder) refund(c *depositCall, now time.Time) depositDraft {
	refuse := func(code, why string) depositDraft { return refuseDeposit(code, why).draft(c) }
	no, fee, print := c.form.get("out_refund_no"), depositFen(c.form.get("refund_fee")), depositPrint(c.form)
	if r := o.d.findRefund(o.who, func(r *depositRefund) bool { return r.no == no }, now); r != nil {
		if r.o != o || r.print != print {
			return refuse("INVALID_REQUEST", "this out_refund_no was used with other parameters")
		}
		return r.accepted(c)
	}
	switch {
	case o.paidAt.IsZero():
		return refuse("INVALID_REQUEST", "the order is not paid")
	case o.consumed == 0:
		return refuse("INVALID_REQUEST", "only what was consumed is refunded; a deposit that is held is reversed")
	case depositFen(c.form.get("total_fee")) != o.amount:
		return refuse("INVALID_REQUEST", "total_fee is not the order's")
	case now.Sub(o.paidAt) > refundPeriod:
		return refuse("TRADE_OVERDUE", "the order is more than a year old")
	case len(o.asked()) >= maxRefunds:
		return refuse("INVALID_REQUEST", "an order has at most 50 refunds")
	case fee > o.consumed-o.refunding(): // B-6
		return refuse("INVALID_REQUEST", "the refunds would exceed what was consumed")
	}
	r := &depositRefund{
		o: o, id: o.d.nextID("5030", now), no: no, print: print, amount: fee, desc: c.form.get("refund_desc"),
		account: c.form.get("refund_account"), notifyURL: c.form.get("notify_url"), status: refundProcessing, created: now,
	}
	if r.account == "" {
		r.account = "REFUND_SOURCE_UNSETTLED_FUNDS"
	}
	o.refunds = append(o.refunds, r)
	o.state = refunded
	return r.accepted(c)
}

// accepted does not say what became of the refund.
func (r *depositRefund) accepted(c *depositCall) depositDraft {
	total, fee := fenText(r.o.amount), fenText(r.amount)
	return c.done().with("transaction_id", r.o.id, "out_trade_no", r.o.no, "out_refund_no", r.no, "refund_id", r.id,
		"refund_fee", fee, "settlement_refund_fee", fee, "total_fee", total, "settlement_total_fee", fenText(r.o.consumed),
		"fee_type", "CNY", "cash_fee", total, "cash_fee_type", "CNY", "cash_refund_fee", fee)
}

// findRefund finds one that was asked for.
func (d *deposit) findRefund(who *depositMerchant, is func(*depositRefund) bool, now time.Time) *depositRefund {
	for _, o := range d.list {
		if who != nil && o.who != who {
			continue
		}
		for _, r := range o.refunds {
			if !r.byItself && is(r) {
				o.settle(now)
				return r
			}
		}
	}
	return nil
}
