package wechatdeposit

import (
	"context"
	"strings"
	"testing"

	"tillpay/channels"
)

// payCases is the seed's table and §13 for a payment: what a signed refusal
// means, and of a replay.
var payCases = []struct {
	code    string
	outcome channels.Outcome
	reason  channels.Reason
	replay  channels.Outcome
}{
	{"SYSTEMERROR", channels.Unknown, channels.PlatformBusy, channels.Unknown},
	{"BANKERROR", channels.Unknown, channels.PlatformBusy, channels.Unknown},
	{"BANK_ERROR", channels.Unknown, channels.PlatformBusy, channels.Unknown},
	{"USERPAYING", channels.Paying, "", channels.Paying},
	{"ORDERPAID", channels.Unknown, channels.DuplicateOrder, channels.Unknown},
	{"OUT_TRADE_NO_USED", channels.Unknown, channels.DuplicateOrder, channels.Unknown},
	{"AUTHCODEEXPIRE", channels.Declined, channels.CodeExpired, channels.Unknown},
	{"AUTH_CODE_EXPIRE", channels.Declined, channels.CodeExpired, channels.Unknown},
	{"AUTH_CODE_ERROR", channels.Declined, channels.CodeUsed, channels.Unknown},
	{"AUTH_CODE_INVALID", channels.Declined, channels.CodeInvalid, channels.Unknown},
	{"NOTENOUGH", channels.Declined, channels.InsufficientFunds, channels.Declined},
	{"notenough", channels.Declined, channels.InsufficientFunds, channels.Declined},
	{"NOTSUPORTCARD", channels.Declined, channels.CardNotSupported, channels.Declined},
	{"NOT_SUPPORT_CARD", channels.Declined, channels.CardNotSupported, channels.Declined},
	{"ORDERCLOSED", channels.Declined, channels.TradeFailed, channels.Declined},
	{"ORDERREVERSED", channels.Declined, channels.TradeFailed, channels.Declined},
	{"BUYER_MISMATCH", channels.Declined, channels.OtherCustomer, channels.Unknown},
	{"TRADE_ERROR", channels.Declined, channels.TradeFailed, channels.Declined},
	{"RULELIMIT", channels.Declined, channels.LimitExceeded, channels.Declined},
	{"NOAUTH", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"INVALID_REQUEST", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"PARAM_ERROR", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"LACK_PARAMS", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"XML_FORMAT_ERROR", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"REQUIRE_POST_METHOD", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"POST_DATA_EMPTY", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"NOT_UTF8", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"SIGNERROR", channels.Declined, channels.BadSignature, channels.Unknown},
	{"APPID_NOT_EXIST", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"MCHID_NOT_EXIST", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"APPID_MCHID_NOT_MATCH", channels.Declined, channels.MerchantConfig, channels.Unknown},
	{"INVALID_TRANSACTIONID", channels.Unknown, channels.MerchantConfig, channels.Unknown},
	{"FREQUENCY_LIMITED", channels.Unknown, channels.RateLimited, channels.Unknown},
	{"INVALID_REQ_TOO_MUCH", channels.Unknown, channels.RateLimited, channels.Unknown},
	{"ORDERNOTEXIST", channels.Unknown, channels.ReasonUnknown, channels.Unknown},
	{"NEVER_SEEN", channels.Unknown, channels.ReasonUnknown, channels.Unknown},
	{"", channels.Unknown, channels.ReasonUnknown, channels.Unknown},
}

func TestPayCodes(t *testing.T) {
	for _, v := range payCases {
		c, _ := channel(t, 200, hmacOf(failed(v.code)))
		got := c.Pay(context.Background(), testPayment)
		if got.Outcome != v.outcome || got.Reason != v.reason || !got.Verified || got.Code != v.code || got.Message != "why" {
			t.Errorf("%s: %+v", v.code, got)
		}
		again := testPayment
		again.Replay = true
		if got := c.Pay(context.Background(), again); got.Outcome != v.replay {
			t.Errorf("%s: of a replay %v", v.code, got.Outcome)
		}
	}
}

