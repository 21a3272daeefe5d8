package sandbox

import (
	"strconv"
	"time"
)

// hsqRefundPeriod is ASSUMED (§8: refund_days).
const hsqRefundPeriod = 180 * 24 * time.Hour

// hsqRefund is one transNo of a refund.
type hsqRefund struct {
	o               *hsqOrder
	no, id          string
	doc             map[string]any
	amount          int64
	state, respCode string
	created, over   time.Time
}

func (r *hsqRefund) settle(now time.Time) {
	due := r.created.Add(r.o.h.s.cfg.RefundTime)
	if r.o.customer.refundSoon {
		due = r.created
	}
	if r.state != hsqProcessing || due.After(now) {
		return
	}
	r.state, r.respCode, r.over = success, hsqPaidCode, due
	if code := r.o.customer.refundEnds; code != "" {
		r.state, r.respCode = hsqFail, code
	}
}

func (r *hsqRefund) entry() Refund {
	e := Refund{OutRefundNo: r.no, ID: r.id, Status: r.state, Amount: r.amount, Currency: "CNY",
		Reason: hsqText(r.doc, "refundReason"), CreatedAt: r.created}
	if r.state == success {
		e.SucceededAt = r.over
	}
	return e
}

// result is §8's reply; merchantNo is only here.
func (r *hsqRefund) result() map[string]any {
	doc := map[string]any{
		"merchantNo": r.o.who.MchID, "transNo": r.no, "tradeNo": r.id, "orderAmt": strconv.FormatInt(r.amount, 10),
		"orderStatus": r.state, "respCode": r.respCode, "respMsg": hsqWord(r.respCode),
	}
	if !r.over.IsZero() {
		doc["finishedDate"] = r.over.In(beijing).Format(hsqTime)
	}
	return doc
}

// report is result with what refund query and notification add.
func (r *hsqRefund) report() map[string]any {
	doc := r.result()
	doc["origTransNo"] = r.o.no
	if v := hsqText(r.doc, "extend"); v != "" {
		doc["extend"] = v
	}
	return doc
}

// prepareRefund is §8.
func (h *huishouqian) prepareRefund(c *hsqCall) (hsqPlan, *hsqRefusal) {
	return hsqPlan{func(now time.Time) hsqDraft {
		if bad := h.fresh(c, now); bad != nil {
			return bad.draft()
		}
		if h.taken(c.who, c.get("transNo")) {
			return c.repeated() // §8: then ask for it
		}
		o := h.find(c.who, c.get("origTransNo"), now)
		if o == nil {
			return (&hsqRefusal{code: "200004", text: hsqWords["200004"]}).draft()
		}
		return o.refund(c, now)
	}}, nil
}

// refund books one, by the rules that the seed's codes tell of.
func (o *hsqOrder) refund(c *hsqCall, now time.Time) hsqDraft {
	amount, code := hsqFen(c.get("orderAmt")), ""
	switch {
	case o.paidAt.IsZero():
		code = "200110"
	case hsqFen(c.get("origOrderAmt")) != o.amount:
		code = "200005"
	case amount > o.amount-o.refunding():
		code = "100501"
	case now.Sub(o.paidAt) > hsqRefundPeriod:
		code = "200112"
	}
	if code != "" {
		return hsqResult(map[string]any{
			"merchantNo": o.who.MchID, "transNo": c.get("transNo"), "orderAmt": c.get("orderAmt"), "orderStatus": hsqFail,
			"respCode": code, "respMsg": hsqWord(code),
		})
	}
	r := &hsqRefund{o: o, no: c.get("transNo"), id: o.h.nextID("25010121", now), doc: c.doc, amount: amount,
		state: hsqProcessing, respCode: "100201", created: now}
	o.refunds = append(o.refunds, r)
	o.h.refunds[hsqKey(o.who, r.no)] = r
	r.settle(now)
	return hsqResult(r.result())
}

// prepareRefundQuery is §8.
func (h *huishouqian) prepareRefundQuery(c *hsqCall) (hsqPlan, *hsqRefusal) {
	return hsqPlan{func(now time.Time) hsqDraft {
		r := h.refunds[hsqKey(c.who, c.get("transNo"))]
		if r == nil {
			return (&hsqRefusal{code: "100211", text: hsqWords["100211"]}).draft()
		}
		r.o.settle(now)
		return hsqResult(r.report())
	}}, nil
}
