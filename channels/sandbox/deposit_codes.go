package sandbox

import (
	"fmt"
	"time"
)

// DepositBehaviours is the test codes' table of the v2 deposits: the digits and
// names of Behaviours where they make sense here. The nineties, 52, 53, 63, 64
// and 69 are this platform's own. Digits that are in no row pay at once.
func DepositBehaviours() []Behaviour {
	return byDigits(
		depositCustomerCodes(), depositNetworkCodes(), depositDeclineCodes(), depositRefusalCodes(), depositTroubleCodes(),
		depositFalseCodes(), depositReverseCodes(), depositRefundCodes(), depositConsumeCodes(),
	)
}

func (d *deposit) behaviour(code string) Behaviour {
	return behaviourOf(d.rows, code)
}

func depositCustomerCodes() []Behaviour {
	return []Behaviour{
		{Digits: "00", Name: "pays", Says: "pays at once; held"},
		{Digits: "01", Name: "pin", Says: "asks for a PIN; without a phone, three queries say USERPAYING and the next SUCCESS",
			customer: customer{asked: true, queries: 4}},
		{Digits: "02", Name: "pin-202", Says: "asks for a PIN; without a phone, the first query says SUCCESS",
			customer: customer{asked: true, queries: 1}},
		{Digits: "03", Name: "pin-forgotten", Says: "asks for a PIN, which nobody enters: NOTPAY after 45 s; a reverse makes it REVOKED",
			customer: customer{asked: true}},
		{Digits: "04", Name: "pin-at-revoke", Says: "asks for a PIN, which is entered as the reverse arrives: taken, then REFUND",
			customer: customer{asked: true, atRevoke: true}},
		{Digits: "05", Name: "pin-10s", Says: "asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}},
		{Digits: "07", Name: "pin-cancelled", Says: "asks for a PIN; the customer cancels after 6 s: NOTPAY until reversed",
			customer: customer{asked: true, after: 6 * time.Second, ends: notPay}},
		{Digits: "08", Name: "bank-fails", Says: "asks for a PIN; the bank fails after 6 s: PAYERROR",
			customer: customer{asked: true, after: 6 * time.Second, ends: payError}},
		{Digits: "09", Name: "payerror", Says: "TRADE_ERROR at once; the order says PAYERROR", customer: customer{ends: payError}},
	}
}

func depositNetworkCodes() []Behaviour {
	return networkCodes(network{Fault{Status: 200, Code: "ORDERNOTEXIST"}, "ORDERNOTEXIST before SUCCESS", longAnswer,
		"a till that reversed a number nobody knew holds money"})
}

// depositDeclineCodes are §13's words; those with a state leave an order.
func depositDeclineCodes() []Behaviour {
	var codes []Behaviour
	for _, row := range []struct {
		digits string
		decline
	}{
		{"20", decline{code: "AUTH_CODE_INVALID"}},
		{"21", decline{code: "AUTHCODEEXPIRE"}},
		{"22", decline{"NOTENOUGH", notPay}},
		{"23", decline{"TRADE_ERROR", payError}},
		{"24", decline{code: "AUTH_CODE_ERROR"}},
		{"25", decline{"RULELIMIT", notPay}},
		{"28", decline{"NOTSUPORTCARD", notPay}},
		{"29", decline{"BUYER_MISMATCH", notPay}},
		{"30", decline{code: "NOAUTH"}},
	} {
		says := "refused: " + row.code + ", and no order"
		if row.leaves != "" {
			says = "refused: " + row.code + "; the order says " + row.leaves
		}
		codes = append(codes, Behaviour{Digits: row.digits, Name: row.code, Says: says, declines: &row.decline})
	}
	return codes
}

func depositDeclineWords() map[string]string {
	return map[string]string{
		"AUTH_CODE_INVALID": "101 请扫描微信支付授权码",
		"AUTHCODEEXPIRE":    "二维码已过期,请用户在微信上刷新后再试",
		"NOTENOUGH":         "用户账号余额不足",
		"TRADE_ERROR":       "支付失败,用户未输入密码",
		"AUTH_CODE_ERROR":   "每个二维码仅限使用一次,请刷新再试",
		"RULELIMIT":         "交易金额或次数超出限制",
		"NOTSUPORTCARD":     "该卡不支持当前支付,请换卡支付",
		"BUYER_MISMATCH":    "支付账号错误",
		"NOAUTH":            "商户无此接口权限",
	}
}

func depositRefusalCodes() []Behaviour {
	say := func(code string) Fault { return Fault{Call: Pay, What: Answer, Status: 200, Code: code} }
	unsigned := func(f Fault) Fault { f.Unsigned = true; return f }
	forged := func(f Fault) Fault { f.Forged = true; return f }
	return []Behaviour{
		{Digits: "32", Name: "refused-unsigned", Says: "NOTENOUGH without a signature; no order",
			faults: []Fault{unsigned(say("NOTENOUGH"))}},
		{Digits: "33", Name: "refused-unsigned-paid", Says: "NOTENOUGH without a signature; the customer paid all the same",
			faults: []Fault{anyway(unsigned(say("NOTENOUGH")))}},
		{Digits: "34", Name: "number-used-same", Says: "OUT_TRADE_NO_USED; the order is paid, with our amount",
			faults: []Fault{anyway(say("OUT_TRADE_NO_USED"))}},
		{Digits: "35", Name: "number-used-other", Says: "OUT_TRADE_NO_USED; the order is paid, and 100 dearer than ours",
			customer: customer{extra: 100}, faults: []Fault{anyway(say("OUT_TRADE_NO_USED"))}},
		{Digits: "36", Name: "order-paid", Says: "ORDERPAID; it is", faults: []Fault{anyway(say("ORDERPAID"))}},
		{Digits: "37", Name: "unknown-4xx", Says: "a code that no table has; no order", faults: []Fault{say("MOON_PHASE_WRONG")}},
		{Digits: "38", Name: "unknown-4xx-paid", Says: "a code that no table has; the customer paid",
			faults: []Fault{anyway(say("MOON_PHASE_WRONG"))}},
		{Digits: "39", Name: "forged-refusal-paid", Says: "NOTENOUGH under a wrong signature; the customer paid",
			faults: []Fault{forged(anyway(say("NOTENOUGH")))}},
	}
}

func depositTroubleCodes() []Behaviour {
	busy := Fault{Code: "SYSTEMERROR"}
	door := func(text string) Fault { return Fault{Code: "FAIL", Message: text} }
	return append(gatewayCodes(), []Behaviour{
		{Digits: "40", Name: "system-error", Says: "SYSTEMERROR every time, and no order", faults: []Fault{everyTime(busy)}},
		{Digits: "41", Name: "system-error-paid", Says: "SYSTEMERROR once; paid", faults: []Fault{oneTime(booked(busy))}},
		{Digits: "42", Name: "system-error-once", Says: "SYSTEMERROR once, and no order; the same again pays", faults: []Fault{oneTime(busy)}},
		{Digits: "43", Name: "bank-error", Says: "BANKERROR once; the order asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{oneTime(booked(Fault{Code: "BANKERROR"}))}},
		{Digits: "46", Name: "too-fast", Says: "FREQUENCY_LIMITED once, and no order", faults: []Fault{oneTime(Fault{Code: "FREQUENCY_LIMITED"})}},
		{Digits: "48", Name: "sign-error", Says: "return_code FAIL, 签名失败, every time, and no order", faults: []Fault{everyTime(door("签名失败"))}},
		// §14.14: money has been seen to move after this one.
		{Digits: "90", Name: "return-fail-paid", Says: "return_code FAIL, system error, once; paid", faults: []Fault{oneTime(booked(door("system error")))}},
		{Digits: "91", Name: "return-fail", Says: "return_code FAIL, system error, every time, and no order", faults: []Fault{everyTime(door("system error"))}},
	}...)
}

// depositFalseCodes pay, and lie about it in the pay's answer; the queries are
// true unless the row says otherwise.
func depositFalseCodes() []Behaviour {
	var codes []Behaviour
	for _, f := range []struct {
		digits string
		what   Kind
		says   string
	}{
		{"50", ForgeSignature, "SUCCESS under a wrong signature"},
		{"51", NoSignature, "SUCCESS without a signature"},
		{"52", OtherAlgorithm, "SUCCESS signed by MD5, where HMAC-SHA256 is due"},
		{"53", UnsignedElement, "SUCCESS with an element that the signature does not cover"},
		{"54", ReplayOld, "an earlier answer to somebody's pay"},
		{"55", WrongAmount, "SUCCESS with an amount one higher"},
		{"56", WrongCurrency, "SUCCESS in another currency"},
		{"57", WrongMerchant, "SUCCESS of another merchant"},
		{"58", WrongOrder, "SUCCESS of another order"},
		{"59", Oversize, "SUCCESS in more than 1 MiB"},
		{"61", OddMembers, "SUCCESS with unknown and empty elements: to be believed"},
		{"62", DuplicateKeys, "result_code and out_trade_no twice"},
		{"63", Doctype, "SUCCESS behind a document type with an entity"},
		{"64", Nested, "SUCCESS with an element inside of another"},
	} {
		codes = append(codes, lieCode(f.digits, f.what, f.says))
	}
	return append(append(codes, lastingCodes(nothingSigned, wronglySigned)...),
		oddStateCode("a trade_state"),
	)
}

func depositReverseCodes() []Behaviour {
	say := func(times int, code string) Fault {
		return Fault{Call: Revoke, Times: times, What: Answer, Status: 200, Code: code}
	}
	pin, quick := customer{asked: true}, customer{asked: true, atRevoke: true}
	return []Behaviour{
		{Digits: "69", Name: "revoke-recall", Says: "asks for a PIN, entered as the reverse arrives; two reverses say recall=Y, and the third does it",
			customer: quick, faults: []Fault{{Call: Revoke, Times: 2, What: Recall}}},
		{Digits: "70", Name: "revoke-userpaying", Says: "asks for a PIN; the reverse is answered USERPAYING twice, then taken",
			customer: pin, faults: []Fault{say(2, "USERPAYING")}},
		{Digits: "71", Name: "revoke-500", Says: "asks for a PIN, entered as the reverse arrives; reverses are SYSTEMERROR three times, and queries say SUCCESS",
			customer: quick, faults: []Fault{say(3, "SYSTEMERROR")}},
		{Digits: "72", Name: "revoke-too-late", Says: "asks for a PIN, entered as the reverse arrives; REVERSE_EXPIRE: held until it goes back by itself",
			customer: quick, faults: []Fault{say(0, "REVERSE_EXPIRE")}},
		{Digits: "73", Name: "revoke-slow", Says: "asks for a PIN, entered as the reverse arrives; taken, but queries say SUCCESS for 20 s more",
			customer: customer{asked: true, atRevoke: true, undoAfter: 20 * time.Second}},
		{Digits: "74", Name: "revoke-answer-lost", Says: "asks for a PIN; the reverse is done, and its answer lost",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: DropAfter}}},
		{Digits: "75", Name: "revoke-forged", Says: "asks for a PIN; the reverse is done, and its answer signed wrongly",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: ForgeSignature}}},
		{Digits: "76", Name: "revoke-paid", Says: "asks for a PIN, entered as the reverse arrives; the reverse is refused for good: INVALID_REQUEST",
			customer: quick, faults: []Fault{say(0, "INVALID_REQUEST")}},
		{Digits: "77", Name: "revoke-never", Says: "asks for a PIN, entered as the reverse arrives; reverses are SYSTEMERROR for ever",
			customer: quick, faults: []Fault{say(0, "SYSTEMERROR")}},
		{Digits: "78", Name: "revoke-says-revoked", Says: "asks for a PIN, entered as the reverse arrives; taken, and the paid order says REVOKED",
			customer: customer{asked: true, atRevoke: true, revokedWord: true}},
		{Digits: "79", Name: "revoke-lost", Says: "asks for a PIN; the first two reverses do not arrive",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 2, What: DropBefore}}},
	}
}

