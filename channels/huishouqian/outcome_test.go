package huishouqian

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

func q(s string) string { return `"` + s + `"` }

// state is a result about testOrder in a state, with a code.
func state(state, code string) string {
	m := map[string]string{"orderStatus": q(state), "respCode": q(code), "finishedDate": ""}
	if state == "" {
		m["orderStatus"] = ""
	}
	if code == "" {
		m["respCode"] = ""
	}
	return said(m)
}

func TestPaid(t *testing.T) {
	c, _ := newChannel(t, always(said(map[string]string{"payOrderNo": q("4200"), "buyerName": q("someone"), "other": `{"a":[1]}`})))
	for _, r := range []channels.Reply{c.Pay(t.Context(), testPayment), c.Query(t.Context(), testOrder)} {
		if r.Outcome != channels.Paid || !r.Verified || r.Reason != "" || r.PlatformID != "HSQ20261122000000000001" || !r.PaidAt.Equal(testTime.Add(4*time.Second)) {
			t.Errorf("%+v", r)
		}
		if d := string(r.Detail); !strings.Contains(d, `"payOrderNo":"4200"`) || strings.Contains(d, "someone") {
			t.Errorf("detail %s", d)
		}
	}
}

// What a row of the table means in each frame; what is not here is Unknown.
var (
	saysPay    = map[action]channels.Outcome{actDec: channels.Declined, actCfg: channels.Declined, actWait: channels.Paying}
	saysFailed = map[action]channels.Outcome{actDec: channels.Declined, actCfg: channels.Declined}
	saysQuery  = map[action]channels.Outcome{actWait: channels.Paying, actNone: channels.NotFound}
	saysRefund = map[action]channels.Outcome{actDec: channels.Refused, actCfg: channels.Refused, actStop: channels.Refused, actWait: channels.Accepted}
)

// framed is a channel whose answers carry a code in one of three frames.
func framed(t *testing.T, frame, number *string) *Channel {
	c, _ := newChannel(t, func(p *platform, method, _ string) (int, string) {
		switch {
		case *frame == "refused":
			return 200, p.refusal(*number, "words")
		case strings.HasPrefix(method, "POLYMERIZE_REFUND"):
			return 200, p.result(`{"transNo":"T01-R-20261122-000001","orderStatus":"FAIL","respCode":"` + *number + `"}`)
		case *frame == "stateless":
			return 200, p.result(state("", *number))
		}
		return 200, p.result(state("FAIL", *number))
	})
	return c
}

// Every code that the tables have, in each frame that can carry it: what a Pay
// says, what a query, what a refund. §11 row by row.
func TestEveryCode(t *testing.T) {
	var frame, number string
	c := framed(t, &frame, &number)
	for n, row := range codes {
		number, frame = n, "refused"
		r := c.Pay(t.Context(), testPayment)
		want := saysPay[row.pay]
		if r.Outcome != want || r.Code != n || (want == channels.Declined) != !r.Verified || want == channels.Declined && r.Reason == "" {
			t.Errorf("%s refused: pay %+v, want %v", n, r, want)
		}
		if r := c.Query(t.Context(), testOrder); r.Outcome != saysQuery[row.query] || !r.Verified {
			t.Errorf("%s refused: query %+v, want %v", n, r, saysQuery[row.query])
		}
		if r := c.Refund(t.Context(), testRefund); r.Outcome != saysRefund[row.refund] || !r.Verified {
			t.Errorf("%s refused: refund %+v, want %v", n, r, saysRefund[row.refund])
		}
		frame = "failed"
		if r := c.Pay(t.Context(), testPayment); r.Outcome != saysFailed[row.pay] || !r.Verified || r.Outcome == channels.Declined && r.Reason == "" {
			t.Errorf("%s FAIL: pay %+v, want %v", n, r, saysFailed[row.pay])
		}
		found := channels.Declined
		switch {
		case row.query == actNone:
			found = channels.NotFound
		case row.query == actWait, row.query == actSlow, row.reason == channels.DuplicateOrder:
			found = channels.Unknown
		}
		if r := c.Query(t.Context(), testOrder); r.Outcome != found || !r.Verified || r.Outcome == channels.Declined && r.Reason == "" {
			t.Errorf("%s FAIL: query %+v, want %v", n, r, found)
		}
		back := saysRefund[row.refund]
		switch row.refund {
		case actWait:
			back = channels.Unknown
		case actLow:
			back = channels.Refused
		}
		if r := c.Refund(t.Context(), testRefund); r.Outcome != back || !r.Verified {
			t.Errorf("%s FAIL: refund %+v, want %v", n, r, back)
		}
		if r := c.QueryRefund(t.Context(), testRefund); r.Outcome == channels.Refunded || r.Outcome == channels.Accepted {
			t.Errorf("%s FAIL: refund query %+v", n, r)
		}
		frame = "stateless"
		want = saysQuery[row.query]
		if row.query == actShut {
			want = channels.Closed
		}
		if r := c.Query(t.Context(), testOrder); r.Outcome != want {
			t.Errorf("%s without a state: query %+v, want %v", n, r, want)
		}
		if r := c.Pay(t.Context(), testPayment); r.Outcome != channels.Unknown && r.Outcome != channels.Paying {
			t.Errorf("%s without a state: pay %+v", n, r)
		}
	}
}

