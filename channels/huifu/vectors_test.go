package huifu

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"tillpay/channels"
)

// Every request vector: the string that is signed, its signature, the body.
func TestRequestVectors(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	n := 0
	for _, v := range vectors(t).Vectors {
		if v.Kind != "request" {
			continue
		}
		n++
		if got := string(fields(v.Data).encode()); got != v.ToSign {
			t.Errorf("%s: string to sign = %s", v.ID, got)
		}
		if got, err := sign(c.key, fields(v.Data).encode()); err != nil || got != v.Signature {
			t.Errorf("%s: signature = %s, %v", v.ID, got, err)
		}
		if got, err := c.sealed(v.Data); err != nil || string(got) != v.Body {
			t.Errorf("%s: body = %s, %v", v.ID, got, err)
		}
	}
	if n != 11 {
		t.Errorf("%d request vectors", n)
	}
}

// The driver's own calls are the vectors', byte for byte, path and all. V4 is
// not spoken, and a tab in a description is not sent: those two stand above.
func TestCallsAreTheVectors(t *testing.T) {
	ctx := context.Background()
	for id, do := range map[string]func(*Channel){
		"huifu-micropay-v3":    func(c *Channel) { c.Pay(ctx, testPayment()) },
		"huifu-jspay-miniapp":  func(c *Channel) { c.Prepare(ctx, testPreparation()) },
		"huifu-query-v3":       func(c *Channel) { c.Query(ctx, testOrder()) },
		"huifu-refund-v3":      func(c *Channel) { c.cfg.NotifyURL = ""; c.Refund(ctx, testRefund()) },
		"huifu-refundquery-v3": func(c *Channel) { c.QueryRefund(ctx, testRefund()) },
		"huifu-close": func(c *Channel) {
			f, err := c.closing(testOrder(), "20261122", "T01C20261122000001")
			if err != nil {
				t.Fatal(err)
			}
			c.exchange(ctx, call{path: closePath, data: f})
		},
		"huifu-filequery": func(c *Channel) {
			c.exchange(ctx, call{path: statementPath, data: c.billData("20261122", "T01F20261122000001", "20261122", "TRADE_BILL")})
		},
		"huifu-wxusermark": func(c *Channel) {
			c.cfg.SubAppID = "wx0000000000000000"
			c.exchange(ctx, call{path: userMarkPath, data: c.userMarkData("20261122", "T01U20261122000001", testCode)})
		},
	} {
		v := vectorOf(t, id)
		c, p := newChannel(t, always(500, ""), func(cfg *Config) {
			cfg.NotifyURL = "https://pay.example.test:8443/huifu/notify"
			cfg.DevsID, cfg.Location = "SPINTP000000000000001", "+22.54/+113.93"
		})
		do(c)
		want := "POST https://api.huifu.com" + v.Path + " " + v.Body
		if len(p.seen) != 1 || p.seen[0] != want {
			t.Errorf("%s: sent\n%s\nwant\n%s", id, strings.Join(p.seen, "\n"), want)
		}
		if got := p.header.Get("Content-Type"); got != "application/json; charset=UTF-8" {
			t.Errorf("%s: Content-Type %q", id, got)
		}
	}
}

func TestVersionTwoPaths(t *testing.T) {
	c, p := newChannel(t, always(500, ""), func(cfg *Config) { cfg.APIVersion = "v2" })
	ctx := context.Background()
	c.Pay(ctx, testPayment())
	c.Prepare(ctx, testPreparation())
	c.Query(ctx, testOrder())
	c.Refund(ctx, testRefund())
	c.QueryRefund(ctx, testRefund())
	for i, path := range []string{"micropay", "jspay", "scanpay/query", "scanpay/refund", "scanpay/refundquery"} {
		if !strings.HasPrefix(p.seen[i], "POST https://api.huifu.com/v2/trade/payment/"+path+" ") {
			t.Errorf("%s: %s", path, p.seen[i])
		}
	}
}

// Every reply vector, by its strategy, and what one bit more does.
func TestResponseVectors(t *testing.T) {
	n := 0
	for _, v := range vectors(t).Vectors {
		if v.Kind != "response" {
			continue
		}
		n++
		c, _ := newChannel(t, always(200, v.Body))
		a, err := c.exchange(context.Background(), call{path: "/x", data: fields{"a": "b"}})
		if err != nil || (a.proof == proven) != v.Verifies {
			t.Errorf("%s: proof %d, %v", v.ID, a.proof, err)
		}
		if !v.Verifies {
			continue
		}
		raw, _ := member([]byte(v.Body), "data")
		flips(t, c, v.ID, raw, v.Signature)
	}
	if n != 6 {
		t.Errorf("%d reply vectors", n)
	}
}

