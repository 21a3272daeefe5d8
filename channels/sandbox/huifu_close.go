package sandbox

import "time"

// prepareClose is §8: by the payment's numbers.
func (h *huifu) prepareClose(c *huifuCall) (huifuPlan, *huifuRefusal) {
	return h.closing(c, func(o *huifuOrder, now time.Time) huifuDraft {
		if bad := o.close(c, now); bad != nil {
			return bad.draft()
		}
		code, text := "00000000", "关单成功"
		if o.closeStat == huifuWaiting {
			code, text = "00000100", "关单处理中"
		}
		return o.closeReply(code, text)
	})
}

// prepareCloseQuery is §8: it asks by the payment, not by the close.
func (h *huifu) prepareCloseQuery(c *huifuCall) (huifuPlan, *huifuRefusal) {
	return h.closing(c, func(o *huifuOrder, _ time.Time) huifuDraft {
		if o.closeStat == "" {
			return huifuMissing().draft()
		}
		return o.closeReply("00000000", "查询成功")
	})
}

func (h *huifu) closing(c *huifuCall, do func(*huifuOrder, time.Time) huifuDraft) (huifuPlan, *huifuRefusal) {
	date, no, ids := c.values["org_req_date"], c.values["org_req_seq_id"], []string{c.values["org_hf_seq_id"]}
	if no == "" && ids[0] == "" {
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
		return do(o, now)
	}}
	if o, _ := h.find(c.shop, date, no, ids, c.at); o != nil {
		p.orderNo = o.no
		if c.end.call == Close && o.customer.atClose && !o.onPhone && o.closeStat == "" && c.at.Sub(o.created) >= h.s.cfg.HuifuCloseAge {
			// The race: the customer is quicker by a moment, whatever becomes of
			// this call.
			o.decide("", c.at)
		}
	}
	return p, nil
}

// close holds a payment against the limits of §8.
func (o *huifuOrder) close(c *huifuCall, now time.Time) *huifuRefusal {
	switch age := now.Sub(o.created); {
	case o.tradeType[0] != 'T' && o.tradeType[0] != 'A':
		return huifuRefuse("23000004", "该交易类型不支持关单")
	case o.closeStat != "":
		return huifuRefuse("23000000", "原交易已关单")
	case o.stat == huifuFailed:
		return huifuRefuse("23000000", "原交易已失败")
	case o.stat == huifuDone:
		return huifuRefuse("10000016", "原交易已终态")
	// §8 has two codes for one rule; here the age chooses.
	case age < o.h.s.cfg.HuifuCloseAge/2:
		return huifuRefuse("20000001", "交易一分钟内不允许关单，请稍后再试")
	case age < o.h.s.cfg.HuifuCloseAge:
		return huifuRefuse("10000015", "交易一分钟内不允许关单")
	}
	o.closeNo, o.closeID, o.closeAt = c.values["req_seq_id"], o.h.nextID(now), now
	if o.customer.closeAfter > 0 {
		o.closeStat, o.closeDue = huifuWaiting, now.Add(o.customer.closeAfter)
		return nil
	}
	o.finishClose(now)
	return nil
}

// finishClose ends a close. ASSUMED with §8: the payment then queries as F;
// row 73 is the other reading.
func (o *huifuOrder) finishClose(at time.Time) {
	o.closeStat, o.closeAt = huifuDone, at
	if !o.customer.closedSaysP {
		o.fail("订单已关闭", at)
	}
}

// closeReply: trans_stat is the close's, org_trans_stat the payment's (§15.3).
func (o *huifuOrder) closeReply(code, text string) huifuDraft {
	return huifuDraft{status: 200, data: map[string]any{
		"resp_code": code, "resp_desc": text, "huifu_id": o.shop.id, "hf_seq_id": o.closeID,
		"org_req_date": o.date, "org_req_seq_id": o.no, "org_hf_seq_id": o.id,
		"trans_stat": o.closeStat, "org_trans_stat": o.stat,
	}}
}
