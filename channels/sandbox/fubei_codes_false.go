package sandbox

import "time"

// fubeiPortal is what a café's network says to everybody (§15.1).
const fubeiPortal = "<html><title>登录上网</title></html>"

// fubeiFalseCodes pay, and lie about it in the pay's answer; the queries are
// true unless the row says otherwise. What is forged is what nobody who knew the
// order would leave out: its number and amount.
func fubeiFalseCodes() []Behaviour {
	var codes []Behaviour
	for _, f := range []struct {
		digits string
		what   Kind
		says   string
	}{
		{"50", ForgeSignature, "SUCCESS without any number or amount, as somebody in between would say"},
		{"51", NoSignature, "SUCCESS without an amount"},
		{"54", ReplayOld, "an earlier answer to somebody's pay"},
		{"55", WrongAmount, "SUCCESS with an amount one higher"},
		{"57", WrongMerchant, "SUCCESS of another shop"},
		{"58", WrongOrder, "SUCCESS of another order"},
		{"59", Oversize, "SUCCESS in more than 1 MiB"},
		{"61", OddMembers, "SUCCESS with unknown and null members: to be believed"},
		{"62", DuplicateKeys, "result_code and data twice"},
		{"63", TextAmounts, "SUCCESS with the amount as a text: to be believed"},
		{"64", NoData, "200, and data is empty"},
	} {
		codes = append(codes, lieCode(f.digits, f.what, f.says))
	}
	portal := Fault{Call: Pay, Times: 1, What: Answer, Status: 200, Booked: true, Body: fubeiPortal}
	truth := Fault{Call: Pay, Times: 1, What: Answer, Status: 200, Body: `{"result_code":9999,"result_message":"系统繁忙","success":true}`}
	return append(append(codes, lastingCodes("no answer about this order has its number or amount, ever", "without number or amount")...),
		oddStateCode("a state"),
		Behaviour{Digits: "65", Name: "success-true", Says: "9999 with success true once, and no order: the code alone counts", faults: []Fault{truth}},
		Behaviour{Digits: "69", Name: "captive-portal", Says: "200 with a network's log-in page once; paid", faults: []Fault{portal}},
	)
}

func fubeiUndoCodes() []Behaviour {
	say := func(times int, code, text string) []Fault {
		return []Fault{{Call: Revoke, Times: times, What: Answer, Status: 200, Code: code, Message: text}}
	}
	pin, quick := customer{asked: true}, customer{asked: true, atRevoke: true}
	failing := func(n int) customer { c := quick; c.fubeiUndoErrors = n; return c }
	return []Behaviour{
		{Digits: "70", Name: "revoke-userpaying", Says: "asks for a PIN; two reverses are answered 200 and not taken: still USERPAYING",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 2, What: Ignored}}},
		{Digits: "71", Name: "revoke-500", Says: "asks for a PIN, entered as the reverse arrives; reverses are 9999 three times, and then done",
			customer: quick, faults: say(3, "9999", "系统繁忙")},
		{Digits: "72", Name: "revoke-too-late", Says: "pays; reverses are refused for good: 超过可撤销时间. It can be refunded",
			faults: say(0, "400", "超过可撤销时间")},
		{Digits: "73", Name: "revoke-slow", Says: "asks for a PIN, entered as the reverse arrives; REVOKING for 20 s",
			customer: customer{asked: true, atRevoke: true, undoAfter: 20 * time.Second}},
		{Digits: "74", Name: "revoke-answer-lost", Says: "asks for a PIN; the reverse is done, and its answer lost",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: DropAfter}}},
		{Digits: "75", Name: "revoke-forged", Says: "asks for a PIN; the reverse is done, and its answer has no number",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 1, What: ForgeSignature}}},
		{Digits: "76", Name: "revoke-paid", Says: "pays; reverses are answered 200 and never done: SUCCESS until refunded",
			faults: []Fault{{Call: Revoke, What: Ignored}}},
		{Digits: "77", Name: "revoke-never", Says: "asks for a PIN, entered as the reverse arrives; reverses are 9999 for ever",
			customer: quick, faults: say(0, "9999", "系统繁忙")},
		{Digits: "78", Name: "revoke-error", Says: "asks for a PIN, entered as the reverse arrives; REVOKED_ERROR, and a second reverse does it",
			customer: failing(1)},
		{Digits: "79", Name: "revoke-lost", Says: "asks for a PIN; the first two reverses do not arrive",
			customer: pin, faults: []Fault{{Call: Revoke, Times: 2, What: DropBefore}}},
		{Digits: "90", Name: "revoke-error-always", Says: "asks for a PIN, entered as the reverse arrives; REVOKED_ERROR each time. It can be refunded",
			customer: failing(1 << 30)},
		{Digits: "91", Name: "revoke-says-closed", Says: "asks for a PIN, entered as the reverse arrives; the money is back, and the order says CLOSED",
			customer: customer{asked: true, atRevoke: true, fubeiUndoneWord: closed}},
	}
}

