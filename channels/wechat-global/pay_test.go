package wechatglobal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"tillpay/channels"
	"tillpay/channels/wire"
)

func given(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

// The seed's request example, every field of it.
func TestSeedRequest(t *testing.T) {
	c, p := newChannel(t, always(500, ""))
	c.till = channels.Till{ID: "013467007045764", StoreID: "SZTX001", StoreName: "Tencent Building Branch", StoreAddress: "Nanshan District, Shenzhen, Guangdong"}
	pay := testPayment
	pay.Description, pay.Cashier = "Image Store - Tencent Building in Shenzhen - QQ Doll", "P001"
	pay.Options = given("attach", `"Payment Test"`, "goods_tag", `"1234"`, "limit_pay", `"no_credit"`,
		"payer_client_ip", `"14.23.150.211"`, "scene_info", `{"device_ip":"59.37.125.32"}`,
		"detail", `[{"cost_price":1,"receipt_id":"1234","goods_detail":[{"goods_id":"iphone6s_16G","wxpay_goods_id":"3405","goods_name":"iPhone6s 16G","quantity":1,"price":1}]}]`)
	if err := c.CheckOptions(pay.Options); err != nil {
		t.Fatal(err)
	}
	c.Pay(context.Background(), pay)
	var want, got any
	if err := json.Unmarshal([]byte(read(t, "seed.json")), &want); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(p.seen[0], payPath+" ")
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %s", body)
	}
}

func TestOptionsRefused(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	for _, v := range []struct{ name, value, names string }{
		{"notify_url", `"https://x"`, "notify_url"},
		{"Attach", `"x"`, "Attach"},
		{"attach", `1`, "attach"},
		{"attach", `null`, "attach"},
		{"attach", `""`, "attach"},
		{"attach", `"` + strings.Repeat("押", 128) + `"`, "attach"},
		{"attach", `"😀"`, "attach"},
		{"goods_tag", `"` + strings.Repeat("x", 33) + `"`, "goods_tag"},
		{"limit_pay", `"no_debit"`, "limit_pay"},
		{"payer_client_ip", `"1.2.3.4.5"`, "payer_client_ip"},
		{"detail", `{}`, "detail"},
		{"detail", `[]`, "detail"},
		{"detail", `[{"price":1}]`, "price"},
		{"detail", `[{"cost_price":"1"}]`, "cost_price"},
		{"detail", `[{"cost_price":1.5}]`, "cost_price"},
		{"detail", `[{"goods_detail":[{"goods_id":"a b","quantity":1,"price":1}]}]`, "goods_id"},
		{"detail", `[{"goods_detail":[{"goods_id":"a","quantity":1}]}]`, "price"},
		{"detail", `[{"goods_detail":[{"goods_id":"a","quantity":0,"price":1}]}]`, "quantity"},
		{"scene_info", `{"foo":1}`, "foo"},
		{"scene_info", `{"device_ip":"x"}`, "device_ip"},
		{"store_info", `{"id":"1"}`, "store_info"},
	} {
		err := c.CheckOptions(given(v.name, v.value))
		if err == nil || !strings.Contains(err.Error(), v.names) || !strings.Contains(err.Error(), "option "+v.name) {
			t.Errorf("%s = %s: %v", v.name, v.value, err)
		}
		pay := testPayment
		pay.Options = given(v.name, v.value)
		if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent {
			t.Errorf("%s = %s: %v", v.name, v.value, got.Outcome)
		}
	}
	if err := c.CheckOptions(given("device_ip", `"1.2.3.4"`, "scene_info", `{"device_ip":"1.2.3.4"}`)); err == nil {
		t.Error("device_ip was taken twice")
	}
	if err := c.CheckOptions(given("attach", `"`+strings.Repeat("押", 127)+`"`, "payer_client_ip", `"2001:db8::1"`)); err != nil {
		t.Error(err)
	}
}

func TestTexts(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	pay := testPayment
	pay.Description = strings.Repeat("押", 60) + "😀"
	if d := c.description(pay); len(d) > 127 || !utf8.ValidString(d) || len(d) < 124 {
		t.Errorf("description of %d bytes", len(d))
	}
	pay.Description = " 😀a\nb\xff "
	if d := c.description(pay); d != "a b" {
		t.Errorf("description = %q", d)
	}
	pay.Description = "😀"
	if d := c.description(pay); d != pay.OutTradeNo {
		t.Errorf("description = %q", d)
	}
}

func TestItems(t *testing.T) {
	got := goodsOf([]channels.Item{
		{ID: "a/1 😀", Name: "tea 😀", Quantity: 2, Price: 300}, {Name: "no number", Quantity: 1, Price: 1},
		{ID: "back", Quantity: -1, Price: 5}, {ID: "off", Quantity: 1, Price: -5},
	})
	if s := string(wire.Encode(got)); s != `[{"goods_detail":[{"goods_id":"a_1","goods_name":"tea","quantity":2,"price":300}]}]` {
		t.Errorf("detail = %s", s)
	}
	if goodsOf([]channels.Item{{Name: "x", Quantity: 1}}) != nil || goodsOf(make([]channels.Item, 3)) != nil {
		t.Error("a detail of nothing")
	}
	many := make([]channels.Item, 500)
	for i := range many {
		many[i] = channels.Item{ID: fmt.Sprint("item", i), Name: "something", Quantity: 1, Price: 1}
	}
	if goodsOf(many) != nil {
		t.Error("a detail beyond its bound")
	}
}

