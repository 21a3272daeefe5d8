package wechatdeposit

import (
	"context"
	"encoding/json"
	"testing"

	"tillpay/channels/channeltest"
)

// seed is every field of the seed's page, 支付押金(APP支付).
func seed() channeltest.Seed {
	return channeltest.Seed{Page: "../../docs/wechat-deposit.md", Sent: seedSent, Read: seedRead, Orders: seedOrder, Check: seedCheck, Answer: seedAnswer}
}

var seedSent = []channeltest.SeedField{
	{Name: "appid", Limit: "32", From: "setting"},
	{Name: "mch_id", Limit: "32", From: "setting"},
	{Name: "sub_appid", Limit: "32", From: "setting"},
	{Name: "sub_mch_id", Limit: "32", From: "setting"},
	{Name: "device_info", Limit: "32", From: "option, else the till's id", Max: 32},
	{Name: "nonce_str", Limit: "32", From: "new for every call"},
	{Name: "sign", Limit: "64", From: "the driver, over all the others"},
	{Name: "sign_type", Limit: "32: `HMAC-SHA256`, `MD5`", From: "setting"},
	{Name: "body", Limit: "127 bytes, cut", From: "the sale's description, else the store's name"},
	{Name: "detail", Limit: "6000", From: "option", Max: 6000},
	{Name: "attach", Limit: "127", From: "option", Max: 127},
	{Name: "out_trade_no", Limit: "32: letters, digits, `_-\\|*`", From: "the payment's number"},
	{Name: "fee_type", Limit: "16: `CNY`", From: "the sale's currency"},
	{Name: "total_fee", Limit: "fen, above 0", From: "the sale's amount"},
	{Name: "spbill_create_ip", Limit: "64: IPv4 or IPv6", From: "option, else the setting"},
	{Name: "time_start", Limit: "14: yyyyMMddHHmmss", From: "option"},
	{Name: "time_expire", Limit: "14: yyyyMMddHHmmss", From: "option, else the order's end"},
	{Name: "notify_url", Limit: "256, no query", From: "setting"},
	{Name: "trade_type", Limit: "16: `APP`, `JSAPI`", From: "payer or option"},
	{Name: "product_id", Limit: "32", From: "option; of NATIVE, which deposits do not have", Max: 32},
	{Name: "limit_pay", Limit: "32: `no_credit`", From: "option"},
	{Name: "receipt", Limit: "8: `Y`", From: "option"},
	{Name: "scene_info", Limit: "256", From: "option, else the till's store, shortened"},
	{Name: "scene_info.store_info.id", Limit: "within scene_info", From: "the same"},
	{Name: "scene_info.store_info.name", Limit: "within scene_info", From: "the same"},
	{Name: "scene_info.store_info.area_code", Limit: "within scene_info", From: "option"},
	{Name: "scene_info.store_info.address", Limit: "within scene_info", From: "as id"},
}

var seedRead = []channeltest.SeedField{
	{Name: "return_code", Limit: "16: `SUCCESS`, `FAIL`", From: "whether the rest counts", Other: "FAIL"},
	{Name: "return_msg", Limit: "128", From: "reason and message of `FAIL`", Other: "参数格式校验错误"},
	{Name: "appid", Limit: "32", From: "compared", Other: "wx0000000000000000"},
	{Name: "mch_id", Limit: "32", From: "compared", Other: "10000199"},
	{Name: "sub_appid", Limit: "32", From: "compared", Other: "wx0000000000000000"},
	{Name: "sub_mch_id", Limit: "32", From: "compared", Other: "10000199"},
	{Name: "device_info", Limit: "32", From: "detail", Other: "T02"},
	{Name: "nonce_str", Limit: "32", From: "part of what is signed", Other: "another"},
	{Name: "sign", Limit: "64", From: "proof", Other: "00"},
	{Name: "result_code", Limit: "16: `SUCCESS`, `FAIL`", From: "whether it was done", Other: "FAIL"},
	{Name: "err_code", Limit: "32", From: "outcome, reason, code", Other: "NOAUTH"},
	{Name: "err_code_des", Limit: "128", From: "message", Other: "余额不足"},
	{Name: "trade_type", Limit: "16", From: "detail", Other: "JSAPI"},
	{Name: "prepay_id", Limit: "64", From: "the start parameters", Other: "wx2"},
	{Name: "code_url", Limit: "64", From: "detail; of NATIVE alone", Other: "weixin://wxpay/2"},
}

func seedOrder(t *testing.T) map[string]string {
	c, p := channel(t, 200, hmacOf(doc("prepay_id", "wx1", "trade_type", "APP")), func(c *Config) { c.SubAppID = "wx8888888888888889" })
	prep := testPreparation
	prep.Options = given("device_info", `"013467007045764"`, "detail", `"Ipad mini  16G  白色"`, "attach", `"说明"`,
		"spbill_create_ip", `"2001:db8::1"`, "time_start", `"20091225091010"`, "time_expire", `"20091227091010"`,
		"product_id", `"12235413214070356458058"`, "limit_pay", `"no_credit"`, "receipt", `"Y"`,
		"scene_info", `{"store_info":{"id":"SZTX001","name":"腾大餐厅","area_code":"440305","address":"科技园中一路腾讯大厦"}}`)
	c.Prepare(context.Background(), prep)
	left := map[string]string{}
	for name, v := range p.last().sent {
		channeltest.Fields(left, name+".", v)
	}
	return left
}

func seedCheck(name, value string) error {
	c := &Channel{cfg: Config{NotifyURL: "https://shop.example/n"}}
	return c.CheckPreparation(nil, given(name, `"`+value+`"`))
}

// seedAnswer is of the order's answer, or for a field of refusals of a refusal.
func seedAnswer(t *testing.T, name, value string) any {
	e := doc("sub_appid", "wx8888888888888889", "device_info", "T01", "trade_type", "APP", "prepay_id", "wx1", "code_url", "weixin://wxpay/1")
	switch name {
	case "return_msg":
		e = elements{"return_code": "FAIL", "return_msg": "签名失败"}
	case "err_code", "err_code_des":
		e = failed("SYSTEMERROR")
	}
	e["sign"] = apiKey(vectorKey).sign(e, hmacSHA256)
	if value != "" {
		e[name] = value
	}
	if name != "nonce_str" && name != "sign" { // the others by a platform that means it
		delete(e, "sign")
		e["sign"] = apiKey(vectorKey).sign(e, hmacSHA256)
	}
	c, _ := channel(t, 200, string(e.encode()), func(c *Config) { c.SubAppID = "wx8888888888888889" })
	r, params := c.Prepare(context.Background(), testPreparation)
	var start appStart
	if params != nil {
		if err := json.Unmarshal(params, &start); err != nil {
			t.Fatal(err)
		}
	}
	start.NonceStr, start.Sign = "", "" // new each time
	return [2]any{r, start}
}

func TestSeedFields(t *testing.T) { seed().Run(t) }
