package sandbox

import (
	"fmt"
	"time"
)

// HuishouqianBehaviours is the test codes' table of Huishouqian: the digits and
// names of Behaviours where they make sense here. There is no revoke: the
// seventies are what a till meets when it undoes without one. The nineties, 52
// and 53 are this platform's own; 98 and 99 say any code that the six digits
// before them name. Digits that are in no row pay at once.
func HuishouqianBehaviours() []Behaviour {
	return byDigits(
		hsqCustomerCodes(), hsqNetworkCodes(), hsqDeclineCodes(), hsqRefusalCodes(), hsqTroubleCodes(),
		hsqFalseCodes(), hsqUndoCodes(), hsqRefundCodes(), hsqOwnCodes(),
	)
}

// behaviour is what a code brings.
func (h *huishouqian) behaviour(code string) Behaviour {
	b, listed := h.rows[lastTwo(code)]
	if !listed {
		return Behaviour{Digits: lastTwo(code), Name: "pays", Says: "pays at once"}
	}
	if b.declines != nil && b.declines.code == "" && len(code) >= 8 {
		b.declines = &decline{code[len(code)-8 : len(code)-2], b.declines.leaves}
	}
	return b
}

func hsqCustomerCodes() []Behaviour {
	return []Behaviour{
		{Digits: "00", Name: "pays", Says: "pays at once"},
		{Digits: "01", Name: "pin", Says: "asks for a PIN; without a phone, three queries say PROCESSING and the next SUCCESS",
			customer: customer{asked: true, queries: 4}},
		{Digits: "02", Name: "pin-202", Says: "asks for a PIN; without a phone, the first query says SUCCESS",
			customer: customer{asked: true, queries: 1}},
		{Digits: "03", Name: "pin-forgotten", Says: "asks for a PIN, which nobody enters: FAIL 100204 at timeExpire",
			customer: customer{asked: true}},
		{Digits: "04", Name: "pin-too-late", Says: "asks for a PIN, which is entered after 60 s, when the till has given up: refund",
			customer: customer{asked: true, after: time.Minute}},
		{Digits: "05", Name: "pin-10s", Says: "asks for a PIN, which is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}},
		{Digits: "07", Name: "pin-cancelled", Says: "asks for a PIN; the customer cancels after 6 s: FAIL 100207",
			customer: customer{asked: true, after: 6 * time.Second, ends: "100207"}},
		{Digits: "08", Name: "bank-fails", Says: "asks for a PIN; the bank fails after 6 s: FAIL 100203",
			customer: customer{asked: true, after: 6 * time.Second, ends: "100203"}},
		{Digits: "09", Name: "payerror", Says: "FAIL 100208 at once", customer: customer{ends: "100208"}},
	}
}

func hsqNetworkCodes() []Behaviour {
	return networkCodes(network{hsqSay(Query, "200004"), "200004 before SUCCESS", 25_000, // §1: a till waits 20 s
		"a till that took a missing order for undone has been paid"})
}

// hsqDeclineCodes refuse for good: in an order that is FAIL, or at the gateway.
func hsqDeclineCodes() []Behaviour {
	var codes []Behaviour
	for i, d := range []decline{
		{"100203", hsqFail}, {"100204", hsqFail}, {"100500", hsqFail}, {"100208", hsqFail}, {"100207", hsqFail},
		{"100506", hsqFail}, {"100505", hsqFail}, {"100209", hsqFail}, {"100004", hsqFail}, {"100212", hsqFail},
		{code: "200201"}, {code: "200206"},
	} {
		says := "refused: " + d.code + " " + hsqWord(d.code) + "; the order says FAIL"
		if d.leaves == "" {
			says = "refused: success false, " + d.code + " " + hsqWord(d.code) + ", and no order"
		}
		codes = append(codes, Behaviour{Digits: fmt.Sprint(20 + i), Name: d.code, Says: says, declines: &d})
	}
	return codes
}

func hsqRefusalCodes() []Behaviour {
	result := func(code string) Fault { f := hsqSay(Pay, code); f.AsResult = true; return f }
	unsigned, forged := hsqSay(Pay, "100500"), result("100500")
	unsigned.Unsigned, forged.Forged = true, true
	return []Behaviour{
		{Digits: "32", Name: "refused-unsigned", Says: "success false, 100500, without a signature; no order", faults: []Fault{unsigned}},
		{Digits: "33", Name: "refused-unsigned-paid", Says: "success false, 100500, without a signature; the customer paid all the same",
			faults: []Fault{anyway(unsigned)}},
		{Digits: "34", Name: "number-used-same", Says: "FAIL 200003; the order is paid, with our amount", faults: []Fault{anyway(result("200003"))}},
		{Digits: "35", Name: "number-used-other", Says: "FAIL 200003; the order is paid, and 100 dearer than ours",
			customer: customer{extra: 100}, faults: []Fault{anyway(result("200003"))}},
		{Digits: "36", Name: "order-paid", Says: "FAIL 100200; it is paid", faults: []Fault{anyway(result("100200"))}},
		{Digits: "37", Name: "unknown-4xx", Says: "success false with a code that no table has; no order", faults: []Fault{hsqSay(Pay, "909090")}},
		{Digits: "38", Name: "unknown-4xx-paid", Says: "success false with a code that no table has; the customer paid",
			faults: []Fault{anyway(hsqSay(Pay, "909090"))}},
		{Digits: "39", Name: "forged-refusal-paid", Says: "FAIL 100500 under a wrong signature; the customer paid", faults: []Fault{anyway(forged)}},
	}
}

func hsqTroubleCodes() []Behaviour {
	busy := Fault{Message: hsqBusy().text}
	return append(gatewayCodes(), []Behaviour{
		{Digits: "40", Name: "system-error", Says: "success false, no code, 系统繁忙, every time, and no order", faults: []Fault{everyTime(busy)}},
		{Digits: "41", Name: "system-error-paid", Says: "success false, no code, 系统繁忙, once; paid", faults: []Fault{oneTime(booked(busy))}},
		{Digits: "42", Name: "system-error-once", Says: "success false, no code, 系统繁忙, once, and no order; the same again pays", faults: []Fault{oneTime(busy)}},
		{Digits: "43", Name: "init", Says: "INIT, then PROCESSING; the PIN is entered after 10 s",
			customer: customer{asked: true, initial: true, after: 10 * time.Second}},
		{Digits: "46", Name: "too-fast", Says: "success false, 200012, once, and no order", faults: []Fault{oneTime(Fault{Code: "200012"})}},
		{Digits: "48", Name: "sign-error", Says: "success false, 200115, every time, and no order", faults: []Fault{everyTime(Fault{Code: "200115"})}},
	}...)
}

// hsqFalseCodes pay, and lie about it in the pay's answer; the queries are true
// unless the row says otherwise.
func hsqFalseCodes() []Behaviour {
	var codes []Behaviour
	for _, f := range []struct {
		digits string
		what   Kind
		says   string
	}{
		{"50", ForgeSignature, "SUCCESS under a wrong signature"},
		{"51", NoSignature, "SUCCESS without a signature"},
		{"52", CapitalTrue, "SUCCESS signed over success=True"},
		{"53", TextSuccess, "SUCCESS, where success is the text true: to be believed"},
		{"54", ReplayOld, "an earlier answer to somebody's pay"},
		{"55", WrongAmount, "SUCCESS with an amount one higher"},
		{"57", WrongMerchant, "SUCCESS signed with another merchant's sign key"},
		{"58", WrongOrder, "SUCCESS of another order"},
		{"59", Oversize, "SUCCESS in more than 1 MiB"},
		{"61", OddMembers, "SUCCESS with unknown and null members, and the amount as a number: to be believed"},
		{"62", DuplicateKeys, "orderStatus and transNo twice"},
		{"63", WrongClock, "SUCCESS by a clock that is an hour ahead"},
		{"64", NullResult, "success true, and a result that is null"},
		{"65", UnpublishedCertificate, "SUCCESS signed by a key that is not the certificate's"},
	} {
		codes = append(codes, lieCode(f.digits, f.what, f.says))
	}
	return append(append(codes, lastingCodes(nothingSigned, wronglySigned)...),
		oddStateCode("an orderStatus"),
	)
}

// hsqUndoCodes are paid after the till gave up, and then differ in how the money
// goes back (§8: undo is query, then refund).
func hsqUndoCodes() []Behaviour {
	busy := func(times int) Fault {
		f := hsqSay(RefundCreate, "")
		f.Message, f.Times = hsqBusy().text, times
		return f
	}
	result := func(code string) Fault { f := hsqSay(RefundCreate, code); f.AsResult = true; return f }
	late := customer{asked: true, after: time.Minute}
	const paid = "asks for a PIN, entered after 60 s; "
	return []Behaviour{
		{Digits: "70", Name: "query-slow", Says: "asks for a PIN, which nobody enters; four queries say 200012, too fast",
			customer: customer{asked: true}, faults: []Fault{{Call: Query, Times: 4, What: Answer, Status: 200, Code: "200012"}}},
		{Digits: "71", Name: "expires-late", Says: "asks for a PIN, which nobody enters; FAIL 100204 shows 30 s after timeExpire",
			customer: customer{asked: true, undoAfter: 30 * time.Second}},
		{Digits: "72", Name: "undo-busy", Says: paid + "the refund is 系统繁忙 twice, and not booked", customer: late, faults: []Fault{busy(2)}},
		{Digits: "73", Name: "undo-fails", Says: paid + "the refund is taken, and ends FAIL 100203",
			customer: customer{asked: true, after: time.Minute, refundEnds: "100203"}},
		{Digits: "74", Name: "undo-answer-lost", Says: paid + "the refund is booked, and its answer lost",
			customer: late, faults: []Fault{{Call: RefundCreate, Times: 1, What: DropAfter}}},
		{Digits: "75", Name: "undo-forged", Says: paid + "the refund is booked, and its answer signed wrongly",
			customer: late, faults: []Fault{{Call: RefundCreate, Times: 1, What: ForgeSignature}}},
		{Digits: "76", Name: "undo-refused", Says: paid + "the refund is refused for good: 200117", customer: late, faults: []Fault{result("200117")}},
		{Digits: "77", Name: "undo-never", Says: paid + "refunds are 系统繁忙 for ever", customer: late, faults: []Fault{busy(0)}},
		{Digits: "78", Name: "says-revoked", Says: "asks for a PIN; the customer cancels after 6 s, and the order says REVOKED",
			customer: customer{asked: true, after: 6 * time.Second, ends: "100207", revokedWord: true}},
		{Digits: "79", Name: "undo-lost", Says: paid + "the first two refunds do not arrive",
			customer: late, faults: []Fault{{Call: RefundCreate, Times: 2, What: DropBefore}}},
	}
}

// hsqRefundCodes pay at once; their refunds differ.
func hsqRefundCodes() []Behaviour {
	result := func(times int, code string) Fault {
		f := hsqSay(RefundCreate, code)
		f.AsResult, f.Times = true, times
		return f
	}
	limited, exists, busy := hsqSay(RefundCreate, "200012"), result(1, "200003"), hsqSay(RefundCreate, "")
	limited.Times, limited.Booked, exists.Booked = 1, true, true
	busy.Message, busy.Times = hsqBusy().text, 1
	return []Behaviour{
		{Digits: "80", Name: "refund-fails", Says: "pays; refunds end FAIL 100203", customer: customer{refundEnds: "100203"}},
		{Digits: "81", Name: "refund-at-once", Says: "pays; refunds are SUCCESS at once", customer: customer{refundSoon: true}},
		{Digits: "82", Name: "refund-429", Says: "pays; the refund is 200012, and booked: a query finds it", faults: []Fault{limited}},
		{Digits: "83", Name: "refund-not-enough", Says: "pays; the refund is FAIL 100500 twice, then taken under the same number",
			faults: []Fault{result(2, "100500")}},
		{Digits: "84", Name: "refund-500", Says: "pays; the refund is 系统繁忙 once, and not booked", faults: []Fault{busy}},
		{Digits: "85", Name: "refund-exists", Says: "pays; the refund is FAIL 200003, and booked", faults: []Fault{exists}},
		{Digits: "86", Name: "refund-answer-lost", Says: "pays; the refund is booked, and its answer lost",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: DropAfter}}},
		{Digits: "87", Name: "refund-split", Says: "pays; refunds are FAIL 200117", faults: []Fault{result(0, "200117")}},
		{Digits: "88", Name: "refund-amount", Says: "pays; refunds are FAIL 200005", faults: []Fault{result(0, "200005")}},
		{Digits: "89", Name: "refund-forged", Says: "pays; the refund is booked, and its answer signed wrongly",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: ForgeSignature}}},
	}
}

