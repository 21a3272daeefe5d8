package sandbox

import (
	"fmt"
	"time"
)

// Bodies of the faults below.
const (
	gatewayHTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
	longAnswer  = 12_000 // ms: longer than a till waits (§15.2)
)

// wechatBehaviours is the test codes' table: §20, and the traps of §3.2 and
// §18. Tens: 0 the customer, 1 the way, 2-3 refusals, 4 the platform in
// trouble, 5-6 answers not to be trusted, 7 revokes, 8 refunds.
func wechatBehaviours() []Behaviour {
	return byDigits(
		customerCodes(), globalNetworkCodes(), declineCodes(), refusalCodes(), troubleCodes(),
		falseCodes(), revokeCodes(), refundCodes(),
	)
}

// behaviour is what a code brings. Digits that are in no row pay at once.
func (w *wechatGlobal) behaviour(code string) Behaviour {
	return behaviourOf(w.rows, code)
}

func customerCodes() []Behaviour {
	return []Behaviour{
		{Digits: "00", Name: "pays", Says: "pays at once"},
		{Digits: "01", Name: "pin", Says: "asks for a PIN; without a phone, three queries say USERPAYING and the next SUCCESS",
			customer: customer{asked: true, queries: 4}},
		{Digits: "02", Name: "pin-202", Says: "as 202 with an error body USERPAYING; without a phone, the first query says SUCCESS",
			customer: customer{asked: true, queries: 1},
			faults:   []Fault{{Call: Pay, Times: 1, What: Answer, Booked: true, Status: 202, Code: "USERPAYING", Internal: 268501834}}},
		{Digits: "03", Name: "pin-forgotten", Says: "asks for a PIN, which nobody enters: closed after 45 s; a revoke says 204 and then REVOKED",
			customer: customer{asked: true}},
		{Digits: "04", Name: "pin-at-revoke", Says: "asks for a PIN, which is entered as the revoke arrives: 204, then REFUND",
			customer: customer{asked: true, atRevoke: true}},
		{Digits: "05", Name: "pin-10s", Says: "asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}},
		{Digits: "06", Name: "coupon", Says: "pays at once, a tenth of it with a coupon",
			customer: customer{coupon: true}},
		{Digits: "07", Name: "pin-cancelled", Says: "asks for a PIN; the customer cancels after 6 s: NOTPAY until revoked or closed",
			customer: customer{asked: true, after: 6 * time.Second, ends: notPay}},
		{Digits: "08", Name: "bank-fails", Says: "asks for a PIN; the bank fails after 6 s: PAYERROR",
			customer: customer{asked: true, after: 6 * time.Second, ends: payError}},
		{Digits: "09", Name: "payerror", Says: "PAYERROR at once, in a 200", customer: customer{ends: payError}},
	}
}

func globalNetworkCodes() []Behaviour {
	return networkCodes(network{Fault{Status: 404, Code: "ORDER_NOT_EXIST", Internal: 268512771}, "404 before SUCCESS", longAnswer,
		"a till that revoked a number nobody knew has been paid"})
}

// declineCodes refuse for good; those with a state leave an order.
func declineCodes() []Behaviour {
	var codes []Behaviour
	for i, d := range []decline{
		{code: "AUTH_CODE_INVALID"},
		{code: "AUTH_CODE_EXPIRE"},
		{"NOT_ENOUGH", notPay},
		{"TRADE_ERROR", payError},
		{code: "AUTH_CODE_ERROR"},
		{"RULE_LIMIT", notPay},
		{"ACCOUNT_ERROR", notPay},
		{"USER_ACCOUNT_ABNORMAL", notPay},
		{"NOT_SUPPORT_CARD", notPay},
		{"BUYER_MISMATCH", notPay},
	} {
		says := fmt.Sprintf("refused: %s (%d), and no order", d.code, refusals()[d.code])
		if d.leaves != "" {
			says = fmt.Sprintf("refused: %s (%d); the order says %s", d.code, refusals()[d.code], d.leaves)
		}
		codes = append(codes, Behaviour{Digits: fmt.Sprintf("2%d", i), Name: d.code, Says: says, declines: &d})
	}
	return codes
}

func refusalCodes() []Behaviour {
	say := func(status int, code string) Fault {
		return Fault{Call: Pay, What: Answer, Status: status, Code: code}
	}
	unsigned := func(f Fault) Fault { f.Unsigned = true; return f }
	forged := func(f Fault) Fault { f.Forged = true; return f }
	return []Behaviour{
		{Digits: "30", Name: "no-auth", Says: "refused: NO_AUTH (403), and no order", declines: &decline{code: "NO_AUTH"}},
		{Digits: "31", Name: "blocked", Says: "refused: REQUEST_BLOCKED (403), and no order", declines: &decline{code: "REQUEST_BLOCKED"}},
		{Digits: "32", Name: "refused-unsigned", Says: "NOT_ENOUGH without a signature; no order",
			faults: []Fault{unsigned(say(403, "NOT_ENOUGH"))}},
		{Digits: "33", Name: "refused-unsigned-paid", Says: "NOT_ENOUGH without a signature; the customer paid all the same",
			faults: []Fault{anyway(unsigned(say(403, "NOT_ENOUGH")))}},
		{Digits: "34", Name: "number-used-same", Says: "OUT_TRADE_NO_USED (403); the order is paid, with our amount",
			faults: []Fault{anyway(say(403, "OUT_TRADE_NO_USED"))}},
		{Digits: "35", Name: "number-used-other", Says: "OUT_TRADE_NO_USED (403); the order is paid, and 100 dearer than ours",
			customer: customer{extra: 100}, faults: []Fault{anyway(say(403, "OUT_TRADE_NO_USED"))}},
		{Digits: "36", Name: "order-paid", Says: "ORDER_PAID (400); it is",
			faults: []Fault{anyway(say(400, "ORDER_PAID"))}},
		{Digits: "37", Name: "unknown-4xx", Says: "a code that no table has (403); no order",
			faults: []Fault{say(403, "MOON_PHASE_WRONG")}},
		{Digits: "38", Name: "unknown-4xx-paid", Says: "a code that no table has (400); the customer paid",
			faults: []Fault{anyway(say(400, "MOON_PHASE_WRONG"))}},
		{Digits: "39", Name: "forged-refusal-paid", Says: "NOT_ENOUGH under a wrong signature; the customer paid",
			faults: []Fault{forged(anyway(say(403, "NOT_ENOUGH")))}},
	}
}

func troubleCodes() []Behaviour {
	system := Fault{Status: 500, Code: "SYSTEM_ERROR"}
	return []Behaviour{
		{Digits: "40", Name: "system-error", Says: "500 SYSTEM_ERROR every time, and no order", faults: []Fault{everyTime(system)}},
		{Digits: "41", Name: "system-error-paid", Says: "500 SYSTEM_ERROR once; paid", faults: []Fault{oneTime(booked(system))}},
		{Digits: "42", Name: "system-error-once", Says: "500 SYSTEM_ERROR once, and no order; the same again pays", faults: []Fault{oneTime(system)}},
		{Digits: "43", Name: "bank-error", Says: "500 BANK_ERROR once; the order asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{oneTime(booked(Fault{Status: 500, Code: "BANK_ERROR"}))}},
		{Digits: "44", Name: "html-502", Says: "502 with HTML once; paid", faults: []Fault{oneTime(booked(Fault{Status: 502, Body: gatewayHTML}))}},
		{Digits: "45", Name: "unavailable", Says: "503 SERVICE_UNAVAILABLE once, and no order", faults: []Fault{oneTime(Fault{Status: 503, Code: "SERVICE_UNAVAILABLE"})}},
		{Digits: "46", Name: "too-fast", Says: "429 FREQUENCY_LIMITED once, and no order", faults: []Fault{oneTime(Fault{Status: 429, Code: "FREQUENCY_LIMITED"})}},
		{Digits: "47", Name: "too-fast-empty", Says: "429 without a body once, and no order", faults: []Fault{oneTime(Fault{Status: 429, Unsigned: true})}},
		{Digits: "48", Name: "sign-error", Says: "401 SIGN_ERROR every time, and no order", faults: []Fault{everyTime(Fault{Status: 401, Code: "SIGN_ERROR", Internal: 270283348})}},
		{Digits: "49", Name: "accepted-202", Says: "202 without a body once; paid", faults: []Fault{oneTime(booked(Fault{Status: 202}))}},
	}
}

// falseCodes pay, and lie about it in the pay's answer; the queries are true
// unless the row says otherwise.
func falseCodes() []Behaviour {
	var codes []Behaviour
	for i, f := range []struct {
		what Kind
		says string
	}{
		{ForgeSignature, "SUCCESS under a wrong signature"},
		{NoSignature, "SUCCESS without a signature"},
		{SignTest, "SUCCESS under the probe WECHATPAY/SIGNTEST/"},
		{StaleTimestamp, "SUCCESS signed ten minutes ago"},
		{ReplayOld, "an earlier answer to somebody's pay"},
		{WrongAmount, "SUCCESS with an amount one higher"},
		{WrongCurrency, "SUCCESS in another currency"},
		{WrongMerchant, "SUCCESS of another merchant"},
		{WrongOrder, "SUCCESS of another order"},
		{Oversize, "SUCCESS in more than 1 MiB"},
		{UnknownState, "a trade_state that no table has"},
		{OddMembers, "SUCCESS with unknown, null and re-ordered members: to be believed"},
		{DuplicateKeys, "trade_state and out_trade_no twice"},
		{WrongClock, "SUCCESS by a clock that is an hour ahead"},
		{Rotation, "SUCCESS signed by a certificate published this moment: to be believed"},
		{UnpublishedCertificate, "SUCCESS signed by a certificate that is not in the certificates reply"},
	} {
		codes = append(codes, lieCode(fmt.Sprint(50+i), f.what, f.says))
	}
	return append(codes, lastingCodes(nothingSigned, wronglySigned)...)
}

func revokeCodes() []Behaviour {
	say := func(times, status int, code string) Fault {
		return Fault{Call: Revoke, Times: times, What: Answer, Status: status, Code: code}
	}
	pin, quick := customer{asked: true}, customer{asked: true, atRevoke: true}
	over := say(0, 400, "INVALID_REQUEST")
	over.Internal, over.Message = 268449386, "the time to revoke is over"
	return []Behaviour{
		{Digits: "70", Name: "revoke-userpaying", Says: "asks for a PIN; the revoke is answered USERPAYING twice (202, then 400), then 204",
			customer: pin, faults: []Fault{say(1, 202, "USERPAYING"), say(1, 400, "USERPAYING")}},
		{Digits: "71", Name: "revoke-500", Says: "asks for a PIN, entered as the revoke arrives; revokes are 500 three times, and queries say SUCCESS",
			customer: quick, faults: []Fault{say(3, 500, "SYSTEM_ERROR")}},
		{Digits: "72", Name: "revoke-too-late", Says: "asks for a PIN, entered as the revoke arrives; its window has passed: refund",
			customer: quick, faults: []Fault{over}},
		{Digits: "73", Name: "revoke-slow", Says: "asks for a PIN, entered as the revoke arrives; 204, but queries say SUCCESS for 20 s more",
			customer: customer{asked: true, atRevoke: true, undoAfter: 20 * time.Second}},
		{Digits: "74", Name: "revoke-answer-lost", Says: "asks for a PIN; the revoke is done, and its answer lost",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: DropAfter}}},
		{Digits: "75", Name: "revoke-forged", Says: "asks for a PIN; the revoke is done, and its 204 signed wrongly",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: ForgeSignature}}},
		{Digits: "76", Name: "revoke-paid", Says: "asks for a PIN, entered as the revoke arrives; the revoke is refused for good: ORDER_PAID",
			customer: quick, faults: []Fault{say(0, 400, "ORDER_PAID")}},
		{Digits: "77", Name: "revoke-never", Says: "asks for a PIN, entered as the revoke arrives; revokes are 500 for ever",
			customer: quick, faults: []Fault{say(0, 500, "SYSTEM_ERROR")}},
		{Digits: "78", Name: "revoke-says-revoked", Says: "asks for a PIN, entered as the revoke arrives; 204, and the paid order says REVOKED",
			customer: customer{asked: true, atRevoke: true, revokedWord: true}},
		{Digits: "79", Name: "revoke-lost", Says: "asks for a PIN; the first two revokes do not arrive",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 2, What: DropBefore}}},
	}
}