// otherCases is the other calls' part of the tables.
var otherCases = []struct {
	of      kind
	code    string
	outcome channels.Outcome
	reason  channels.Reason
}{
	{create, "NOTENOUGH", channels.Declined, channels.InsufficientFunds},
	{create, "ORDERPAID", channels.Unknown, channels.DuplicateOrder},
	{create, "ORDERCLOSED", channels.Declined, channels.TradeFailed},
	{create, "OUT_TRADE_NO_USED", channels.Unknown, channels.DuplicateOrder},
	{create, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},
	{create, "NOAUTH", channels.Declined, channels.MerchantConfig},
	{create, "INVALID_REQUEST", channels.Declined, channels.MerchantConfig},
	{create, "LACK_PARAMS", channels.Declined, channels.MerchantConfig},
	{create, "SIGNERROR", channels.Declined, channels.BadSignature},
	{create, "AUTH_CODE_EXPIRE", channels.Unknown, channels.ReasonUnknown},

	{query, "ORDERNOTEXIST", channels.NotFound, ""},
	{query, "ORDER_NOT_EXIST", channels.NotFound, ""},
	{query, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},
	{query, "USERPAYING", channels.Paying, ""},
	{query, "INVALID_TRANSACTIONID", channels.Unknown, channels.MerchantConfig},
	{query, "NOAUTH", channels.Unknown, channels.MerchantConfig},
	{query, "SIGNERROR", channels.Unknown, channels.BadSignature},
	{query, "NOTENOUGH", channels.Unknown, channels.ReasonUnknown},

	{reverse, "USERPAYING", channels.Paying, ""},
	{reverse, "REVERSE_EXPIRE", channels.Refused, channels.TooLate},
	{reverse, "TRADE_OVERDUE", channels.Refused, channels.TooLate},
	{reverse, "ORDERNOTEXIST", channels.NotFound, ""},
	{reverse, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},
	{reverse, "INVALID_REQUEST", channels.Unknown, channels.MerchantConfig},
	{reverse, "NEVER_SEEN", channels.Unknown, channels.ReasonUnknown},

	{consume, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},
	{consume, "ORDERNOTEXIST", channels.NotFound, channels.MerchantConfig},
	{consume, "PARAM_ERROR", channels.Refused, channels.MerchantConfig},
	{consume, "NOAUTH", channels.Unknown, channels.MerchantConfig},
	{consume, "NEVER_SEEN", channels.Unknown, channels.ReasonUnknown},

	{refund, "NOTENOUGH", channels.Unknown, channels.NotEnoughMoney},
	{refund, "BIZERR_NEED_RETRY", channels.Unknown, channels.PlatformBusy},
	{refund, "TRADE_OVERDUE", channels.Refused, channels.TooLate},
	{refund, "ERROR", channels.Unknown, channels.TradeFailed},
	{refund, "USER_ACCOUNT_ABNORMAL", channels.Refused, channels.AccountClosed},
	{refund, "INVALID_REQ_TOO_MUCH", channels.Unknown, channels.RateLimited},
	{refund, "FREQUENCY_LIMITED", channels.Unknown, channels.RateLimited},
	{refund, "ORDERNOTEXIST", channels.NotFound, channels.MerchantConfig},
	{refund, "INVALID_REQUEST", channels.Unknown, channels.MerchantConfig},
	{refund, "PARAM_ERROR", channels.Refused, channels.MerchantConfig},
	{refund, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},

	{refundQuery, "REFUNDNOTEXIST", channels.NotFound, ""},
	{refundQuery, "ORDERNOTEXIST", channels.NotFound, ""},
	{refundQuery, "SYSTEMERROR", channels.Unknown, channels.PlatformBusy},
}

func TestOtherCodes(t *testing.T) {
	for _, v := range otherCases {
		c, p := channel(t, 200, hmacOf(failed(v.code)))
		r := ask(c, v.of)
		if r.Outcome != v.outcome || r.Reason != v.reason || !r.Verified {
			t.Errorf("%s %s: %+v", v.of.path(), v.code, r)
		}
		if s := p.last(); s.path != v.of.path() || s.mutual != v.of.mutual() {
			t.Errorf("%s: sent to %s, certificate %v", v.of.path(), s.path, s.mutual)
		}
	}
}

// ask makes the call of a kind, of the test's order.
func ask(c *Channel, k kind) channels.Reply {
	ctx := context.Background()
	switch k {
	case pay:
		return c.Pay(ctx, testPayment)
	case create:
		r, _ := c.Prepare(ctx, testPreparation)
		return r
	case query:
		return c.Query(ctx, testOrder)
	case reverse:
		return c.Revoke(ctx, testOrder)
	case consume:
		return c.Capture(ctx, testOrder, cny(300))
	case refund:
		return c.Refund(ctx, testRefund)
	}
	return c.QueryRefund(ctx, testRefund)
}

var kinds = []kind{pay, create, query, reverse, consume, refund, refundQuery}

