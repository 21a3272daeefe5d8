package sandbox

import "time"

// prepareQuery is §6: by the payment's numbers, under org_ names up to V3 and
// under bare ones in V4.
func (h *huifu) prepareQuery(c *huifuCall) (huifuPlan, *huifuRefusal) {
	prefix := "org_"
	if c.end.version == 4 {
		prefix = ""
	}
	date, no := c.values[prefix+"req_date"], c.values[prefix+"req_seq_id"]
	ids := []string{c.values[prefix+"hf_seq_id"], c.values["out_ord_id"]}
	switch {
	case no == "" && ids[0] == "" && ids[1] == "":
		return huifuPlan{}, huifuContradiction("no order number is given")
	case date == "":
		return huifuPlan{orderNo: no}, huifuContradiction(prefix + "req_date is needed")
	}
	p := huifuPlan{orderNo: no, book: func(now time.Time) huifuDraft {
		o, contradiction := h.find(c.shop, date, no, ids, now)
		switch {
		case contradiction:
			return huifuContradiction("the numbers are not of one order").draft()
		case o == nil:
			return h.missing(c, ids).draft()
		}
		o.queried(now)
		return o.queryReply(c.end.version)
	}}
	if o, _ := h.find(c.shop, date, no, ids, c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

// missing tells "there is none" from "it is not yours".
func (h *huifu) missing(c *huifuCall, ids []string) *huifuRefusal {
	for _, id := range ids {
		if o := h.byID[id]; o != nil && o.shop != c.shop {
			return huifuRefuse("23000002", "数据权限认证失败")
		}
	}
	return huifuMissing()
}

// queryReply carries the payment's numbers under the names of §6.
func (o *huifuOrder) queryReply(version int) huifuDraft {
	d := o.reply("00000000", "查询成功")
	delete(d.data, "remark")
	if o.stat == huifuFailed {
		d.data["bank_message"] = o.text
	}
	// A number that no serialiser gives back as it came (§3, §16).
	d.data["fee_amt"] = huifuNumber("0.00")
	if version == 2 && o.open() && o.customer.asked {
		d.data["password_trade"] = "Y"
	}
	if version == 4 {
		return d
	}
	for _, name := range []string{"req_date", "req_seq_id", "hf_seq_id"} {
		d.data["org_"+name] = d.data[name]
		delete(d.data, name)
	}
	return d
}