// What the tables cannot say in a row.
func TestOutcomes(t *testing.T) {
	for _, v := range []struct {
		name       string
		reply      string
		pay, query channels.Outcome
	}{
		{"init", state("INIT", ""), channels.Paying, channels.Paying},
		{"processing, whatever the code", state("PROCESSING", "100203"), channels.Paying, channels.Paying},
		{"success, whatever the code", state("SUCCESS", "100207"), channels.Paid, channels.Paid},
		{"failed without a code", state("FAIL", ""), channels.Declined, channels.Declined},
		{"failed by a code of no table", state("FAIL", "999999"), channels.Unknown, channels.Declined},
		{"failed, and the number is paid", state("FAIL", "100200"), channels.Unknown, channels.Unknown},
		{"failed, and not found", state("FAIL", "100206"), channels.Unknown, channels.NotFound},
		{"failed, too fast", state("FAIL", "200012"), channels.Unknown, channels.Unknown},
		{"revoked", state("REVOKED", ""), channels.Unknown, channels.Revoked},
		{"a state of no table", state("DONE", "000000"), channels.Unknown, channels.Unknown},
		{"small letters", state("success", ""), channels.Unknown, channels.Unknown},
		{"nothing at all", "{}", channels.Unknown, channels.Unknown},
		{"no state, unnamed and closed", `{"respCode":"200114"}`, channels.Unknown, channels.Unknown},
		{"no state, closed", state("", "200114"), channels.Unknown, channels.Closed},
		{"no state, not found", `{"respCode":"100206"}`, channels.Unknown, channels.NotFound},
		{"not an object", `[]`, channels.Unknown, channels.Unknown},
		{"members twice", `{"transNo":"` + testNo + `","orderStatus":"SUCCESS","orderStatus":"SUCCESS"}`, channels.Unknown, channels.Unknown},
		{"amount as a number", said(map[string]string{"orderAmt": "1"}), channels.Paid, channels.Paid},
	} {
		c, _ := newChannel(t, always(v.reply))
		if r := c.Pay(t.Context(), testPayment); r.Outcome != v.pay || !r.Verified {
			t.Errorf("%s: pay %+v, want %v", v.name, r, v.pay)
		}
		if r := c.Query(t.Context(), testOrder); r.Outcome != v.query || !r.Verified {
			t.Errorf("%s: query %+v, want %v", v.name, r, v.query)
		}
	}
}

