package sandbox

import (
	"fmt"
	"time"
)

// huifuCustomer is the person with the phone, and the account behind it. The
// zero customer pays at once.
type huifuCustomer struct {
	asked       bool          // a PIN is wanted: P
	initial     bool          // and the state is I
	pendingCode string        // in the place of 00000100
	queries     int           // pays as this many-th query arrives
	after       time.Duration // or so long after being asked
	atClose     bool          // or as the first close arrives that is not too early
	fails       string        // does not pay: the text of the F

	coupon         bool
	extra          int64  // the order in the books is so much dearer than the one asked for
	unbooked       bool   // acct_stat F: paid, and not on the merchant's account (§9)
	code           string // of a refusal
	closeAfter     time.Duration
	closedSaysP    bool   // §8: the reading of K's sandbox
	neverF         bool   // and so for ever
	paysAfterClose bool   // §8: a late S
	refundEnds     string // in the place of S; P is for ever
	refundShort    bool   // actual_ref_amt below ord_amt, §7
}

// huifuDecline is a refusal of the channel: trans_stat F, with a text of §11.
type huifuDecline struct{ code, text string }

// huifuRow is a Behaviour and what it means here.
type huifuRow struct {
	Behaviour
	customer huifuCustomer
	declines *huifuDecline
}

// HuifuBehaviours is the table of Huifu's payment codes. Digits and names are
// those of Behaviours where the same thing can happen here; digits that are in
// no row pay at once.
func HuifuBehaviours() []Behaviour {
	var all []Behaviour
	for _, row := range huifuRows() {
		all = append(all, row.Behaviour)
	}
	return all
}

// huifuRows by tens: 0 the customer, 1 the way, 2-3 refusals, 4 the platform in
// trouble, 5-6 answers not to be trusted, 7 closing, 8 refunds, 9 Huifu's own.
func huifuRows() []huifuRow {
	var all []huifuRow
	for _, some := range [][]huifuRow{
		huifuCustomerRows(), huifuNetworkRows(), huifuDeclineRows(), huifuRefusalRows(), huifuTroubleRows(),
		huifuFalseRows(), huifuCloseRows(), huifuRefundRows(), huifuOwnRows(),
	} {
		all = append(all, some...)
	}
	return all
}

// row is what a code brings.
func (h *huifu) row(code string) huifuRow {
	digits := code[max(0, len(code)-2):]
	if row, listed := h.rows[digits]; listed {
		return row
	}
	return huifuRow{Behaviour: Behaviour{Digits: digits, Name: "pays", Says: "pays at once"}}
}

func huifuSays(digits, name, says string, faults ...Fault) huifuRow {
	return huifuRow{Behaviour: Behaviour{Digits: digits, Name: name, Says: says, faults: faults}}
}

func (r huifuRow) by(c huifuCustomer) huifuRow { r.customer = c; return r }

func huifuCustomerRows() []huifuRow {
	pin := huifuCustomer{asked: true}
	with := func(change func(*huifuCustomer)) huifuCustomer { c := pin; change(&c); return c }
	return []huifuRow{
		huifuSays("00", "pays", "pays at once"),
		huifuSays("01", "pin", "asks for a PIN; without a phone, three queries say P and the next S").
			by(with(func(c *huifuCustomer) { c.queries = 4 })),
		huifuSays("02", "pin-00000000", "P under resp_code 00000000; without a phone, the first query says S").
			by(with(func(c *huifuCustomer) { c.queries, c.pendingCode = 1, "00000000" })),
		huifuSays("03", "pin-forgotten", "asks for a PIN, which nobody enters: F at time_expire, or once closed").by(pin),
		huifuSays("04", "pin-at-close", "asks for a PIN, which is entered as the close arrives: 10000016, and queries say S").
			by(with(func(c *huifuCustomer) { c.atClose = true })),
		huifuSays("05", "pin-10s", "asks for a PIN, which is entered after 10 s").
			by(with(func(c *huifuCustomer) { c.after = 10 * time.Second })),
		huifuSays("06", "coupon", "pays at once, a tenth of it with a coupon: pay_amt and settlement_amt are smaller").
			by(huifuCustomer{coupon: true}),
		huifuSays("07", "pin-cancelled", "asks for a PIN; the customer cancels after 6 s: F").
			by(with(func(c *huifuCustomer) { c.after, c.fails = 6*time.Second, "用户取消支付" })),
		huifuSays("08", "bank-fails", "asks for a PIN; the bank fails after 6 s: F").
			by(with(func(c *huifuCustomer) { c.after, c.fails = 6*time.Second, "银行系统异常" })),
		huifuSays("09", "payerror", "F at once").by(huifuCustomer{fails: "支付失败"}),
	}
}