// The strategies are the vectors': each one's own reading, and no other.
func TestReadings(t *testing.T) {
	for id, reading := range map[string]func([]byte) []byte{
		"huifu-resp-success":           func(b []byte) []byte { return b },
		"huifu-resp-numbers-raw":       func(b []byte) []byte { return b },
		"huifu-resp-sorted-fallback":   func(b []byte) []byte { s, _ := resorted(b); return s },
		"huifu-resp-unescape-fallback": unescaped,
	} {
		v := vectorOf(t, id)
		raw, ok := member([]byte(v.Body), "data")
		if got := string(reading(raw)); !ok || got != v.ToSign {
			t.Errorf("%s: read %s", id, got)
		}
	}
	for in, want := range map[string]string{
		`"\\u003c"`: `"\\u003c"`, `"\\\u003c"`: `"\\<"`, `"\u003C\u003E"`: `"<>"`, `"\u003`: `"\u003`, `\`: `\`, `"\"\u0026"`: `"\"&"`,
		`"\u0041"`: `"\u0041"`,
	} {
		if got := string(unescaped([]byte(in))); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// flips: one bit of message or signature, and nothing verifies.
func flips(t *testing.T, c *Channel, name string, message []byte, text string) {
	t.Helper()
	sig, ok := readSignature(text)
	if !ok || !sig.fitsData(c.platform, message) {
		t.Errorf("%s: does not verify", name)
	}
	m := append([]byte(nil), message...)
	for i := 0; i < len(m)*8; i += 101 {
		m[i/8] ^= 1 << (i % 8)
		if sig.fitsData(c.platform, m) {
			t.Errorf("%s: verified with bit %d of the message flipped", name, i)
		}
		m[i/8] ^= 1 << (i % 8)
	}
	for i := 0; i < len(sig)*8; i += 101 {
		sig[i/8] ^= 1 << (i % 8)
		if sig.fitsData(c.platform, message) {
			t.Errorf("%s: verified with bit %d of the signature flipped", name, i)
		}
		sig[i/8] ^= 1 << (i % 8)
	}
}

// The success and processing vectors through Pay, and the tampered one.
func TestRepliesThroughPay(t *testing.T) {
	for id, want := range map[string]channels.Outcome{
		"huifu-resp-success": channels.Paid, "huifu-resp-processing": channels.Paying, "huifu-resp-tampered": channels.Unknown,
		"huifu-resp-sorted-fallback": channels.Unknown, "huifu-resp-unescape-fallback": channels.Unknown,
	} {
		c, _ := newChannel(t, always(200, vectorOf(t, id).Body))
		got := c.Pay(context.Background(), testPayment())
		if got.Outcome != want || got.Verified != (id != "huifu-resp-tampered") {
			t.Errorf("%s: %+v", id, got)
		}
	}
	c, _ := newChannel(t, always(200, vectorOf(t, "huifu-resp-success").Body))
	got := c.Pay(context.Background(), testPayment())
	if got.PlatformID != testHf || got.PaidAt.In(beijing).Format(secondForm) != "20261122101534" || got.Code != "00000000" || got.Message != "交易成功" {
		t.Errorf("paid: %+v", got)
	}
	if d := string(got.Detail); !strings.Contains(d, `"out_trans_id":"4200000000202611220000000001"`) || !strings.Contains(d, `"bank_type":"OTHERS"`) ||
		strings.Contains(d, "oTESTONLY") {
		t.Errorf("detail: %s", d)
	}
}

func TestNotificationVectors(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	n := 0
	for _, v := range vectors(t).Vectors {
		if v.Kind != "notification" {
			continue
		}
		n++
		got, err := c.Notified(context.Background(), nil, []byte(v.Form))
		if (err == nil) != v.Verifies {
			t.Errorf("%s: %v", v.ID, err)
		}
		if !v.Verifies {
			if got.Status/100 == 2 || strings.Contains(string(got.Answer), "RECV_ORD_ID_") || got.OutTradeNo != "" {
				t.Errorf("%s: answered %+v", v.ID, got)
			}
			continue
		}
		if got.Status != 200 || string(got.Answer) != v.Ack || got.OutTradeNo != testNo || got.RefundNo != "" || got.ID == "" {
			t.Errorf("%s: %+v", v.ID, got)
		}
		form, err := url.ParseQuery(v.Form)
		sum := sha256.Sum256([]byte(form.Get("resp_data")))
		if err != nil || form.Get("resp_data") != v.ToSign || form.Get("sign") != v.Signature {
			t.Errorf("%s: form holds another text (%s)", v.ID, hex.EncodeToString(sum[:]))
		}
	}
	if n != 4 {
		t.Errorf("%d notification vectors", n)
	}
	one, _ := c.Notified(context.Background(), nil, []byte(vectorOf(t, "huifu-notify-channel").Form))
	two, _ := c.Notified(context.Background(), nil, []byte(vectorOf(t, "huifu-notify-account").Form))
	if one.ID == two.ID || one.ID != testHf+"-1" {
		t.Errorf("ids %q and %q", one.ID, two.ID)
	}
}

// The keys are taken as PEM and as bare Base64, and are one.
func TestKeyForms(t *testing.T) {
	for name, k := range vectors(t).Keys {
		a, err := channels.ParsePrivateKey([]byte(k.Private), minKeyBits)
		b, err2 := channels.ParsePrivateKey([]byte(k.PKCS8), minKeyBits)
		p, err3 := channels.ParsePublicKey([]byte(k.Public), minKeyBits)
		q, err4 := channels.ParsePublicKey([]byte("\xef\xbb\xbf"+k.X509[:64]+"\r\n"+k.X509[64:]+"\n"), minKeyBits)
		if err != nil || err2 != nil || err3 != nil || err4 != nil || !a.Equal(b) || !p.Equal(q) || !a.PublicKey.Equal(p) {
			t.Errorf("%s: %v %v %v %v", name, err, err2, err3, err4)
		}
	}
	if _, ok := readSignature(base64.StdEncoding.EncodeToString(nil)); ok {
		t.Error("an empty signature was read")
	}
}