// A proven reply about somebody else's money is nobody's.
func TestMismatch(t *testing.T) {
	for _, over := range []map[string]string{
		{"transNo": q("T01-20261122-000009")}, {"transNo": ""}, {"transNo": "1"},
		{"orderAmt": q("2")}, {"orderAmt": ""}, {"orderAmt": q("1.00")}, {"orderAmt": "1.0"}, {"orderAmt": "1e0"}, {"orderAmt": q("+1")},
		{"orderAmt": q("")}, {"orderAmt": q("99999999999999991")}, {"orderAmt": "-1"}, {"orderAmt": `{"a":1}`},
		{"tradeNo": ""}, {"merchantNo": q("8500000000002")}, {"merchantNo": "7"}, {"subMerchantNo": q("other")},
	} {
		c, _ := newChannel(t, always(said(over)), func(c *Config) { c.SubMerchantNo = "M1" })
		for _, r := range []channels.Reply{c.Pay(t.Context(), testPayment), c.Query(t.Context(), testOrder)} {
			if r.Outcome != channels.Unknown || r.Reason != channels.Mismatch || !r.Verified || r.PlatformID != "" {
				t.Errorf("%v: %+v", over, r)
			}
		}
	}
	c, _ := newChannel(t, always(said(map[string]string{"merchantNo": q("8500000000001"), "subMerchantNo": q("")})))
	if r := c.Pay(t.Context(), testPayment); r.Outcome != channels.Paid {
		t.Errorf("%+v", r)
	}
	o := testOrder
	o.PlatformID = "HSQ1"
	if r := c.Query(t.Context(), o); r.Reason != channels.Mismatch {
		t.Errorf("another tradeNo: %+v", r)
	}
	o = testOrder
	o.Amount.Currency = "HKD"
	if r := c.Query(t.Context(), o); r.Outcome == channels.Paid {
		t.Errorf("another currency: %+v", r)
	}
}

// What does not prove itself moves nothing, on any call.
func TestUnproven(t *testing.T) {
	good := vectors(t).vector(t, "hsq-resp-success").Body
	unsigned := good[:strings.Index(good, `,"sign"`)] + "}"
	for _, v := range []struct {
		name   string
		status int
		body   string
		reason channels.Reason
	}{
		{"unsigned", 200, unsigned, channels.Unverified},
		{"sign is null", 200, unsigned[:len(unsigned)-1] + `,"sign":null}`, channels.Unverified},
		{"sign is no hex", 200, unsigned[:len(unsigned)-1] + `,"sign":"zz"}`, channels.BadSignature},
		{"sign is short", 200, unsigned[:len(unsigned)-1] + `,"sign":"4a63"}`, channels.BadSignature},
		{"amount changed", 200, strings.Replace(good, `orderAmt\":\"1\"`, `orderAmt\":\"2\"`, 1), channels.BadSignature},
		{"success turned round", 200, strings.Replace(good, `"success":true`, `"success":false`, 1), channels.BadSignature},
		{"truncated", 200, good[:len(good)/2], channels.ReasonUnknown},
		{"member twice", 200, strings.Replace(good, `{"success":true`, `{"success":true,"success":true`, 1), channels.ReasonUnknown},
		{"success is a number", 200, strings.Replace(good, `"success":true`, `"success":1`, 1), channels.ReasonUnknown},
		{"a page", 200, "<!DOCTYPE html><html>portal</html>", channels.ReasonUnknown},
		{"a page of an error", 502, "<html>Bad Gateway</html>", channels.PlatformBusy},
		{"too many", 429, "", channels.RateLimited},
		{"error with a good body", 500, good, channels.PlatformBusy},
		{"elsewhere", 302, good, channels.ReasonUnknown},
		{"nothing", 200, "", channels.ReasonUnknown},
		{"deep", 200, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), channels.ReasonUnknown},
		{"oversize", 200, good + strings.Repeat(" ", 1<<20), channels.Network},
		{"lost", 0, "", channels.Network},
		{"unsigned refusal", 200, `{"success":false,"errorCode":"200206","errorMsg":"ip"}`, channels.MerchantConfig},
		{"unsigned refusal for money", 200, `{"success":false,"errorCode":"100500","errorMsg":"x"}`, channels.Unverified},
		{"forged refusal", 200, `{"success":false,"errorCode":"100500","errorMsg":"x","sign":"00"}`, channels.BadSignature},
	} {
		c, _ := newChannel(t, raw(v.status, v.body))
		for _, r := range []channels.Reply{c.Pay(t.Context(), testPayment), c.Query(t.Context(), testOrder),
			c.Refund(t.Context(), testRefund), c.QueryRefund(t.Context(), testRefund)} {
			if r.Outcome != channels.Unknown || r.Verified || r.Reason != v.reason || r.Message == "" {
				t.Errorf("%s: %+v", v.name, r)
			}
		}
	}
}

