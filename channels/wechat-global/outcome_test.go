package wechatglobal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

func refusalBody(code string) string { return `{"code":"` + code + `","message":"why"}` }

// §14.3 for pay: code, status, what it means when signed, and of a replay.
func TestPayCodes(t *testing.T) {
	for _, v := range []struct {
		code    string
		status  int
		outcome channels.Outcome
		reason  channels.Reason
		replay  channels.Outcome
	}{
		{"SYSTEM_ERROR", 500, channels.Unknown, channels.PlatformBusy, channels.Unknown},
		{"SYSTEMERROR", 500, channels.Unknown, channels.PlatformBusy, channels.Unknown},
		{"BANK_ERROR", 500, channels.Unknown, channels.PlatformBusy, channels.Unknown},
		{"SERVICE_UNAVAILABLE", 503, channels.Unknown, channels.PlatformBusy, channels.Unknown},
		{"USERPAYING", 202, channels.Paying, "", channels.Paying},
		{"USERPAYING", 400, channels.Paying, "", channels.Paying},
		{"USER_PAYING", 500, channels.Paying, "", channels.Paying},
		{"TRADE_ERROR", 403, channels.Declined, channels.TradeFailed, channels.Declined},
		{"NOT_ENOUGH", 403, channels.Declined, channels.InsufficientFunds, channels.Declined},
		{"NOTENOUGH", 403, channels.Declined, channels.InsufficientFunds, channels.Declined},
		{"not_enough", 400, channels.Declined, channels.InsufficientFunds, channels.Declined},
		{"NOT_ENOUGH", 500, channels.Unknown, channels.PlatformBusy, channels.Unknown},
		{"AUTH_CODE_INVALID", 400, channels.Declined, channels.CodeInvalid, channels.Unknown},
		{"AUTHCODE_INVALID", 400, channels.Declined, channels.CodeInvalid, channels.Unknown},
		{"AUTH_CODE_EXPIRE", 403, channels.Declined, channels.CodeExpired, channels.Unknown},
		{"AUTH_CODE_ERROR", 400, channels.Declined, channels.CodeInvalid, channels.Unknown},
		{"INVALID_REQUEST", 400, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"PARAM_ERROR", 400, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"SIGN_ERROR", 401, channels.Declined, channels.BadSignature, channels.Unknown},
		{"NO_AUTH", 401, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"NO_AUTH", 403, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"APPID_MCHID_NOT_MATCH", 400, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"MCH_NOT_EXISTS", 404, channels.Declined, channels.MerchantConfig, channels.Unknown},
		{"RULE_LIMIT", 403, channels.Declined, channels.LimitExceeded, channels.Declined},
		{"ACCOUNT_ERROR", 403, channels.Declined, channels.TradeFailed, channels.Declined},
		{"NOT_SUPPORT_CARD", 403, channels.Declined, channels.CardNotSupported, channels.Declined},
		{"NOTSUPORTCARD", 403, channels.Declined, channels.CardNotSupported, channels.Declined},
		{"BUYER_MISMATCH", 403, channels.Declined, channels.OtherCustomer, channels.Unknown},
		{"ORDER_CLOSED", 400, channels.Declined, channels.TradeFailed, channels.Declined},
		{"ORDER_REVERSED", 400, channels.Declined, channels.TradeFailed, channels.Declined},
		{"OUT_TRADE_NO_USED", 403, channels.Unknown, channels.DuplicateOrder, channels.Unknown},
		{"ORDER_PAID", 400, channels.Unknown, channels.DuplicateOrder, channels.Unknown},
		{"ORDER_NOT_EXIST", 404, channels.Unknown, channels.ReasonUnknown, channels.Unknown},
		{"FREQUENCY_LIMITED", 429, channels.Unknown, channels.RateLimited, channels.Unknown},
		{"RATELIMIT_EXCEEDED", 429, channels.Unknown, channels.RateLimited, channels.Unknown},
		{"NEVER_SEEN", 400, channels.Unknown, channels.ReasonUnknown, channels.Unknown},
		{"NEVER_SEEN", 429, channels.Unknown, channels.RateLimited, channels.Unknown},
		{"NEVER_SEEN", 500, channels.Unknown, channels.PlatformBusy, channels.Unknown},
	} {
		name := fmt.Sprintf("%s %d", v.code, v.status)
		c, _ := newChannel(t, always(v.status, refusalBody(v.code)))
		got := c.Pay(context.Background(), testPayment)
		if got.Outcome != v.outcome || got.Reason != v.reason || !got.Verified || got.Code != v.code {
			t.Errorf("%s: %v %q verified %v code %q", name, got.Outcome, got.Reason, got.Verified, got.Code)
		}
		again := testPayment
		again.Replay = true
		if got := c.Pay(context.Background(), again); got.Outcome != v.replay {
			t.Errorf("%s: of a replay %v", name, got.Outcome)
		}
	}
}