func huifuNetworkRows() []huifuRow {
	var rows []huifuRow
	for _, b := range networkCodes(network{Fault{Status: 200, Code: "23000001", Message: "原交易不存在"}, "23000001 before S", longAnswer, ""}) {
		rows = append(rows, huifuRow{Behaviour: b})
	}
	return rows
}

// huifuDeclineRows are F in the pay's answer, by the texts of §11. The code whose
// form is wrong leaves no order.
func huifuDeclineRows() []huifuRow {
	format := huifuSays("24", "code-format", "10000000 付款码格式异常, and no order",
		Fault{Call: Pay, What: Answer, Status: 200, Code: "10000000", Message: "付款码格式异常"})
	rows := []huifuRow{format}
	for _, d := range []struct{ digits, name, text string }{
		{"20", "code-invalid", "付款码无效，请重新扫码"},
		{"21", "code-expired", "付款码已过期，请刷新后重试"},
		{"22", "not-enough", "账户余额不足"},
		{"23", "trade-error", "交易失败，请联系发卡行"},
		{"25", "limit-day", "超过单日支付限额，交易超限"},
		{"26", "risk", "该交易存在风险，已被拦截"},
		{"27", "switched-off", "该功能已关闭，请联系服务商"},
		{"28", "limit-once", "超过单笔支付限额，交易超限"},
		{"29", "code-used", "付款码仅限使用一次，请刷新后重试"},
	} {
		row := huifuSays(d.digits, d.name, fmt.Sprintf("90000000 with F: %s", d.text))
		row.declines = &huifuDecline{"90000000", d.text}
		rows = append(rows, row)
	}
	return rows
}

func huifuRefusalRows() []huifuRow {
	say := func(code, text string) Fault {
		return Fault{Call: Pay, What: Answer, Status: 200, Code: code, Message: text}
	}
	unsigned := func(f Fault) Fault { f.Unsigned = true; return f }
	poor, used := say("90000000", "账户余额不足"), say("20000000", "重复交易")
	forged := anyway(poor)
	forged.Forged = true
	return []huifuRow{
		huifuSays("30", "no-auth", "00000103, and no order", say("00000103", "接口权限认证失败")),
		huifuSays("31", "blocked", "90000001 (risk), and no order", say("90000001", "交易存在风险，请稍后再试")),
		huifuSays("32", "refused-unsigned", "90000000 余额不足 without a sign; no order", unsigned(poor)),
		huifuSays("33", "refused-unsigned-paid", "90000000 余额不足 without a sign; the customer paid all the same", anyway(unsigned(poor))),
		huifuSays("34", "number-used-same", "20000000; the order is paid, with our amount", anyway(used)),
		huifuSays("35", "number-used-other", "20000000; the order is paid, and 100 fen dearer than ours", anyway(used)).
			by(huifuCustomer{extra: 100}),
		huifuSays("36", "merchant-config", "22000005, and no order", say("22000005", "路由下未配置可用通道")),
		huifuSays("37", "unknown-code", "a code that no table has; no order", say("77777777", "moon phase wrong")),
		huifuSays("38", "unknown-code-paid", "a code that no table has; the customer paid", anyway(say("77777777", "moon phase wrong"))),
		huifuSays("39", "forged-refusal-paid", "90000000 余额不足 under a wrong signature; the customer paid", forged),
	}
}

func huifuTroubleRows() []huifuRow {
	say := func(code, text string) Fault {
		return Fault{Call: Pay, Times: 1, What: Answer, Status: 200, Code: code, Message: text}
	}
	always := func(f Fault) Fault { f.Times = 0; return f }
	system := say("98888888", "系统错误")
	html := booked(say("", ""))
	html.Status, html.Body = 502, gatewayHTML
	down := say("20000", "服务不可用")
	down.Status = 500
	return []huifuRow{
		huifuSays("40", "system-error", "98888888 every time, and no order", always(system)),
		huifuSays("41", "system-error-paid", "98888888 once; paid", booked(system)),
		huifuSays("42", "system-error-once", "98888888 once, and no order; the same again pays", system),
		huifuSays("43", "bank-error", "91111119 once; the order asks for a PIN, which is entered after 10 s", booked(say("91111119", "通道异常"))).
			by(huifuCustomer{asked: true, after: 10 * time.Second}),
		huifuSays("44", "html-502", "502 with HTML once; paid", html),
		huifuSays("45", "unavailable", "500 with the gateway's 20000 once, and no order", down),
		huifuSays("46", "too-fast", "20000001 once, and no order", say("20000001", "请求过于频繁")),
		huifuSays("47", "too-fast-gateway", "the gateway's 911 once, and no order", say("911", "请求过于频繁")),
		huifuSays("48", "sign-error", "the gateway's 40002 every time, and no order", always(say("40002", "验签失败"))),
		huifuSays("49", "reply-unsigned", "the gateway's 923 once: the reply could not be signed; paid", booked(say("923", "返回报文加签失败"))),
	}
}
