package fubei

import (
	"encoding/json"
	"strings"
	"testing"

	"tillpay/channels/channeltest"
)

// seed is every field of the seed's page, 微信小程序支付接口.
func seed() channeltest.Seed {
	return channeltest.Seed{Page: "../../docs/fubei.md", Sent: seedSent, Read: seedRead, Orders: seedOrder, Check: seedCheck, Answer: seedAnswer}
}

var seedSent = []channeltest.SeedField{
	{Name: "app_id", Limit: "20 digits in the sample", From: "setting"},
	{Name: "method", Limit: "–", From: "`openapi.payment.order.mina`"},
	{Name: "format", Limit: "`json`", From: "the driver"},
	{Name: "sign_method", Limit: "`md5`", From: "the driver"},
	{Name: "nonce", Limit: "32", From: "new for every call"},
	{Name: "version", Limit: "`1.0`", From: "setting"},
	{Name: "biz_content", Limit: "JSON text", From: "the fields below"},
	{Name: "sign", Limit: "32", From: "the driver"},
	{Name: "merchant_order_sn", Limit: "32, no spaces around it", From: "the payment's number"},
	{Name: "sub_openid", Limit: "32", From: "payer, required", Max: 32},
	{Name: "total_fee", Limit: "10: 0.01 to 9999999.99", From: "the sale's amount, two decimals"},
	{Name: "store_id", Limit: "10 digits", From: "setting, required"},
	{Name: "cashier_id", Limit: "10 digits", From: "option, else the setting"},
	{Name: "call_back_url", Limit: "256", From: "setting `notify_url`"},
	{Name: "body", Limit: "128", From: "option, else the sale's description, cut", Max: 128},
	{Name: "attach", Limit: "127", From: "option", Max: 127},
}

var seedRead = []channeltest.SeedField{
	{Name: "result_code", Limit: "3 digits", From: "whether it was done; outcome, reason", Other: "9996"},
	{Name: "result_message", Limit: "32 on the page; 256 bytes are kept", From: "message", Other: "别的"},
	{Name: "sub_code", Limit: "no limit on the page; 64 bytes are kept", From: "reason, code", Other: "NOTENOUGH"},
	{Name: "data", Limit: "–", From: "the fields below", Other: "{}"},
	{Name: "prepay_id", Limit: "32 on the page, whose own sample has 36; no limit", From: "detail", Other: "wx20170911132254c8d30e59860257709329"},
	{Name: "order_sn", Limit: "32", From: "the platform's number", Other: "20170911132248098179"},
	{Name: "merchant_order_sn", Limit: "32", From: "compared", Other: "T0120261122000009"},
	{Name: "sign_params", Limit: "32 on the page, whose own sample has 300; no limit", From: "`pay_params`, untouched", Other: "other"},
	{Name: "cashier_id", Limit: "16", From: "detail", Other: "34567"},
	{Name: "user_id", Limit: "32", From: "detail: its last four characters", Other: "oODbw0Aiss8lP5aPvFq9-_F4H9LB"},
}

func seedOrder(t *testing.T) map[string]string {
	c, p := newChannel(t, always(500, ""), func(c *Config) { c.NotifyURL = "https://shop.example/n" })
	prep := testPrepare
	prep.Options = given("cashier_id", `34566`, "attach", `"订单:123456"`, "body", `"abcd"`)
	c.Prepare(t.Context(), prep)
	left := map[string]string{}
	for name, v := range p.last(t).envelope {
		left[name] = v
	}
	var sent any
	if err := json.Unmarshal([]byte(left["biz_content"]), &sent); err != nil {
		t.Fatal(err)
	}
	channeltest.Fields(left, "", sent)
	return left
}

func seedCheck(name, value string) error {
	c := &Channel{cfg: Config{StoreID: 1}, set: &settings{gen: one}}
	if name == "sub_openid" {
		return c.CheckPreparation(given(name, `"`+value+`"`), nil)
	}
	return c.CheckPreparation(testPrepare.Payer, given(name, `"`+value+`"`))
}

// seedAnswer is of an order's answer, or for a field of refusals of a refusal.
func seedAnswer(t *testing.T, name, value string) any {
	data := map[string]string{"prepay_id": "wx20170911132254c8d30e59860257709321", "order_sn": "20170911132248098178",
		"merchant_order_sn": testPrepare.OutTradeNo, "sign_params": "as it is", "cashier_id": "34566", "user_id": "oODbw0Aiss8lP5aPvFq9-_F4H9LA"}
	if _, inside := data[name]; inside && value != "" {
		data[name] = value
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	answer := done(string(text))
	switch {
	case name == "result_message" || name == "sub_code":
		answer = refusal("400", "订单创建失败", "ERROR_MES")
		if value != "" {
			answer = strings.Replace(answer, map[string]string{"sub_code": "ERROR_MES", "result_message": "订单创建失败"}[name], value, 1)
		}
	case name == "result_code" && value != "":
		answer = strings.Replace(answer, `"result_code":200`, `"result_code":`+value, 1)
	case name == "data" && value != "":
		answer = done(value)
	}
	c, _ := newChannel(t, always(200, answer))
	r, params := c.Prepare(t.Context(), testPrepare)
	r.RequestID = "" // new each time
	return [2]any{r, string(params)}
}

func TestSeedFields(t *testing.T) { seed().Run(t) }
