package huishouqian

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Every request vector: the string, its sum, the signature and the body.
func TestRequestVectors(t *testing.T) {
	p := vectors(t)
	n := 0
	for _, v := range p.Vectors {
		if v.Kind != "request" {
			continue
		}
		n++
		e, s := v.envelope(), &signer{key: p.key(t, v.Signer), secret: p.SignKey}
		text := e.toSign(p.SignKey)
		sum := sha256.Sum256([]byte(text))
		sign, err := s.sign(text)
		if text != v.ToSign || hex.EncodeToString(sum[:]) != v.Sum || err != nil || sign != v.Sign {
			t.Errorf("%s: string or signature differs: %v", v.ID, err)
		}
		if body := string(e.form(sign)); body != v.Form {
			t.Errorf("%s: body\n%s, want\n%s", v.ID, body, v.Form)
		}
	}
	if n != 9 {
		t.Errorf("%d requests", n)
	}
}

// The same bodies, as the driver's calls put them on the wire.
func TestCallsSendTheVectors(t *testing.T) {
	p := vectors(t)
	options := map[string]json.RawMessage{
		"spbillCreateIp": json.RawMessage(`"203.0.113.10"`), "longitude": json.RawMessage(`"113.934500"`), "latitude": json.RawMessage(`"22.540500"`),
	}
	front := func(more string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"front_callback_url": json.RawMessage(
			`{"mp_path":"pages/order/result` + more + `,"mp_appid":"wx0000000000000000","mp_username":"gh_000000000000"}`)}
	}
	early := testTime.Add(-30 * time.Second)
	prepare := func(no string, payer, options map[string]json.RawMessage) func(c *Channel) {
		return func(c *Channel) {
			c.Prepare(t.Context(), channels.Preparation{OutTradeNo: no, Amount: yuan(100), Description: "订货单 A/1",
				Payer: payer, Options: options, ExpiresAt: testTime.Add(14*time.Minute + 30*time.Second)})
		}
	}
	for _, v := range []struct {
		id   string
		at   time.Time
		edit func(*Config)
		do   func(c *Channel)
	}{
		{"hsq-be-swept-wechat", testTime, nil, func(c *Channel) {
			pay := testPayment
			pay.Options = map[string]json.RawMessage{"extend": json.RawMessage(`"T01|S0001"`), "memo": wire.Encode(options)}
			c.Pay(t.Context(), pay)
		}},
		{"hsq-wqf-applet-string-front-callback", early, nil,
			prepare("T01-20261122-000002", options, front(`?id=1&t=2","mp_urlscheme":"weixin://test"`))},
		{"hsq-format-lowercase", early, func(c *Config) { c.Format = "json" },
			prepare("T01-20261122-000002", options, front(`?id=1&t=2","mp_urlscheme":"weixin://test"`))},
		{"hsq-wqf-applet-object-front-callback", early, func(c *Config) { c.MemoNested = "object" },
			prepare("T01-20261122-000003", options1("spbillCreateIp", `"203.0.113.10"`), func() map[string]json.RawMessage {
				o := front(`"`)
				o["channel_options"] = json.RawMessage(`{"include_pay_channels":["ENTERPRISE"]}`)
				return o
			}())},
		{"hsq-query", testTime, nil, func(c *Channel) { c.Query(t.Context(), testOrder) }},
		{"hsq-rsa1024", testTime, func(c *Config) { c.PrivateKeyFile = "small.pem" }, func(c *Channel) { c.Query(t.Context(), testOrder) }},
		{"hsq-refund", testTime.Add(14*time.Minute + 30*time.Second), func(c *Config) { c.NotifyURL = "https://pay.example.test/hsq/refund-notify" },
			func(c *Channel) { c.Refund(t.Context(), testRefund) }},
		{"hsq-refund-query", testTime, nil, func(c *Channel) { c.QueryRefund(t.Context(), testRefund) }},
		{"hsq-trade-file", testTime, nil, func(c *Channel) { c.Statement(t.Context(), testTime.AddDate(0, 0, -1)) }},
	} {
		t.Run(v.id, func(t *testing.T) {
			edit := v.edit
			if edit == nil {
				edit = func(*Config) {}
			}
			c, platform := newChannel(t, raw(500, ""), edit)
			set(c, v.at)
			v.do(c)
			if got, want := platform.last(), p.vector(t, v.id).Form; got != want {
				t.Errorf("sent\n%s, want\n%s", got, want)
			}
		})
	}
}

