package huifu

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tillpay/channels"
)

const payInfo = `{"timeStamp":"1","nonceStr":"a<b","package":"prepay_id=wx&1","signType":"RSA","paySign":"x/y="}`

func TestPrepare(t *testing.T) {
	base := map[string]string{"req_date": "20261122", "req_seq_id": "T0120261122000003", "huifu_id": "6666000000000002", "hf_seq_id": testHf, "trans_amt": "1.00"}
	c, _ := newChannel(t, always(200, sealedReply(t, dataOf(base, "trans_stat", "P", "resp_code", "00000100", "pay_info", payInfo))))
	r, params := c.Prepare(context.Background(), testPreparation())
	if r.Outcome != channels.Paying || !r.Verified || r.PlatformID != testHf {
		t.Errorf("reply %+v", r)
	}
	var got map[string]string
	if err := json.Unmarshal(params, &got); err != nil || len(got) != 1 || got["pay_info"] != payInfo {
		t.Errorf("params %s, %v", params, err)
	}
	if strings.Contains(string(r.Detail), "paySign") {
		t.Errorf("detail holds what pays: %s", r.Detail)
	}
	for name, v := range map[string]struct {
		data string
		want came
	}{
		"no pay_info": {dataOf(base, "trans_stat", "P"), came{channels.Unknown, channels.ReasonUnknown, true}},
		"another's":   {dataOf(base, "trans_stat", "P", "pay_info", payInfo, "req_seq_id", testNo), came{channels.Unknown, channels.Mismatch, true}},
		"dearer":      {dataOf(base, "trans_stat", "P", "pay_info", payInfo, "trans_amt", "10.00"), came{channels.Unknown, channels.Mismatch, true}},
		"F":           {dataOf(base, "trans_stat", "F", "resp_desc", "sub_mch_id与sub_appid不匹配"), came{channels.Declined, channels.TradeFailed, true}},
	} {
		c, _ := newChannel(t, always(200, sealedReply(t, v.data)))
		r, params := c.Prepare(context.Background(), testPreparation())
		if cameOf(r) != v.want || params != nil {
			t.Errorf("%s: %+v, params %s", name, r, params)
		}
		if name == "F" && !strings.Contains(r.Message, "hint: bind the mini program") {
			t.Errorf("%s: %s", name, r.Message)
		}
	}
}

// What anybody may scan: no customer is named, and the params are the code (§5).
func TestPrepareNative(t *testing.T) {
	base := map[string]string{"req_date": "20261122", "req_seq_id": "T0120261122000003", "huifu_id": "6666000000000002", "hf_seq_id": testHf, "trans_amt": "1.00"}
	for _, kind := range nativeTypes {
		c, pf := newChannel(t, always(200, sealedReply(t, dataOf(base, "trans_stat", "P", "resp_code", "00000100", "qr_code", "https://qr.alipay.com/bax1"))))
		p := testPreparation()
		p.Payer, p.Options = nil, given("trade_type", `"`+kind+`"`)
		if err := c.CheckPreparation(p.Payer, p.Options); err != nil {
			t.Fatal(err)
		}
		r, params := c.Prepare(context.Background(), p)
		if r.Outcome != channels.Paying || string(params) != `{"qr_code":"https://qr.alipay.com/bax1"}` || c.ScanText(params) != "https://qr.alipay.com/bax1" {
			t.Errorf("%s: %+v %s", kind, r, params)
		}
		if sent := strings.Join(pf.seen, ""); !strings.Contains(sent, `"trade_type":"`+kind+`"`) || strings.Contains(sent, "wx_data") {
			t.Errorf("%s: sent %s", kind, sent)
		}
	}
	c, _ := newChannel(t, always(200, sealedReply(t, dataOf(base, "trans_stat", "P", "resp_code", "00000100", "pay_info", payInfo))))
	p := testPreparation()
	p.Payer, p.Options = nil, given("trade_type", `"A_NATIVE"`)
	if r, params := c.Prepare(context.Background(), p); r.Outcome != channels.Unknown || params != nil {
		t.Errorf("no code: %+v %s", r, params)
	}
}

