package sandbox

import "time"

// Refund states, §8. Failure has three spellings.
const (
	fubeiRefundProcessing = "REFUND_PROCESSING"
	fubeiRefundSuccess    = "REFUND_SUCCESS"
	fubeiRefundFailer     = "REFUND_FAILER" // 1.0's
	fubeiRefundFail       = "REFUND_FAIL"
	fubeiRefundFailed     = "REFUND_FAILED"
)

// fubeiRefund is one merchant_refund_sn.
type fubeiRefund struct {
	o                  *fubeiOrder
	id, no             string
	asked              string // the amount as it was asked for: the same again is no new refund
	amount             int64
	form               fubeiForm
	status             string
	created, succeeded time.Time
	byUndo             bool
}

func (r *fubeiRefund) settle(now time.Time) {
	due := r.created.Add(r.o.f.s.cfg.RefundTime)
	if r.status != fubeiRefundProcessing || due.After(now) {
		return
	}
	switch r.status = r.o.customer.refundEnds; {
	case r.status == "":
		r.status, r.succeeded = fubeiRefundSuccess, due
	case r.status == fubeiRefundFailer && r.o.v2:
		r.status = fubeiRefundFail
	}
}

func (r *fubeiRefund) entry() Refund {
	return Refund{OutRefundNo: r.no, ID: r.id, Status: r.status, Amount: r.amount, Currency: "CNY",
		ByRevoke: r.byUndo, CreatedAt: r.created, SucceededAt: r.succeeded}
}

// prepareRefund is §8.
func (f *fubei) prepareRefund(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft { return o.refund(c, now) })
}

// refund books one: the number first, then the rules.
func (o *fubeiOrder) refund(c *fubeiCall, now time.Time) fubeiDraft {
	no, asked := c.form.get("merchant_refund_sn"), c.form.get("refund_money")+c.form.get("refund_amount")
	if r := o.f.findRefund(c.who.shop, func(r *fubeiRefund) bool { return r.no == no }, now); r != nil {
		if r.o != o || r.asked != asked {
			return failFubei("", "退款单号重复").draft(c)
		}
		return c.done(r.accepted(c))
	}
	left := o.paid() - o.refunding()
	amount := left // §15.3: empty is everything
	if asked != "" {
		amount, _ = fubeiFen(asked)
	}
	switch {
	case o.paidAt.IsZero():
		return failFubei("", "订单未支付").draft(c)
	case !o.revokedAt.IsZero() || o.state == fubeiRevoking:
		return failFubei("", "订单已撤销").draft(c)
	case now.Sub(o.paidAt) > fubeiRefundPeriod:
		return failFubei("", "超过可退款时间").draft(c)
	case len(o.refunds) >= fubeiMaxRefunds:
		return failFubei("", "退款次数超过限制").draft(c)
	case amount > left || amount == 0:
		return failFubei("", "退款金额超过可退金额").draft(c)
	case o.v2 && o.coupon > 0 && amount != o.paid():
		return failFubei("", "使用优惠的订单仅支持全额退款").draft(c)
	}
	r := &fubeiRefund{
		o: o, id: o.f.nextID(now), no: no, asked: asked, amount: amount, form: c.form,
		status: fubeiRefundProcessing, created: now,
	}
	o.refunds = append(o.refunds, r)
	return c.done(r.accepted(c))
}

// accepted has numbers only in 1.0; 2.0 tells the state too.
func (r *fubeiRefund) accepted(c *fubeiCall) map[string]any {
	d := r.o.numbers()
	d["refund_sn"], d["merchant_refund_sn"] = r.id, r.no
	if c.v2() {
		d["refund_amount"], d["refund_status"] = fubeiYuan(r.amount), r.status
	}
	return d
}

// data is what a refund query tells.
func (r *fubeiRefund) data(c *fubeiCall) map[string]any {
	d := r.accepted(c)
	d["refund_status"] = r.status
	if !c.v2() {
		d["refund_money"] = fubeiYuan(r.amount)
		return d
	}
	for _, name := range []string{"handler", "device_no"} {
		if r.form.has(name) {
			d[name] = r.form.get(name)
		}
	}
	if !r.succeeded.IsZero() {
		d["buyer_refund_amount"] = fubeiYuan(r.amount - r.o.coupon)
		d["finish_time"] = r.succeeded.In(beijing).Format(fubeiTime)
	}
	return d
}

func (f *fubei) findRefund(shop *fubeiShop, is func(*fubeiRefund) bool, now time.Time) *fubeiRefund {
	for _, o := range f.list {
		if o.who.shop != shop {
			continue
		}
		for _, r := range o.refunds {
			if !r.byUndo && is(r) {
				o.settle(now)
				return r
			}
		}
	}
	return nil
}

// prepareRefundQuery is §8. 1.0 wants an order's number beside the refund's.
func (f *fubei) prepareRefundQuery(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	id, no := c.form.get("refund_sn"), c.form.get("merchant_refund_sn")
	if id == "" && no == "" {
		return fubeiPlan{}, refuseFubeiForm("merchant_refund_sn", "or refund_sn 必填")
	}
	is := func(r *fubeiRefund) bool { return (id == "" || id == r.id) && (no == "" || no == r.no) }
	answer := func(r *fubeiRefund) fubeiDraft {
		if r == nil {
			return failFubei("", "退款订单不存在").draft(c)
		}
		return c.done(r.data(c))
	}
	if !c.v2() {
		return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft {
			return answer(f.findRefund(c.who.shop, func(r *fubeiRefund) bool { return r.o == o && is(r) }, now))
		})
	}
	p := fubeiPlan{book: func(now time.Time) fubeiDraft { return answer(f.findRefund(c.who.shop, is, now)) }}
	if r := f.findRefund(c.who.shop, is, c.at); r != nil {
		p.orderNo = r.o.no
	}
	return p, nil
}

// prepareStatistics is what can still be refunded (§4).
func (f *fubei) prepareStatistics(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft {
		left := int64(0)
		if !o.paidAt.IsZero() {
			left = o.paid() - o.refunding()
		}
		return c.done(map[string]any{"total_fee": fubeiYuan(o.paid()), "refund_num": len(o.refunds), "can_refund": fubeiYuan(left)})
	})
}