// An answer of before, proven, to another order.
func TestReplayedAnswer(t *testing.T) {
	c, _ := newChannel(t, raw(200, vectors(t).vector(t, "hsq-resp-success").Body))
	p := testPayment
	p.OutTradeNo = "T01-20261122-000007"
	if r := c.Pay(t.Context(), p); r.Reason != channels.Mismatch || r.Outcome != channels.Unknown {
		t.Errorf("%+v", r)
	}
}

// confirm_refusal decides whether a signed refusal, which names no order, is final.
func TestConfirmRefusal(t *testing.T) {
	for _, confirm := range []bool{true, false} {
		c, _ := newChannel(t, refuses("100500", "余额不足"), func(c *Config) { c.ConfirmRefusal = &confirm })
		r := c.Pay(t.Context(), testPayment)
		if r.Outcome != channels.Declined || r.Reason != channels.InsufficientFunds || r.Verified == confirm || c.Sheet().UnsignedDecline != confirm {
			t.Errorf("%v: %+v", confirm, r)
		}
	}
}

// A repetition's refusal may speak of the repetition alone.
func TestReplay(t *testing.T) {
	for _, reply := range []string{state("FAIL", "100500"), state("FAIL", "")} {
		c, _ := newChannel(t, always(reply))
		p := testPayment
		p.Replay = true
		if r := c.Pay(t.Context(), p); r.Outcome != channels.Unknown {
			t.Errorf("%+v", r)
		}
	}
	c, _ := newChannel(t, refuses("100019", "x"))
	p := testPayment
	p.Replay = true
	if r := c.Pay(t.Context(), p); r.Outcome != channels.Unknown {
		t.Errorf("%+v", r)
	}
}

// The clock: a refusal while requestDate is minutes off is for the time, and
// teaches it; the next request is right.
func TestClock(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		c, p := newChannel(t, refuses("200002", "非法的交易"))
		p.now = testTime.Add(ahead)
		if r := c.Pay(t.Context(), testPayment); r.Outcome != channels.Declined || r.Reason != channels.ClockSkew {
			t.Errorf("%+v", r)
		}
		if off := c.ClockOffset() - ahead; off.Abs() > 2*time.Second {
			t.Errorf("offset %v of %v", c.ClockOffset(), ahead)
		}
		c.Pay(t.Context(), testPayment)
		at := p.now.In(c.zone)
		if want := at.Format(stamp)[:12]; !strings.Contains(p.last(), want) {
			t.Errorf("%s is not in %s", want, p.last())
		}
	}
	c, p := newChannel(t, refuses("100500", "余额不足"))
	p.now = testTime.Add(time.Hour)
	if r := c.Pay(t.Context(), testPayment); r.Reason != channels.InsufficientFunds {
		t.Errorf("%+v", r)
	}
	c, p = newChannel(t, raw(200, "<html>"))
	p.now = testTime.Add(time.Hour)
	if c.Pay(t.Context(), testPayment); c.ClockOffset() != 0 {
		t.Error("a page taught us the time")
	}
}

