package fubei

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tillpay/channels"
)

// vector is one of the dossier's (§16).
type vector struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Path     string            `json:"path"`
	Params   map[string]string `json:"params"`
	Fields   map[string]string `json:"fields"`
	Secret   string            `json:"secret"`
	ToSign   string            `json:"string_to_sign"`
	Sign     string            `json:"sign"`
	Printed  string            `json:"printed_sign"`
	HTTPBody string            `json:"http_body"`
	Form     string            `json:"form_body"`
	Ack      string            `json:"ack"`
	Verifies bool              `json:"verifies"`
	Right    string            `json:"right"`
	Wrong    map[string]string `json:"wrong"`
	Cases    []struct {
		Body    string `json:"body"`
		Outcome string `json:"outcome"`
	} `json:"cases"`
}

func vectors(t testing.TB) map[string]vector {
	t.Helper()
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	if err := json.Unmarshal([]byte(read(t, "vectors.json")), &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]vector{}
	for _, v := range file.Vectors {
		all[v.ID] = v
	}
	return all
}

func (v vector) envelope() envelope {
	p := v.Params
	return envelope{p["app_id"], p["vendor_sn"], p["method"], p["format"], p["sign_method"], p["nonce"], p["version"], p["biz_content"]}
}

// Every request vector: the text that is signed, its signature, and the body,
// byte for byte.
func TestRequestVectors(t *testing.T) {
	n := 0
	for id, v := range vectors(t) {
		if v.Kind != "request" {
			continue
		}
		n++
		e := v.envelope()
		if got := toSign(e.fields(), v.Secret); got != v.ToSign {
			t.Errorf("%s: to sign\n%s\nwant\n%s", id, got, v.ToSign)
		}
		if got := sign(e.fields(), v.Secret); got != v.Sign {
			t.Errorf("%s: sign %s, want %s", id, got, v.Sign)
		}
		if got := string(e.body(v.Secret)); v.HTTPBody != "" && got != v.HTTPBody {
			t.Errorf("%s: body\n%s\nwant\n%s", id, got, v.HTTPBody)
		}
		if v.Printed != "" && v.Sign == v.Printed {
			t.Errorf("%s: the printed sample was made with another secret", id)
		}
	}
	if n != 11 {
		t.Errorf("%d request vectors", n)
	}
}

// What the driver itself asks is what the vectors ask.
func TestDriverSendsTheVectors(t *testing.T) {
	withCashier := func(c *Config) { c.CashierID = 2001 }
	money := func(fen int64) channels.Money { return channels.Money{Amount: fen, Currency: "CNY"} }
	for _, v := range []struct {
		id    string
		edits []func(*Config)
		do    func(*Channel)
	}{
		{"fubei-mina", []func(*Config){withCashier, func(c *Config) { c.NotifyURL = "https://pay.example.test/fubei/notify" }}, func(c *Channel) {
			p := testPrepare
			p.Options = given("attach", `"订单:123456"`)
			c.Prepare(context.Background(), p)
		}},
		{"fubei-swipe", []func(*Config){withCashier}, func(c *Channel) {
			p := testPayment
			p.Options = given("attach", `"T01"`)
			c.Pay(context.Background(), p)
		}},
		{"fubei-query", nil, func(c *Channel) { c.Query(context.Background(), testOrder) }},
		{"fubei-refund", nil, func(c *Channel) { c.Refund(context.Background(), testRefund) }},
		{"fubei-refund-query", nil, func(c *Channel) { c.QueryRefund(context.Background(), testRefund) }},
		{"fubei-reverse", nil, func(c *Channel) { c.Revoke(context.Background(), testOrder) }},
		{"fubei-v2-merchant-pay", []func(*Config){twoMerchant, withCashier}, func(c *Channel) {
			c.Pay(context.Background(), channels.Payment{OutTradeNo: "T0120261122000003", Amount: money(10), Code: channels.NewCode("283456789012345678"), Description: "面包"})
		}},
		{"fubei-v2-vendor-pay", []func(*Config){twoVendor}, func(c *Channel) {
			c.till.ID = ""
			c.Pay(context.Background(), channels.Payment{OutTradeNo: "T0120261122000004", Amount: money(10000), Code: channels.NewCode("6228123456789012345")})
		}},
	} {
		c, p := newChannel(t, always(500, ""), v.edits...)
		v.do(c)
		got, want := p.last(t), vectors(t)[v.id]
		biz := got.biz
		if v.id == "fubei-swipe" { // beyond the vector, and always (§5)
			biz = strings.Replace(biz, `,"discount_switch":0}`, "}", 1)
			if biz == got.biz {
				t.Errorf("%s: no discount_switch in %s", v.id, biz)
			}
		}
		if biz != want.Params["biz_content"] || got.method != want.Params["method"] || got.path != want.Path {
			t.Errorf("%s: sent to %s\n%s %s\nwant\n%s", v.id, got.path, got.method, biz, want.Params["biz_content"])
		}
		// The same envelope, but for the nonce, under the same secret.
		e := want.envelope()
		e.nonce, e.biz = got.envelope["nonce"], got.biz
		if body := string(e.body(want.Secret)); body != got.body || len(e.nonce) != 32 {
			t.Errorf("%s: sent\n%s\nwant\n%s", v.id, got.body, body)
		}
		if h := got.header.Get("Content-Type"); h != "application/json; charset=utf-8" {
			t.Errorf("%s: content type %s", v.id, h)
		}
	}
}