// fubeiRefundCodes pay at once; their refunds differ.
func fubeiRefundCodes() []Behaviour {
	say := func(times int, code, text string) []Fault {
		return []Fault{{Call: RefundCreate, Times: times, What: Answer, Status: 200, Code: code, Message: text}}
	}
	booked := say(1, "9999", "系统繁忙")
	booked[0].Booked = true
	return []Behaviour{
		{Digits: "80", Name: "refund-abnormal", Says: "pays; refunds end REFUND_FAILER (REFUND_FAIL in 2.0)", customer: customer{refundEnds: fubeiRefundFailer}},
		{Digits: "81", Name: "refund-closed", Says: "pays; refunds end REFUND_FAILED, a third spelling", customer: customer{refundEnds: fubeiRefundFailed}},
		{Digits: "82", Name: "refund-429", Says: "pays; the refund is 9999, and booked: a query finds it", faults: booked},
		{Digits: "83", Name: "refund-not-enough", Says: "pays; the refund is 400 NOTENOUGH twice, then accepted under the same number",
			faults: say(2, "NOTENOUGH", "余额不足")},
		{Digits: "84", Name: "refund-500", Says: "pays; the refund is 9999 once, and not booked", faults: say(1, "9999", "系统繁忙")},
		{Digits: "85", Name: "refund-retry", Says: "pays; the refund is 400 SYSTEMERROR once, and not booked", faults: say(1, "SYSTEMERROR", "系统繁忙")},
		{Digits: "86", Name: "refund-answer-lost", Says: "pays; the refund is booked, and its answer lost",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: DropAfter}}},
		{Digits: "87", Name: "refund-account", Says: "pays; refunds are 400 every time", faults: say(0, "400", "买家账户异常")},
		{Digits: "88", Name: "refund-overdue", Says: "pays; refunds are 400, 超过可退款时间, every time", faults: say(0, "400", "超过可退款时间")},
		{Digits: "89", Name: "refund-forged", Says: "pays; the refund is booked, and its answer has no number",
			faults: []Fault{{Call: RefundCreate, Times: 1, What: ForgeSignature}}},
	}
}

func fubeiOwnCodes() []Behaviour {
	return []Behaviour{
		{Digits: "92", Name: "store-discount", Says: "pays a tenth less by the shop's own discount, unless discount_switch is 0 (1.0)",
			customer: customer{fubeiDiscount: true}},
		{Digits: "93", Name: "queries-false", Says: "asks for a PIN, entered after 10 s; three queries are a log-in page, another order and another amount",
			customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{
				{Call: Query, Times: 1, What: Answer, Status: 200, Body: fubeiPortal},
				{Call: Query, Times: 1, What: WrongOrder}, {Call: Query, Times: 1, What: WrongAmount},
			}},
	}
}
