package sandbox

import "time"

// FubeiBehaviours is the test codes' table of Fubei: the digits and names of
// Behaviours where they make sense here. The nineties, 63 to 65 and 69 are this
// platform's own. Digits that are in no row pay at once. An order that is dead
// says REVOKED in 1.0 and CLOSED in 2.0; where a row says so, read either.
func FubeiBehaviours() []Behaviour {
	return byDigits(
		fubeiCustomerCodes(), fubeiNetworkCodes(), fubeiDeclineCodes(), fubeiRefusalCodes(), fubeiTroubleCodes(),
		fubeiFalseCodes(), fubeiUndoCodes(), fubeiRefundCodes(), fubeiOwnCodes(),
	)
}

func (f *fubei) behaviour(code string) Behaviour {
	return behaviourOf(f.rows, code)
}

func fubeiCustomerCodes() []Behaviour {
	return []Behaviour{
		{Digits: "00", Name: "pays", Says: "pays at once"},
		{Digits: "01", Name: "pin", Says: "asks for a PIN; without a phone, three queries say USERPAYING and the next SUCCESS",
			customer: customer{asked: true, queries: 4}},
		{Digits: "02", Name: "pin-202", Says: "asks for a PIN; without a phone, the first query says SUCCESS",
			customer: customer{asked: true, queries: 1}},
		{Digits: "03", Name: "pin-forgotten", Says: "asks for a PIN, which nobody enters: REVOKED after 45 s",
			customer: customer{asked: true}},
		{Digits: "04", Name: "pin-at-revoke", Says: "asks for a PIN, which is entered as the reverse arrives: REVOKING, then REVOKED",
			customer: customer{asked: true, atRevoke: true}},
		{Digits: "05", Name: "pin-10s", Says: "asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}},
		{Digits: "06", Name: "coupon", Says: "pays at once, a tenth of it with the wallet's coupon", customer: customer{coupon: true}},
		{Digits: "07", Name: "pin-cancelled", Says: "asks for a PIN; the customer cancels after 6 s: REVOKED",
			customer: customer{asked: true, after: 6 * time.Second, ends: revoked}},
		{Digits: "09", Name: "payerror", Says: "400 TRADE_ERROR at once; the order says REVOKED", customer: customer{ends: revoked}},
	}
}

func fubeiNetworkCodes() []Behaviour {
	return networkCodes(network{Fault{Status: 200, Code: "400", Message: "订单不存在"}, "订单不存在 before SUCCESS", longAnswer,
		"a till that reversed a number nobody knew holds money"})
}

// fubeiDeclineCodes are words of §11; those that leave an order leave a dead one
// (§16).
func fubeiDeclineCodes() []Behaviour {
	var codes []Behaviour
	for _, row := range []struct {
		digits string
		decline
	}{
		{"20", decline{code: "AUTH_CODE_INVALID"}},
		{"21", decline{code: "AUTHCODEEXPIRE"}},
		{"22", decline{"NOTENOUGH", revoked}},
		{"23", decline{"TRADE_ERROR", revoked}},
		{"24", decline{code: "ERROR_MES"}},
		{"25", decline{"RULELIMIT", revoked}},
		{"26", decline{"9999", revoked}},
		{"27", decline{code: "1004"}},
		{"28", decline{code: "4006"}},
		{"29", decline{code: "60303"}},
		{"30", decline{code: "9996"}},
	} {
		says := "refused: " + row.code + ", and no order"
		if row.leaves != "" {
			says = "refused: " + row.code + "; the order says REVOKED"
		}
		codes = append(codes, Behaviour{Digits: row.digits, Name: row.code, Says: says, declines: &row.decline})
	}
	return codes
}

func fubeiRefusalCodes() []Behaviour {
	say := func(code string) Fault { return Fault{Call: Pay, What: Answer, Status: 200, Code: code} }
	paid := func(code string) []Fault {
		f := say(code)
		f.Booked, f.Times = true, 1
		return []Fault{f}
	}
	return []Behaviour{
		{Digits: "33", Name: "refused-unsigned-paid", Says: "9996, no permission; the customer paid all the same", faults: paid("9996")},
		{Digits: "34", Name: "number-used-same", Says: "400 OUT_TRADE_NO_USED; the order is paid, with our amount", faults: paid("OUT_TRADE_NO_USED")},
		{Digits: "35", Name: "number-used-other", Says: "400 OUT_TRADE_NO_USED; the order is paid, and 100 dearer than ours",
			customer: customer{extra: 100}, faults: paid("OUT_TRADE_NO_USED")},
		{Digits: "36", Name: "order-paid", Says: "400 ORDERPAID; it is", faults: paid("ORDERPAID")},
		{Digits: "37", Name: "unknown-4xx", Says: "a code that no table has; no order", faults: []Fault{say("77777")}},
		{Digits: "38", Name: "unknown-4xx-paid", Says: "a code that no table has; the customer paid", faults: paid("77777")},
		{Digits: "39", Name: "forged-refusal-paid", Says: "400 NOTENOUGH; the customer paid", faults: paid("NOTENOUGH")},
	}
}

func fubeiTroubleCodes() []Behaviour {
	busy := Fault{Code: "9999", Message: "系统繁忙"}
	return append(gatewayCodes(), []Behaviour{
		{Digits: "40", Name: "system-error", Says: "9999 every time, and no order", faults: []Fault{everyTime(busy)}},
		{Digits: "41", Name: "system-error-paid", Says: "9999 once; paid", faults: []Fault{oneTime(booked(busy))}},
		{Digits: "42", Name: "system-error-once", Says: "9999 once, and no order; the same again pays", faults: []Fault{oneTime(busy)}},
		{Digits: "43", Name: "bank-error", Says: "400 BANKERROR once; the order asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{oneTime(booked(Fault{Code: "BANKERROR"}))}},
		{Digits: "46", Name: "too-fast", Says: "9999, too many requests, once, and no order", faults: []Fault{oneTime(Fault{Code: "9999", Message: "请求过于频繁"})}},
		{Digits: "48", Name: "sign-error", Says: "9996, 签名错误, every time, and no order", faults: []Fault{everyTime(Fault{Code: "9996", Message: "签名错误"})}},
	}...)
}
