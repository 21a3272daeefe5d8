package sandbox

import (
	"strconv"
	"time"
)

// prepareRefundQuery is §10.4. A refund's own number gets the flat shape, an
// order's the indexed one; row 98 of the codes has the indexed one always.
func (d *deposit) prepareRefundQuery(c *depositCall) (depositPlan, *depositRefusal) {
	id, no := c.form.get("refund_id"), c.form.get("out_refund_no")
	if id == "" && no == "" {
		missing := func() depositDraft { return c.refundMissing() }
		return d.plan(c, missing, func(o *depositOrder, now time.Time) depositDraft { return o.listRefunds(c, o.asked()) })
	}
	look := func(now time.Time) *depositRefund {
		return d.findRefund(c.who, func(r *depositRefund) bool {
			if id != "" {
				return r.id == id // wins
			}
			return r.no == no
		}, now)
	}
	p := depositPlan{orderNo: c.form.get("out_trade_no"), book: func(now time.Time) depositDraft {
		r := look(now)
		switch {
		case r == nil:
			return c.refundMissing()
		case r.o.customer.indexed:
			return r.o.listRefunds(c, []*depositRefund{r})
		}
		return c.done().with("transaction_id", r.o.id, "out_trade_no", r.o.no,
			"total_fee", fenText(r.o.amount), "settlement_total_fee", fenText(r.o.consumed), "fee_type", "CNY",
			"out_refund_no", r.no, "refund_id", r.id, "refund_fee", fenText(r.amount), "refund_status", r.status)
	}}
	if r := look(c.at); r != nil {
		p.orderNo = r.o.no
	}
	return p, nil
}

func (c *depositCall) refundMissing() depositDraft {
	return refuseDeposit("REFUNDNOTEXIST", "退款订单查询失败").draft(c)
}

// depositRefundsAPage is how many one indexed reply holds; offset begins the next.
const depositRefundsAPage = 10

func (o *depositOrder) listRefunds(c *depositCall, all []*depositRefund) depositDraft {
	offset := 0
	if c.form.has("offset") {
		offset = int(min(depositFen(c.form.get("offset")), int64(len(all))))
	}
	page := all[offset:min(len(all), offset+depositRefundsAPage)]
	if len(page) == 0 {
		return c.refundMissing()
	}
	reply := c.done().with("transaction_id", o.id, "out_trade_no", o.no, "total_fee", fenText(o.amount),
		"settlement_total_fee", fenText(o.consumed), "fee_type", "CNY", "cash_fee", fenText(o.amount),
		"total_refund_count", strconv.Itoa(len(all)), "refund_count", strconv.Itoa(len(page)))
	for i, r := range page {
		n := "_" + strconv.Itoa(i)
		reply = reply.with("out_refund_no"+n, r.no, "refund_id"+n, r.id, "refund_channel"+n, "ORIGINAL",
			"refund_fee"+n, fenText(r.amount), "settlement_refund_fee"+n, fenText(r.amount),
			"refund_status"+n, r.status, "refund_account"+n, r.account, "refund_recv_accout"+n, "支付用户零钱")
		if !r.succeeded.IsZero() {
			reply = reply.with("refund_success_time"+n, r.succeeded.In(beijing).Format(time.DateTime))
		}
	}
	return reply
}