func TestPayRefusedHere(t *testing.T) {
	c, p := newChannel(t, always(200, r1(t)))
	for name, edit := range map[string]func(*channels.Payment){
		"no number":   func(p *channels.Payment) { p.OutTradeNo = "" },
		"long number": func(p *channels.Payment) { p.OutTradeNo = strings.Repeat("1", 33) },
		"odd number":  func(p *channels.Payment) { p.OutTradeNo = "a/b" },
		"no code":     func(p *channels.Payment) { p.Code = channels.NewCode("") },
		"odd code": func(p *channels.Payment) {
			p.Code = channels.NewCode("１３４６５０７２０８６６３６１３９５")
		},
		"nothing":      func(p *channels.Payment) { p.Amount.Amount = 0 },
		"less":         func(p *channels.Payment) { p.Amount.Amount = -1 },
		"odd currency": func(p *channels.Payment) { p.Amount.Currency = "XAU" },
	} {
		pay := testPayment
		edit(&pay)
		if got := c.Pay(context.Background(), pay); got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || got.Message == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
}

// A platform that echoes the code everywhere: it stays nowhere.
func TestCodeIsNeverKept(t *testing.T) {
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	echo := func(r *http.Request, body []byte) (int, string) {
		return 400, `{"code":"PARAM_ERROR","message":"bad ` + testCode + `","detail":{"field":"#/payer","value":"` + testCode + `","issue":"` + testCode + `","sign_information":{"truncated_sign_message":"` + testCode + `"}}}`
	}
	paid := strings.NewReplacer(`"bank_type":"CMC"`, `"bank_type":"`+testCode+`"`, `"id":"1008450740201411110005820873"`, `"id":"`+testCode+`"`,
		"支付成功", testCode, `{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}`, `{"auth_code":"`+testCode+`"}`).Replace(r1(t))
	for name, answer := range map[string]func(*http.Request, []byte) (int, string){
		"refused": echo, "paid": always(200, paid), "html": always(502, testCode), "none": always(0, ""),
	} {
		dir := t.TempDir()
		p := &platform{t: t, signer: tk1(t), now: at(testTime), answer: answer}
		p.edit = func(r *http.Response) { r.Header.Set("Request-ID", "08-"+testCode) }
		c, err := open(settingsOf(config(t, dir), dir, channels.Env{Now: at(testTime), Transport: p, Log: log}))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Pay(context.Background(), testPayment)
		if all := fmt.Sprintf("%+v %#v %s %s", got, got, got.Detail, wire.Encode(got)); strings.Contains(all, testCode) {
			t.Errorf("%s: the reply holds the code: %s", name, all)
		}
		if name == "paid" && got.Outcome != channels.Paid {
			t.Errorf("%s: %v (%s)", name, got.Outcome, got.Message)
		}
		pay := testPayment
		pay.OutTradeNo = "a b " + testCode
		if got := c.Pay(context.Background(), pay); strings.Contains(fmt.Sprintf("%+v", got), testCode) {
			t.Errorf("%s: the refusal holds the code", name)
		}
	}
	if strings.Contains(strings.ReplaceAll(logged.String(), "08-"+testCode, ""), testCode) {
		t.Errorf("the log holds the code: %s", logged.String())
	}
}

func TestStatementAnswers(t *testing.T) {
	day := at(testTime)()
	for _, v := range []struct {
		body   string
		status int
		edit   func(*http.Response)
		want   string
	}{
		{"titles\r\n", 200, nil, ""}, // no hash header: the signature covers the file
		{refusalBody("NO_STATEMENT_EXIST"), 400, nil, ""},
		{refusalBody("STATEMENT_CREATING"), 400, nil, "not ready"},
		{refusalBody("INVALID_REQUEST"), 400, nil, "INVALID_REQUEST"},
		{"titles\r\n", 200, unsign, "not proven"},
		{"titles\r\n", 200, forge, "not proven"},
		{"titles\r\n", 200, func(r *http.Response) { r.Header.Set(statementHash, strings.Repeat("0", 40)) }, "not proven"},
		{"", 0, nil, "exchange"},
	} {
		c, p := newChannel(t, always(v.status, v.body))
		warm(t, c)
		p.edit = v.edit
		got, err := c.Statement(context.Background(), day)
		if v.want == "" && (err != nil || v.status == 200 && string(got.Body) != v.body) || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%d %s: %+v, %v", v.status, v.body, got, err)
		}
	}
}
