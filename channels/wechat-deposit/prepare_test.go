package wechatdeposit

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

var testPreparation = channels.Preparation{OutTradeNo: "1415659990", Amount: cny(888), Description: "JSAPI支付测试"}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Every field of the seed's table, with its examples where they are valid.
func TestSeedRequest(t *testing.T) {
	c, p := channel(t, 200, hmacOf(doc("prepay_id", "wx1", "trade_type", "APP")), func(c *Config) {
		c.AppID, c.MchID, c.SubAppID, c.SubMchID = "wx8888888888888888", "1900000109", "wx8888888888888889", "1900000110"
		c.NotifyURL = "http://www.weixin.qq.com/wxpay/pay.php"
	})
	prep := testPreparation
	prep.OutTradeNo, prep.Description = "1217752501201407033233368018", "腾讯充值中心-QQ会员充值"
	prep.Options = given("device_info", `"013467007045764"`, "detail", `"Ipad mini  16G  白色"`, "attach", `"说明"`,
		"spbill_create_ip", `"123.12.12.123"`, "time_start", `"20091225091010"`, "time_expire", `"20091227091010"`,
		"product_id", `"12235413214070356458058"`, "limit_pay", `"no_credit"`, "receipt", `"Y"`,
		"scene_info", `{"store_info" : {"id": "SZTX001", "name": "腾大餐厅", "area_code": "440305", "address": "科技园中一路腾讯大厦" }}`)
	if err := c.CheckPreparation(nil, prep.Options); err != nil {
		t.Fatal(err)
	}
	c.Prepare(context.Background(), prep)
	got := p.last()
	want := elements{"appid": "wx8888888888888888", "mch_id": "1900000109", "sub_appid": "wx8888888888888889", "sub_mch_id": "1900000110",
		"device_info": "013467007045764", "sign_type": "HMAC-SHA256", "body": "腾讯充值中心-QQ会员充值", "detail": "Ipad mini  16G  白色",
		"attach": "说明", "out_trade_no": "1217752501201407033233368018", "fee_type": "CNY", "total_fee": "888", "spbill_create_ip": "123.12.12.123",
		"time_start": "20091225091010", "time_expire": "20091227091010", "notify_url": "http://www.weixin.qq.com/wxpay/pay.php", "trade_type": "APP",
		"product_id": "12235413214070356458058", "limit_pay": "no_credit", "receipt": "Y",
		"scene_info": `{"store_info":{"id":"SZTX001","name":"腾大餐厅","area_code":"440305","address":"科技园中一路腾讯大厦"}}`}
	if len(got.sent["nonce_str"]) != 32 || len(got.sent["sign"]) != 64 {
		t.Errorf("nonce %q, sign %q", got.sent["nonce_str"], got.sent["sign"])
	}
	delete(got.sent, "nonce_str")
	delete(got.sent, "sign")
	if !maps.Equal(got.sent, want) || got.path != "/deposit/unifiedorder" || got.mutual {
		t.Errorf("sent %v", got)
	}
}

// The seed's sample asks for a page inside WeChat, and its detail is an object.
func TestSeedSample(t *testing.T) {
	want, err := parse([]byte(read(t, "seed-request.xml")), "xml")
	if err != nil {
		t.Fatal(err)
	}
	c, p := channel(t, 200, hmacOf(doc("prepay_id", "wx1")), func(c *Config) { c.NotifyURL = want["notify_url"] })
	prep := testPreparation
	prep.Amount = cny(1)
	prep.Payer = given("trade_type", `"JSAPI"`, "openid", `"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"`)
	prep.Options = given("attach", `"支付测试"`, "spbill_create_ip", `"14.23.150.211"`, "detail", want["detail"])
	_, start := c.Prepare(context.Background(), prep)
	got := p.last().sent
	for name, v := range want {
		if g := got[name]; name != "sign" && name != "nonce_str" && name != "detail" && g != v {
			t.Errorf("%s = %s, want %s", name, g, v)
		}
	}
	if !strings.HasPrefix(got["detail"], `{"goods_detail":[{"goods_id":"iphone6s_16G",`) || !strings.HasSuffix(got["detail"], `"body":"苹果手机"}]}`) {
		t.Errorf("detail = %s", got["detail"])
	}
	if got["openid"] != "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" || got["device_info"] != "WEB" {
		t.Errorf("sent %v", got)
	}
	var s jsapiStart
	if err := json.Unmarshal(start, &s); err != nil || s.AppID != "wx2421b1c4370ec43b" || s.Package != "prepay_id=wx1" || s.Timestamp != "1624523846" || len(s.PaySign) != 64 {
		t.Errorf("start = %s", start)
	}
}