// §3.2 step 7: what the signature of a refusal is worth.
func TestRefusalSignatures(t *testing.T) {
	for _, v := range []struct {
		name   string
		status int
		body   string
		edit   func(*http.Response)
		want   channels.Outcome
	}{
		{"unsigned 4xx", 403, refusalBody("NOT_ENOUGH"), unsign, channels.Declined},
		{"wrong signature on 4xx", 403, refusalBody("NOT_ENOUGH"), forge, channels.Unknown},
		{"probe on 4xx", 403, refusalBody("NOT_ENOUGH"), probe, channels.Unknown},
		{"half the headers", 403, refusalBody("NOT_ENOUGH"), func(r *http.Response) { r.Header.Del("Wechatpay-Nonce") }, channels.Unknown},
		{"unsigned 5xx", 500, refusalBody("NOT_ENOUGH"), unsign, channels.Unknown},
		{"unsigned 401", 401, refusalBody("SIGN_ERROR"), unsign, channels.Declined},
		{"a proxy's 401", 401, "<html>log in</html>", unsign, channels.Unknown},
		{"a proxy's 403", 403, "<html>blocked</html>", unsign, channels.Unknown},
		{"a 403 of another form", 403, `{"error":"x"}`, unsign, channels.Unknown},
		{"html 502", 502, "<html>bad gateway</html>", unsign, channels.Unknown},
		{"empty 429", 429, "", unsign, channels.Unknown},
		{"a code given twice", 403, `{"code":"NOT_ENOUGH","code":"SYSTEM_ERROR"}`, nil, channels.Unknown},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		warm(t, c)
		p.edit = v.edit
		got := c.Pay(context.Background(), testPayment)
		if got.Outcome != v.want || got.Verified && v.edit != nil {
			t.Errorf("%s: %v %q verified %v", v.name, got.Outcome, got.Reason, got.Verified)
		}
	}
}

func warm(t testing.TB, c *Channel) {
	t.Helper()
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func forge(r *http.Response) {
	s := []byte(r.Header.Get("Wechatpay-Signature"))
	s[5] ^= 1
	r.Header.Set("Wechatpay-Signature", string(s))
}

func probe(r *http.Response) {
	r.Header.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+r.Header.Get("Wechatpay-Signature")[19:])
}