func TestWrongConstructions(t *testing.T) {
	v := vectors(t)["fubei-wrong-constructions"]
	swipe := vectors(t)["fubei-swipe"]
	got := sign(swipe.envelope().fields(), merchantSecret)
	if got != v.Right || len(v.Wrong) != 7 {
		t.Errorf("sign %s, want %s", got, v.Right)
	}
	for name, wrong := range v.Wrong {
		if got == wrong || signed(swipe.envelope().fields(), merchantSecret, wrong) {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestNotificationVectors(t *testing.T) {
	n := 0
	for id, v := range vectors(t) {
		if v.Kind != "notification" {
			continue
		}
		n++
		fields, signature, err := readForm([]byte(v.Form))
		if err != nil || len(fields) != len(v.Fields) || signature != v.Sign {
			t.Errorf("%s: %v %s, %v", id, fields, signature, err)
		}
		if got := toSign(fields, v.Secret); got != v.ToSign {
			t.Errorf("%s: to sign %s", id, got)
		}
		c, _ := newChannel(t, always(500, ""))
		got, err := c.Notified(context.Background(), nil, []byte(v.Form))
		if (err == nil) != v.Verifies || (string(got.Answer) == v.Ack) != v.Verifies || (got.Status == 200) != v.Verifies {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
		if !v.Verifies {
			continue
		}
		if got.OutTradeNo != "T0120261122000003" || (got.RefundNo == "T01R20261122000003") != strings.Contains(id, "refund") || got.ID == "" {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if n != 3 {
		t.Errorf("%d notification vectors", n)
	}
}

func TestResponseVectors(t *testing.T) {
	cases := vectors(t)["fubei-responses"].Cases
	if len(cases) != 6 {
		t.Errorf("%d cases", len(cases))
	}
	for _, v := range cases {
		want, _, _ := strings.Cut(strings.TrimPrefix(v.Outcome, "on Pay: "), " ")
		want = strings.ToLower(strings.Trim(want, ","))
		c, _ := newChannel(t, always(200, v.Body))
		pay, query := c.Pay(context.Background(), testPayment), c.Query(context.Background(), testOrder)
		for _, got := range []channels.Reply{pay, query} {
			if got.Outcome.String() != want || got.Verified != (want != "unknown") {
				t.Errorf("%s: %v verified %v (%s), want %s", v.Body, got.Outcome, got.Verified, got.Message, v.Outcome)
			}
		}
		if want == "paid" && (pay.PaidAt.Unix() != 1795313734 || pay.PlatformID != "20261122101530000001") {
			t.Errorf("paid: %+v", pay)
		}
	}
}
