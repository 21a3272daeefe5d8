package sandbox

import "time"

// huifuFalseRows pay, and lie about it in the pay's answer; the queries are true
// unless the row says otherwise.
func huifuFalseRows() []huifuRow {
	var rows []huifuRow
	for _, f := range []struct {
		digits string
		what   Kind
		says   string
	}{
		{"50", ForgeSignature, "S under a wrong signature"},
		{"51", NoSignature, "S without a sign"},
		{"52", Unsorted, "S sent in another order than it was signed in: to be believed"},
		{"53", Escaped, "S sent with \\u003c, \\u003e and \\u0026 and signed without: to be believed"},
		{"54", ReplayOld, "an earlier answer to somebody's pay"},
		{"55", WrongAmount, "S with an amount one fen higher"},
		{"56", WrongDate, "S of another day's order of this number"},
		{"57", WrongMerchant, "S of another merchant"},
		{"58", WrongOrder, "S of another order"},
		{"59", Oversize, "S in more than 1 MiB"},
		{"60", UnknownState, "a trans_stat that no table has"},
		{"61", OddMembers, "S with unknown and null members, 0.00, and a number of 17 digits: to be believed"},
		{"62", DuplicateKeys, "trans_stat and req_seq_id twice"},
		{"63", WrongClock, "S by a clock that is an hour ahead (Huifu signs no time: to be believed)"},
		{"65", UnpublishedCertificate, "S signed by the till's own key"},
	} {
		rows = append(rows, huifuSays(f.digits, string(f.what), "paid; "+f.says, Fault{Call: Pay, Times: 1, What: f.what}))
	}
	return append(rows,
		huifuSays("66", "wrong-amount-always", "paid; pay and every query tell an amount one fen higher",
			Fault{Call: Pay, What: WrongAmount}, Fault{Call: Query, What: WrongAmount}),
		huifuSays("67", "forged-always", "paid; nothing about this order is signed rightly, ever", Fault{Call: AnyCall, What: ForgeSignature}),
		huifuSays("68", "forged-success", "asks for a PIN, which nobody enters; two queries say S under a wrong signature",
			Fault{Call: Query, Times: 2, What: ForgeSuccess}).by(huifuCustomer{asked: true}),
	)
}

// huifuCloseRows ask for a PIN that nobody enters unless the row says so; §8.
func huifuCloseRows() []huifuRow {
	say := func(times int, code, text string) Fault {
		return Fault{Call: Close, Times: times, What: Answer, Status: 200, Code: code, Message: text}
	}
	pin, quick := huifuCustomer{asked: true}, huifuCustomer{asked: true, atClose: true}
	slow, open, late, silent := pin, pin, pin, pin
	silent.closedSaysP, silent.neverF = true, true
	slow.closeAfter, open.closedSaysP, late.paysAfterClose = 20*time.Second, true, true
	return []huifuRow{
		huifuSays("70", "close-processing", "the close is P, and S 20 s later").by(slow),
		huifuSays("71", "close-busy", "a PIN, entered as the close arrives; closes are 98888888 three times, and queries say S",
			say(3, "98888888", "系统错误")).by(quick),
		huifuSays("72", "close-refused", "closes are 23000004: F at time_expire", say(0, "23000004", "该交易类型不支持关单")).by(pin),
		huifuSays("73", "close-says-p", "the close is S, and the payment's queries go on saying P until time_expire").by(open),
		huifuSays("95", "close-says-p-forever", "the close is S, and the payment's queries say P for ever, as at the vendor's own sandbox").by(silent),
		huifuSays("74", "close-answer-lost", "the close is done, and its answer lost", Fault{Call: Close, Times: 1, What: DropAfter}).by(pin),
		huifuSays("75", "close-forged", "the close is done, and its answer signed wrongly", Fault{Call: Close, Times: 1, What: ForgeSignature}).by(pin),
		huifuSays("76", "close-paid", "a PIN, entered as the close arrives; closes are 23000000", say(0, "23000000", "原交易已终态")).by(quick),
		huifuSays("77", "close-never", "a PIN, entered as the close arrives; closes are 98888888 for ever", say(0, "98888888", "系统错误")).by(quick),
		huifuSays("78", "close-then-paid", "the close is S and the payment F, and 20 s later S all the same").by(late),
		huifuSays("79", "close-lost", "the first two closes do not arrive", Fault{Call: Close, Times: 2, What: DropBefore}).by(pin),
	}
}

// huifuRefundRows pay at once; their refunds differ.
func huifuRefundRows() []huifuRow {
	say := func(times int, code, text string) Fault {
		return Fault{Call: RefundCreate, Times: times, What: Answer, Status: 200, Code: code, Message: text}
	}
	busy := say(1, "20000001", "请求过于频繁")
	busy.Booked = true
	return []huifuRow{
		huifuSays("80", "refund-failed", "pays; refunds end F").by(huifuCustomer{refundEnds: huifuFailed}),
		huifuSays("81", "refund-endless", "pays; refunds stay P").by(huifuCustomer{refundEnds: huifuWaiting}),
		huifuSays("82", "refund-busy-booked", "pays; the refund is 20000001, and booked: a query finds it", busy),
		huifuSays("83", "refund-not-enough", "pays; the refund is 23000003 (balance short) twice, then accepted under the same number",
			say(2, "23000003", "商户余额不足")),
		huifuSays("84", "refund-system-error", "pays; the refund is 98888888 once, and not booked", say(1, "98888888", "系统错误")),
		huifuSays("85", "refund-too-early", "pays; the refund is 23000000 (not booked yet) once, then accepted", say(1, "23000000", "原交易未入账")),
		huifuSays("86", "refund-answer-lost", "pays; the refund is booked, and its answer lost", Fault{Call: RefundCreate, Times: 1, What: DropAfter}),
		huifuSays("87", "refund-closed", "pays; refunds are 22000004 (not opened)", say(0, "22000004", "退款功能未开通")),
		huifuSays("88", "refund-whole-only", "pays; refunds are 10000009 (no part refunds)", say(0, "10000009", "该交易不支持部分退款")),
		huifuSays("89", "refund-forged", "pays; the refund is booked, and its answer signed wrongly", Fault{Call: RefundCreate, Times: 1, What: ForgeSignature}),
	}
}

func huifuOwnRows() []huifuRow {
	say := func(code, text string) Fault {
		return Fault{Call: Pay, What: Answer, Status: 200, Code: code, Message: text}
	}
	return []huifuRow{
		huifuSays("90", "initial", "trans_stat I, and S after 10 s").by(huifuCustomer{asked: true, initial: true, after: 10 * time.Second}),
		huifuSays("91", "not-booked", "pays; acct_stat F: notification 2 tells the manager").by(huifuCustomer{unbooked: true}),
		huifuSays("92", "refund-short", "pays; refunds give a tenth less than asked (a coupon): actual_ref_amt").by(huifuCustomer{refundShort: true}),
		huifuSays("93", "refused-no-stat", "90000000 余额不足, signed, without trans_stat; no order", say("90000000", "账户余额不足")),
		huifuSays("94", "refused-odd-text", "90000000 with a text that no table has, without trans_stat; no order", say("90000000", "今日宜休息")),
	}
}