// §5.2: 200 is Paid only where everything agrees.
func TestAcceptance(t *testing.T) {
	swap := func(old, new string) string {
		body := r1(t)
		if !strings.Contains(body, old) {
			t.Fatalf("R1 has no %s", old)
		}
		return strings.Replace(body, old, new, 1)
	}
	for _, v := range []struct {
		name, body string
		edit       func(*http.Response)
		want       channels.Outcome
		reason     channels.Reason
		verified   bool
	}{
		{"as it should be", r1(t), nil, channels.Paid, "", true},
		{"unsigned", r1(t), unsign, channels.Unknown, channels.Unverified, false},
		{"forged", r1(t), forge, channels.Unknown, channels.BadSignature, false},
		{"probe", r1(t), probe, channels.Unknown, channels.BadSignature, false},
		{"another amount", swap(`"total":1,`, `"total":2,`), nil, channels.Unknown, channels.Mismatch, true},
		{"amount as text", swap(`"total":1,`, `"total":"1",`), nil, channels.Unknown, channels.Mismatch, true},
		{"amount as fraction", swap(`"total":1,`, `"total":1.0,`), nil, channels.Unknown, channels.Mismatch, true},
		{"no amount", swap(`"total":1,`, ``), nil, channels.Unknown, channels.Mismatch, true},
		{"another currency", swap(`"currency":"HKD"`, `"currency":"USD"`), nil, channels.Unknown, channels.Mismatch, true},
		{"no currency", swap(`"currency":"HKD",`, ``), nil, channels.Unknown, channels.Mismatch, true},
		{"another order", swap(`20150806125346`, `20150806125347`), nil, channels.Unknown, channels.Mismatch, true},
		{"no order", swap(`"out_trade_no":"20150806125346",`, ``), nil, channels.Unknown, channels.Mismatch, true},
		{"another institution", swap(`"sp_mchid":"10000100"`, `"sp_mchid":"10000101"`), nil, channels.Unknown, channels.Mismatch, true},
		{"another sub-merchant", swap(`20000100`, `20000101`), nil, channels.Unknown, channels.Mismatch, true},
		{"no sub-merchant", swap(`"sub_mchid":"20000100",`, ``), nil, channels.Unknown, channels.Mismatch, true},
		{"another app", swap(`wxdace645e0bc2c424`, `wxdace645e0bc2c425`), nil, channels.Unknown, channels.Mismatch, true},
		{"no number of the platform's", swap(`"id":"1008450740201411110005820873",`, ``), nil, channels.Unknown, channels.Mismatch, true},
		{"its other name", swap(`"id":"1008`, `"transaction_id":"1008`), nil, channels.Paid, "", true},
		{"unknown and null members", swap(`{"id"`, `{"new":{"a":[1]},"attach":null,"id"`), nil, channels.Paid, "", true},
		{"names differ by case", swap(`"trade_state":"SUCCESS"`, `"trade_state":"NOTPAY","Trade_State":"SUCCESS"`), nil, channels.Paying, "", true},
		{"a member twice", swap(`{"id"`, `{"trade_state":"NOTPAY","id"`), nil, channels.Unknown, channels.Mismatch, true},
		{"a second value", r1(t) + `{}`, nil, channels.Unknown, channels.Mismatch, true},
		{"an unknown state", swap(`SUCCESS`, `SUCCEEDED`), nil, channels.Unknown, channels.ReasonUnknown, true},
		{"still paying", swap(`SUCCESS`, `USERPAYING`), nil, channels.Paying, "", true},
		{"not paid", swap(`SUCCESS`, `NOTPAY`), nil, channels.Paying, "", true},
		{"failed", swap(`SUCCESS`, `PAYERROR`), nil, channels.Declined, channels.TradeFailed, true},
		{"closed", swap(`SUCCESS`, `CLOSED`), nil, channels.Declined, channels.TradeFailed, true},
		{"revoked", swap(`SUCCESS`, `REVOKED`), nil, channels.Declined, channels.TradeFailed, true},
		{"refunded", swap(`SUCCESS`, `REFUND`), nil, channels.Refunded, "", true},
		{"empty", ``, nil, channels.Unknown, channels.Mismatch, true},
	} {
		c, p := newChannel(t, always(200, v.body))
		warm(t, c)
		p.edit = v.edit
		got := c.Pay(context.Background(), testPayment)
		if got.Outcome != v.want || got.Reason != v.reason || got.Verified != v.verified {
			t.Errorf("%s: %v %q verified %v (%s)", v.name, got.Outcome, got.Reason, got.Verified, got.Message)
		}
	}
}