// What is no proven answer moves nothing, whatever it says and whoever asked.
func TestWorthlessAnswers(t *testing.T) {
	success := held("refund_status", "SUCCESS", "out_refund_no", "R1415757673", "refund_fee", "2", "prepay_id", "wx1")
	for name, v := range map[string]struct {
		status int
		body   string
	}{
		"unsigned":            {200, string(success.encode())},
		"forged":              {200, string(success.with("sign", "00").encode())},
		"signed by MD5":       {200, signed(success, md5Legacy)},
		"another status":      {202, hmacOf(success)},
		"an error's status":   {500, hmacOf(success)},
		"another merchant":    {200, hmacOf(success.with("mch_id", "10000109"))},
		"another sub":         {200, hmacOf(success.with("sub_mch_id", "10000109"))},
		"another app":         {200, hmacOf(success.with("appid", "wx9"))},
		"no result":           {200, hmacOf(success.with("result_code", ""))},
		"a result that is no": {200, hmacOf(success.with("result_code", "MAYBE"))},
		"no return":           {200, hmacOf(success.with("return_code", ""))},
		"failed, unsigned":    {200, string(failed("NOTENOUGH").encode())},
		"failed, forged":      {200, string(failed("NOTENOUGH").with("sign", "00").encode())},
		"FAIL, forged":        {200, string(elements{"return_code": "FAIL", "return_msg": "签名失败", "sign": "00"}.encode())},
		"system error":        {200, returnFail("系统错误")},
		"rights":              {200, returnFail("无效请求,请检查退款权限及父子商户授权等")},
		"FAIL alone":          {200, "<xml><return_code>FAIL</return_code></xml>"},
		"html":                {200, "<html></html>"},
		"html 400":            {400, "<html><center>No required SSL certificate was sent</center></html>"},
		"too many":            {429, ""},
		"oversize":            {200, hmacOf(success.with("attach", strings.Repeat("x", 70000)))},
		"no answer":           {0, ""},
	} {
		for _, k := range kinds {
			c, _ := channel(t, v.status, v.body)
			r := ask(c, k)
			if r.Outcome != channels.Unknown || r.Reason == channels.NoReason || r.Message == "" && r.Code == "" {
				t.Errorf("%s, %s: %+v", name, k.path(), r)
			}
		}
	}
}

// §5 and the seed: what return_code FAIL means by its text.
func TestReturnTexts(t *testing.T) {
	for _, v := range []struct {
		text    string
		of      kind
		outcome channels.Outcome
		reason  channels.Reason
	}{
		{"签名失败", pay, channels.Declined, channels.BadSignature},
		{"签名错误，请检查后再试", pay, channels.Declined, channels.BadSignature},
		{"参数格式校验错误", pay, channels.Declined, channels.MerchantConfig},
		{"系统错误,签名失败", pay, channels.Unknown, channels.PlatformBusy},
		{"签名失败", query, channels.Unknown, channels.BadSignature},
		{"签名失败", refund, channels.Unknown, channels.BadSignature},
		{"系统错误", pay, channels.Unknown, channels.PlatformBusy},
		{"system error", pay, channels.Unknown, channels.ReasonUnknown},
		{"无效请求,请检查退款权限及父子商户授权等", consume, channels.Unknown, channels.MerchantConfig},
		{"证书错误", reverse, channels.Unknown, channels.MerchantConfig},
		{"频率超限", query, channels.Unknown, channels.RateLimited},
	} {
		c, _ := channel(t, 200, returnFail(v.text))
		if r := ask(c, v.of); r.Outcome != v.outcome || r.Reason != v.reason || r.Verified || r.Code != "FAIL" || r.Message != v.text {
			t.Errorf("%s, %s: %+v", v.text, v.of.path(), r)
		}
	}
	again := testPayment
	again.Replay = true
	c, _ := channel(t, 200, returnFail("签名失败"))
	if r := c.Pay(context.Background(), again); r.Outcome != channels.Unknown {
		t.Errorf("of a replay: %+v", r)
	}
	c, _ = channel(t, 400, "<html>")
	if r := c.Revoke(context.Background(), testOrder); r.Reason != channels.MerchantConfig {
		t.Errorf("no certificate: %+v", r)
	}
}

