package wechatdeposit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tillpay/channels"
	"tillpay/channels/wire"
)

func TestPayRequest(t *testing.T) {
	c, p := channel(t, 200, hmacOf(paid()), func(c *Config) { c.SubAppID = "wxsub" })
	pay := testPayment
	gate := 0
	pay.Durable = func(context.Context) error {
		if gate++; len(p.seen) != 0 {
			t.Error("sent before it was durable")
		}
		return nil
	}
	pay.Options = given("attach", `"押金"`, "goods_tag", `"1234"`, "limit_pay", `"no_credit"`, "receipt", `"Y"`, "device_info", `"D2"`,
		"time_start", `"20210624163726"`, "time_expire", `"20210624164726"`, "spbill_create_ip", `"1.2.3.4"`, "detail", `{ "cost_price": 1 }`,
		"scene_info", `"{\"own\":{\"rooms\":[1,2]}}"`)
	if err := c.CheckOptions(pay.Options); err != nil {
		t.Fatal(err)
	}
	if r := c.Pay(context.Background(), pay); r.Outcome != channels.Paid || gate != 1 {
		t.Errorf("%+v, gate %d", r, gate)
	}
	s := p.last()
	want := elements{"deposit": "Y", "appid": "wx2421b1c4370ec43b", "mch_id": "10000100", "sub_appid": "wxsub", "sub_mch_id": "10000101",
		"sign_type": "HMAC-SHA256", "body": "押金支付测试", "out_trade_no": "1415757673", "total_fee": "1000", "fee_type": "CNY", "auth_code": testCode,
		"attach": "押金", "goods_tag": "1234", "limit_pay": "no_credit", "receipt": "Y", "device_info": "D2", "time_start": "20210624163726",
		"time_expire": "20210624164726", "spbill_create_ip": "1.2.3.4", "detail": `{"cost_price":1}`, "scene_info": `{"own":{"rooms":[1,2]}}`}
	delete(s.sent, "nonce_str")
	delete(s.sent, "sign")
	if !maps.Equal(s.sent, want) || s.path != "/deposit/micropay" || s.mutual {
		t.Errorf("sent %+v", s)
	}
}

// MD5 is unifiedorder's alone (§14 no. 1).
func TestPayIsAlwaysHMAC(t *testing.T) {
	c, p := channel(t, 200, hmacOf(paid()), func(c *Config) { c.SignType = "MD5" })
	if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid || p.last().sent["sign_type"] != "HMAC-SHA256" {
		t.Errorf("%+v %v", r, p.last())
	}
}