func TestReplyTellsWhatR1Tells(t *testing.T) {
	c, _ := newChannel(t, always(200, r1(t)))
	got := c.Pay(context.Background(), testPayment)
	if got.PlatformID != "1008450740201411110005820873" || got.RequestID != "08E9-268435456" || got.Payer != (channels.Money{Amount: 1, Currency: "CNY"}) {
		t.Errorf("reply = %+v", got)
	}
	if want := time.Date(2021, 6, 24, 8, 37, 25, 0, time.UTC); !got.PaidAt.Equal(want) {
		t.Errorf("paid at %v", got.PaidAt)
	}
	want := `{"trade_type":"MICROPAY","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"CMC","success_time":"2021-06-24T16:37:25+08:00","amount":{"total":1,"currency":"HKD","payer_total":1,"payer_currency":"CNY","exchange_rate":{"type":"SETTLEMENT_RATE","rate":80000000}}}`
	if string(got.Detail) != want {
		t.Errorf("detail = %s", got.Detail)
	}
	if strings.Contains(fmt.Sprintf("%+v %s", got, got.Detail), "oUpF8u") {
		t.Error("the customer's openid was kept")
	}
}

// §18 no. 9: all spellings of promotions.
func TestPromotionSpellings(t *testing.T) {
	one := `{"promotion_id":"109519","amount":5,"wxpay_contribute_amount":2,"goods_detail":{"goods_id":"g","quantity":1,"price":3}}`
	want := `"promotion_detail":[{"promotion_id":"109519","amount":5,"wechatpay_contribute_amount":2,"goods_detail":[{"goods_id":"g","quantity":1,"price":3}]}]`
	for _, member := range []string{`"promotion_detail":[` + one + `]`, `"promotion_detail":` + one, `"detail":` + one, `"detail":[` + one + `]`,
		`"detail":[` + strings.Replace(one, "wxpay_", "wechatpay_", 1) + `]`} {
		c, _ := newChannel(t, always(200, strings.Replace(r1(t), `{"id"`, `{`+member+`,"id"`, 1)))
		if got := c.Pay(context.Background(), testPayment); !strings.Contains(string(got.Detail), want) {
			t.Errorf("%s: detail = %s", member, got.Detail)
		}
	}
}

func TestInternalCodes(t *testing.T) {
	for _, v := range []struct {
		code, internal string
		status         int
		want           channels.Outcome
		reason         channels.Reason
	}{
		{"AUTH_CODE_INVALID", "268501784", 400, channels.Declined, channels.CodeUsed},
		{"AUTH_CODE_INVALID", "268501011", 400, channels.Declined, channels.CodeInvalid},
		{"TRADE_ERROR", "88430113", 403, channels.Declined, channels.InsufficientFunds},
		{"NEVER_SEEN", "268501834", 400, channels.Paying, ""},
		{"NEVER_SEEN", "268443704", 400, channels.Unknown, channels.MerchantConfig},
	} {
		c, p := newChannel(t, always(v.status, refusalBody(v.code)))
		p.edit = func(r *http.Response) { r.Header.Set("Request-ID", "08F7BB-abc-"+v.internal) }
		if got := c.Pay(context.Background(), testPayment); got.Outcome != v.want || got.Reason != v.reason {
			t.Errorf("%s %s: %v %q", v.code, v.internal, got.Outcome, got.Reason)
		}
	}
}