func TestRefunds(t *testing.T) {
	for _, v := range []struct {
		name       string
		over       map[string]string
		ask, query channels.Outcome
		reason     channels.Reason // of the query
		paidAt     bool
	}{
		{"done", nil, channels.Refunded, channels.Refunded, "", true},
		{"with its order", map[string]string{"origTransNo": q(testNo), "merchantNo": q("8500000000001")}, channels.Refunded, channels.Refunded, "", true},
		{"in work", map[string]string{"orderStatus": q("PROCESSING")}, channels.Accepted, channels.Accepted, "", false},
		{"begun", map[string]string{"orderStatus": q("INIT")}, channels.Accepted, channels.Accepted, "", false},
		{"no state but processing", map[string]string{"orderStatus": "", "respCode": q("100201")}, channels.Accepted, channels.Accepted, "", false},
		{"repeated", map[string]string{"orderStatus": q("FAIL"), "respCode": q("200003")}, channels.Unknown, channels.Unknown, channels.DuplicateOrder, false},
		{"balance", map[string]string{"orderStatus": q("FAIL"), "respCode": q("100500")}, channels.Refused, channels.Refused, channels.NotEnoughMoney, false},
		{"unknown code", map[string]string{"orderStatus": q("FAIL"), "respCode": q("999999")}, channels.Unknown, channels.Refused, channels.TradeFailed, false},
		{"failed", map[string]string{"orderStatus": q("FAIL"), "respCode": ""}, channels.Refused, channels.Refused, channels.TradeFailed, false},
		{"split", map[string]string{"orderStatus": q("FAIL"), "respCode": q("200117")}, channels.Refused, channels.Refused, channels.TradeFailed, false},
		{"unknown state", map[string]string{"orderStatus": q("REVOKED")}, channels.Unknown, channels.Unknown, channels.ReasonUnknown, false},
		{"other amount", map[string]string{"orderAmt": q("100")}, channels.Unknown, channels.Unknown, channels.Mismatch, false},
		{"no amount", map[string]string{"orderAmt": ""}, channels.Unknown, channels.Unknown, channels.Mismatch, false},
		{"other number", map[string]string{"transNo": q(testNo)}, channels.Unknown, channels.Unknown, channels.Mismatch, false},
		{"other order", map[string]string{"origTransNo": q("T01-20261122-000009")}, channels.Unknown, channels.Unknown, channels.Mismatch, false},
		{"other merchant", map[string]string{"merchantNo": q("1")}, channels.Unknown, channels.Unknown, channels.Mismatch, false},
	} {
		m := map[string]string{"transNo": q(testRefund.RefundNo), "orderAmt": q("40")}
		for k, s := range v.over {
			m[k] = s
		}
		c, _ := newChannel(t, always(said(m)))
		if r := c.Refund(t.Context(), testRefund); r.Outcome != v.ask || !r.Verified {
			t.Errorf("%s: %+v", v.name, r)
		}
		r := c.QueryRefund(t.Context(), testRefund)
		if r.Outcome != v.query || r.Reason != v.reason || !r.Verified || r.PaidAt.IsZero() == v.paidAt {
			t.Errorf("%s: query %+v", v.name, r)
		}
	}
	c, _ := newChannel(t, refuses("100500", "余额不足"))
	if r := c.Refund(t.Context(), testRefund); r.Outcome != channels.Unknown || r.Reason != channels.NotEnoughMoney {
		t.Errorf("%+v", r)
	}
	c, _ = newChannel(t, refuses("100206", "订单不存在"))
	if r := c.QueryRefund(t.Context(), testRefund); r.Outcome != channels.NotFound {
		t.Errorf("%+v", r)
	}
}

