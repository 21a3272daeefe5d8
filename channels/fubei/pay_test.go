package fubei

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tillpay/channels"
)

func TestPayOptions(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(c *Config) { c.NotifyURL, c.DiscountSwitch, c.DeviceNo = "https://pay.example.test/n", 1, "D1" })
	pay := testPayment
	pay.Options = given("cashier_id", "7", "body", `"b"`, "attach", `"a"`, "equipment_type", "90", "goods_tag", `"g"`, "detail", `"{\"x\":1}"`,
		"sub_appid", `"wx1"`, "timeout_express", `"20261122102000"`, "scene", `"s"`, "buyer_id", `"u"`)
	if err := c.CheckOptions(pay.Options); err != nil {
		t.Fatal(err)
	}
	c.Pay(context.Background(), pay)
	want := `{"merchant_order_sn":"T0120261122000002","type":1,"auth_code":"134567890123456789","total_fee":12.30,"store_id":1001,"cashier_id":7,"device_no":"D1","body":"b","attach":"a","call_back_url":"https://pay.example.test/n","discount_switch":1,"equipment_type":90,"goods_tag":"g","detail":"{\"x\":1}","sub_appid":"wx1","timeout_express":"20261122102000","scene":"s","buyer_id":"u"}`
	if p.last(t).biz != want {
		t.Errorf("sent %s\nwant %s", p.last(t).biz, want)
	}

	c, p = newChannel(t, always(500, ""), twoMerchant, func(c *Config) { c.NotifyURL = "https://pay.example.test/n" })
	pay.Options = given("sub_appid", `"wx1"`, "goods_tag", `"g"`, "detail", `{"x":1}`, "timeout_express", `"20261122102000"`,
		"alipay_extend_params", `{"y":2}`, "platform_store_id", `"p"`, "disable_pay_channels", `"promotion,voucher"`)
	want = `{"merchant_order_sn":"T0120261122000002","auth_code":"134567890123456789","total_amount":12.30,"store_id":1001,"device_no":"T01","body":"午餐 A&B=1","notify_url":"https://pay.example.test/n","sub_appid":"wx1","goods_tag":"g","detail":"{\"x\":1}","timeout_express":"20261122102000","alipay_extend_params":"{\"y\":2}","platform_store_id":"p","disable_pay_channels":"promotion,voucher"}`
	if c.Pay(context.Background(), pay); p.last(t).biz != want {
		t.Errorf("sent %s\nwant %s", p.last(t).biz, want)
	}
	pay.Code = channels.NewCode("6228123456789012345")
	if c.Pay(context.Background(), pay); strings.Contains(p.last(t).biz, "timeout_express") {
		t.Errorf("UnionPay: sent %s", p.last(t).biz)
	}
}

func TestOptionsRefused(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	for _, v := range []struct{ name, value string }{
		{"no_such_option", `1`}, {"Attach", `"x"`}, {"merchant_order_sn", `"1"`}, {"total_fee", "1"}, {"auth_code", `"1"`}, {"discount_switch", "1"},
		{"call_back_url", `"https://x"`}, {"store_id", "1"}, {"alipay_extend_params", "{}"},
		{"attach", `1`}, {"attach", `null`}, {"attach", `""`}, {"attach", `" x"`}, {"attach", `"😀"`}, {"attach", `"` + strings.Repeat("x", 128) + `"`},
		{"attach", `"a\nb"`}, {"attach", `{`}, {"attach", ``}, {"attach", `"\ud800"`},
		{"equipment_type", "89"}, {"equipment_type", "128"}, {"equipment_type", `"90"`}, {"equipment_type", "90.0"}, {"equipment_type", "9e1"}, {"equipment_type", "90 1"},
		{"cashier_id", "0"}, {"cashier_id", "-1"}, {"cashier_id", "10000000000"}, {"cashier_id", "99999999999999999999"},
		{"detail", "[]"}, {"detail", `"x"`}, {"detail", `{"a":1,"a":2}`}, {"detail", `{"a":"` + strings.Repeat("x", 6000) + `"}`},
		{"timeout_express", `"2026"`}, {"timeout_express", `"20261322102000"`}, {"timeout_express", "20261122102000"},
		{"goods_tag", `"` + strings.Repeat("x", 33) + `"`},
	} {
		err := c.CheckOptions(given(v.name, v.value))
		if err == nil || !strings.Contains(err.Error(), "option "+v.name) {
			t.Errorf("%s = %s: %v", v.name, v.value, err)
		}
		pay := testPayment
		pay.Options = given(v.name, v.value)
		if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || len(p.seen) != 0 {
			t.Errorf("%s = %s: %v", v.name, v.value, got.Outcome)
		}
	}
	if err := c.CheckOptions(nil); err != nil {
		t.Error(err)
	}
}