func TestQueryOutcomes(t *testing.T) {
	state := func(s string) string { return strings.Replace(r1(t), "SUCCESS", s, 1) }
	unpaid := `{"sp_mchid":"10000100","sub_mchid":"20000100","out_trade_no":"20150806125346","trade_state":"NOTPAY"}`
	for _, v := range []struct {
		name, body string
		status     int
		edit       func(*http.Response)
		want       channels.Outcome
		verified   bool
	}{
		{"SUCCESS", r1(t), 200, nil, channels.Paid, true},
		{"REFUND", state("REFUND"), 200, nil, channels.Refunded, true},
		{"NOTPAY", state("NOTPAY"), 200, nil, channels.Paying, true},
		{"NOTPAY, bare", unpaid, 200, nil, channels.Paying, true},
		{"USERPAYING", state("USERPAYING"), 200, nil, channels.Paying, true},
		{"CLOSED", state("CLOSED"), 200, nil, channels.Closed, true},
		{"REVOKED", state("REVOKED"), 200, nil, channels.Revoked, true},
		{"PAYERROR", state("PAYERROR"), 200, nil, channels.Declined, true},
		{"new word", state("FROZEN"), 200, nil, channels.Unknown, true},
		{"forged", r1(t), 200, forge, channels.Unknown, false},
		{"404", refusalBody("ORDER_NOT_EXIST"), 404, nil, channels.NotFound, true},
		{"404 ORDERNOTEXIST", refusalBody("ORDERNOTEXIST"), 404, nil, channels.NotFound, true},
		{"404 RESOURCE_NOT_EXISTS", refusalBody("RESOURCE_NOT_EXISTS"), 404, nil, channels.NotFound, true},
		{"404 unsigned", refusalBody("NOT_FOUND"), 404, unsign, channels.NotFound, false},
		{"404 forged", refusalBody("NOT_FOUND"), 404, forge, channels.Unknown, false},
		{"404 html", "<html>", 404, unsign, channels.Unknown, false},
		{"500", refusalBody("SYSTEM_ERROR"), 500, nil, channels.Unknown, true},
		{"NO_AUTH", refusalBody("NO_AUTH"), 403, nil, channels.Unknown, true},
		{"401", refusalBody("SIGN_ERROR"), 401, nil, channels.Unknown, true},
		{"202", refusalBody("USERPAYING"), 202, nil, channels.Paying, true},
		{"no answer", "", 0, nil, channels.Unknown, false},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		warm(t, c)
		p.edit = v.edit
		if got := c.Query(context.Background(), testOrder); got.Outcome != v.want || got.Verified != v.verified {
			t.Errorf("%s: %v %q verified %v (%s)", v.name, got.Outcome, got.Reason, got.Verified, got.Message)
		}
	}
}

func TestRevokeOutcomes(t *testing.T) {
	for _, v := range []struct {
		name, body, internal string
		status               int
		edit                 func(*http.Response)
		want                 channels.Outcome
		reason               channels.Reason
	}{
		{"204", "", "", 204, nil, channels.Accepted, ""},
		{"200", "{}", "", 200, nil, channels.Accepted, ""},
		{"204 unsigned", "", "", 204, unsign, channels.Unknown, channels.Unverified},
		{"204 forged", "", "", 204, forge, channels.Unknown, channels.BadSignature},
		{"USERPAYING", refusalBody("USERPAYING"), "", 400, nil, channels.Paying, ""},
		{"202", refusalBody("USERPAYING"), "", 202, nil, channels.Paying, ""},
		{"too late", refusalBody("INVALID_REQUEST"), internalTooLate, 400, nil, channels.Refused, channels.TooLate},
		{"other product", refusalBody("INVALID_REQUEST"), internalNotAllowed, 400, nil, channels.Refused, channels.MerchantConfig},
		{"not there", refusalBody("ORDER_NOT_EXIST"), "", 404, nil, channels.NotFound, ""},
		{"paid", refusalBody("ORDER_PAID"), "", 400, nil, channels.Unknown, channels.DuplicateOrder},
		{"trade error", refusalBody("TRADE_ERROR"), "", 403, nil, channels.Unknown, channels.TradeFailed},
		{"config", refusalBody("NO_AUTH"), "", 403, nil, channels.Unknown, channels.MerchantConfig},
		{"bad request", refusalBody("INVALID_REQUEST"), "", 400, nil, channels.Unknown, channels.MerchantConfig},
		{"busy", refusalBody("SYSTEM_ERROR"), "", 500, nil, channels.Unknown, channels.PlatformBusy},
		{"limited", "", "", 429, nil, channels.Unknown, channels.RateLimited},
		{"no answer", "", "", 0, nil, channels.Unknown, channels.Network},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		warm(t, c)
		p.edit = func(r *http.Response) {
			r.Header.Set("Request-ID", "08-"+v.internal)
			if v.edit != nil {
				v.edit(r)
			}
		}
		if got := c.Revoke(context.Background(), testOrder); got.Outcome != v.want || got.Reason != v.reason {
			t.Errorf("%s: %v %q (%s)", v.name, got.Outcome, got.Reason, got.Message)
		}
	}
}