// hsqOwnCodes are §11's traps: codes that contradict the state beside them.
func hsqOwnCodes() []Behaviour {
	result := func(call Call, times int, code string, booked bool) Fault {
		f := hsqSay(call, code)
		f.AsResult, f.Times, f.Booked = true, times, booked
		return f
	}
	codes := []Behaviour{
		{Digits: "90", Name: "query-contradicts", Says: "paid, and the answer lost; two queries say FAIL 100200",
			faults: []Fault{{Call: Pay, Times: 1, What: DropAfter}, result(Query, 2, "100200", false)}},
		{Digits: "94", Name: "wait-for-scan", Says: "PROCESSING 100213; the PIN is entered after 10 s",
			customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{result(Pay, 1, "100213", true)}},
		{Digits: "95", Name: "missing-in-result", Says: "paid, and the answer lost; two queries say success true, 100206 and no orderStatus",
			faults: []Fault{{Call: Pay, Times: 1, What: DropAfter}, result(Query, 2, "100206", false)}},
		{Digits: "96", Name: "query-refused", Says: "paid, and the answer lost; two queries say success false, 100203: of the query, not of the order",
			faults: []Fault{{Call: Pay, Times: 1, What: DropAfter}, {Call: Query, Times: 2, What: Answer, Status: 200, Code: "100203"}}},
		{Digits: "98", Name: "any-refusal", Says: "success false with the code in the six digits before, and no order", declines: &decline{}},
		{Digits: "99", Name: "any-code", Says: "FAIL with the code in the six digits before; the order says so too", declines: &decline{leaves: hsqFail}},
	}
	for i, code := range []string{"100205", "200116", "300401"} {
		codes = append(codes, Behaviour{Digits: fmt.Sprint(91 + i), Name: "exists-" + code, Says: "FAIL " + code + "; the order is paid",
			faults: []Fault{result(Pay, 1, code, true)}})
	}
	return codes
}
