package sandbox

import (
	"time"
)

// hsqCode is what the platform knows of a payment code.
type hsqCode struct {
	first time.Time // shown, or else first seen
	used  bool
}

// hsqWallets are the payTypes of a code (§5), and the codes of each wallet.
var hsqWallets = map[string]*pattern{
	"WECHAT_MICROPAY": {expression: `^1[0-5][0-9]{16}$`},
	"ALI_BARCODEPAY":  {expression: `^(2[5-9]|30)[0-9]{14,22}$`},
}

// preparePay is §6. It also lets the code's behaviour take hold of the order,
// before any fault is looked for: the code may bring one for this very call.
func (h *huishouqian) preparePay(c *hsqCall) (hsqPlan, *hsqRefusal) {
	if hsqWallets[c.get("payType")] == nil {
		return hsqPlan{}, &hsqRefusal{code: "200015", text: hsqWords["200015"]}
	}
	if bad := h.checkMemo(c, c.at); bad != nil {
		return hsqPlan{}, bad
	}
	no, code := c.get("transNo"), c.get("payCode")
	if hsqWallets[c.get("payType")].MatchString(code) && h.codes[code] == nil {
		h.codes[code] = &hsqCode{first: c.at}
		if shown := h.s.phone.find(code); shown != nil {
			h.codes[code].first = shown.at
		}
		if !h.taken(c.who, no) {
			b := h.behaviour(code)
			h.s.faults.bring(b.Digits, no, b.faults)
		}
	}
	return hsqPlan{func(now time.Time) hsqDraft { return h.pay(c, no, code, now) }}, nil
}

// pay books a payment: age first, then the number, the code, the customer.
func (h *huishouqian) pay(c *hsqCall, no, code string, now time.Time) hsqDraft {
	if bad := h.fresh(c, now); bad != nil {
		return bad.draft()
	}
	if h.taken(c.who, no) {
		return c.repeated()
	}
	b := h.behaviour(code)
	broken := h.checkCode(c.get("payType"), code, now)
	if broken == "" && b.declines != nil && b.declines.leaves == "" {
		return (&hsqRefusal{code: b.declines.code, text: hsqWord(b.declines.code)}).draft()
	}
	o := h.open(c, now)
	switch {
	case broken != "":
		o.decide("100203", now)
		d := o.payReply()
		d.result["respMsg"] = broken
		return d
	case !o.payable(now): // it was too long on its way
		o.decide("100204", now)
		return o.payReply()
	}
	h.codes[code].used = true
	o.amount += b.customer.extra
	o.customer, o.onPhone = b.customer, h.s.phone.find(code) != nil
	switch {
	case b.declines != nil:
		o.decide(b.declines.code, now)
	case b.customer.initial:
		o.state = hsqInit
	case !b.customer.asked:
		o.decide(b.customer.ends, now)
	}
	return o.payReply()
}

func (o *hsqOrder) payReply() hsqDraft {
	doc := o.result()
	doc["qrCode"] = "" // §6
	return hsqResult(doc)
}

// repeated answers a number that is known: as success true, FAIL and 200003
// (§14), whatever became of the first.
func (c *hsqCall) repeated() hsqDraft {
	doc := map[string]any{
		"transNo": c.get("transNo"), "orderAmt": c.get("orderAmt"), "orderStatus": hsqFail,
		"respCode": "200003", "respMsg": hsqWord("200003"),
	}
	if v := c.get("payType"); v != "" {
		doc["payType"] = v
	}
	return hsqResult(doc)
}

// checkCode says what is wrong with a payment code, if anything is. The seed has
// no code for it but that of a failed trade.
func (h *huishouqian) checkCode(payType, digits string, now time.Time) string {
	use := h.codes[digits]
	switch {
	case use == nil || !hsqWallets[payType].MatchString(digits):
		return "付款码无效"
	case use.used:
		return "付款码已使用"
	case now.Sub(use.first) > h.s.cfg.CodeLife:
		return "付款码已过期"
	}
	return ""
}