var testRefund = channels.Refund{Order: testOrder, RefundNo: "R1", Amount: channels.Money{Amount: 1, Currency: "HKD"}, Reason: "broken 😀"}

func TestRefundOutcomes(t *testing.T) {
	taken := `{"id":"50200207182018070300011301001","out_refund_no":"R1","amount":{"refund":1,"currency":"HKD","payer_refund":1,"payer_currency":"CNY"}}`
	for _, v := range []struct {
		name, body string
		status     int
		edit       func(*http.Response)
		want       channels.Outcome
		reason     channels.Reason
	}{
		{"taken", taken, 200, nil, channels.Accepted, ""},
		{"forged", taken, 200, forge, channels.Unknown, channels.BadSignature},
		{"another number", strings.Replace(taken, "R1", "R2", 1), 200, nil, channels.Unknown, channels.Mismatch},
		{"another amount", strings.Replace(taken, `"refund":1`, `"refund":2`, 1), 200, nil, channels.Unknown, channels.Mismatch},
		{"not enough", refusalBody("NOT_ENOUGH"), 403, nil, channels.Unknown, channels.NotEnoughMoney},
		{"again", refusalBody("BIZERR_NEED_RETRY"), 500, nil, channels.Unknown, channels.PlatformBusy},
		{"limited", refusalBody("FREQUENCY_LIMITED"), 429, nil, channels.Unknown, channels.RateLimited},
		{"used", refusalBody("OUT_REFUND_NO_USED"), 403, nil, channels.Unknown, channels.DuplicateOrder},
		{"overdue", refusalBody("TRADE_OVERDUE"), 403, nil, channels.Refused, channels.TooLate},
		{"overdue, unsigned", refusalBody("TRADE_OVERDUE"), 403, unsign, channels.Unknown, channels.TooLate},
		{"account", refusalBody("USER_ACCOUNT_ABNORMAL"), 403, nil, channels.Refused, channels.AccountClosed},
		{"too large", refusalBody("INVALID_REQUEST"), 400, nil, channels.Refused, channels.TradeFailed},
		{"no order", refusalBody("ORDER_NOT_EXIST"), 404, nil, channels.NotFound, channels.MerchantConfig},
		{"no right", refusalBody("NO_AUTH"), 403, nil, channels.Unknown, channels.MerchantConfig},
		{"202", "", 202, nil, channels.Unknown, channels.PlatformBusy},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		warm(t, c)
		p.edit = v.edit
		if got := c.Refund(context.Background(), testRefund); got.Outcome != v.want || got.Reason != v.reason {
			t.Errorf("%s: %v %q (%s)", v.name, got.Outcome, got.Reason, got.Message)
		}
		want := `{"sp_appid":"wxdace645e0bc2c424","sp_mchid":"10000100","sub_mchid":"20000100","out_trade_no":"20150806125346","out_refund_no":"R1","reason":"broken","amount":{"refund":1,"total":1,"currency":"HKD"}}`
		if p.calls("POST "+refundPath+" "+want) != 1 {
			t.Errorf("%s: sent %v", v.name, p.seen)
		}
	}
}

