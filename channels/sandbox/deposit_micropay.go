package sandbox

import (
	"slices"
	"time"
)

// depositCode is what the platform knows of a payment code.
type depositCode struct {
	first time.Time // shown, or else first seen
	used  bool
}

// prepareMicropay is §8. It also lets the code's behaviour take hold of the
// order, before any fault is looked for: the code may bring one for this very
// call.
func (d *deposit) prepareMicropay(c *depositCall) (depositPlan, *depositRefusal) {
	no, code := c.form.get("out_trade_no"), c.form.get("auth_code")
	if bad := checkDepositPeriod(c.form, c.at); bad != nil {
		return depositPlan{orderNo: no}, bad
	}
	if wechatCode(code) && d.codes[code] == nil {
		d.codes[code] = &depositCode{first: c.at}
		if shown := d.s.phone.find(code); shown != nil {
			d.codes[code].first = shown.at
		}
		if d.byNo[depositKey(c.who, no)] == nil {
			b := d.behaviour(code)
			d.s.faults.bring(b.Digits, no, b.faults)
		}
	}
	return depositPlan{no, func(now time.Time) depositDraft { return d.micropay(c, no, code, now) }}, nil
}

// checkPeriod: an order ends after it began, and in the future. No page gives a
// least distance (B-9).
func checkDepositPeriod(form depositDoc, now time.Time) *depositRefusal {
	start, end := form.get("time_start"), form.get("time_expire")
	if end != "" && (end <= start || end <= now.In(beijing).Format(depositTime)) {
		return refuseDeposit("INVALID_REQUEST", "time_expire is over, or not after time_start")
	}
	return nil
}

// depositPrint is a request without what may differ in a repetition.
func depositPrint(form depositDoc) string {
	return depositText(slices.DeleteFunc(slices.Clone(form), func(e depositElement) bool { return e.name == "nonce_str" }), "")
}

// micropay books a payment: re-entry first, then the code, then the customer.
func (d *deposit) micropay(c *depositCall, no, code string, now time.Time) depositDraft {
	if o := d.find(c.who, no, now); o != nil {
		return o.payAgain(c, code, now)
	}
	if bad := d.checkCode(code, now); bad != nil {
		return bad.draft(c)
	}
	b := d.behaviour(code)
	if b.declines != nil && b.declines.leaves == "" {
		return declinedDeposit(b.declines).draft(c)
	}
	o := d.open(c, "MICROPAY", now)
	o.amount += b.customer.extra
	o.customer = b.customer
	d.codes[code].used = true
	o.onPhone = d.s.phone.find(code) != nil
	if b.declines != nil {
		o.state, o.declined = b.declines.leaves, b.declines
	} else if o.state = userPaying; !b.customer.asked {
		o.decide(b.customer.end(), now)
	}
	return o.payReply(c)
}

// open makes an order of a request.
func (d *deposit) open(c *depositCall, kind string, now time.Time) *depositOrder {
	o := &depositOrder{
		d: d, no: c.form.get("out_trade_no"), id: d.nextID("4201", now), who: c.who, form: c.form, hmac: c.hmac,
		print: depositPrint(c.form), kind: kind, amount: depositFen(c.form.get("total_fee")), created: now, lastPay: now,
	}
	d.list = append(d.list, o)
	d.byNo[depositKey(c.who, o.no)], d.byID[o.id] = o, o
	return o
}

// payReply is what a pay is told of its order.
func (o *depositOrder) payReply(c *depositCall) depositDraft {
	switch {
	case o.declined != nil:
		return declinedDeposit(o.declined).draft(c)
	case o.state == userPaying:
		return refuseDeposit("USERPAYING", "需要用户输入支付密码").draft(c)
	case o.paidAt.IsZero():
		return refuseDeposit("TRADE_ERROR", "支付失败,请换一种支付方式").draft(c)
	}
	return c.done().with(o.paidElements(c)...)
}

// payAgain answers a number that is known. The same request again is no new
// payment; another one is refused (§8, §13).
func (o *depositOrder) payAgain(c *depositCall, code string, now time.Time) depositDraft {
	if depositPrint(c.form) != o.print {
		switch {
		case o.kind != "MICROPAY", !o.paidAt.IsZero():
			return refuseDeposit("OUT_TRADE_NO_USED", "商户订单号重复").draft(c)
		case code != o.form.get("auth_code"):
			// §8: also when an old out_trade_no is reused with a new code.
			return refuseDeposit("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次,请刷新再试").draft(c)
		}
		return refuseDeposit("INVALID_REQUEST", "订单重入时,要求参数值与原请求一致").draft(c)
	}
	o.lastPay = now
	switch {
	case !o.revokedAt.IsZero():
		return refuseDeposit("ORDERREVERSED", "当前订单已经被撤销").draft(c)
	case o.state == closed:
		return refuseDeposit("ORDERCLOSED", "当前订单已关闭,请重新下单").draft(c)
	case !o.paidAt.IsZero():
		return refuseDeposit("ORDERPAID", "商户订单已支付,无需重复操作").draft(c)
	}
	return o.payReply(c)
}

// checkCode is §8: form, life, single use.
func (d *deposit) checkCode(digits string, now time.Time) *depositRefusal {
	use := d.codes[digits]
	switch {
	case use == nil:
		return refuseDeposit("AUTH_CODE_INVALID", "101 请扫描微信支付授权码")
	case use.used:
		return refuseDeposit("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次,请刷新再试")
	case now.Sub(use.first) > d.s.cfg.CodeLife:
		return refuseDeposit("AUTHCODEEXPIRE", "二维码已过期,请用户在微信上刷新后再试")
	}
	return nil
}

func declinedDeposit(b *decline) *depositRefusal {
	return refuseDeposit(b.code, depositDeclineWords()[b.code])
}

// paidElements are those of §8 and §9 that only a paid order has.
func (o *depositOrder) paidElements(c *depositCall) []string {
	amount := fenText(o.amount)
	pairs := []string{
		"device_info", o.form.get("device_info"),
		"openid", "oUpF8uN95-Ptaags6E_roPHg7AG0", "is_subscribe", "Y",
		"trade_type", o.kind, "bank_type", "CCB_DEBIT",
		"total_fee", amount, "fee_type", "CNY", "cash_fee", amount, "cash_fee_type", "CNY",
		"transaction_id", o.id, "out_trade_no", o.no, "attach", o.form.get("attach"),
		"time_end", o.paidAt.In(beijing).Format(depositTime),
	}
	if c.form.has("sub_appid") {
		pairs = append(pairs, "sub_openid", "oSubF8uN95-Ptaags6E_roPHg7AG0", "sub_is_subscribe", "N")
	}
	return pairs
}
