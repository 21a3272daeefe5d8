package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// fubeiPerson is whose phone it is; the seed's.
const fubeiPerson = "oODbw0Aiss8lP5aPvFq9-_F4H9LA"

// done is result_code 200. It says that the call was done, and no more (§11).
func (c *fubeiCall) done(data any) fubeiDraft {
	doc := map[string]any{"result_code": fubeiDone, "result_message": "成功", "data": data}
	if c.v2() {
		doc["success"] = true
	}
	return fubeiDraft{status: http.StatusOK, doc: doc}
}

// data is an order in the words of the call's generation. looked is a query,
// which says more than a pay.
func (o *fubeiOrder) data(c *fubeiCall, looked bool) map[string]any {
	if c.v2() {
		return o.data2(looked)
	}
	return o.data1(looked)
}

// data1 is §5. order_price comes with a discount and from queries alone, so that
// a till must be able to do without.
func (o *fubeiOrder) data1(looked bool) map[string]any {
	d := map[string]any{
		"merchant_order_sn": o.no, "order_sn": o.id, "trade_state": o.state, "total_fee": fubeiYuan(o.paid()),
		"type": fubeiNumberOf(o.payType), "store_id": o.who.shop.store,
	}
	o.copyMembers(d, "attach", "device_no", "body")
	o.copyCashier(d)
	if o.discount > 0 {
		d["discount_money"] = fubeiYuan(o.discount)
		if looked {
			d["order_price"] = fubeiYuan(o.amount)
		}
	}
	if o.paidAt.IsZero() {
		return d
	}
	d["pay_time"] = o.paidAt.Unix()
	d["buyer_pay_amount"] = fubeiYuan(o.paid() - o.coupon)
	d["user_id"] = fubeiPerson
	d["trade_no"] = o.tradeNo
	if o.coupon > 0 {
		d["no_cash_coupon_fee"] = fubeiYuan(o.coupon)
	}
	return d
}

// data2 is §7.
func (o *fubeiOrder) data2(looked bool) map[string]any {
	d := map[string]any{
		"merchant_order_sn": o.no, "order_sn": o.id, "ins_order_sn": o.tradeNo, "order_status": o.state,
		"merchant_id": o.who.shop.id, "store_id": o.who.shop.store, "pay_type": o.payType,
		"total_amount": fubeiYuan(o.amount),
	}
	o.copyMembers(d, "attach", "device_no")
	o.copyCashier(d)
	if o.paidAt.IsZero() {
		return d
	}
	d["channel_order_sn"] = "4200" + o.id
	d["net_amount"] = fubeiYuan(o.paid() - o.fee())
	d["buyer_pay_amount"] = fubeiYuan(o.paid() - o.coupon)
	d["fee"] = fubeiYuan(o.fee())
	d["user_id"] = fubeiPerson
	d["finish_time"] = o.paidAt.In(beijing).Format(fubeiTime)
	if o.coupon > 0 {
		d["payment_list"] = []map[string]any{{"type": "CHANNEL_DISCOUNT", "amount": fubeiYuan(o.coupon)}}
	}
	if looked {
		d["is_can_part_refund"] = 1
		if o.coupon > 0 {
			d["is_can_part_refund"] = 0
		}
	}
	return d
}

func (o *fubeiOrder) copyMembers(d map[string]any, names ...string) {
	for _, name := range names {
		if o.form.has(name) {
			d[name] = o.form.get(name)
		}
	}
}

func (o *fubeiOrder) copyCashier(d map[string]any) {
	if o.form.has("cashier_id") {
		d["cashier_id"] = o.who.shop.cashier
	}
}

// numbers are what an answer has that tells nothing of the order (§8).
func (o *fubeiOrder) numbers() map[string]any {
	return map[string]any{"merchant_order_sn": o.no, "order_sn": o.id}
}

// numbersOnly is how an undo is answered that is not done.
func (c *fubeiCall) numbersOnly(no string) fubeiDraft {
	return c.done(map[string]any{"merchant_order_sn": no})
}

func fubeiNumberOf(payType string) int {
	for _, w := range fubeiWallets {
		if w.payType == payType {
			n, _ := strconv.Atoi(w.number)
			return n
		}
	}
	return 0
}

// prepareQuery is §8.
func (f *fubei) prepareQuery(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	return f.plan(c, func(o *fubeiOrder, now time.Time) fubeiDraft {
		o.queried(now)
		return c.done(o.data(c, true))
	})
}

// queried counts the queries that meet an undecided customer, for those who
// answer after so many of them.
func (o *fubeiOrder) queried(now time.Time) {
	if o.state != userPaying || o.onPhone || o.customer.queries == 0 {
		return
	}
	if o.queries++; o.queries >= o.customer.queries {
		o.decide(o.customer.end(), now)
	}
}