// depositRefundCodes pay at once; once consumed, their refunds differ.
func depositRefundCodes() []Behaviour {
	say := func(times int, code string) Fault {
		return Fault{Call: RefundCreate, Times: times, What: Answer, Status: 200, Code: code}
	}
	limited := say(1, "FREQUENCY_LIMITED")
	limited.Booked = true
	codes := []Behaviour{
		{Digits: "80", Name: "refund-abnormal", Says: "pays; refunds end CHANGE", customer: customer{refundEnds: depositRefundChange}},
		{Digits: "81", Name: "refund-closed", Says: "pays; refunds end REFUNDCLOSE", customer: customer{refundEnds: refundClosed}},
		{Digits: "82", Name: "refund-429", Says: "pays; the refund is FREQUENCY_LIMITED, and booked: a query finds it", faults: []Fault{limited}},
		{Digits: "86", Name: "refund-answer-lost", Says: "pays; the refund is booked, and its answer lost",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: DropAfter}}},
		{Digits: "89", Name: "refund-forged", Says: "pays; the refund is booked, and its answer signed wrongly",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: ForgeSignature}}},
		{Digits: "98", Name: "refundquery-indexed", Says: "pays; refund queries answer in the indexed shape", customer: customer{indexed: true}},
	}
	for _, r := range []struct {
		digits, name string
		times        int
		code, then   string
	}{
		{"83", "refund-not-enough", 2, "NOTENOUGH", "twice, then taken under the same number"},
		{"84", "refund-500", 1, "SYSTEMERROR", "once, and not booked"},
		{"85", "refund-retry", 1, "BIZERR_NEED_RETRY", "once, and not booked"},
		{"87", "refund-account", 0, "USER_ACCOUNT_ABNORMAL", "every time"},
		{"88", "refund-overdue", 0, "TRADE_OVERDUE", "every time"},
	} {
		codes = append(codes, Behaviour{Digits: r.digits, Name: r.name,
			Says: fmt.Sprintf("pays; the refund is %s %s", r.code, r.then), faults: []Fault{say(r.times, r.code)}})
	}
	return codes
}