// The seed's rule: openid alone, or sub_appid and sub_openid.
func TestWhoPays(t *testing.T) {
	for _, v := range []struct {
		payer, options map[string]json.RawMessage
		app            string // of the settings
		want           string // wx_data, or what the error names
	}{
		{given("openid", `"o1"`), nil, "", `{"openid":"o1"}`},
		{given("openid", `"o1"`), nil, "wxset", `{"openid":"o1"}`},
		{given("sub_appid", `"wx1"`, "sub_openid", `"s1"`), nil, "wxset", `{"sub_appid":"wx1","sub_openid":"s1"}`},
		{given("sub_openid", `"s1"`), nil, "wxset", `{"sub_appid":"wxset","sub_openid":"s1"}`},
		{given("wx_data", `{"sub_appid":"wx1","sub_openid":"s1"}`), nil, "", `{"sub_appid":"wx1","sub_openid":"s1"}`},
		{nil, given("wx_data", `{"openid":"o1","attach":"甲"}`), "", `{"attach":"甲","openid":"o1"}`},
		{given("openid", `"o1"`), given("wx_data", `{"attach":"a"}`, "trade_type", `"T_MINIAPP"`), "", `{"attach":"a","openid":"o1"}`},

		{nil, nil, "wxset", "payer openid: is missing"},
		{given("sub_openid", `"s1"`), nil, "", "payer sub_appid: is missing"},
		{given("sub_appid", `"wx1"`), nil, "", "payer openid: is missing"},
		{given("openid", `"o1"`, "sub_openid", `"s1"`), nil, "", "payer openid: goes alone"},
		{given("openid", `"o1"`, "sub_appid", `"wx1"`), nil, "", "payer openid: goes alone"},
		{given("openid", `"o1"`), given("wx_data", `{"openid":"o2"}`), "", "payer openid: is given twice"},
		{given("openid", `""`), nil, "", "payer openid: is not 1 to 128"},
		{given("openid", `7`), nil, "", "payer openid: is not a text"},
		{given("openid", `null`), nil, "", "payer openid: is not a text"},
		{given("openid", `"`+strings.Repeat("o", 129)+`"`), nil, "", "payer openid: is not 1 to 128"},
		{given("buyer_id", `"o1"`), nil, "", "payer buyer_id: is not one"},
		{given("wx_data", `{"attach":"a"}`), nil, "", "payer attach: is not one"},
		{given("wx_data", `{"wx_data":{"openid":"o1"}}`), nil, "", "payer wx_data: wx_data"},
		{given("wx_data", `{"openid":"o1","openid":"o2"}`), nil, "", "payer wx_data: is not an object"},
		{given("openid", `"o1"`), given("trade_type", `"A_NATIVE"`), "", "option trade_type"},
		{nil, given("trade_type", `"A_NATIVE"`, "wx_data", `{"attach":"a"}`), "", "option wx_data"},
		{nil, given("trade_type", `"A_JSAPI"`), "", "option trade_type"},
		{given("openid", `"o1"`), given("time_expire", `"20261122103000"`), "", "option time_expire"},
		{given("openid", `"o1"`), given("wx_data", `{"sub_mch_id":"1"}`), "", "option wx_data: sub_mch_id"},
	} {
		c, _ := newChannel(t, always(500, ""), func(cfg *Config) { cfg.SubAppID = v.app })
		f, err := c.preparation(v.payer, v.options)
		if strings.HasPrefix(v.want, "{") {
			if err != nil || f["wx_data"] != v.want || f["trade_type"] != "T_MINIAPP" {
				t.Errorf("%s %s: %v, %v", v.payer, v.options, f, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s %s: error %v, want %s", v.payer, v.options, err, v.want)
		}
		if check := c.CheckPreparation(v.payer, v.options); (check == nil) != (err == nil) {
			t.Errorf("%s %s: check %v", v.payer, v.options, check)
		}
	}
}

// What a sale and the settings add to a prepared order, all of it.
func TestPreparedFields(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(cfg *Config) {
		cfg.NotifyURL, cfg.ChannelNo, cfg.PayScene, cfg.AcctID, cfg.LimitPayType = "https://pay.example.test/n", "C1", "02", "A1", "NO_CREDIT"
	})
	p := testPreparation()
	p.Payer, p.Description = given("openid", `"o1"`), ""
	p.Options = given("remark", `"r"`, "fee_flag", `"2"`, "limit_pay_type", `"COUPON"`, "wx_data", `{"attach":"a","body":"b","device_info":"d","goods_tag":"g",
		"identity":{"type":"IDCARD","number":"1","name":"n"},"receipt":"Y","scene_info":{"store_info":{"id":"1","name":"n","area_code":"440305","address":"x"}},
		"spbill_create_ip":"203.0.113.9","promotion_flag":"Y","product_id":"p","limit_payer":"ADULT",
		"detail":{"cost_price":"1.00","receipt_id":"1","goods_detail":[{"goods_id":"g","quantity":2,"price":"0.50"}]}}`)
	f, err := c.prepareData(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"req_date": "20261122", "req_seq_id": "T0120261122000003", "huifu_id": "6666000000000002", "trade_type": "T_MINIAPP", "trans_amt": "1.00",
		"goods_desc": "Shop", "time_expire": "20261122103000", "notify_url": "https://pay.example.test/n", "channel_no": "C1", "pay_scene": "02",
		"acct_id": "A1", "limit_pay_type": "COUPON", "remark": "r", "fee_flag": "2",
	} {
		if f[name] != want {
			t.Errorf("%s = %q, want %q", name, f[name], want)
		}
	}
	for _, part := range []string{`"openid":"o1"`, `"identity":{"name":"n","number":"1","type":"IDCARD"}`, `"goods_detail":[{"goods_id":"g","price":"0.50","quantity":2}]`} {
		if !strings.Contains(f["wx_data"], part) {
			t.Errorf("wx_data = %s", f["wx_data"])
		}
	}
	if strings.ContainsAny(f["wx_data"], "\n\t") {
		t.Error("wx_data is not compact")
	}
}