func TestPrepareDefaults(t *testing.T) {
	c, p := channel(t, 200, signed(doc("prepay_id", "wx201411101639507cbf6ffd8b0779950874", "code_url", "weixin://x"), md5Legacy), func(c *Config) {
		c.SignType, c.SubAppID, c.AppPartnerID, c.AppAppID = "MD5", "wxsub", "1900000109", "wxapp"
	})
	c.till = channels.Till{ID: "T01", StoreID: "SZTX001", StoreName: "腾大餐厅", StoreAddress: strings.Repeat("科技园", 40)}
	prep := testPreparation
	prep.ExpiresAt = at(testTime + 300)()
	gate := 0
	prep.Durable = func(context.Context) error { gate++; return nil }
	r, start := c.Prepare(context.Background(), prep)
	got := p.last().sent
	if got["sign_type"] != "MD5" || len(got["sign"]) != 32 || got["time_expire"] != "20210624164226" || got["time_start"] != "" || got["device_info"] != "T01" ||
		got["scene_info"] != `{"store_info":{"id":"SZTX001","name":"腾大餐厅","address":"`+strings.Repeat("科技园", 10)+`科技"}}` || len(got["scene_info"]) > maxScene {
		t.Errorf("sent %v", got)
	}
	if r.Outcome != channels.Paying || string(r.Detail) != `{"code_url":"weixin://x"}` || gate != 1 {
		t.Errorf("reply %+v, gate %d", r, gate)
	}
	var s appStart
	if err := json.Unmarshal(start, &s); err != nil || s.AppID != "wxapp" || s.PartnerID != "1900000109" || s.Package != "Sign=WXPay" || len(s.Sign) != 32 || len(s.NonceStr) != 32 {
		t.Errorf("start = %s", start)
	}
	prep.ExpiresAt = at(testTime + 5)()
	p.seen = nil
	prep.Payer = given("sub_openid", `"oSub"`, "trade_type", `"JSAPI"`)
	_, start = c.Prepare(context.Background(), prep)
	if got := p.last().sent["time_expire"]; got != time.Unix(testTime+61, 0).In(beijing).Format(stamp) {
		t.Errorf("time_expire = %s", got)
	}
	if !strings.Contains(string(start), `"appId":"wxsub"`) || !strings.Contains(string(start), `"signType":"MD5"`) {
		t.Errorf("start = %s", start)
	}
}

func TestPrepareAnswers(t *testing.T) {
	good := doc("prepay_id", "wx1")
	for _, v := range []struct {
		name, body string
		status     int
		want       channels.Outcome
		reason     channels.Reason
	}{
		{"created", hmacOf(good), 200, channels.Paying, ""},
		{"no number", hmacOf(doc()), 200, channels.Unknown, channels.Mismatch},
		{"a number that is none", hmacOf(good.with("prepay_id", "a&sign=b")), 200, channels.Unknown, channels.Mismatch},
		{"MD5", signed(good, md5Legacy), 200, channels.Unknown, channels.BadSignature},
		{"unsigned", string(good.encode()), 200, channels.Unknown, channels.Unverified},
		{"another merchant", hmacOf(good.with("sub_mch_id", "1")), 200, channels.Unknown, channels.Mismatch},
		{"signature", returnFail("签名失败"), 200, channels.Declined, channels.BadSignature},
		{"html", "<html>", 502, channels.Unknown, channels.PlatformBusy},
		{"nothing", "", 0, channels.Unknown, channels.Network},
	} {
		c, _ := channel(t, v.status, v.body)
		r, start := c.Prepare(context.Background(), testPreparation)
		if r.Outcome != v.want || r.Reason != v.reason || (start != nil) != (v.want == channels.Paying) {
			t.Errorf("%s: %+v %s", v.name, r, start)
		}
	}
}

func TestPreparationRefused(t *testing.T) {
	c, p := channel(t, 500, "")
	for _, v := range []struct{ payer, options, names string }{
		{`{"name":"x"}`, ``, "payer name"},
		{`{"openid":1}`, ``, "payer openid"},
		{`{"openid":"o"}`, ``, "payer openid"},
		{`{"trade_type":"JSAPI"}`, ``, "payer openid"},
		{`{"trade_type":"JSAPI","sub_openid":"o"}`, ``, "sub_openid"},
		{`{"trade_type":"NATIVE"}`, ``, "trade_type"},
		{`{"trade_type":"APP"}`, `{"trade_type":"JSAPI"}`, "trade_type"},
		{``, `{"goods_tag":"x"}`, "goods_tag"},
		{``, `{"product_id":"` + strings.Repeat("1", 33) + `"}`, "product_id"},
		{``, `{"spbill_create_ip":"fe80::1%eth0"}`, "spbill_create_ip"},
		{``, `{"time_expire":"2021062416422"}`, "time_expire"},
		{``, `{"time_expire":"20211324164226"}`, "time_expire"},
		{``, `{"time_start":"20210624164226","time_expire":"20210624164226"}`, "time_expire"},
		{``, `{"detail":"` + strings.Repeat("x", 6001) + `"}`, "detail"},
		{``, `{"detail":{"a":1,"a":2}}`, "detail"},
	} {
		read := func(s string) (m map[string]json.RawMessage) {
			if s != "" {
				if err := json.Unmarshal([]byte(s), &m); err != nil {
					t.Fatal(err)
				}
			}
			return m
		}
		err := c.CheckPreparation(read(v.payer), read(v.options))
		if err == nil || !strings.Contains(err.Error(), v.names) {
			t.Errorf("%s %s: %v", v.payer, v.options, err)
		}
		prep := testPreparation
		prep.Payer, prep.Options = read(v.payer), read(v.options)
		if r, start := c.Prepare(context.Background(), prep); r.Outcome != channels.NotSent || start != nil {
			t.Errorf("%s %s: %+v", v.payer, v.options, r)
		}
	}
	prep := testPreparation
	prep.Amount = channels.Money{Amount: 1, Currency: "HKD"}
	if r, _ := c.Prepare(context.Background(), prep); r.Outcome != channels.NotSent {
		t.Errorf("HKD: %+v", r)
	}
	prep = testPreparation
	prep.Durable = func(context.Context) error { return errors.New("disk full") }
	if r, _ := c.Prepare(context.Background(), prep); r.Outcome != channels.NotSent {
		t.Errorf("gate: %+v", r)
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
	c.cfg.NotifyURL = ""
	if err := c.CheckPreparation(nil, nil); err == nil || !strings.Contains(err.Error(), "notify_url") {
		t.Errorf("no notify_url: %v", err)
	}
}