// §5: the wallet's type by the code's prefix.
func TestTypes(t *testing.T) {
	for code, want := range map[string]string{
		"100000000000000000": "1", "159999999999999999": "1", "168888888888888888": "1",
		"2500000000000000": "2", "283456789012345678": "2", "302222222222222222222222": "2",
		"6228123456789012345": "5", "6200123456789012345": "5",
	} {
		c, p := newChannel(t, always(500, ""))
		pay := testPayment
		pay.Code = channels.NewCode(code)
		if c.Pay(context.Background(), pay); !strings.Contains(p.last(t).biz, `"type":`+want+`,`) {
			t.Errorf("%s: sent %s", code, p.last(t).biz)
		}
	}
	off := func(c *Config) { c.TypeUnionpay = 0 }
	c, p := newChannel(t, always(500, ""), off)
	pay := testPayment
	pay.Code = channels.NewCode("6228123456789012345")
	if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || len(p.seen) != 0 || fmt.Sprint(c.Sheet().Wallets) != "[wechat alipay]" {
		t.Errorf("switched off: %v, wallets %v", got.Outcome, c.Sheet().Wallets)
	}
}

func TestPayRefusedHere(t *testing.T) {
	c, p := newChannel(t, always(200, done(state("SUCCESS"))))
	code := func(s string) func(*channels.Payment) {
		return func(p *channels.Payment) { p.Code = channels.NewCode(s) }
	}
	for name, edit := range map[string]func(*channels.Payment){
		"no number":    func(p *channels.Payment) { p.OutTradeNo = "" },
		"long number":  func(p *channels.Payment) { p.OutTradeNo = strings.Repeat("1", 33) },
		"odd number":   func(p *channels.Payment) { p.OutTradeNo = "a b" },
		"no code":      code(""),
		"short code":   code("130000000000000"),
		"long code":    code(strings.Repeat("1", 25)),
		"wide code":    code("１３４６５０７２０８６６３６１３９５"),
		"letters":      code("13456789012345678a"),
		"no wallet's":  code("993456789012345678"),
		"nothing":      func(p *channels.Payment) { p.Amount.Amount = 0 },
		"less":         func(p *channels.Payment) { p.Amount.Amount = -1 },
		"too much":     func(p *channels.Payment) { p.Amount.Amount = maxFenOne + 1 },
		"HKD":          func(p *channels.Payment) { p.Amount.Currency = "HKD" },
		"odd currency": func(p *channels.Payment) { p.Amount.Currency = "cny" },
	} {
		pay := testPayment
		edit(&pay)
		if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || len(p.seen) != 0 {
			t.Errorf("%s: %v %q", name, got.Outcome, got.Reason)
		}
	}
}

func TestTexts(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	pay := testPayment
	pay.Description = strings.Repeat("午", 60) + "😀"
	c.Pay(context.Background(), pay)
	if want := `"body":"` + strings.Repeat("午", 42) + `"`; !strings.Contains(p.last(t).biz, want) {
		t.Errorf("sent %s", p.last(t).biz)
	}
	pay.Description = " 😀a\nb\xff\"\\ "
	if c.Pay(context.Background(), pay); !strings.Contains(p.last(t).biz, `"body":"a b\"\\"`) {
		t.Errorf("sent %s", p.last(t).biz)
	}
	pay.Description = "😀"
	if c.Pay(context.Background(), pay); strings.Contains(p.last(t).biz, "body") {
		t.Errorf("sent %s", p.last(t).biz)
	}
	first, second := p.seen[0].envelope["nonce"], p.seen[1].envelope["nonce"]
	if first == second || len(first) != 32 {
		t.Errorf("nonces %s and %s", first, second)
	}
}

func TestWholeDetail(t *testing.T) {
	data := strings.Replace(stateTwo("SUCCESS"), `"store_id"`, `"ins_order_sn":"10001","channel_order_sn":"4200","net_amount":12.00,"buyer_pay_amount":12.1,"fee":0.05,"pay_type":"wxpay","user_id":"oTESTONLYopenid","device_no":"T01","attach":"<&>","payment_list":[{"type":"FUBEI_DISCOUNT","amount":0.2},{"type":"CHANNEL_PRE","amount":"x"}],"store_id"`, 1)
	c, _ := newChannel(t, always(200, done(data)), twoVendor)
	got := c.Query(context.Background(), testOrder)
	want := `{"order_status":"SUCCESS","pay_type":"wxpay","ins_order_sn":"10001","channel_order_sn":"4200","total_amount":"12.3","net_amount":12.00,"buyer_pay_amount":12.1,"fee":0.05,"finish_time":"20261122101534","attach":"<&>","merchant_id":3000001,"store_id":1001,"device_no":"T01","user_id":"****enid","payment_list":[{"type":"FUBEI_DISCOUNT","amount":0.20},{"type":"CHANNEL_PRE"}]}`
	if string(got.Detail) != want || got.Payer != (channels.Money{Amount: 1210, Currency: "CNY"}) {
		t.Errorf("%s %+v", got.Detail, got.Payer)
	}
}
