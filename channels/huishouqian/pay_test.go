package huishouqian

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// contentOf is the signContent that was sent.
func contentOf(t *testing.T, p *platform) map[string]string {
	t.Helper()
	form, err := url.ParseQuery(p.last())
	var m map[string]string
	if err != nil || json.Unmarshal([]byte(form.Get("signContent")), &m) != nil {
		t.Fatalf("sent %s", p.last())
	}
	return m
}

func TestWallets(t *testing.T) {
	up := "UP_BARCODE"
	off := ""
	for _, v := range []struct {
		code, option, want string
		edit               func(*Config)
	}{
		{"134567890123456789", "", "WECHAT_MICROPAY", nil},
		{"160567890123456789", "", "WECHAT_MICROPAY", nil},
		{"2812345678901234", "", "ALI_BARCODEPAY", nil},
		{"301234567890123456789012", "", "ALI_BARCODEPAY", nil},
		{"6212345678901234567", "", "", nil},
		{"6212345678901234567", "", up, func(c *Config) { c.PayTypeUnionPay = &up }},
		{"134567890123456789", "", "", func(c *Config) { c.PayTypeWechat = &off }},
		{"1345678901234567", "", "", nil},
		{"990000000000000000", "", "", nil},
		{"990000000000000000", "ALI_BARCODEPAY", "ALI_BARCODEPAY", nil},
		{"134567890123456789", "WQF_APPLET", "", nil},
		{"", "", "", nil}, {"1345 6789", "", "", nil}, {strings.Repeat("1", 33), "", "", nil},
	} {
		edit := v.edit
		if edit == nil {
			edit = func(*Config) {}
		}
		c, p := newChannel(t, raw(500, ""), edit)
		pay := testPayment
		pay.Code = channels.NewCode(v.code)
		if v.option != "" {
			pay.Options = options1("payType", q(v.option))
		}
		r := c.Pay(t.Context(), pay)
		if v.want == "" {
			if r.Outcome != channels.NotSent || r.Reason != channels.LocalRefusal || p.calls() != 0 {
				t.Errorf("%s: %+v", v.code, r)
			}
			continue
		}
		if m := contentOf(t, p); m["payType"] != v.want || m["payCode"] != v.code {
			t.Errorf("%s: %v", v.code, m)
		}
	}
	c, _ := newChannel(t, nil, func(c *Config) { c.PayTypeUnionPay, c.PayTypeAlipay = &up, &off })
	if got := c.Sheet().Wallets; !slices.Equal(got, []string{"wechat", "unionpay"}) {
		t.Error(got)
	}
}

