package sandbox

import (
	"strconv"
	"time"
)

// fubeiCode is what the platform knows of a payment code.
type fubeiCode struct {
	first time.Time // shown, or else first seen
	used  bool
}

// fubeiWallets are §5's patterns, with the wallet's name in 2.0 and its number
// in 1.0.
var fubeiWallets = []struct {
	payType string
	number  string
	code    *pattern
}{
	{"wxpay", "1", &pattern{expression: `^1[0-5]\d{16}$`}},
	{"alipay", "2", &pattern{expression: `^(2[5-9]|30)\d{14,22}$`}},
	{"unionpay", "5", &pattern{expression: `^62[1-8]\d{16}$`}},
}

func fubeiWalletOf(code string) (payType, number string) {
	for _, w := range fubeiWallets {
		if w.code.MatchString(code) {
			return w.payType, w.number
		}
	}
	return "", ""
}

// preparePay is swipe (§5) and fbpay.order.pay (§7). It also lets the code's
// behaviour take hold of the order, before any fault is looked for: the code may
// bring one for this very call.
func (f *fubei) preparePay(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	no, code := c.form.get("merchant_order_sn"), c.form.get("auth_code")
	payType, _ := fubeiWalletOf(code)
	if bad := checkFubeiExpiry(c, payType); bad != nil {
		return fubeiPlan{orderNo: no}, bad
	}
	if payType != "" && f.codes[code] == nil {
		f.codes[code] = &fubeiCode{first: c.at}
		if shown := f.s.phone.find(code); shown != nil {
			f.codes[code].first = shown.at
		}
		if f.byNo[fubeiKey(c.who.shop, no)] == nil {
			b := f.behaviour(code)
			f.s.faults.bring(b.Digits, no, b.faults)
		}
	}
	return fubeiPlan{no, func(now time.Time) fubeiDraft { return f.pay(c, no, code, now) }}, nil
}

// checkFubeiExpiry is §7: more than a minute ahead, and not for UnionPay.
func checkFubeiExpiry(c *fubeiCall, payType string) *fubeiRefusal {
	end := c.form.get("timeout_express")
	if end == "" {
		return nil
	}
	if payType == "unionpay" {
		return refuseFubeiForm("timeout_express", "not for UnionPay")
	}
	at, err := time.ParseInLocation(fubeiTime, end, beijing)
	if err != nil || at.Sub(c.at) <= time.Minute {
		return refuseFubeiForm("timeout_express", "must be over 1 min ahead")
	}
	return nil
}

// pay books a payment: the number first, then the code, then the customer.
func (f *fubei) pay(c *fubeiCall, no, code string, now time.Time) fubeiDraft {
	if bad := f.checkNumber(c, no); bad != nil {
		return bad.draft(c)
	}
	payType, bad := f.checkCode(c, code, now)
	if bad != nil {
		return bad.draft(c)
	}
	b := f.behaviour(code)
	if b.declines != nil && b.declines.leaves == "" {
		return declinedFubei(b.declines).draft(c)
	}
	o := f.open(c, payType, f.s.cfg.AutoClose, now)
	o.customer, o.undoErrors = b.customer, b.customer.fubeiUndoErrors
	o.amount += b.customer.extra
	o.discount = o.storeDiscount()
	f.codes[code].used = true
	o.onPhone = f.s.phone.find(code) != nil
	if b.declines != nil {
		o.decide(o.dead(), now)
		return declinedFubei(b.declines).draft(c)
	}
	if b.customer.asked {
		return c.done(o.data(c, false))
	}
	if o.decide(b.customer.end(), now); o.state != success {
		return failFubei("TRADE_ERROR", "支付失败").draft(c)
	}
	return c.done(o.data(c, false))
}

// storeDiscount is a tenth, where the shop gives one (§5).
func (o *fubeiOrder) storeDiscount() int64 {
	on := o.customer.fubeiDiscount || o.f.s.cfg.Fubei.StoreDiscount
	if !o.v2 && on && o.form.get("discount_switch") != "0" || o.form.get("discount_switch") == "1" {
		return o.amount / 10
	}
	return 0
}

// checkNumber: unique per merchant (seed), and not even the same again (§16).
func (f *fubei) checkNumber(c *fubeiCall, no string) *fubeiRefusal {
	if f.byNo[fubeiKey(c.who.shop, no)] != nil {
		return failFubei("OUT_TRADE_NO_USED", "商户订单号重复")
	}
	return nil
}

// checkCode is the pattern, the life and the single use of a code. 1.0 is told
// whose it is, and must be told right.
func (f *fubei) checkCode(c *fubeiCall, code string, now time.Time) (payType string, bad *fubeiRefusal) {
	payType, number := fubeiWalletOf(code)
	use := f.codes[code]
	switch {
	case use == nil, !c.v2() && c.form.get("type") != number:
		return "", failFubei("AUTH_CODE_INVALID", "付款码无效")
	case use.used:
		return "", failFubei("AUTH_CODE_INVALID", "付款码已使用")
	case now.Sub(use.first) > f.s.cfg.CodeLife:
		return "", failFubei("AUTHCODEEXPIRE", "付款码已过期")
	}
	return payType, nil
}

// declinedFubei: a number is a result_code, a word the sub_code of a 400.
func declinedFubei(d *decline) *fubeiRefusal {
	text := fubeiDeclineWords()[d.code]
	if code, err := strconv.Atoi(d.code); err == nil {
		return refuseFubei(code, text)
	}
	return failFubei(d.code, text)
}

func fubeiDeclineWords() map[string]string {
	return map[string]string{
		"AUTH_CODE_INVALID": "付款码无效",
		"AUTHCODEEXPIRE":    "付款码已过期",
		"NOTENOUGH":         "余额不足",
		"TRADE_ERROR":       "支付失败",
		"RULELIMIT":         "超出限额",
		"ERROR_MES":         "订单创建失败", // the seed's sample
		"1004":              "商户不存在",
		"4006":              "门店已被隐藏,无法支付",
		"9996":              "无权限",
		"9999":              "交易失败",
		"60303":             "请补齐相关资料",
	}
}
