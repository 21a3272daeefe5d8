package fubei

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// The seed's own order and answer: every field is sent, and sign_params comes
// back byte for byte.
func TestSeed(t *testing.T) {
	c, p := newChannel(t, always(200, read(t, "seed.reply.json")), func(c *Config) {
		c.StoreID, c.NotifyURL = 3239, "https://pay.example.test/n"
	})
	order := channels.Preparation{
		OutTradeNo: "201709191504852712157", Amount: channels.Money{Amount: 1, Currency: "CNY"}, Description: "abcd",
		Payer:   given("sub_openid", `"oODbw0Aiss8lP5aPvFq9-_F4H9LA"`),
		Options: given("attach", `"订单:123456"`, "cashier_id", "34566"),
	}
	if err := c.CheckPreparation(order.Payer, order.Options); err != nil {
		t.Fatal(err)
	}
	got, params := c.Prepare(context.Background(), order)
	if want := `{"merchant_order_sn":"201709191504852712157","sub_openid":"oODbw0Aiss8lP5aPvFq9-_F4H9LA","total_fee":0.01,"store_id":3239,"cashier_id":34566,"call_back_url":"https://pay.example.test/n","body":"abcd","attach":"订单:123456"}`; p.last(t).biz != want {
		t.Errorf("sent %s\nwant %s", p.last(t).biz, want)
	}
	if got.Outcome != channels.Paying || !got.Verified || got.PlatformID != "20170911132248098178" || !strings.Contains(string(got.Detail), `"prepay_id":"wx20170911132254c8d30e59860257709321"`) {
		t.Errorf("%+v %s", got, got.Detail)
	}
	if s := string(params); !strings.Contains(read(t, "seed.reply.json"), s) || !strings.HasPrefix(s, "{") || !strings.Contains(s, `"paySign": "32F2E42CA0B883B3D36C4445645ECF70"`) {
		t.Errorf("params %s", s)
	}
	// Another order's answer, and the seed's refusal.
	order.OutTradeNo = "201709191504852712155"
	if got, params := c.Prepare(context.Background(), order); got.Outcome != channels.Unknown || got.Reason != channels.Mismatch || params != nil {
		t.Errorf("another order: %v %q %s", got.Outcome, got.Reason, params)
	}
	p.answer = always(200, read(t, "seed.refusal.json"))
	if got, params := c.Prepare(context.Background(), order); got.Outcome != channels.Unknown || got.Code != "400 ERROR_MES" || got.Message != "订单创建失败" || params != nil {
		t.Errorf("refused: %+v", got)
	}
}

func TestPayParams(t *testing.T) {
	head := `{"merchant_order_sn":"T0120261122000001","order_sn":"9","prepay_id":"wx1"`
	for _, v := range []struct {
		name, body, want string
		edit             func(*Config)
	}{
		{"object", done(head + `,"sign_params":{ "appId": "wx", "x": [1] }}`), `{ "appId": "wx", "x": [1] }`, nil},
		{"text", done(head + `,"sign_params":"{\"appId\":\"wx\"}"}`), `"{\"appId\":\"wx\"}"`, nil},
		{"another case", done(head + `,"Sign_Params":{"appId":"wx"}}`), "", nil},
		{"empty text", done(head + `,"sign_params":""}`), "", nil},
		{"empty object", done(head + `,"sign_params":{}}`), "", nil},
		{"number", done(head + `,"sign_params":12345}`), "", nil},
		{"none", done(head + `}`), "", nil},
		{"2.0 WeChat", done(head + `,"sign_package":{"appId":"wx"}}`), `{"appId":"wx"}`, twoMerchant},
		{"2.0 Alipay", done(head + `}`), `{"prepay_id":"wx1"}`, twoMerchant},
	} {
		if v.edit == nil {
			v.edit = func(*Config) {}
		}
		c, _ := newChannel(t, always(200, v.body), v.edit)
		order := testPrepare
		order.Payer = given(c.set.gen.payer, `"oTESTONLYopenid0000000000000"`)
		got, params := c.Prepare(context.Background(), order)
		if string(params) != v.want || got.Outcome != channels.Paying || !got.Verified || (params == nil) != strings.HasPrefix(got.Message, "answer has no") {
			t.Errorf("%s: %s, %v %q %s", v.name, params, got.Outcome, got.Reason, got.Message)
		}
	}
}

