package fubei

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

const (
	unknown  = channels.Unknown
	declined = channels.Declined
	refused  = channels.Refused
	notFound = channels.NotFound
)

// codeCases: code, message and sub_code; the outcome of each call; the pay's reason.
var codeCases = []struct {
	code, message, sub       string
	pay, query, undo, refund channels.Outcome
	reason                   channels.Reason // of the pay
}{
	{"400", "失败", "", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
	{"400", "订单创建失败", "ERROR_MES", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
	{"400", "x", "AUTH_CODE_EXPIRE", unknown, unknown, unknown, unknown, channels.CodeExpired},
	{"400", "x", "AUTH_CODE_EXPIRED", unknown, unknown, unknown, unknown, channels.CodeExpired},
	{"400", "x", "AUTHCODEEXPIRE", unknown, unknown, unknown, unknown, channels.CodeExpired},
	{"400", "x", "AUTH_CODE_INVALID", unknown, unknown, unknown, unknown, channels.CodeInvalid},
	{"400", "x", "NOTENOUGH", unknown, unknown, unknown, unknown, channels.InsufficientFunds},
	{"400", "x", "not_enough", unknown, unknown, unknown, unknown, channels.InsufficientFunds},
	{"400", "x", "ORDERPAID", unknown, unknown, unknown, unknown, channels.DuplicateOrder},
	{"400", "x", "OUT_TRADE_NO_USED", unknown, unknown, unknown, unknown, channels.DuplicateOrder},
	{"400", "x", "SYSTEMERROR", unknown, unknown, unknown, unknown, channels.PlatformBusy},
	{"400", "x", "BANKERROR", unknown, unknown, unknown, unknown, channels.PlatformBusy},
	{"400", "订单不存在", "", unknown, notFound, notFound, unknown, channels.ReasonUnknown},
	{"1004", "商户不存在", "", declined, unknown, refused, unknown, channels.MerchantConfig},
	{"4006", "门店已隐藏", "", declined, unknown, refused, unknown, channels.MerchantConfig},
	{"9996", "【无效参数】", "", declined, unknown, refused, unknown, channels.MerchantConfig},
	{"60303", "补齐相关资料", "NOTENOUGH", declined, unknown, refused, unknown, channels.MerchantConfig},
	{"9999", "系统繁忙", "", unknown, unknown, unknown, unknown, channels.PlatformBusy},
	{"9999", "订单不存在", "", unknown, notFound, notFound, unknown, channels.PlatformBusy},
	{"12012", "未生成", "", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
	{"-9999", "x", "", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
	{"77777", "x", "", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
	{"77777", "该订单不存在！", "", unknown, notFound, notFound, unknown, channels.ReasonUnknown},
	{`"400"`, "x", "", unknown, unknown, unknown, unknown, channels.ReasonUnknown},
}

// §11: code, sub_code and message, and what they say of each call.
func TestResultCodes(t *testing.T) {
	for _, v := range codeCases {
		name := v.code + " " + v.sub + " " + v.message
		body := refusal(v.code, v.message, v.sub)
		for _, confirm := range []bool{true, false} {
			c, _ := newChannel(t, always(200, body), func(c *Config) { c.ConfirmRefusal = confirm })
			if c.Sheet().UnsignedDecline == confirm {
				t.Error("the sheet does not follow confirm_refusal")
			}
			want := v.pay
			if confirm && want == declined {
				want = unknown
			}
			got := c.Pay(context.Background(), testPayment)
			if got.Outcome != want || got.Reason != v.reason || got.Verified || !strings.HasPrefix(got.Code, strings.Trim(v.code, `"`)) || got.Message != v.message {
				t.Errorf("%s: pay %v %q verified %v code %q", name, got.Outcome, got.Reason, got.Verified, got.Code)
			}
			prepared, params := c.Prepare(context.Background(), testPrepare)
			if prepared.Outcome != want || params != nil {
				t.Errorf("%s: prepare %v %s", name, prepared.Outcome, params)
			}
			again := testPayment
			again.Replay = true
			if got := c.Pay(context.Background(), again); got.Outcome != unknown {
				t.Errorf("%s: of a replay %v", name, got.Outcome)
			}
			for call, got := range map[string]struct {
				r    channels.Reply
				want channels.Outcome
			}{
				"query": {c.Query(context.Background(), testOrder), v.query}, "refund query": {c.QueryRefund(context.Background(), testRefund), v.query},
				"revoke": {c.Revoke(context.Background(), testOrder), v.undo}, "close": {c.Close(context.Background(), testOrder), v.undo},
				"refund": {c.Refund(context.Background(), testRefund), v.refund},
			} {
				if got.r.Outcome != got.want || got.r.Verified {
					t.Errorf("%s: %s %v %q verified %v", name, call, got.r.Outcome, got.r.Reason, got.r.Verified)
				}
			}
		}
	}
}

func TestCodesOfSettings(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(c *Config) {
		c.Codes = map[string]string{"20001": "not_found", "20002": "config", "20003": "duplicate_order", "9999": "rate_limited", "1004": "ask"}
		c.SubCodes = map[string]string{"rule_limit": "limit_exceeded"}
		c.NotFoundWords = []string{}
	})
	for _, v := range []struct {
		code, sub  string
		pay, query channels.Outcome
		reason     channels.Reason
	}{
		{"20001", "", channels.Unknown, channels.NotFound, channels.ReasonUnknown},
		{"20002", "", channels.Unknown, channels.Unknown, channels.MerchantConfig},
		{"20003", "", channels.Unknown, channels.Unknown, channels.DuplicateOrder},
		{"9999", "", channels.Unknown, channels.Unknown, channels.RateLimited},
		{"1004", "", channels.Unknown, channels.Unknown, channels.ReasonUnknown},
		{"400", "RULELIMIT", channels.Unknown, channels.Unknown, channels.LimitExceeded},
	} {
		p.answer = always(200, refusal(v.code, "订单不存在", v.sub))
		pay, query := c.Pay(context.Background(), testPayment), c.Query(context.Background(), testOrder)
		if pay.Outcome != v.pay || pay.Reason != v.reason || query.Outcome != v.query {
			t.Errorf("%s %s: pay %v %q, query %v", v.code, v.sub, pay.Outcome, pay.Reason, query.Outcome)
		}
	}
	if resultCodes["1004"].reason != channels.MerchantConfig || subCodes["RULELIMIT"] != "" {
		t.Error("settings changed the tables of every channel")
	}
}

// §9, in both generations.
func TestStates(t *testing.T) {
	for _, v := range []struct {
		word       string
		pay, query channels.Outcome
		reason     channels.Reason
	}{
		{"SUCCESS", channels.Paid, channels.Paid, ""},
		{"USERPAYING", channels.Paying, channels.Paying, ""},
		{"REVOKING", channels.Paying, channels.Paying, ""},
		{"REVOKED", channels.Declined, channels.Revoked, ""},
		{"CLOSED", channels.Declined, channels.Closed, ""},
		{"REVOKED_ERROR", channels.Unknown, channels.Unknown, channels.TradeFailed},
		{"UNUSED", channels.Unknown, channels.Unknown, channels.ReasonUnknown},
		{"success", channels.Unknown, channels.Unknown, channels.ReasonUnknown},
		{"NEW_WORD", channels.Unknown, channels.Unknown, channels.ReasonUnknown},
		{"", channels.Unknown, channels.Unknown, channels.ReasonUnknown},
	} {
		for name, edit := range map[string]func(*Config){"1.0": func(*Config) {}, "merchant": twoMerchant, "vendor": twoVendor} {
			body := done(state(v.word))
			if name != "1.0" {
				body = done(stateTwo(v.word))
			}
			c, _ := newChannel(t, always(200, body), edit)
			pay, query := c.Pay(context.Background(), testPayment), c.Query(context.Background(), testOrder)
			if pay.Outcome != v.pay || query.Outcome != v.query || !pay.Verified || !query.Verified || query.Reason != v.reason {
				t.Errorf("%s %s: pay %v %q, query %v %q", name, v.word, pay.Outcome, pay.Reason, query.Outcome, query.Reason)
			}
			if v.word != "" && query.Code != v.word {
				t.Errorf("%s %s: code %q", name, v.word, query.Code)
			}
			if pay.Outcome == channels.Declined && pay.Reason == "" {
				t.Errorf("%s %s: declined without a reason", name, v.word)
			}
			if at := query.PaidAt.In(beijing).Format(digits14); v.query == channels.Paid && (at[:8] != "20261122" || query.PlatformID == "") {
				t.Errorf("%s: paid %s %+v", name, at, query)
			}
		}
	}
}

func TestConfirmPaid(t *testing.T) {
	c, _ := newChannel(t, always(200, done(state("SUCCESS"))), func(c *Config) { c.ConfirmPaid = true })
	if got := c.Pay(context.Background(), testPayment); got.Outcome != channels.Paying || !got.Verified {
		t.Errorf("pay %v verified %v", got.Outcome, got.Verified)
	}
	if got := c.Query(context.Background(), testOrder); got.Outcome != channels.Paid {
		t.Errorf("query %v", got.Outcome)
	}
}

const total = `"total_fee":12.30`

func swap(old, new string) string { return strings.Replace(done(state("SUCCESS")), old, new, 1) }

var acceptances = []struct {
	name, body string
	want       channels.Outcome
	reason     channels.Reason
	edit       func(*Config)
}{
	{"as it is", swap("", ""), channels.Paid, "", nil},
	{"amount 12.3", swap(total, `"total_fee":12.3`), channels.Paid, "", nil},
	{"amount as text", swap(total, `"total_fee":"12.30"`), channels.Paid, "", nil},
	{"unknown members", swap(total, total+`,"x":[{"y":null}],"user_id":"oABCDEFGHIJKLMNOP"`), channels.Paid, "", nil},
	{"store as text", swap(`"store_id":1001`, `"store_id":"1001"`), channels.Paid, "", nil},
	{"no store", swap(`,"store_id":1001`, ""), channels.Paid, "", nil},
	{"store discount", swap(total, `"total_fee":10.30,"discount_money":"2.00"`), channels.Paid, "", nil},
	{"order price", swap(total, `"total_fee":10.30,"order_price":12.3`), channels.Paid, "", nil},
	{"empty discount", swap(total, total+`,"discount_money":"","order_price":null`), channels.Paid, "", nil},
	{"discount, strictly", swap(total, `"total_fee":10.30,"discount_money":2.00`), channels.Unknown, channels.Mismatch, func(c *Config) { c.AmountCheck = "total_fee" }},
	{"order price, strictly", swap(total, `"total_fee":10.30,"order_price":12.30`), channels.Unknown, channels.Mismatch, func(c *Config) { c.AmountCheck = "total_fee" }},
	{"wrong amount", swap(total, `"total_fee":12.29`), channels.Unknown, channels.Mismatch, nil},
	{"wrong order price", swap(total, total+`,"order_price":12.31`), channels.Unknown, channels.Mismatch, nil},
	{"too much discount", swap(total, total+`,"discount_money":0.01`), channels.Unknown, channels.Mismatch, nil},
	{"odd discount", swap(total, total+`,"discount_money":"none"`), channels.Unknown, channels.Mismatch, nil},
	{"negative discount", swap(total, `"total_fee":12.31,"discount_money":-0.01`), channels.Unknown, channels.Mismatch, nil},
	{"fen for yuan", swap(total, `"total_fee":1230`), channels.Unknown, channels.Mismatch, nil},
	{"part of a fen", swap(total, `"total_fee":12.301`), channels.Unknown, channels.Mismatch, nil},
	{"negative", swap(total, `"total_fee":-12.30`), channels.Unknown, channels.Mismatch, nil},
	{"no amount", swap(","+total, ""), channels.Unknown, channels.Unverified, nil},
	{"null amount", swap(total, `"total_fee":null`), channels.Unknown, channels.Unverified, nil},
	{"wrong order", swap("T0120261122000002", "T0120261122000003"), channels.Unknown, channels.Mismatch, nil},
	{"no order", swap(`"merchant_order_sn":"T0120261122000002",`, ""), channels.Unknown, channels.Unverified, nil},
	{"order in another case", swap("T0120261122000002", "t0120261122000002"), channels.Unknown, channels.Mismatch, nil},
	{"wrong store", swap(`"store_id":1001`, `"store_id":1002`), channels.Unknown, channels.Mismatch, nil},
	{"the other generation's words", done(stateTwo("SUCCESS")), channels.Unknown, channels.Unverified, nil},
	{"twice", swap(total, total+","+total), channels.Unknown, channels.Unverified, nil},
	{"number twice", swap(`"order_sn"`, `"merchant_order_sn":"T0120261122000002","order_sn"`), channels.Unknown, channels.Unverified, nil},
	{"code twice", swap(`{"result_code":200`, `{"result_code":400,"result_code":200`), channels.Unknown, channels.Unverified, nil},
	{"no code", swap(`"result_code":200,`, ""), channels.Unknown, channels.Unverified, nil},
	{"success without code", swap(`"result_code":200`, `"success":true`), channels.Unknown, channels.Unverified, nil},
	{"code 200.0", swap(`"result_code":200`, `"result_code":200.0`), channels.Unknown, channels.Unverified, nil},
	{"code as text", swap(`"result_code":200`, `"result_code":"200"`), channels.Paid, "", nil},
	{"another code beside SUCCESS", swap(`"result_code":200`, `"result_code":201`), channels.Unknown, channels.ReasonUnknown, nil},
	{"data as text", done(`"SUCCESS"`), channels.Unknown, channels.Unverified, nil},
	{"data a list", done("[" + state("SUCCESS") + "]"), channels.Unknown, channels.Unverified, nil},
	{"no data", `{"result_code":200}`, channels.Unknown, channels.Unverified, nil},
	{"goes on", swap("", "") + "{}", channels.Unknown, channels.Unverified, nil},
	{"truncated", swap("", "")[:150], channels.Unknown, channels.Unverified, nil},
	{"deep", swap(total, total+`,"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)), channels.Unknown, channels.Unverified, nil},
	{"html", "<html><title>登录上网</title></html>", channels.Unknown, channels.Unverified, nil},
	{"empty", "", channels.Unknown, channels.Unverified, nil},
	{"a proxy's JSON", `{"code":200,"status":"SUCCESS"}`, channels.Unknown, channels.Unverified, nil},
	{"oversize", swap(total, total+`,"x":"`+strings.Repeat("x", maxAnswer)+`"`), channels.Unknown, channels.Network, nil},
}

// §3: SUCCESS is Paid only where everything agrees, and Verified only there.
func TestAcceptance(t *testing.T) {
	for _, v := range acceptances {
		edit := v.edit
		if edit == nil {
			edit = func(*Config) {}
		}
		c, _ := newChannel(t, always(200, v.body), edit)
		for call, got := range map[string]channels.Reply{"pay": c.Pay(context.Background(), testPayment), "query": c.Query(context.Background(), testOrder)} {
			if got.Outcome != v.want || got.Reason != v.reason || got.Verified != (v.want == channels.Paid) {
				t.Errorf("%s: %s %v %q verified %v (%s)", v.name, call, got.Outcome, got.Reason, got.Verified, got.Message)
			}
		}
	}
}

// What is another's, as queries and vendor replies tell it.
func TestIdentity(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(done(stateTwo("SUCCESS")), old, new, 1) }
	for name, v := range map[string]struct {
		body, platformID string
		want             channels.Outcome
	}{
		"as it is":                {swap("", ""), "20261122101530000001", channels.Paid},
		"another merchant":        {swap("3000001", "3000002"), "", channels.Unknown},
		"another uid":             {swap(`"merchant_id"`, `"uid":3000002,"merchant_id"`), "", channels.Unknown},
		"another platform number": {swap("", ""), "20261122101530000002", channels.Unknown},
	} {
		c, _ := newChannel(t, always(200, v.body), twoVendor)
		o := testOrder
		o.PlatformID = v.platformID
		if got := c.Query(context.Background(), o); got.Outcome != v.want || v.want == channels.Unknown && got.Reason != channels.Mismatch {
			t.Errorf("%s: %v %q (%s)", name, got.Outcome, got.Reason, got.Message)
		}
	}
	c, p := newChannel(t, always(200, done(state("SUCCESS"))))
	lookup := channels.Order{PlatformID: "20261122101530000001", Amount: yuan1230()}
	if got := c.Query(context.Background(), lookup); got.Outcome != channels.Paid || p.last(t).biz != `{"order_sn":"20261122101530000001"}` {
		t.Errorf("by the platform's number: %v, asked %s", got.Outcome, p.last(t).biz)
	}
	lookup.PlatformID = "20261122101530000009"
	if got := c.Query(context.Background(), lookup); got.Reason != channels.Mismatch {
		t.Errorf("another number: %v %q", got.Outcome, got.Reason)
	}
	lookup.PlatformID, lookup.Amount.Currency, lookup.OutTradeNo = "", "HKD", testOrder.OutTradeNo
	if got := c.Query(context.Background(), lookup); got.Reason != channels.Mismatch {
		t.Errorf("another currency: %v %q", got.Outcome, got.Reason)
	}
}

func TestStatuses(t *testing.T) {
	for status, reason := range map[int]channels.Reason{0: channels.Network, 201: channels.Unverified, 302: channels.Unverified, 401: channels.Unverified,
		404: channels.Unverified, 429: channels.RateLimited, 500: channels.PlatformBusy, 502: channels.PlatformBusy} {
		c, _ := newChannel(t, always(status, done(state("SUCCESS"))))
		for call, got := range map[string]channels.Reply{
			"pay": c.Pay(context.Background(), testPayment), "query": c.Query(context.Background(), testOrder), "revoke": c.Revoke(context.Background(), testOrder),
			"refund": c.Refund(context.Background(), testRefund), "refund query": c.QueryRefund(context.Background(), testRefund),
		} {
			if got.Outcome != channels.Unknown || got.Reason != reason || got.Verified {
				t.Errorf("%d: %s %v %q verified %v", status, call, got.Outcome, got.Reason, got.Verified)
			}
		}
	}
}

// §8: the undo's own answer is Accepted at most, whatever it says.
func TestUndoOutcomes(t *testing.T) {
	numbers := `{"merchant_order_sn":"T0120261122000002","order_sn":"20261122101530000001"}`
	for _, v := range []struct {
		name, body string
		want       channels.Outcome
		reason     channels.Reason
	}{
		{"numbers", done(numbers), channels.Accepted, ""},
		{"with a state", done(stateTwo("REVOKED")), channels.Accepted, ""},
		{"still paid", done(stateTwo("SUCCESS")), channels.Accepted, ""},
		{"another order", done(strings.Replace(numbers, "002\"", "003\"", 1)), channels.Unknown, channels.Mismatch},
		{"another amount", done(strings.Replace(numbers, "}", `,"total_fee":1,"total_amount":1}`, 1)), channels.Unknown, channels.Mismatch},
		{"no numbers", done("{}"), channels.Unknown, channels.Unverified},
		{"nothing", `{"result_code":200,"result_message":"成功"}`, channels.Unknown, channels.Unverified},
		{"html", "<html>", channels.Unknown, channels.Unverified},
	} {
		for _, edit := range []func(*Config){func(*Config) {}, twoVendor} {
			c, p := newChannel(t, always(200, v.body), edit)
			for method, got := range map[string]channels.Reply{c.set.gen.reverse: c.Revoke(context.Background(), testOrder), c.set.gen.close: c.Close(context.Background(), testOrder)} {
				if got.Outcome != v.want || got.Reason != v.reason || got.Verified != (v.want == channels.Accepted) {
					t.Errorf("%s: %s %v %q verified %v", v.name, method, got.Outcome, got.Reason, got.Verified)
				}
			}
			if p.seen[0].method == p.seen[1].method || p.seen[0].biz != p.seen[1].biz {
				t.Errorf("%s: sent %+v", v.name, p.seen)
			}
		}
	}
	c, p := newChannel(t, always(200, done(numbers)), twoMerchant, func(c *Config) { c.CloseMina, c.CancelMethod = false, "fbpay.order.close" })
	if got := c.Close(context.Background(), testOrder); got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || len(p.seen) != 0 {
		t.Errorf("close_mina = false: %v %q", got.Outcome, got.Reason)
	}
	if c.Revoke(context.Background(), testOrder); p.last(t).method != "fbpay.order.close" {
		t.Errorf("cancel_method: %s", p.last(t).method)
	}
}

func TestClockIsLearntFromVerifiedAnswers(t *testing.T) {
	c, p := newChannel(t, always(200, refusal("400", "x", "")))
	c.Pay(context.Background(), testPayment)
	if c.ClockOffset() != 0 {
		t.Errorf("an unverified answer taught %v", c.ClockOffset())
	}
	p.answer = always(200, done(state("USERPAYING")))
	c.Query(context.Background(), testOrder)
	if d := c.ClockOffset() - time.Hour; d.Abs() > time.Second {
		t.Errorf("offset %v", c.ClockOffset())
	}
}

func TestDurableGate(t *testing.T) {
	c, p := newChannel(t, always(200, done(state("SUCCESS"))))
	pay, prepare := testPayment, testPrepare
	pay.Durable = func(context.Context) error { return errors.New("disk full") }
	prepare.Durable = pay.Durable
	prepared, _ := c.Prepare(context.Background(), prepare)
	for _, got := range []channels.Reply{c.Pay(context.Background(), pay), prepared} {
		if got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || len(p.seen) != 0 {
			t.Errorf("%v %q, %d sent", got.Outcome, got.Reason, len(p.seen))
		}
	}
	pay.Durable = func(context.Context) error {
		if len(p.seen) != 0 {
			t.Error("sent before it was durable")
		}
		return nil
	}
	if got := c.Pay(context.Background(), pay); got.Outcome != channels.Paid || len(p.seen) != 1 {
		t.Errorf("%v, %d sent", got.Outcome, len(p.seen))
	}
}

// A payment code is in the request and nowhere else, whatever is echoed.
func TestCodeStaysSecret(t *testing.T) {
	echo := strings.NewReplacer("成功", testCode, "20261122101530000001", testCode).Replace(
		strings.Replace(done(state("SUCCESS")), `"pay_time"`, `"attach":"`+testCode+`","trade_no":`+testCode+`,"pay_time"`, 1))
	for name, body := range map[string]string{"paid": echo, "refused": refusal("400", "auth_code "+testCode, "E"+testCode), "page": "<html>" + testCode} {
		c, _ := newChannel(t, always(200, body))
		got := c.Pay(context.Background(), testPayment)
		if s := fmt.Sprintf("%+v %#v %s", got, got, got.Detail); strings.Contains(s, testCode) {
			t.Errorf("%s: %s", name, s)
		}
	}
	c, _ := newChannel(t, always(500, ""))
	for _, edit := range []func(*channels.Payment){
		func(p *channels.Payment) { p.Options = given(testCode, "1") },
		func(p *channels.Payment) { p.OutTradeNo = testCode + "/" },
		func(p *channels.Payment) { p.Amount.Currency = testCode },
		func(p *channels.Payment) { p.Code = channels.NewCode("99" + testCode[2:]) },
	} {
		p := testPayment
		edit(&p)
		if got := c.Pay(context.Background(), p); got.Outcome != channels.NotSent || strings.Contains(fmt.Sprintf("%+v", got), p.Code.Reveal()) {
			t.Errorf("%+v", got)
		}
	}
}
