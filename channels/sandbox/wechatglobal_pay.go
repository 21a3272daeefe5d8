package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// codeUse is what the platform knows of a payment code.
type codeUse struct {
	first time.Time // shown, or else first seen
	order *order
}

// preparePay is §5.1. It also lets the code's behaviour take hold of the order,
// before any fault is looked for: the code may bring one for this very call.
func (w *wechatGlobal) preparePay(c *call) (plan, *refusal) {
	var req payRequest
	if bad := c.decode(payBody(), &req); bad != nil {
		return plan{}, bad
	}
	if bad := c.identify(req.identity); bad != nil {
		return plan{}, bad
	}
	if bad := checkPay(&req, &c.who.Account); bad != nil {
		return plan{}, refuseBody(bad)
	}
	digits := req.Payer.AuthCode
	if wechatCode(digits) && w.codes[digits] == nil {
		use := &codeUse{first: c.at}
		if shown := w.s.phone.find(digits); shown != nil {
			use.first = shown.at
		}
		w.codes[digits] = use
		if w.byNo[orderKey(c.who, req.OutTradeNo)] == nil {
			b := w.behaviour(digits)
			w.s.faults.bring(b.Digits, req.OutTradeNo, b.faults)
		}
	}
	print := fingerprint(c.body)
	who := c.who
	return plan{req.OutTradeNo, func(now time.Time) draft { return w.pay(who, req, print, now) }}, nil
}

// checkPay is what the table of §5.1 says beside types and lengths.
func checkPay(req *payRequest, a *Account) *violation {
	const at = "#/properties/"
	switch {
	case !numberIn(req.OutTradeNo, orderMarks, 32):
		return bodyViolation(at+"out_trade_no", req.OutTradeNo, "letters, digits and "+orderMarks+" only")
	case req.TradeType != "MICROPAY":
		return bodyViolation(at+"trade_type", req.TradeType, "MICROPAY only")
	case req.LimitPay != "" && req.LimitPay != "no_credit":
		return bodyViolation(at+"limit_pay", req.LimitPay, "no_credit only")
	case len(req.MCC) != 4 || strings.Trim(req.MCC, "0123456789") != "":
		return bodyViolation(at+"merchant_category_code", req.MCC, "not in WeChat's list")
	case req.Amount.Total <= 0:
		return bodyViolation(at+"amount/properties/total", fmt.Sprint(req.Amount.Total), "not above 0")
	case !a.prices(req.Amount.Currency):
		return bodyViolation(at+"amount/properties/currency", req.Amount.Currency, "not a currency of this merchant")
	}
	for i, d := range req.Detail {
		in := fmt.Sprintf("%sdetail/items/%d/properties/", at, i)
		if d.CostPrice != nil && *d.CostPrice <= 0 {
			return bodyViolation(in+"cost_price", fmt.Sprint(*d.CostPrice), "not above 0")
		}
		for j, g := range d.Goods {
			good := fmt.Sprintf("%sgoods_detail/items/%d/properties/", in, j)
			switch {
			case !numberIn(g.ID, goodsMarks, 32):
				return bodyViolation(good+"goods_id", g.ID, "half-width letters, digits, - and _ only")
			case g.Quantity <= 0:
				return bodyViolation(good+"quantity", fmt.Sprint(g.Quantity), "not above 0")
			case g.Price < 0:
				return bodyViolation(good+"price", fmt.Sprint(g.Price), "below 0")
			}
		}
	}
	return nil
}

// fingerprint is a body without its blanks and the order of its members: what
// "the same business parameters" means.
func fingerprint(body []byte) string {
	var doc any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if dec.Decode(&doc) != nil {
		return string(body)
	}
	return string(encode(doc))
}

// pay books a payment: re-entry first, then the code, then the customer.
func (w *wechatGlobal) pay(who *merchant, req payRequest, print string, now time.Time) draft {
	if o := w.find(who, req.OutTradeNo, now); o != nil {
		return o.reenter(req, print, now)
	}
	if bad := w.checkCode(req.Payer.AuthCode, now); bad != nil {
		return bad.draft()
	}
	b := w.behaviour(req.Payer.AuthCode)
	if b.declines != nil && b.declines.leaves == "" {
		return declined(b.declines).draft()
	}
	o := &order{
		w: w, no: req.OutTradeNo, id: w.nextID("4200", now), who: who, request: req, print: print,
		amount: req.Amount.Total + b.customer.extra, digits: req.Payer.AuthCode[16:], customer: b.customer,
		created: now, lastPay: now,
	}
	o.seq = w.seq
	w.list = append(w.list, o)
	w.byNo[orderKey(who, o.no)], w.byID[o.id] = o, o
	w.codes[req.Payer.AuthCode].order = o
	if shown := w.s.phone.find(req.Payer.AuthCode); shown != nil {
		shown.order, o.onPhone = o, true
	}
	switch {
	case b.declines != nil:
		o.state, o.declined = b.declines.leaves, declined(b.declines)
		return o.declined.draft()
	case b.customer.asked:
		o.state = userPaying
	case b.customer.end() == success:
		o.pay(now)
	default:
		o.state = b.customer.ends
	}
	return done(o.transaction())
}

// reenter answers a number that is known. With the same parameters it is the
// same question; with others it is refused (§15.4).
func (o *order) reenter(req payRequest, print string, now time.Time) draft {
	if print != o.print {
		switch {
		case !o.paidAt.IsZero():
			return refuse("OUT_TRADE_NO_USED", "this out_trade_no was paid, with other parameters").draft()
		case req.Payer.AuthCode != o.request.Payer.AuthCode:
			// §14.3: "also returned when an old order number is reused with a new code".
			return refuse("AUTH_CODE_INVALID", "a new code needs a new out_trade_no").draft()
		}
		return refuse("INVALID_REQUEST", "this out_trade_no was used with other parameters").draft()
	}
	o.lastPay = now
	switch {
	case o.declined != nil:
		return o.declined.draft()
	case o.state == closed:
		return refuse("ORDER_CLOSED", "the order is closed").draft()
	case !o.revokedAt.IsZero():
		return refuse("ORDER_REVERSED", "the order was revoked").draft()
	}
	return done(o.transaction())
}

// checkCode is §15.5 and §14.5: form, life, single use.
func (w *wechatGlobal) checkCode(digits string, now time.Time) *refusal {
	use := w.codes[digits]
	switch {
	case use == nil:
		bad := refuse("AUTH_CODE_INVALID", "not a payment code of WeChat Pay")
		bad.internal = 268501011
		return bad
	case use.order != nil:
		bad := refuse("AUTH_CODE_INVALID", "the payment code was used already")
		bad.internal = 268501784
		return bad
	case now.Sub(use.first) > w.s.cfg.CodeLife:
		bad := refuse("AUTH_CODE_EXPIRE", "the payment code has expired")
		bad.internal = 268501011
		return bad
	}
	return nil
}

// wechatCode is the pattern of §15.5: 18 digits that begin with 10 to 15.
func wechatCode(digits string) bool {
	return len(digits) == 18 && strings.Trim(digits, "0123456789") == "" &&
		digits[0] == '1' && digits[1] <= '5'
}

func declined(d *decline) *refusal {
	r := refuse(d.code, declineWords()[d.code])
	if d.code == "NOT_ENOUGH" {
		r.internal = 88430113 // §14.5
	}
	return r
}