// Every reply vector: what proves itself, and what it says.
func TestResponseVectors(t *testing.T) {
	p := vectors(t)
	want := map[string]struct {
		outcome channels.Outcome
		reason  channels.Reason
	}{
		"hsq-resp-processing":        {channels.Paying, ""},
		"hsq-resp-success":           {channels.Paid, ""},
		"hsq-resp-rsa3072":           {channels.Paying, ""},
		"hsq-resp-wqf-qrcode":        {channels.Paying, ""},
		"hsq-resp-failure":           {channels.Declined, channels.MerchantConfig},
		"hsq-resp-failure-null-code": {channels.Unknown, channels.PlatformBusy},
		"hsq-resp-tampered-amount":   {channels.Unknown, channels.BadSignature},
		"hsq-resp-capital-true":      {channels.Unknown, channels.BadSignature},
	}
	n := 0
	for _, v := range p.Vectors {
		if v.Kind != "response" {
			continue
		}
		n++
		off := false
		c, _ := newChannel(t, raw(200, v.Body), func(c *Config) { c.ConfirmRefusal = &off })
		c.signer.public = &p.key(t, v.Signer).PublicKey
		if v.ToSign != "" {
			sum := sha256.Sum256([]byte(v.ToSign))
			if v.Sum != "" && hex.EncodeToString(sum[:]) != v.Sum || !c.signer.fits(v.ToSign, v.Sign) || !c.signer.fits(v.ToSign, strings.ToUpper(v.Sign)) {
				t.Errorf("%s: its own string does not verify", v.ID)
			}
		}
		pay := testPayment
		if v.ID == "hsq-resp-wqf-qrcode" {
			pay.OutTradeNo, pay.Amount = "T01-20261122-000002", yuan(100)
		}
		r := c.Pay(t.Context(), pay)
		if w := want[v.ID]; r.Outcome != w.outcome || r.Reason != w.reason || r.Verified != v.Verifies {
			t.Errorf("%s: %+v", v.ID, r)
		}
	}
	if n != 8 {
		t.Errorf("%d replies", n)
	}
}

// What verify_skip_empty decides.
func TestEmptyPartsOfARefusal(t *testing.T) {
	body := vectors(t).vector(t, "hsq-resp-failure-null-code").Body
	for setting, proven := range map[string]bool{"both": true, "skip": true, "keep": false} {
		c, _ := newChannel(t, raw(200, body), func(c *Config) { c.VerifySkipEmpty = setting })
		if r := c.Pay(t.Context(), testPayment); r.Verified != proven || r.Outcome != channels.Unknown {
			t.Errorf("%s: %+v", setting, r)
		}
	}
	kept := func(p *platform, _, _ string) (int, string) {
		sign, _ := p.signer.sign("errorCode=&errorMsg=x&success=false&key=" + p.signer.secret)
		return 200, `{"success":"false","errorMsg":"x","sign":"` + sign + `"}`
	}
	for setting, proven := range map[string]bool{"both": true, "skip": false, "keep": true} {
		c, _ := newChannel(t, kept, func(c *Config) { c.VerifySkipEmpty = setting })
		if r := c.Query(t.Context(), testOrder); r.Verified != proven {
			t.Errorf("%s, kept: %+v", setting, r)
		}
	}
}

func TestPreparedVector(t *testing.T) {
	c, _ := newChannel(t, raw(200, vectors(t).vector(t, "hsq-resp-wqf-qrcode").Body))
	r, params := c.Prepare(t.Context(), channels.Preparation{OutTradeNo: "T01-20261122-000002", Amount: yuan(100)})
	var text string
	if err := json.Unmarshal(params, &text); err != nil || r.Outcome != channels.Paying || !r.Verified {
		t.Fatalf("%+v, %s", r, params)
	}
	if want := `{"mp_appid":"wx0000000000000001","mp_path":"pages/checkout/counter?q=https%3A%2F%2Fexample.test%2Fc%3Fp%3D1","mp_username":"gh_000000000001","mp_version":"release"}`; text != want {
		t.Errorf("params %s", text)
	}
}