func TestOptionsRefused(t *testing.T) {
	c, p := channel(t, 500, "")
	for _, v := range []struct{ name, value, says string }{
		{"notify_url", `"https://x"`, "notify_url"},
		{"product_id", `"1"`, "product_id"}, // of prepared orders
		{"Attach", `"x"`, "Attach"},
		{"attach", `1`, "text"},
		{"attach", `null`, "text"},
		{"attach", `""`, "127"},
		{"attach", `" x"`, "127"},
		{"attach", `"a\nb"`, "127"},
		{"attach", `"` + strings.Repeat("押", 128) + `"`, "127"},
		{"device_info", `"` + strings.Repeat("x", 33) + `"`, "32"},
		{"goods_tag", `"` + strings.Repeat("x", 33) + `"`, "32"},
		{"limit_pay", `"no_debit"`, "no_credit"},
		{"receipt", `"N"`, "Y"},
		{"receipt", `true`, "text"},
		{"spbill_create_ip", `"2001:db8::1"`, "IPv4"},
		{"time_start", `"2021-06-24"`, "yyyy"},
		{"detail", `[1]`, "text"},
		{"detail", `{"a":1,"a":2}`, "object"},
		{"scene_info", `1`, "object"},
		{"scene_info", `"x"`, "object"},
		{"scene_info", `[]`, "object"},
		{"scene_info", `{"store_info":{"name":"n"}}`, "id"},
		{"scene_info", `{"store_info":{"id":1}}`, "id"},
		{"scene_info", `{"store_info":{"id":"1","area":"x"}}`, "area"},
		{"scene_info", `{"store_info":{"id":"1"},"x":"` + strings.Repeat("x", 256) + `"}`, "256"},
	} {
		err := c.CheckOptions(given(v.name, v.value))
		if err == nil || !strings.HasPrefix(err.Error(), "option "+v.name+":") || !strings.Contains(err.Error(), v.says) {
			t.Errorf("%s = %s: %v", v.name, v.value, err)
		}
		pay := testPayment
		pay.Options = given(v.name, v.value)
		if r := c.Pay(context.Background(), pay); r.Outcome != channels.NotSent || r.Reason != channels.LocalRefusal {
			t.Errorf("%s = %s: %+v", v.name, v.value, r)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
}

func TestPayRefusedHere(t *testing.T) {
	c, p := channel(t, 200, hmacOf(paid()))
	for name, edit := range map[string]func(*channels.Payment){
		"no number":   func(p *channels.Payment) { p.OutTradeNo = "" },
		"long number": func(p *channels.Payment) { p.OutTradeNo = strings.Repeat("1", 33) },
		"odd number":  func(p *channels.Payment) { p.OutTradeNo = "a/b" },
		"no code":     func(p *channels.Payment) { p.Code = channels.NewCode("") },
		"odd code":    func(p *channels.Payment) { p.Code = channels.NewCode("<123>") },
		"nothing":     func(p *channels.Payment) { p.Amount.Amount = 0 },
		"less":        func(p *channels.Payment) { p.Amount.Amount = -1 },
		"dollars":     func(p *channels.Payment) { p.Amount.Currency = "HKD" },
		"disk full":   func(p *channels.Payment) { p.Durable = func(context.Context) error { return errors.New("disk full") } },
	} {
		pay := testPayment
		edit(&pay)
		if r := c.Pay(context.Background(), pay); r.Outcome != channels.NotSent || r.Reason != channels.LocalRefusal || r.Message == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
}

func TestTexts(t *testing.T) {
	c, _ := channel(t, 500, "")
	if d := c.body(strings.Repeat("押", 60)+"😀", "1"); len(d) > 127 || !utf8.ValidString(d) || len(d) < 124 {
		t.Errorf("body of %d bytes", len(d))
	}
	if d := c.body("", "1415"); d != "1415" {
		t.Errorf("body = %q", d)
	}
	if d := c.body(" a\nb\xff<&> ", "1"); d != "a b<&>" || !strings.Contains(string(elements{"body": d}.encode()), "<body>a b&lt;&amp;&gt;</body>") {
		t.Errorf("body = %q", d)
	}
	for s, want := range map[string]bool{"0": true, "10": true, "9223372036854775807": true, "": false, "-1": false, "1.0": false, "1e3": false, "01": false, " 1": false, "9223372036854775808": false, "١": false} {
		if _, ok := fen(s); ok != want {
			t.Errorf("fen(%q) = %v", s, ok)
		}
	}
}

// A platform that echoes the code everywhere: it stays nowhere.
func TestCodeIsNeverKept(t *testing.T) {
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for name, body := range map[string]string{
		"refused": hmacOf(failed("PARAM_ERROR").with("err_code_des", "bad "+testCode, "err_code", testCode)),
		"paid":    hmacOf(paid("bank_type", testCode, "attach", testCode, "transaction_id", testCode, "promotion_detail", `{"x":"`+testCode+`"}`)),
		"fail":    returnFail(testCode),
		"html":    testCode,
		"forged":  string(paid("sign", testCode).encode()),
		"other":   hmacOf(paid("out_trade_no", testCode)),
	} {
		dir := t.TempDir()
		p := &platform{t: t, status: 200, body: body}
		c, err := newChannel(settingsOf(config(t, dir), dir, channels.Env{Now: at(testTime), Transport: p, Log: log}))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Pay(context.Background(), testPayment)
		if all := fmt.Sprintf("%+v %#v %s %s", got, got, got.Detail, wire.Encode(got)); strings.Contains(all, testCode) {
			t.Errorf("%s: the reply holds the code: %s", name, all)
		}
		if name == "paid" && got.Outcome != channels.Paid {
			t.Errorf("%s: %+v", name, got)
		}
		pay := testPayment
		pay.Options = given("attach", `1`, "x"+testCode, `1`)
		if got := c.Pay(context.Background(), pay); strings.Contains(fmt.Sprintf("%+v", got), testCode) {
			t.Errorf("%s: the refusal holds the code", name)
		}
		if s := fmt.Sprintf("%v %+v", c.key, c.key); strings.Contains(s, vectorKey) {
			t.Error("the API key prints itself")
		}
	}
	if strings.Contains(logged.String(), testCode) || strings.Contains(logged.String(), vectorKey) {
		t.Errorf("the log holds a secret: %s", logged.String())
	}
}

func TestDetailKeepsNoOpenid(t *testing.T) {
	c, _ := channel(t, 200, hmacOf(held("coupon_fee", "5", "coupon_count", "1", "coupon_id_0", "c1", "coupon_fee_0", "5", "sub_openid", "oSub",
		"promotion_detail", `{"promotion_detail":[{"promotion_id":"p","amount":5}]}`)))
	r := c.Query(context.Background(), testOrder)
	if s := string(r.Detail); strings.Contains(s, "oUpF8u") || strings.Contains(s, "oSub") ||
		!strings.Contains(s, `"coupon_fee":5`) || !strings.Contains(s, `"coupon_id_0":"c1"`) || !strings.Contains(s, `"promotion_detail":{"promotion_detail":[{"amount":5,"promotion_id":"p"}]}`) {
		t.Errorf("detail = %s", s)
	}
}

// The platform's clock is learnt from answers that prove themselves, only.
func TestClock(t *testing.T) {
	date := func(r *http.Response) {
		r.Header.Set("Date", time.Unix(testTime+3600, 0).UTC().Format(http.TimeFormat))
	}
	c, p := channel(t, 200, string(held().encode()))
	p.edit = date
	c.Query(context.Background(), testOrder)
	if c.ClockOffset() != 0 {
		t.Errorf("an unsigned answer taught %v", c.ClockOffset())
	}
	p.body = hmacOf(held())
	c.Query(context.Background(), testOrder)
	if d := c.ClockOffset() - time.Hour; d.Abs() > time.Second {
		t.Errorf("offset %v", c.ClockOffset())
	}
}

func TestSheet(t *testing.T) {
	c, _ := channel(t, 500, "", func(c *Config) { c.MinRevokeAge = "20s" })
	s := c.Sheet()
	if len(s.Undo) != 1 || s.Undo[0].How != channels.ByRevoke || s.Undo[0].MinAge != 20*time.Second || s.Undo[0].Window != 30*24*time.Hour || s.Undo[0].Source == "" {
		t.Errorf("undo = %+v", s.Undo)
	}
	for least, plan := range map[time.Duration][]time.Duration{5 * time.Second: s.Timing.Advised, 1500 * time.Millisecond: s.Timing.Quick} {
		for i := range plan {
			if i == 0 && plan[0] < least || i > 0 && plan[i]-plan[i-1] < least {
				t.Errorf("%v is too early in %v", plan[i], plan)
			}
		}
		if plan[len(plan)-1] != 44*time.Second || s.Timing.Deadline != 45*time.Second {
			t.Errorf("ends at %v", plan[len(plan)-1])
		}
	}
	s.Currencies[0] = "changed"
	if s := c.Sheet(); s.Currencies[0] != "CNY" || s.Statement || !s.Prepared || !s.Presented || s.Proof == "" || s.UndoProof == "" {
		t.Errorf("sheet = %+v", s)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Warm(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestProveCertificate(t *testing.T) {
	for _, v := range []struct {
		status int
		body   string
		good   bool
	}{
		{200, hmacOf(doc("recall", "N")), true},
		{200, hmacOf(failed("ORDERNOTEXIST")), true},
		{200, hmacOf(failed("INVALID_REQUEST")), false},
		{200, returnFail("证书验证错误"), false},
		{400, "<html>No required SSL certificate was sent</html>", false},
		{200, string(doc().encode()), false},
		{0, "", false},
	} {
		c, p := channel(t, v.status, v.body)
		err := c.ProveCertificate(context.Background())
		if (err == nil) != v.good {
			t.Errorf("%d %s: %v", v.status, v.body, err)
		}
		if s := p.last(); !s.mutual || s.path != "/deposit/reverse" || !validNumber(s.sent["out_trade_no"], 32, "") || s.sent["out_trade_no"] == "1415757673" {
			t.Errorf("sent %+v", s)
		}
	}
	c, _ := channel(t, 500, "")
	if !c.CertificateExpires().After(time.Unix(testTime, 0)) {
		t.Errorf("expires %v", c.CertificateExpires())
	}
}