// depositConsumeCodes pay at once; their consumes differ.
func depositConsumeCodes() []Behaviour {
	rights := Fault{Call: Capture, What: Answer, Status: 200, Code: "FAIL", Message: "无效请求,请检查退款权限及父子商户授权等"}
	return []Behaviour{
		{Digits: "92", Name: "capture-slow", Says: "pays; the consume is taken, and consume_fee appears 40 s later",
			customer: customer{consumeAfter: 40 * time.Second}},
		{Digits: "93", Name: "capture-answer-lost", Says: "pays; the consume is done, and its answer lost",
			faults: []Fault{{Call: Capture, Times: 1, What: DropAfter}}},
		{Digits: "94", Name: "capture-refused", Says: "pays; consumes are return_code FAIL for want of rights", faults: []Fault{rights}},
		{Digits: "96", Name: "capture-500", Says: "pays; the consume is SYSTEMERROR once, and not done; the same again is",
			faults: []Fault{{Call: Capture, Times: 1, What: Answer, Status: 200, Code: "SYSTEMERROR"}}},
		{Digits: "97", Name: "capture-says-refund", Says: "pays; once a part is consumed the order says REFUND, with consume_fee",
			customer: customer{consumedRefund: true}},
		{Digits: "99", Name: "capture-forged", Says: "pays; the consume is done, and its answer signed wrongly",
			faults: []Fault{{Call: Capture, Times: 1, What: ForgeSignature}}},
	}
}