func TestRefundRefusedHere(t *testing.T) {
	for i, edit := range []func(*channels.Refund){
		func(r *channels.Refund) { r.RefundNo = "" },
		func(r *channels.Refund) { r.RefundNo = "a b" },
		func(r *channels.Refund) { r.Order.OutTradeNo = "" },
		func(r *channels.Refund) { r.Amount.Amount = 101 },
		func(r *channels.Refund) { r.Amount.Amount = 0 },
		func(r *channels.Refund) { r.Amount.Currency = "HKD" },
		func(r *channels.Refund) { r.Amount.Currency, r.Order.Amount.Currency = "HKD", "HKD" },
	} {
		c, p := newChannel(t, nil)
		r := testRefund
		edit(&r)
		if got := c.Refund(t.Context(), r); got.Outcome != channels.NotSent || p.calls() != 0 {
			t.Errorf("%d: %+v", i, got)
		}
	}
}

func TestClose(t *testing.T) {
	c, p := newChannel(t, nil)
	if r := c.Close(t.Context(), testOrder); r.Outcome != channels.NotSent || p.calls() != 0 || len(c.Sheet().Undo) != 1 {
		t.Errorf("%+v", r)
	}
	with := func(c *Config) { c.CloseMethod = "POLYMERIZE_CLOSE" }
	for _, v := range []struct {
		answer  func(*platform, string, string) (int, string)
		outcome channels.Outcome
	}{
		{refuses("200017", "订单关闭成功"), channels.Accepted},
		{always(state("", "200017")), channels.Accepted},
		{always(state("FAIL", "200018")), channels.Unknown},
		{refuses("200018", "x"), channels.Unknown},
		{refuses("100200", "x"), channels.Refused},
		{refuses("999999", "x"), channels.Unknown},
		{always(`{"transNo":"other","respCode":"200017"}`), channels.Unknown},
		{always(said(nil)), channels.Unknown},
		{raw(200, `{"success":false,"errorCode":"200017","errorMsg":"x"}`), channels.Unknown},
	} {
		c, p := newChannel(t, v.answer, with)
		if r := c.Close(t.Context(), testOrder); r.Outcome != v.outcome {
			t.Errorf("%+v, want %v", r, v.outcome)
		}
		if !strings.Contains(p.last(), "POLYMERIZE_CLOSE") || !strings.Contains(p.last(), "requestDate") {
			t.Error(p.last())
		}
	}
	c, _ = newChannel(t, nil, with)
	if u := c.Sheet().Undo; len(u) != 2 || u[0].How != channels.ByClose || u[1].How != channels.ByRefund {
		t.Errorf("%+v", u)
	}
}

// A code of no table, and the settings' word over the table's.
func TestCodesSetting(t *testing.T) {
	c, _ := newChannel(t, always(state("FAIL", "200112")), func(c *Config) {
		c.Codes = map[string]string{"200112": "ask", "900001": "dec ask cfg", "100019": "dec"}
	})
	if r := c.Pay(t.Context(), testPayment); r.Outcome != channels.Unknown {
		t.Errorf("%+v", r)
	}
	if row := c.codes["900001"]; row.pay != actDec || row.query != actAsk || row.refund != actCfg || row.reason == "" {
		t.Errorf("%+v", row)
	}
	if row := c.codes["100019"]; row.reason != channels.TradeFailed {
		t.Errorf("%+v", row)
	}
	if codes["200112"].pay != actDec {
		t.Error("the table itself was changed")
	}
	if c.Hint("200206") == "" || c.Hint("1") != "" {
		t.Error("hints")
	}
}

// A payment code is in no reply, wherever the platform puts it.
func TestCodeStaysSecret(t *testing.T) {
	for _, answer := range []func(*platform, string, string) (int, string){
		refuses("100203", "code "+testCode+" failed"),
		refuses(testCode, "x"),
		raw(200, `{"success":false,"errorCode":"1","errorMsg":"`+testCode+`"}`),
		always(said(map[string]string{"respMsg": q(testCode), "tradeNo": q(testCode), "payOrderNo": q(testCode)})),
		raw(200, testCode), raw(0, ""),
	} {
		c, _ := newChannel(t, answer)
		r := c.Pay(t.Context(), testPayment)
		if all := fmt.Sprintf("%+v %s", r, r.Detail); strings.Contains(all, testCode) {
			t.Errorf("%s", all)
		}
	}
}