// refundCodes pay at once; their refunds differ.
func refundCodes() []Behaviour {
	say := func(times, status int, code string) Fault {
		return Fault{Call: RefundCreate, Times: times, What: Answer, Status: status, Code: code}
	}
	limited := say(1, 429, "FREQUENCY_LIMITED")
	limited.Booked = true
	return []Behaviour{
		{Digits: "80", Name: "refund-abnormal", Says: "pays; refunds end ABNORMAL", customer: customer{refundEnds: refundAbnormal}},
		{Digits: "81", Name: "refund-closed", Says: "pays; refunds end REFUNDCLOSE", customer: customer{refundEnds: refundClosed}},
		{Digits: "82", Name: "refund-429", Says: "pays; the refund is 429, and booked: a query finds it", faults: []Fault{limited}},
		{Digits: "83", Name: "refund-not-enough", Says: "pays; the refund is NOT_ENOUGH twice, then accepted under the same number",
			faults: []Fault{say(2, 403, "NOT_ENOUGH")}},
		{Digits: "84", Name: "refund-500", Says: "pays; the refund is 500 SYSTEM_ERROR once, and not booked", faults: []Fault{say(1, 500, "SYSTEM_ERROR")}},
		{Digits: "85", Name: "refund-retry", Says: "pays; the refund is 500 BIZERR_NEED_RETRY once, and not booked", faults: []Fault{say(1, 500, "BIZERR_NEED_RETRY")}},
		{Digits: "86", Name: "refund-answer-lost", Says: "pays; the refund is booked, and its answer lost",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: DropAfter}}},
		{Digits: "87", Name: "refund-account", Says: "pays; refunds are USER_ACCOUNT_ABNORMAL", faults: []Fault{say(0, 403, "USER_ACCOUNT_ABNORMAL")}},
		{Digits: "88", Name: "refund-overdue", Says: "pays; refunds are TRADE_OVERDUE", faults: []Fault{say(0, 403, "TRADE_OVERDUE")}},
		{Digits: "89", Name: "refund-forged", Says: "pays; the refund is booked, and its answer signed wrongly",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: ForgeSignature}}},
	}
}