func TestPrepareTwo(t *testing.T) {
	c, p := newChannel(t, always(500, ""), twoVendor, func(c *Config) { c.NotifyURL, c.CashierID = "https://pay.example.test/n", 2001 })
	order := testPrepare
	order.ExpiresAt = testNow.Add(5 * time.Minute)
	order.Payer = given("user_id", `"oTESTONLY"`)
	order.Options = given("sub_appid", `"wx1"`, "goods_tag", `"g"`, "detail", `{"goods_detail":[]}`, "pay_way", `"02"`, "attach", `"a"`)
	c.Prepare(context.Background(), order)
	want := `{"merchant_order_sn":"T0120261122000001","merchant_id":3000001,"pay_type":"wxpay","user_id":"oTESTONLY","total_amount":0.01,"store_id":1001,"cashier_id":2001,"device_no":"T01","notify_url":"https://pay.example.test/n","timeout_express":"20261122102000","body":"矿泉水","attach":"a","sub_appid":"wx1","goods_tag":"g","detail":"{\"goods_detail\":[]}","pay_way":"02"}`
	if p.last(t).biz != want || p.last(t).method != "fbpay.order.create" || p.last(t).path != "/gateway/agent" {
		t.Errorf("sent %s\nwant %s", p.last(t).biz, want)
	}
	order.ExpiresAt = testNow.Add(time.Minute)
	order.Options = given("pay_type", `"alipay"`)
	c.Prepare(context.Background(), order)
	if biz := p.last(t).biz; strings.Contains(biz, "timeout_express") || !strings.Contains(biz, `"pay_type":"alipay"`) {
		t.Errorf("sent %s", biz)
	}
}

func TestPreparationRefused(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	openid := given("sub_openid", `"oTEST"`)
	for _, v := range []struct {
		payer, options map[string]json.RawMessage
		names          string
	}{
		{nil, nil, "payer sub_openid"},
		{given("openid", `"o"`), nil, "payer openid"},
		{given("sub_openid", `1`), nil, "payer sub_openid"},
		{given("sub_openid", `""`), nil, "payer sub_openid"},
		{given("sub_openid", `"`+strings.Repeat("o", 33)+`"`), nil, "payer sub_openid"},
		{given("user_id", `"o"`), nil, "payer user_id"},
		{openid, given("trade_type", `"JSAPI"`), "option trade_type"},
		{openid, given("store_id", `1`), "option store_id"},
		{openid, given("call_back_url", `"https://x"`), "option call_back_url"},
		{openid, given("cashier_id", `"34566"`), "option cashier_id"},
		{openid, given("attach", `"`+strings.Repeat("订", 128)+`"`), "option attach"},
		{openid, given("body", `"`+strings.Repeat("订", 129)+`"`), "option body"},
		{openid, given("pay_type", `"wxpay"`), "option pay_type"},
	} {
		err := c.CheckPreparation(v.payer, v.options)
		if err == nil || !strings.Contains(err.Error(), v.names) {
			t.Errorf("%v %v: %v", v.payer, v.options, err)
		}
		order := testPrepare
		order.Payer, order.Options = v.payer, v.options
		if got, params := c.Prepare(context.Background(), order); got.Outcome != channels.NotSent || params != nil || len(p.seen) != 0 {
			t.Errorf("%v %v: %v", v.payer, v.options, got.Outcome)
		}
	}
	if err := c.CheckPreparation(openid, given("attach", `"`+strings.Repeat("订", 127)+`"`, "body", `"b"`, "cashier_id", "1")); err != nil {
		t.Error(err)
	}
	storeless, _ := newChannel(t, always(500, ""), func(c *Config) { c.StoreID = 0 })
	if err := storeless.CheckPreparation(openid, nil); err == nil || !strings.Contains(err.Error(), "store_id") || storeless.Sheet().Prepared {
		t.Errorf("without a store: %v", err)
	}
	for name, edit := range map[string]func(*channels.Preparation){
		"no number": func(p *channels.Preparation) { p.OutTradeNo = "" },
		"HKD":       func(p *channels.Preparation) { p.Amount.Currency = "HKD" },
		"nothing":   func(p *channels.Preparation) { p.Amount.Amount = 0 },
	} {
		order := testPrepare
		edit(&order)
		if got, _ := c.Prepare(context.Background(), order); got.Outcome != channels.NotSent || len(p.seen) != 0 {
			t.Errorf("%s: %v", name, got.Outcome)
		}
	}
}

func TestMinaCallbackField(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(c *Config) { c.NotifyURL, c.MinaCallbackField = "https://pay.example.test/n", "call_back" })
	c.Prepare(context.Background(), testPrepare)
	if !strings.Contains(p.last(t).biz, `"call_back":"https://pay.example.test/n"`) {
		t.Errorf("sent %s", p.last(t).biz)
	}
}