// §8 and §9: SUCCESS is Paid only where everything agrees.
func TestAcceptance(t *testing.T) {
	for _, v := range []struct {
		name   string
		more   []string
		want   channels.Outcome
		reason channels.Reason
	}{
		{"as it should be", nil, channels.Paid, ""},
		{"another amount", []string{"total_fee", "1001"}, channels.Unknown, channels.Mismatch},
		{"no amount", []string{"total_fee", ""}, channels.Unknown, channels.Mismatch},
		{"a fraction", []string{"total_fee", "1000.0"}, channels.Unknown, channels.Mismatch},
		{"a sign", []string{"total_fee", "+1000"}, channels.Unknown, channels.Mismatch},
		{"blanks", []string{"total_fee", " 1000"}, channels.Unknown, channels.Mismatch},
		{"zeros", []string{"total_fee", "01000"}, channels.Unknown, channels.Mismatch},
		{"another currency", []string{"fee_type", "HKD"}, channels.Unknown, channels.Mismatch},
		{"the default currency", []string{"fee_type", ""}, channels.Paid, ""},
		{"another order", []string{"out_trade_no", "1415757674"}, channels.Unknown, channels.Mismatch},
		{"no order", []string{"out_trade_no", ""}, channels.Unknown, channels.Mismatch},
		{"another provider", []string{"mch_id", "10000109"}, channels.Unknown, channels.Mismatch},
		{"no provider", []string{"mch_id", ""}, channels.Unknown, channels.Mismatch},
		{"another sub-merchant", []string{"sub_mch_id", "10000109"}, channels.Unknown, channels.Mismatch},
		{"no sub-merchant", []string{"sub_mch_id", ""}, channels.Unknown, channels.Mismatch},
		{"another app", []string{"appid", "wx9"}, channels.Unknown, channels.Mismatch},
		{"a sub-merchant's app that we do not name", []string{"sub_appid", "wx9"}, channels.Paid, ""},
		{"no number of the platform's", []string{"transaction_id", ""}, channels.Unknown, channels.Mismatch},
		{"an element that is new", []string{"zzz_new", "1", "Zzz", "2"}, channels.Paid, ""},
		{"a state", []string{"trade_state", "USERPAYING"}, channels.Paying, ""},
		{"closed", []string{"trade_state", "CLOSED"}, channels.Declined, channels.TradeFailed},
		{"a new state", []string{"trade_state", "FROZEN"}, channels.Unknown, channels.ReasonUnknown},
	} {
		c, _ := channel(t, 200, hmacOf(paid(v.more...)))
		r := c.Pay(context.Background(), testPayment)
		if r.Outcome != v.want || r.Reason != v.reason || !r.Verified {
			t.Errorf("%s: %+v", v.name, r)
		}
		if r.Outcome == channels.Paid && (r.PlatformID != "1008450740201411110005820873" || r.PaidAt.IsZero() || r.Captured != 0 || r.Payer != cny(1000)) {
			t.Errorf("%s: %+v", v.name, r)
		}
	}
}

// §9: the states, and consume_fee before them.
func TestQueryStates(t *testing.T) {
	for _, v := range []struct {
		name     string
		more     []string
		want     channels.Outcome
		captured int64
		reason   channels.Reason
	}{
		{"held", nil, channels.Paid, 0, ""},
		{"held, zero consumed", []string{"consume_fee", "0"}, channels.Paid, 0, ""},
		{"consumed in part", []string{"consume_fee", "300"}, channels.Paid, 300, ""},
		{"consumed in part, REFUND", []string{"consume_fee", "300", "trade_state", "REFUND"}, channels.Paid, 300, ""},
		{"consumed whole", []string{"consume_fee", "1000"}, channels.Paid, 1000, ""},
		{"consumed more", []string{"consume_fee", "1001"}, channels.Unknown, 0, channels.Mismatch},
		{"consumed nonsense", []string{"consume_fee", "-1"}, channels.Unknown, 0, channels.Mismatch},
		{"consumed and not paid", []string{"consume_fee", "300", "trade_state", "NOTPAY"}, channels.Unknown, 0, channels.Mismatch},
		{"consumed and revoked", []string{"consume_fee", "300", "trade_state", "REVOKED"}, channels.Unknown, 0, channels.Mismatch},
		{"returned", []string{"trade_state", "REFUND"}, channels.Refunded, 0, ""},
		{"returned, another amount", []string{"trade_state", "REFUND", "total_fee", "1"}, channels.Unknown, 0, channels.Mismatch},
		{"revoked", []string{"trade_state", "REVOKED"}, channels.Revoked, 0, ""},
		{"closed", []string{"trade_state", "CLOSED"}, channels.Closed, 0, ""},
		{"failed", []string{"trade_state", "PAYERROR"}, channels.Declined, 0, channels.TradeFailed},
		{"not paid", []string{"trade_state", "NOTPAY", "total_fee", "", "transaction_id", ""}, channels.Paying, 0, ""},
		{"asked", []string{"trade_state", "USERPAYING", "total_fee", "", "transaction_id", ""}, channels.Paying, 0, ""},
		{"accepted", []string{"trade_state", "ACCEPT"}, channels.Paying, 0, ""},
		{"closed, another order", []string{"trade_state", "CLOSED", "out_trade_no", "1"}, channels.Unknown, 0, channels.Mismatch},
		{"no state", []string{"trade_state", ""}, channels.Unknown, 0, channels.ReasonUnknown},
		{"a new state", []string{"trade_state", "FROZEN"}, channels.Unknown, 0, channels.ReasonUnknown},
		{"another number of the platform's", []string{"transaction_id", "9"}, channels.Unknown, 0, channels.Mismatch},
	} {
		c, _ := channel(t, 200, hmacOf(held(v.more...)))
		o := testOrder
		o.PlatformID = "1008450740201411110005820873"
		if r := c.Query(context.Background(), o); r.Outcome != v.want || r.Captured != v.captured || r.Reason != v.reason || !r.Verified {
			t.Errorf("%s: %+v", v.name, r)
		}
	}
}
