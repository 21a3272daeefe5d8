package huifu

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

func TestOptions(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	for name, values := range map[string][]string{
		"remark":        {`"r"`, `"` + strings.Repeat("甲", 255) + `"`},
		"fee_flag":      {`"1"`},
		"wx_data":       {`{"attach":"a"}`, `{"promotion_flag":"N"}`, `{"promotion_flag":"Y","detail":{"cost_price":"0.00"}}`},
		"alipay_data":   {`{"store_id":"1","goods_detail":[{"goods_id":"1","quantity":"2","price":"1.00"}],"extend_params":{"x":{"y":[1]}}}`},
		"unionpay_data": {`{"currency_code":"156","term_id":"12345678"}`},
	} {
		for _, v := range values {
			if err := c.CheckOptions(given(name, v)); err != nil {
				t.Errorf("%s %s: %v", name, v, err)
			}
		}
	}
	for _, v := range [][3]string{
		{"no_such_option", `"x"`, "no_such_option"},
		{"time_expire", `"20261122103000"`, "time_expire"},
		{"acct_split_bunch", `{"a":"b"}`, "acct_split_bunch"},
		{"delay_acct_flag", `"Y"`, "delay_acct_flag"},
		{"auth_code", `"134567890123456789"`, "auth_code"},
		{"remark", `""`, "remark"},
		{"remark", `7`, "remark: is not a text"},
		{"remark", `"` + strings.Repeat("a", 256) + `"`, "1 to 255"},
		{"remark", `"a\u2028b"`, "remark"},
		{"remark", `"a\nb"`, "remark"},
		{"remark", `"😀"`, "remark"},
		{"remark", `{"a":1}`, "remark"},
		{"fee_flag", `"3"`, "fee_flag: is not 1 or 2"},
		{"fee_flag", `1`, "fee_flag"},
		{"pay_scene", `"123"`, "pay_scene"},
		{"wx_data", `"{}"`, "wx_data: is not an object"},
		{"wx_data", `{}`, "wx_data: is not an object"},
		{"wx_data", `{"attach":"a","attach":"b"}`, "wx_data"},
		{"wx_data", `{"openid":"o"}`, "wx_data: openid"},
		{"wx_data", `{"attach":null}`, "attach: is not a text"},
		{"wx_data", `{"promotion_flag":"Y"}`, "promotion_flag: Y needs detail"},
		{"wx_data", `{"spbill_create_ip":"1.2.3"}`, "spbill_create_ip: is not an IP address"},
		{"wx_data", `{"scene_info":{"store_info":{"id":1}}}`, "scene_info: store_info: id"},
		{"wx_data", `{"detail":{"goods_detail":[]}}`, "goods_detail: is not an array"},
		{"wx_data", `{"detail":{"goods_detail":[{"quantity":0}]}}`, "element 0: quantity"},
		{"wx_data", `{"detail":{"goods_detail":[{"quantity":1.5}]}}`, "element 0: quantity"},
		{"wx_data", `{"detail":{"cost_price":"1"}}`, "cost_price: is not yuan"},
		{"wx_data", `{"detail":{"cost_price":1.00}}`, "cost_price: is not yuan in a text"},
		{"wx_data", `{"attach":"` + strings.Repeat("a", maxOption) + `"}`, "wx_data: is too long"},
		{"alipay_data", `{"extend_params":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 20) + `}`, "alipay_data"},
		{"unionpay_data", `{"currency_code":"344"}`, "currency_code"},
	} {
		err := c.CheckOptions(given(v[0], v[1]))
		if err == nil || !strings.Contains(err.Error(), v[2]) {
			t.Errorf("%s %.60s: %v", v[0], v[1], err)
		}
	}
}

// What a barcode pay sends beside the vector's fields.
func TestPayFields(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(cfg *Config) {
		cfg.ExpireAfter, cfg.ChannelNo, cfg.PayScene, cfg.AcctID, cfg.LimitPayType = "120s", "C1", "02", "A1", "NO_CREDIT"
		cfg.SerialNum, cfg.Location = "SN1", "-22.540000/-113.93"
	})
	p := testPayment()
	p.Amount, p.Code = cny(123456), channels.NewCode("6212345678901234567")
	p.Description = " line\u2028\x01 one\n" + strings.Repeat("甲", 60)
	p.Options = given("remark", `"mine"`, "wx_data", `{ "attach": "<a>&" }`)
	f, err := c.payData(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"time_expire": "20261122101730", "channel_no": "C1", "pay_scene": "02", "acct_id": "A1", "limit_pay_type": "NO_CREDIT", "trans_amt": "1234.56",
		"remark": "mine", "wx_data": `{"attach":"<a>&"}`,
		"terminal_device_info": `{"mer_device_type":"07","device_type":"4","device_ip":"203.0.113.10","location":"-22.540000/-113.93","encrypt_rand_num":"234567","serial_num":"SN1"}`,
	} {
		if f[name] != want {
			t.Errorf("%s = %s, want %s", name, f[name], want)
		}
	}
	if d := f["goods_desc"]; len(d) > 127 || !strings.HasPrefix(d, "line  one 甲") {
		t.Errorf("goods_desc = %q", d)
	}
	c.cfg.IPAddr, c.outward = "", func() string { return "" }
	if f, err = c.payData(p); err != nil || f["risk_check_data"] != `{"latitude":"-22.540000","longitude":"-113.93"}` {
		t.Errorf("risk = %s, %v", f["risk_check_data"], err)
	}
	c.outward = func() string { return "192.0.2.7" }
	if f, err = c.payData(p); err != nil || f["risk_check_data"] != `{"ip_addr":"192.0.2.7"}` {
		t.Errorf("risk = %s, %v", f["risk_check_data"], err)
	}
	if ip := outward(); ip != "" && strings.HasPrefix(ip, "127.") {
		t.Errorf("outward is %s", ip)
	}
}

func TestYuan(t *testing.T) {
	for n, s := range map[int64]string{1: "0.01", 10: "0.10", 100: "1.00", 123456: "1234.56", maxFen: "99999999999.99"} {
		if got := yuan(n); got != s || len(s) > 14 {
			t.Errorf("yuan(%d) = %s", n, got)
		}
		if got, ok := fen(s); !ok || got != n {
			t.Errorf("fen(%s) = %d", s, got)
		}
	}
	for s, n := range map[string]int64{"1": 100, "1.5": 150, "0": 0, "007.10": 710} {
		if got, ok := fen(s); !ok || got != n {
			t.Errorf("fen(%s) = %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", ".", "1.", ".1", "1.001", "-1", "+1", "1e2", "1,0", " 1", "1.0 ", "0x1", "１", "9999999999999", "1.-1"} {
		if n, ok := fen(s); ok {
			t.Errorf("fen(%q) = %d", s, n)
		}
	}
}

func TestDateOf(t *testing.T) {
	for no, want := range map[string]string{
		"2026112200010000112345678901": "20261122", "U2026112200010000112345678901": "20261122", testNo: "20261122", testRefundNo: "20261122",
		"R20261124x": "20261124", "20260230000": "", "1920261122": "", "2026112": "", "": "", "T01": "", "T19690101": "", "2026112x20261122": "",
		"1970010100010000112345678901": "19700101",
	} {
		if got, ok := dateOf(no); got != want || ok != (want != "") {
			t.Errorf("%s: %s, %v", no, got, ok)
		}
	}
}

// A platform that echoes the code everywhere: it stays nowhere.
func TestCodeIsNeverKept(t *testing.T) {
	for _, code := range []string{testCode, "6212345678901234567"} {
		secret := []string{code}
		if six := randomFactor(code); six != "" {
			secret = append(secret, six)
		}
		echo := dataOf(ofTestPay, "trans_stat", "S", "resp_code", code, "resp_desc", "bad "+code, "bank_message", code, "remark", code, "hf_seq_id", code,
			"wx_response", `{"x":"`+code+`"}`, "wx_user_id", code)
		for name, answer := range map[string]func(*http.Request, string) (int, string){
			"paid": always(200, sealedReply(t, echo)), "unsigned": always(200, `{"data":`+echo+`}`), "html": always(502, code), "none": always(0, ""),
			"refused": always(200, sealedReply(t, dataOf(nil, "resp_code", "90000000", "resp_desc", code+"付款码无效"))),
		} {
			var logged bytes.Buffer
			log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
			dir := t.TempDir()
			p := &platform{answer: answer, date: testTime}
			c, err := open(settingsOf(config(t, dir), dir, channels.Env{Now: func() time.Time { return testTime }, Transport: p, Log: log}))
			if err != nil {
				t.Fatal(err)
			}
			pay := testPayment()
			pay.Code = channels.NewCode(code)
			got := c.Pay(context.Background(), pay)
			_, user, err := c.WeChatUser(context.Background(), pay.Code)
			all := fmt.Sprintf("%+v %#v %s %+v %v %s", got, got, got.Detail, user, err, logged.String())
			for _, s := range secret {
				if strings.Contains(all, s) {
					t.Errorf("%s: %s is in %s", name, s, all)
				}
			}
			if name == "paid" && got.Outcome != channels.Paid {
				t.Errorf("paid: %+v", got)
			}
		}
	}
}

func TestWeChatUser(t *testing.T) {
	c, p := newChannel(t, always(200, sealedReply(t, `{"resp_code":"00000000","huifu_id":"6666000000000002","openid":"o1","sub_openid":"s1"}`)))
	u, r, err := c.WeChatUser(context.Background(), channels.NewCode(testCode))
	if err != nil || u != (User{OpenID: "o1", SubOpenID: "s1"}) || !r.Verified || !strings.Contains(p.seen[0], userMarkPath) {
		t.Errorf("%+v %+v %v", u, r, err)
	}
	for _, data := range []string{`{"resp_code":"00000000"}`, `{"resp_code":"22000002","openid":"o1"}`, `{"resp_code":"00000000","openid":"o1","huifu_id":"1"}`} {
		c, _ := newChannel(t, always(200, sealedReply(t, data)))
		if u, _, err := c.WeChatUser(context.Background(), channels.NewCode(testCode)); err == nil || u != (User{}) {
			t.Errorf("%s: %+v", data, u)
		}
	}
}
