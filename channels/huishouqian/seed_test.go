package huishouqian

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"tillpay/channels/channeltest"
	"tillpay/channels/wire"
)

// seed is every field of the seed's page, 微企付小程序支付.
func seed() channeltest.Seed {
	return channeltest.Seed{Page: "../../docs/huishouqian.md", Sent: seedSent, Read: seedRead, Orders: seedOrder, Check: seedCheck, Answer: seedAnswer}
}

var seedSent = []channeltest.SeedField{
	{Name: "method", Limit: "1 to 32", From: "the driver: `POLYMERIZE_MAIN_SWEPTN`"},
	{Name: "version", Limit: "1 to 16", From: "the driver: `1.0`"},
	{Name: "format", Limit: "1 to 16", From: "setting"},
	{Name: "merchantNo", Limit: "1 to 16", From: "setting"},
	{Name: "signType", Limit: "1 to 16", From: "the driver: `RSA2`"},
	{Name: "signContent", Limit: "–", From: "the fields below"},
	{Name: "sign", Limit: "1 to 128 on the page, whose own sample has 256; as long as the key", From: "the driver"},
	{Name: "subMerchantNo", Limit: "1 to 32", From: "setting"},
	{Name: "transNo", Limit: "1 to 64", From: "the payment's number"},
	{Name: "payType", Limit: "1 to 32", From: "`WQF_APPLET`"},
	{Name: "returnUrl", Limit: "1 to 128", From: "setting `notify_url`"},
	{Name: "orderAmt", Limit: "1 to 16: fen", From: "the sale's amount"},
	{Name: "goodsInfo", Limit: "1 to 128, cut", From: "the sale's description, else the store's name"},
	{Name: "requestDate", Limit: "14: yyyyMMddHHmmss, within 10 minutes", From: "the platform's time"},
	{Name: "extend", Limit: "1 to 128", From: "option, else the till's id", Max: 128},
	{Name: "memo", Limit: "1 to 512", From: "the fields below"},
	{Name: "memo.timeExpire", Limit: "14: yyyyMMddHHmmss", From: "the order's end; an option may shorten it"},
	{Name: "memo.spbillCreateIp", Limit: "1 to 32: IPv4 or IPv6", From: "option"},
	{Name: "memo.longitude", Limit: "1 to 32: degrees", From: "option"},
	{Name: "memo.latitude", Limit: "1 to 32: degrees", From: "option"},
	{Name: "memo.areaInfo", Limit: "exactly 7", From: "option", Max: 7},
	{Name: "memo.channel_options", Limit: "object", From: "option"},
	{Name: "memo.channel_options.include_bank_snames", Limit: "texts of 1 to 64", From: "in it"},
	{Name: "memo.channel_options.exclude_bank_snames", Limit: "texts of 1 to 64", From: "in it"},
	{Name: "memo.channel_options.include_pay_channels", Limit: "`INDIVIDUAL`, `ENTERPRISE`", From: "in it"},
	{Name: "memo.channel_options.exclude_pay_channels", Limit: "`INDIVIDUAL`, `ENTERPRISE`", From: "in it"},
	{Name: "memo.payer_options", Limit: "1 or 2 objects", From: "option, once `payer_name_cipher` is set"},
	{Name: "memo.payer_options.assign_pay_type", Limit: "`INDIVIDUAL`, `ENTERPRISE`", From: "in it"},
	{Name: "memo.payer_options.payer_name", Limit: "1 to 128, encrypted", From: "in it"},
	{Name: "memo.front_callback_url", Limit: "object", From: "option"},
	{Name: "memo.front_callback_url.mp_path", Limit: "1 to 1024; memo's 512 bounds it", From: "in it"},
	{Name: "memo.front_callback_url.mp_appid", Limit: "1 to 64", From: "in it"},
	{Name: "memo.front_callback_url.mp_username", Limit: "1 to 64", From: "in it"},
	{Name: "memo.front_callback_url.mp_urlscheme", Limit: "1 to 64", From: "in it"},
	// In the page's sample, and not in its tables.
	{Name: "transType", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "totalOrderAmt", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "unionInfo", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "bizOrderNo", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.timeStart", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.idType", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.idName", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.idNo", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.openid", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.appid", Limit: "128, ours", From: "`extra_fields`"},
	{Name: "memo.paylimit", Limit: "128, ours", From: "`extra_fields`"},
}

