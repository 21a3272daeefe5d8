package sandbox

import (
	"slices"
	"time"
)

// huifuRefundPeriod is §7's limit.
const huifuRefundPeriod = 360 * 24 * time.Hour

// huifuRefund is money on its way back: one req_seq_id of its own.
type huifuRefund struct {
	o          *huifuOrder
	date, no   string
	id         string
	amount     int64
	remark     string
	notifyURL  string
	stat, text string
	created    time.Time
	ended      time.Time
}

func (r *huifuRefund) settle(now time.Time) {
	due := r.created.Add(r.o.h.s.cfg.RefundTime)
	if r.stat != huifuWaiting || due.After(now) || r.o.customer.refundEnds == huifuWaiting {
		return
	}
	r.stat, r.text, r.ended = huifuDone, "退款成功", due
	if end := r.o.customer.refundEnds; end != "" {
		r.stat, r.text = end, "退款失败"
	}
}

// given is actual_ref_amt: less than asked for when a coupon was refunded (§7).
func (r *huifuRefund) given() int64 {
	if r.o.customer.refundShort && r.amount > 1 {
		return r.amount - max(1, r.amount/10)
	}
	return r.amount
}

func (r *huifuRefund) entry() Refund {
	e := Refund{OutRefundNo: r.no, ID: r.id, Status: r.stat, Amount: r.amount, Currency: huifuCurrency,
		Reason: r.remark, CreatedAt: r.created}
	if r.stat == huifuDone {
		e.SucceededAt = r.ended
	}
	return e
}

// prepareRefund is §7: the org_ numbers are the payment's, one of three is enough.
func (h *huifu) prepareRefund(c *huifuCall) (huifuPlan, *huifuRefusal) {
	date, no := c.values["org_req_date"], c.values["org_req_seq_id"]
	ids := []string{c.values["org_hf_seq_id"], c.values["org_party_order_id"]}
	if no == "" && ids[0] == "" && ids[1] == "" {
		return huifuPlan{}, huifuContradiction("no order number is given")
	}
	p := huifuPlan{orderNo: no, book: func(now time.Time) huifuDraft {
		o, contradiction := h.find(c.shop, date, no, ids, now)
		switch {
		case contradiction:
			return huifuContradiction("the numbers are not of one order").draft()
		case o == nil:
			return h.missing(c, ids).draft()
		}
		return o.refund(c, now)
	}}
	if o, _ := h.find(c.shop, date, no, ids, c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

// refund books one, or says with a code of §11 why not.
func (o *huifuOrder) refund(c *huifuCall, now time.Time) huifuDraft {
	amount, _ := fen(c.values["ord_amt"])
	switch {
	case o.open():
		return huifuRefuse("10000001", "原交易未完成").draft()
	case o.stat != huifuDone:
		return huifuRefuse("23000000", "原交易失败，不可退款").draft()
	case now.Sub(o.ended) > huifuRefundPeriod:
		// No table has a code for it.
		return huifuRefuse("23000000", "原交易已超过可退款期限").draft()
	case amount > o.amount-o.refunding():
		return huifuRefuse("10000002", "退款金额大于可退金额").draft()
	}
	r := &huifuRefund{
		o: o, date: c.values["req_date"], no: c.values["req_seq_id"], id: o.h.nextID(now), amount: amount,
		remark: c.values["remark"], notifyURL: c.values["notify_url"],
		stat: huifuWaiting, text: "退款处理中", created: now,
	}
	o.refunds = append(o.refunds, r)
	o.h.backs[huifuKey(o.shop.id, r.date, r.no)], o.h.backs[r.id] = r, r
	d := r.reply("00000100", "交易正在处理中")
	for _, name := range []string{"req_date", "req_seq_id", "hf_seq_id"} {
		d.data[name] = d.data["org_"+name]
	}
	// Here the org_ numbers are the payment's (§15.2).
	d.data["org_req_date"], d.data["org_req_seq_id"], d.data["org_hf_seq_id"] = o.date, o.no, o.id
	return d
}

// reply is the refund as its query tells it: org_ numbers are its own (§6).
func (r *huifuRefund) reply(code, text string) huifuDraft {
	data := map[string]any{
		"resp_code": code, "resp_desc": text, "huifu_id": r.o.shop.id,
		"org_req_date": r.date, "org_req_seq_id": r.no, "org_hf_seq_id": r.id,
		"ord_amt": yuan(r.amount), "trans_type": "TRANS_REFUND", "trans_stat": r.stat,
		"pay_channel": r.o.tradeType[:1], "fee_amt": huifuNumber("0.00"),
	}
	if r.stat == huifuDone {
		data["actual_ref_amt"], data["trans_finish_time"] = yuan(r.given()), huifuStamp(r.ended)
	}
	if r.stat == huifuFailed {
		data["bank_message"] = r.text
	}
	return huifuDraft{status: 200, data: data}
}

// prepareRefundQuery is §7: by the refund's numbers.
func (h *huifu) prepareRefundQuery(c *huifuCall) (huifuPlan, *huifuRefusal) {
	date, id := c.values["org_req_date"], c.values["org_hf_seq_id"]
	numbers := []string{c.values["org_req_seq_id"], c.values["mer_ord_id"]}
	switch {
	case id == "" && numbers[0] == "" && numbers[1] == "":
		return huifuPlan{}, huifuContradiction("no refund number is given")
	case id == "" && date == "":
		return huifuPlan{}, huifuContradiction("org_req_date is needed without org_hf_seq_id")
	}
	look := func(now time.Time) (*huifuRefund, bool) {
		found := []*huifuRefund{}
		if id != "" {
			found = append(found, h.backs[id])
		}
		for _, no := range numbers {
			if no != "" && date != "" {
				found = append(found, h.backs[huifuKey(c.shop.id, date, no)])
			}
		}
		r := found[0]
		if len(slices.Compact(found)) > 1 {
			return nil, true
		}
		if r == nil || r.o.shop != c.shop || date != "" && r.date != date {
			return nil, false
		}
		r.o.settle(now)
		return r, false
	}
	p := huifuPlan{book: func(now time.Time) huifuDraft {
		r, contradiction := look(now)
		switch {
		case contradiction:
			return huifuContradiction("the numbers are not of one refund").draft()
		case r == nil:
			return huifuMissing().draft()
		}
		return r.reply("00000000", "查询成功")
	}}
	if r, _ := look(c.at); r != nil {
		p.orderNo = r.o.no
	}
	return p, nil
}
