package sandbox

import "time"

// prepareQuery is §9.
func (d *deposit) prepareQuery(c *depositCall) (depositPlan, *depositRefusal) {
	return d.plan(c, c.orderMissing, func(o *depositOrder, now time.Time) depositDraft {
		o.queried(now)
		return o.queryReply(c)
	})
}

// queried counts the queries that meet an undecided customer, for those who
// answer after so many of them.
func (o *depositOrder) queried(now time.Time) {
	if o.state != userPaying || o.onPhone || o.customer.queries == 0 {
		return
	}
	if o.queries++; o.queries >= o.customer.queries {
		o.decide(o.customer.end(), now)
	}
}

// queryReply is §9. Before the payment only the numbers are there. consume_fee
// is there from the first consume on, and tells consumed from held.
func (o *depositOrder) queryReply(c *depositCall) depositDraft {
	reply := c.done().with("trade_state", o.state, "trade_state_desc", depositStateWords()[o.state])
	if o.paidAt.IsZero() {
		return reply.with("device_info", o.form.get("device_info"), "trade_type", o.kind,
			"out_trade_no", o.no, "attach", o.form.get("attach"))
	}
	reply = reply.with(o.paidElements(c)...)
	if o.consumed > 0 {
		reply = reply.with("consume_fee", fenText(o.consumed))
	}
	return reply
}

func depositStateWords() map[string]string {
	return map[string]string{
		success:    "支付成功",
		refunded:   "转入退款",
		notPay:     "未支付",
		userPaying: "用户支付中",
		closed:     "已关闭",
		revoked:    "已撤销",
		payError:   "支付失败(其他原因,如银行返回失败)",
	}
}