var seedRead = []channeltest.SeedField{
	{Name: "success", Limit: "1 to 32: true, false", From: "which of the others count", Other: "false"},
	{Name: "errorCode", Limit: "1 to 32", From: "outcome, reason, code", Other: "100500"},
	{Name: "errorMsg", Limit: "1 to 128", From: "message", Other: "商户号不存在"},
	{Name: "result", Limit: "–", From: "the fields below", Other: "{}"},
	{Name: "sign", Limit: "as `sign` above", From: "proof", Other: "00"},
	{Name: "transNo", Limit: "1 to 64", From: "compared", Other: "T01-20261122-000009"},
	{Name: "tradeNo", Limit: "1 to 32", From: "the platform's number", Other: "HSQ20261122000000000009"},
	{Name: "orderAmt", Limit: "1 to 16: fen", From: "compared", Other: "9"},
	{Name: "orderStatus", Limit: "1 to 16", From: "outcome", Other: "FAIL"},
	{Name: "finishedDate", Limit: "1 to 14: yyyyMMddHHmmss", From: "when it was paid; detail", Other: "20261122101544"},
	{Name: "respCode", Limit: "1 to 32", From: "reason, code", Other: "100213"},
	{Name: "respMsg", Limit: "1 to 128", From: "message", Other: "请稍后"},
	{Name: "qrCode", Limit: "1 to 1024; up to 8192 is taken", From: "`pay_params`", Other: `{"mp_path":"b"}`},
	{Name: "channelOrderNo", Limit: "1 to 64", From: "detail", Other: "WQ02"},
	// In the page's sample, and not in its tables.
	{Name: "payType", Limit: "128 bytes are kept", From: "detail", Other: "WECHAT_APPLET"},
	{Name: "extend", Limit: "128 bytes are kept", From: "detail", Other: "T02"},
}

// seedOrder is of two orders: memo's 512 characters do not take all at once.
func seedOrder(t *testing.T) map[string]string {
	left := map[string]string{}
	prepare := func(payer, options map[string]json.RawMessage, edit func(*Config)) {
		c, p := newChannel(t, raw(500, ""), edit)
		if r, _ := c.Prepare(t.Context(), preparation(payer, options)); p.calls() == 0 {
			t.Fatalf("%+v", r)
		}
		form, err := url.ParseQuery(p.last())
		if err != nil {
			t.Fatal(err)
		}
		for name := range form {
			left[name] = form.Get(name)
		}
		var sent any
		if err := json.Unmarshal([]byte(form.Get("signContent")), &sent); err != nil {
			t.Fatal(err)
		}
		channeltest.Fields(left, "", sent)
	}
	prepare(options1("payer_options", `[{"assign_pay_type":"INDIVIDUAL","payer_name":"张"}]`), map[string]json.RawMessage{
		"extend": json.RawMessage(`"222,11"`), "timeExpire": json.RawMessage(`"20261122101730"`), "spbillCreateIp": json.RawMessage(`"2001:db8::1"`),
		"longitude": json.RawMessage(`"113.9"`), "latitude": json.RawMessage(`"22.5"`), "areaInfo": json.RawMessage(`"1565840"`),
		"channel_options": json.RawMessage(`{"include_bank_snames":["PAB"],"exclude_bank_snames":["ABC"],` +
			`"include_pay_channels":["INDIVIDUAL"],"exclude_pay_channels":["ENTERPRISE"]}`),
		"front_callback_url": json.RawMessage(`{"mp_path":"p","mp_appid":"wx0","mp_username":"gh_0","mp_urlscheme":"weixin://t"}`),
	}, func(c *Config) { c.PayerNameCipher, c.SubMerchantNo = "rsa_pub_hex", "S0001" })
	prepare(nil, nil, func(c *Config) {
		c.ExtraFields = map[string]string{"transType": "2", "totalOrderAmt": "{orderAmt}", "unionInfo": "u", "bizOrderNo": "b", "memo.timeStart": "20261122101530",
			"memo.idType": "1", "memo.idName": "n", "memo.idNo": "1", "memo.openid": "o", "memo.appid": "a", "memo.paylimit": "p"}
	})
	return left
}

func seedCheck(name, value string) error {
	return (&Channel{}).CheckPreparation(nil, options1(strings.TrimPrefix(name, "memo."), `"`+value+`"`))
}

// seedAnswer is of a prepared order, of a query where money is told, or of a
// refusal.
func seedAnswer(t *testing.T, name, value string) any {
	result := map[string]string{"transNo": testNo, "tradeNo": "HSQ20261122000000000001", "orderAmt": "1", "orderStatus": "PROCESSING",
		"respCode": "100201", "respMsg": "交易处理中", "qrCode": `{"mp_path":"a"}`, "channelOrderNo": "WQ01", "payType": "WQF_APPLET", "extend": "T01"}
	if name == "finishedDate" {
		result["orderStatus"], result["finishedDate"] = "SUCCESS", "20261122101534"
	}
	code, message := "100004", "不支持该支付通道的交易"
	switch _, inside := result[name]; {
	case value == "":
	case inside:
		result[name] = value
	case name == "errorCode":
		code = value
	case name == "errorMsg":
		message = value
	}
	answer := func(p *platform, _, _ string) (int, string) {
		if name == "errorCode" || name == "errorMsg" {
			return 200, p.refusal(code, message)
		}
		text := string(wire.Encode(result))
		if name == "result" && value != "" {
			text = value
		}
		body := p.result(text)
		if name == "success" && value != "" {
			body = strings.Replace(body, `"success":true`, `"success":`+value, 1)
		}
		if name == "sign" && value != "" {
			body = body[:strings.Index(body, `"sign":"`)] + `"sign":"` + value + `","success":true}`
		}
		return 200, body
	}
	c, _ := newChannel(t, answer)
	if name == "finishedDate" {
		return c.Query(t.Context(), testOrder)
	}
	prep := preparation(nil, nil)
	prep.OutTradeNo, prep.Amount = testNo, yuan(1)
	r, params := c.Prepare(t.Context(), prep)
	return [2]any{r, string(params)}
}

func TestSeedFields(t *testing.T) { seed().Run(t) }