func TestPayRefusedHere(t *testing.T) {
	for i, edit := range []func(*channels.Payment){
		func(p *channels.Payment) { p.OutTradeNo = "" },
		func(p *channels.Payment) { p.OutTradeNo = "a|b" },
		func(p *channels.Payment) { p.OutTradeNo = strings.Repeat("1", 65) },
		func(p *channels.Payment) { p.Amount.Amount = 0 },
		func(p *channels.Payment) { p.Amount.Amount = 1e16 },
		func(p *channels.Payment) { p.Amount.Currency = "HKD" },
		func(p *channels.Payment) { p.Options = options1("attach", `"x"`) },
		func(p *channels.Payment) { p.Options = options1("timeExpire", `"20261122101731"`) },
		func(p *channels.Payment) { p.Options = options1("timeExpire", `"20261122101530"`) },
		func(p *channels.Payment) { p.Durable = func(context.Context) error { return errors.New("disk full") } },
	} {
		c, platform := newChannel(t, nil)
		p := testPayment
		edit(&p)
		if r := c.Pay(t.Context(), p); r.Outcome != channels.NotSent || platform.calls() != 0 || strings.Contains(r.Message, testCode) {
			t.Errorf("%d: %+v", i, r)
		}
	}
	c, platform := newChannel(t, nil)
	for _, r := range []channels.Reply{c.Query(t.Context(), channels.Order{PlatformID: "x"}), c.QueryRefund(t.Context(), channels.Refund{})} {
		if r.Outcome != channels.NotSent || platform.calls() != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// What a Pay sends beside the vectors' fields.
func TestPayFields(t *testing.T) {
	c, p := newChannel(t, raw(500, ""), func(c *Config) { c.SubMerchantNo, c.NotifyURL = "M1", "" })
	pay := testPayment
	pay.Description = strings.Repeat("矿", 50) + "\n"
	pay.Options = map[string]json.RawMessage{"timeExpire": json.RawMessage(`"20261122101700"`), "areaInfo": json.RawMessage(`"1234567"`)}
	c.Pay(t.Context(), pay)
	m := contentOf(t, p)
	if m["subMerchantNo"] != "M1" || m["extend"] != "T01" || m["goodsInfo"] != strings.Repeat("矿", 40) || m["orderAmt"] != "1" {
		t.Errorf("%v", m)
	}
	if m["memo"] != `{"timeExpire":"20261122101700","areaInfo":"1234567"}` {
		t.Errorf("memo %s", m["memo"])
	}
	if u, ok := m["returnUrl"]; !ok || u != "" {
		t.Errorf("returnUrl %q, %v", u, ok)
	}
	pay.Options, pay.Description = nil, "\x00"
	c.Pay(t.Context(), pay)
	if m := contentOf(t, p); m["goodsInfo"] != "Shop" || m["memo"] != `{"timeExpire":"20261122101730"}` {
		t.Errorf("%v", m)
	}
}

func TestJSONBody(t *testing.T) {
	c, p := newChannel(t, raw(500, ""), func(c *Config) { c.Body = "json" })
	c.Query(t.Context(), testOrder)
	v := vectors(t).vector(t, "hsq-query")
	var m map[string]string
	if json.Unmarshal([]byte(p.last()), &m) != nil || m["sign"] != v.Sign || m["signContent"] != v.Envelope["signContent"] || m["method"] != v.Envelope["method"] || len(m) != 7 {
		t.Errorf("sent %s", p.last())
	}
}

func preparation(payer, options map[string]json.RawMessage) channels.Preparation {
	return channels.Preparation{OutTradeNo: testNo, Amount: yuan(1), Description: "goods", Payer: payer, Options: options,
		ExpiresAt: testTime.Add(5 * time.Minute)}
}

func TestMemoNesting(t *testing.T) {
	given := map[string]json.RawMessage{
		"front_callback_url": json.RawMessage(`{"mp_appid":"wx1"}`),
		"channel_options":    json.RawMessage(`{"exclude_pay_channels":["INDIVIDUAL"],"include_bank_snames":["PAB","ICBC"]}`),
		"payer_options":      json.RawMessage(`[{"payer_name":"甲","assign_pay_type":"ENTERPRISE"}]`),
	}
	front, channel, payers := `{"mp_appid":"wx1"}`, `{"include_bank_snames":["PAB","ICBC"],"exclude_pay_channels":["INDIVIDUAL"]}`,
		`[{"assign_pay_type":"ENTERPRISE","payer_name":"甲"}]`
	quoted := func(s string) string { return string(wire.Encode(s)) }
	for nesting, want := range map[string]string{
		"sample": `"front_callback_url":` + quoted(front) + `,"channel_options":` + channel + `,"payer_options":` + payers,
		"object": `"front_callback_url":` + front + `,"channel_options":` + channel + `,"payer_options":` + payers,
		"string": `"front_callback_url":` + quoted(front) + `,"channel_options":` + quoted(channel) + `,"payer_options":` + quoted(payers),
	} {
		c, p := newChannel(t, raw(500, ""), func(c *Config) { c.MemoNested, c.PayerNameCipher = nesting, "plain" })
		if err := c.CheckPreparation(nil, given); err != nil {
			t.Fatal(err)
		}
		c.Prepare(t.Context(), preparation(nil, given))
		m := contentOf(t, p)
		if m["memo"] != `{"timeExpire":"20261122102030",`+want+`}` || m["payType"] != "WQF_APPLET" || m["extend"] != "T01" {
			t.Errorf("%s: %v", nesting, m)
		}
	}
}

func TestExtraFields(t *testing.T) {
	c, p := newChannel(t, raw(500, ""), func(c *Config) {
		c.ExtraFields = map[string]string{"transType": "2", "totalOrderAmt": "{orderAmt}", "unionInfo": "", "bizOrderNo": ""}
	})
	c.Prepare(t.Context(), preparation(nil, nil))
	if m := contentOf(t, p); m["transType"] != "2" || m["totalOrderAmt"] != "1" || m["unionInfo"] != "" {
		t.Errorf("%v", m)
	}
	c.Pay(t.Context(), testPayment)
	if m := contentOf(t, p); m["transType"] != "" {
		t.Errorf("%v", m)
	}
}

// A sealed payer_name may be longer than memo's limit; a plain memo may not.
func TestMemoLimit(t *testing.T) {
	payers := options1("payer_options", `[{"assign_pay_type":"INDIVIDUAL","payer_name":"张三"},{"assign_pay_type":"ENTERPRISE","payer_name":"深圳市测试有限公司"}]`)
	c, p := newChannel(t, raw(500, ""), func(c *Config) { c.PayerNameCipher = "rsa_pub_hex" })
	c.Prepare(t.Context(), preparation(payers, nil))
	if m := contentOf(t, p); len(m["memo"]) < 1024 || strings.Contains(m["memo"], "张三") {
		t.Errorf("memo %s", m["memo"])
	}
	long := options1("front_callback_url", `{"mp_path":"`+strings.Repeat("a", 480)+`"}`)
	if err := c.CheckPreparation(nil, long); err != nil {
		t.Error(err)
	}
	n := p.calls()
	if r, _ := c.Prepare(t.Context(), preparation(nil, long)); r.Outcome != channels.NotSent || !strings.Contains(r.Message, "memo") || p.calls() != n {
		t.Errorf("%+v", r)
	}
}

func TestPrepareOutcomes(t *testing.T) {
	withCode := func(over map[string]string) string {
		m := map[string]string{"orderStatus": q("PROCESSING"), "qrCode": q("weixin://x")}
		for k, v := range over {
			m[k] = v
		}
		return said(m)
	}
	for _, v := range []struct {
		name    string
		answer  func(*platform, string, string) (int, string)
		outcome channels.Outcome
		params  string
	}{
		{"made", always(withCode(nil)), channels.Paying, `"weixin://x"`},
		{"made, no code", always(withCode(map[string]string{"qrCode": ""})), channels.Paying, ""},
		{"made, a code too long", always(withCode(map[string]string{"qrCode": q(strings.Repeat("a", 8193))})), channels.Paying, ""},
		{"waiting, by 100213", always(withCode(map[string]string{"orderStatus": "", "respCode": q("100213")})), channels.Paying, `"weixin://x"`},
		{"refused", refuses("100004", "x"), channels.Declined, ""},
		{"failed", always(withCode(map[string]string{"orderStatus": q("FAIL"), "respCode": q("100212")})), channels.Declined, ""},
		{"another's", always(withCode(map[string]string{"orderAmt": q("2")})), channels.Unknown, ""},
		{"unsigned", raw(200, `{"success":true,"result":"{}"}`), channels.Unknown, ""},
		{"lost", raw(0, ""), channels.Unknown, ""},
	} {
		c, _ := newChannel(t, v.answer)
		r, params := c.Prepare(t.Context(), preparation(nil, nil))
		if r.Outcome != v.outcome || string(params) != v.params {
			t.Errorf("%s: %+v, %s", v.name, r, params)
		}
	}
	c, p := newChannel(t, nil)
	for i, bad := range []channels.Preparation{
		{OutTradeNo: "a b", Amount: yuan(1)}, {OutTradeNo: testNo, Amount: channels.Money{Amount: 1, Currency: "USD"}},
		{OutTradeNo: testNo, Amount: yuan(1), ExpiresAt: testTime}, preparation(nil, options1("nonsense", `1`)),
		preparation(options1("extend", `"a"`), options1("extend", `"b"`)),
	} {
		if r, params := c.Prepare(t.Context(), bad); r.Outcome != channels.NotSent || params != nil || p.calls() != 0 {
			t.Errorf("%d: %+v", i, r)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, v := range []struct{ name, value, where string }{
		{"no_such", `"x"`, "no_such"}, {"extend", `""`, "extend"}, {"extend", `1`, "extend"}, {"extend", q(strings.Repeat("a", 129)), "extend"},
		{"extend", `null`, "extend"}, {"extend", `"a\u0000"`, "extend"},
		{"payType", `"WECHAT_MICROPAY"`, "payType"},
		{"timeExpire", `"2026-11-22"`, "timeExpire"}, {"timeExpire", `"20261322101731"`, "timeExpire"}, {"timeExpire", `20261122101731`, "timeExpire"},
		{"spbillCreateIp", `"1.2.3"`, "spbillCreateIp"}, {"spbillCreateIp", `"2001:0db8:0000:0000:0000:0000:0000:0001"`, "spbillCreateIp"},
		{"longitude", `"east"`, "longitude"}, {"latitude", `"1."`, "latitude"}, {"latitude", `22.5`, "latitude"}, {"areaInfo", `"123456"`, "areaInfo"},
		{"memo", `"{}"`, "memo"}, {"memo", `{"extend":"x"}`, "memo: extend"}, {"memo", `{"no_such":"x"}`, "memo: no_such"}, {"memo", `{"latitude":"1","latitude":"1"}`, "memo"},
		{"channel_options", `[]`, "channel_options"}, {"channel_options", `{}`, "channel_options"},
		{"channel_options", `{"include_pay_channels":["CARD"]}`, "include_pay_channels"}, {"channel_options", `{"include_pay_channels":"INDIVIDUAL"}`, "include_pay_channels"},
		{"channel_options", `{"include_bank_snames":[]}`, "include_bank_snames"}, {"channel_options", `{"other":["x"]}`, "other"},
		{"front_callback_url", `"{}"`, "front_callback_url"}, {"front_callback_url", `{"mp_appid":1}`, "mp_appid"},
		{"front_callback_url", `{"mp_path":"` + strings.Repeat("a", 1025) + `"}`, "mp_path"}, {"front_callback_url", `{"mp_version":"x"}`, "mp_version"},
		{"payer_options", `[{"assign_pay_type":"INDIVIDUAL"}]`, "payer_name"}, {"payer_options", `[]`, "payer_options"},
		{"payer_options", `[{"assign_pay_type":"PERSON","payer_name":"x"}]`, "assign_pay_type"},
		{"payer_options", `[{"assign_pay_type":"INDIVIDUAL","payer_name":"x","payer_card":"1"}]`, "payer_card"},
		{"payer_options", `[` + strings.Repeat(`{"assign_pay_type":"INDIVIDUAL","payer_name":"x"},`, 2) + `{"assign_pay_type":"INDIVIDUAL","payer_name":"x"}]`, "payer_options"},
	} {
		c, _ := newChannel(t, nil, func(c *Config) { c.PayerNameCipher = "plain" })
		if err := c.CheckPreparation(nil, options1(v.name, v.value)); err == nil || !strings.Contains(err.Error(), v.where) {
			t.Errorf("%s %s: %v", v.name, v.value, err)
		}
		if err := c.CheckPreparation(options1(v.name, v.value), nil); err == nil {
			t.Errorf("payer %s %s was taken", v.name, v.value)
		}
	}
	c, _ := newChannel(t, nil)
	for _, name := range []string{"channel_options", "front_callback_url", "payer_options"} { // of prepared orders alone
		if err := c.CheckOptions(options1(name, `{"mp_appid":"x"}`)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.CheckPreparation(nil, options1("payer_options", `[{"assign_pay_type":"INDIVIDUAL","payer_name":"x"}]`)); err == nil || !strings.Contains(err.Error(), "payer_name_cipher") {
		t.Errorf("payer_options while off: %v", err)
	}
	if err := c.CheckPreparation(options1("payType", `"WQF_APPLET"`), options1("longitude", `"-113.9"`)); err != nil {
		t.Error(err)
	}
	twice := map[string]json.RawMessage{"memo": json.RawMessage(`{"latitude":"1"}`), "latitude": json.RawMessage(`"1"`)}
	if err := c.CheckOptions(twice); err == nil {
		t.Error("latitude twice was taken")
	}
	if c.CheckOptions(nil) != nil || c.CheckPreparation(nil, nil) != nil {
		t.Error("nothing was refused")
	}
}

func TestSheet(t *testing.T) {
	c, _ := newChannel(t, nil)
	s := c.Sheet()
	if !slices.Equal(s.Currencies, []string{"CNY"}) || !slices.Equal(s.Wallets, []string{"wechat", "alipay"}) || !s.Presented || !s.Prepared || !s.Statement {
		t.Errorf("%+v", s)
	}
	if s.RefundWindow != 180*24*time.Hour || s.Timing.NotFoundProof != 11*time.Minute || s.Undo[0].How != channels.ByRefund || s.Undo[0].Source == "" {
		t.Errorf("%+v", s)
	}
	s.Currencies[0], s.Timing.Advised[0] = "x", 0
	if again := c.Sheet(); again.Currencies[0] != "CNY" || again.Timing.Advised[0] == 0 {
		t.Error("the sheet can be changed from outside")
	}
	for _, plan := range [][]time.Duration{s.Timing.Advised, s.Timing.Quick} {
		if !slices.IsSorted(plan) || plan[len(plan)-1] >= s.Timing.Deadline {
			t.Errorf("%v", plan)
		}
	}
}

func TestWarm(t *testing.T) {
	c, p := newChannel(t, nil)
	if err := c.Warm(t.Context()); err != nil || p.calls() != 0 {
		t.Error(err)
	}
	c.Disconnect()
	if m, k := c.KeyBits(); m != 2048 || k != 2048 || c.CertificateEnds().Year() != 2050 {
		t.Errorf("%d, %d bits", m, k)
	}
}