func TestQueryRefundOutcomes(t *testing.T) {
	state := func(s string) string {
		return `{"id":"502","out_refund_no":"R1","out_trade_no":"20150806125346","status":"` + s + `","success_time":"2021-06-24T16:37:25+08:00","fund_source":"REFUND_SOURCE_REchARGE_FUNDS","amount":{"refund":1,"currency":"HKD"}}`
	}
	for _, v := range []struct {
		name, body string
		status     int
		want       channels.Outcome
		reason     channels.Reason
	}{
		{"SUCCESS", state("SUCCESS"), 200, channels.Refunded, ""},
		{"PROCESSING", state("PROCESSING"), 200, channels.Accepted, ""},
		{"REFUNDCLOSE", state("REFUNDCLOSE"), 200, channels.Refused, channels.TradeFailed},
		{"CLOSED", state("CLOSED"), 200, channels.Refused, channels.TradeFailed},
		{"ABNORMAL", state("ABNORMAL"), 200, channels.Refused, channels.AccountClosed},
		{"new word", state("WAITING"), 200, channels.Unknown, channels.ReasonUnknown},
		{"another order", strings.Replace(state("SUCCESS"), "20150806125346", "9", 1), 200, channels.Unknown, channels.Mismatch},
		{"another amount", strings.Replace(state("SUCCESS"), `"refund":1`, `"refund":9`, 1), 200, channels.Unknown, channels.Mismatch},
		{"no amount", strings.Replace(state("SUCCESS"), `"refund":1,`, ``, 1), 200, channels.Unknown, channels.Mismatch},
		{"404", refusalBody("RESOURCE_NOT_EXISTS"), 404, channels.NotFound, ""},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		got := c.QueryRefund(context.Background(), testRefund)
		if got.Outcome != v.want || got.Reason != v.reason || !got.Verified {
			t.Errorf("%s: %v %q (%s)", v.name, got.Outcome, got.Reason, got.Message)
		}
		if got.Outcome == channels.Refunded && (got.PlatformID != "502" || got.PaidAt.IsZero() || !strings.Contains(string(got.Detail), "REFUND_SOURCE_RECHARGE_FUNDS")) {
			t.Errorf("%s: %+v", v.name, got)
		}
		if p.calls("GET /v3/global/refunds/out-refund-no/R1?sp_mchid=10000100&sub_mchid=20000100") != 1 {
			t.Errorf("%s: asked %v", v.name, p.seen)
		}
	}
}

// A till whose clock is wrong: refused, taught, and right the second time.
func TestClockIsLearntFrom401(t *testing.T) {
	dir := t.TempDir()
	p := &platform{t: t, signer: tk1(t), now: at(testTime)}
	p.answer = func(r *http.Request, _ []byte) (int, string) {
		if strings.Contains(r.Header.Get("Authorization"), `timestamp="1624523846"`) {
			return 200, r1(t)
		}
		return 401, refusalBody("SIGN_ERROR")
	}
	cfg := config(t, dir)
	write(t, dir, "platform.pem", read(t, "tk1.crt.pem"), 0o644)
	cfg.PlatformCertificateFile = "platform.pem"
	c, err := open(settingsOf(cfg, dir, channels.Env{Now: at(testTime - 3600), Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	got := c.Pay(context.Background(), testPayment)
	if got.Outcome != channels.Declined || got.Reason != channels.ClockSkew || !got.Verified {
		t.Errorf("first: %v %q verified %v (%s)", got.Outcome, got.Reason, got.Verified, got.Message)
	}
	if d := c.ClockOffset() - time.Hour; d.Abs() > time.Second {
		t.Errorf("offset %v", c.ClockOffset())
	}
	again := testPayment
	again.Replay = true
	if got := c.Pay(context.Background(), again); got.Outcome != channels.Paid {
		t.Errorf("second: %v %q (%s)", got.Outcome, got.Reason, got.Message)
	}
}

// A recorded answer brings the Date at which it was valid: it must not teach.
func TestReplayedAnswerTeachesNothing(t *testing.T) {
	c, p := newChannel(t, always(200, r1(t)))
	warm(t, c)
	p.now = at(testTime - 86400)
	if got := c.Query(context.Background(), testOrder); got.Outcome != channels.Unknown || got.Verified || c.ClockOffset() != 0 {
		t.Errorf("%v verified %v, offset %v", got.Outcome, got.Verified, c.ClockOffset())
	}
}

func TestDurableGate(t *testing.T) {
	c, p := newChannel(t, always(200, r1(t)))
	warm(t, c)
	pay := testPayment
	pay.Durable = func(context.Context) error { return errors.New("disk full") }
	if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || p.calls(payPath) != 0 {
		t.Errorf("%v %q, %d sent", got.Outcome, got.Reason, p.calls(payPath))
	}
	pay.Durable = func(context.Context) error {
		if p.calls(payPath) != 0 {
			t.Error("sent before it was durable")
		}
		return nil
	}
	if got := c.Pay(context.Background(), pay); got.Outcome != channels.Paid {
		t.Errorf("%v", got.Outcome)
	}
}