func TestNoticeVectors(t *testing.T) {
	p := vectors(t)
	c, _ := newChannel(t, nil)
	n := 0
	for _, v := range p.Vectors {
		if v.Kind != "notification" {
			continue
		}
		n++
		got, err := c.Notified(t.Context(), nil, []byte(v.Form))
		if err != nil || got.OutTradeNo != testNo || got.RefundNo != "" || got.Status != 200 || string(got.Answer) != v.Ack || got.ID == "" {
			t.Errorf("%s: %+v, %v", v.ID, got, err)
		}
		if e, _, err := readForm([]byte(v.Form)); err != nil || e != v.envelope() || e.toSign(p.SignKey) != v.ToSign {
			t.Errorf("%s: read as %+v, %v", v.ID, e, err)
		}
	}
	if n != 2 {
		t.Errorf("%d notifications", n)
	}
}

// The published cipher texts, and ours, open to the name.
func TestPayerNameVectors(t *testing.T) {
	p := vectors(t)
	key := p.key(t, "test_only_hsq_platform")
	open := func(s string) string {
		raw, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		var plain []byte
		for len(raw) >= key.Size() {
			//lint:ignore SA1019 the padding is what the vectors use
			b, err := rsa.DecryptPKCS1v15(nil, key, raw[:key.Size()])
			if err != nil {
				t.Fatal(err)
			}
			plain, raw = append(plain, b...), raw[key.Size():]
		}
		return string(plain)
	}
	long := strings.Repeat("深圳市测试有限公司", 14) // 126 characters, two blocks
	for _, name := range []string{p.PayerName.Plain, long} {
		for _, v := range []struct{ cipher, published string }{{"rsa_pub_hex", p.PayerName.Hex}, {"rsa_pub_b64hex", p.PayerName.B64Hex}} {
			c, _ := newChannel(t, nil, func(c *Config) { c.PayerNameCipher = v.cipher })
			ours, err := c.seal(name)
			if err != nil {
				t.Fatal(err)
			}
			texts := []string{open(ours)}
			if name == p.PayerName.Plain {
				texts = append(texts, open(v.published))
			}
			for _, text := range texts {
				if v.cipher == "rsa_pub_b64hex" {
					raw, _ := base64.StdEncoding.DecodeString(text)
					text = string(raw)
				}
				if text != name {
					t.Errorf("%s: opens to %q", v.cipher, text)
				}
			}
		}
	}
}

// The page's own samples: its reply is understood, and its qrCode kept whole.
func TestSeedSamples(t *testing.T) {
	reply, err := os.ReadFile("testdata/seed-reply.json")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := newChannel(t, always(string(reply)))
	r, params := c.Prepare(t.Context(), channels.Preparation{OutTradeNo: "202410140944207361622463", Amount: yuan(1), Description: "微企付小程序商品信息"})
	if r.Outcome != channels.Paying || r.Code != "100201" || r.PlatformID != "25010120241014094420900421223464" {
		t.Errorf("%+v", r)
	}
	var text string
	var want struct {
		QRCode string `json:"qrCode"`
	}
	if json.Unmarshal(params, &text) != nil || json.Unmarshal(reply, &want) != nil || text != want.QRCode || !strings.Contains(text, "gh_918a17273472") {
		t.Errorf("params %s", params)
	}
	if !strings.Contains(string(r.Detail), `"channelOrderNo":"WQ010190000000000000000181199649"`) || !strings.Contains(string(r.Detail), `"extend":"222,11"`) {
		t.Errorf("detail %s", r.Detail)
	}
}

// Every code of the page is in the table, none besides but the two seen elsewhere.
func TestSeedCodes(t *testing.T) {
	data, err := os.ReadFile("testdata/seed-codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"100201": true, "100213": true}
	for line := range strings.Lines(string(data)) {
		number, _, _ := strings.Cut(line, " ")
		known[number] = true
		if _, ok := codes[number]; !ok {
			t.Errorf("no row for %s", strings.TrimSpace(line))
		}
	}
	for number, row := range codes {
		if !known[number] {
			t.Errorf("%s is on no page", number)
		}
		if row.pay == "" || row.query == "" || row.refund == "" {
			t.Errorf("%s: %+v", number, row)
		}
	}
}

// set puts a channel's clock to another moment.
func set(c *Channel, at time.Time) { c.clock = clockAt(at) }
