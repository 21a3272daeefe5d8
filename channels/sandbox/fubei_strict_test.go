package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestFubeiStrictBiz sends one wrong thing at a time; nothing is booked.
func TestFubeiStrictBiz(t *testing.T) {
	num := func(s string) json.Number { return json.Number(s) }
	type change struct {
		name  string
		value any // nil leaves it out
		want  string
	}
	common := []change{
		{"merchant_order_sn", nil, "9996"}, {"merchant_order_sn", "", "9996"}, {"merchant_order_sn", strings.Repeat("1", 33), "9996"},
		{"merchant_order_sn", " F1", "9996"}, {"merchant_order_sn", "F1 ", "9996"}, {"merchant_order_sn", 17, "9996"},
		{"auth_code", nil, "9996"}, {"auth_code", "", "9996"}, {"auth_code", "hello", "400"}, {"auth_code", "16" + strings.Repeat("0", 16), "400"},
		{"auth_code", num("130000000000000000"), "9996"},
		{"store_id", "3239", "9996"}, {"store_id", 3240, "9996"}, {"cashier_id", "34566", "9996"}, {"cashier_id", 1, "9996"}, {"cashier_id", num("1.5"), "9996"},
		{"body", "", "9996"}, {"body", strings.Repeat("文", 129), "9996"}, {"attach", strings.Repeat("a", 128), "9996"},
		{"no_such_member", "x", "9996"}, {"currency", "CNY", "9996"}, {"device_no", nil, "200"}, {"store_id", nil, "200"},
		{"body", strings.Repeat("文", 128), "200"}, {"attach", strings.Repeat("字", 127), "200"}, {"detail", "{", "9996"}, {"detail", []int{1}, "9996"},
		{"attach", nil, "200"}, {"attach", true, "9996"}, {"sub_openid", "o", "9996"},
		{"timeout_express", "20261124120059", "9996"}, {"timeout_express", "20261124120100", "9996"}, {"timeout_express", "2026-11-24", "9996"},
		{"timeout_express", "20261124120101", "200"},
	}
	one := []change{
		{"total_fee", nil, "9996"}, {"total_fee", "12.30", "9996"}, {"total_fee", num("0"), "9996"}, {"total_fee", num("0.00"), "9996"},
		{"total_fee", num("-1"), "9996"}, {"total_fee", num("12.345"), "9996"}, {"total_fee", num("1e1"), "9996"}, {"total_fee", num("10000000.00"), "9996"},
		{"total_fee", num("9999999.99"), "200"}, {"total_fee", num("12.3"), "200"}, {"total_amount", num("12.30"), "9996"},
		{"type", nil, "9996"}, {"type", "1", "9996"}, {"type", 3, "9996"}, {"type", 2, "400"}, {"discount_switch", 2, "9996"},
		{"call_back_url", "pay.example", "9996"}, {"call_back_url", "https://pay.example/" + strings.Repeat("x", 240), "9996"},
		{"call_back_url", "https://pay.example/n", "200"}, {"notify_url", "https://pay.example/n", "9996"}, {"equipment_type", 90, "9996"},
		{"merchant_id", 3000001, "9996"},
	}
	two := []change{
		{"total_amount", nil, "9996"}, {"total_amount", "12.30", "9996"}, {"total_amount", num("10000000.01"), "9996"}, {"total_amount", num("10000000"), "200"},
		{"total_fee", num("12.30"), "9996"}, {"type", 1, "9996"}, {"discount_switch", 0, "9996"}, {"call_back_url", "https://pay.example/n", "9996"},
		{"notify_url", "https://pay.example/n", "200"}, {"disable_pay_channels", "coupon", "9996"}, {"disable_pay_channels", "promotion,voucher", "200"},
		{"merchant_id", 3000001, "9996"}, // vendor level only
	}
	for _, v2 := range []bool{false, true} {
		for _, c := range append(common, map[bool][]change{false: one, true: two}[v2]...) {
			t.Run(fmt.Sprintf("%v %s=%.20v", v2, c.name, c.value), func(t *testing.T) {
				ft := newFubeiTill(t).as(sandbox.FubeiMerchant, v2)
				b := ft.payBiz("F1", ft.code("00"))
				if b[c.name] = c.value; c.value == nil {
					delete(b, c.name)
				}
				a := ft.call(ft.method("swipe", "pay"), b)
				if fmt.Sprint(a.code) != c.want || len([]rune(a.text)) > 32 {
					t.Errorf("%v, want %s", a, c.want)
				}
				if n := len(ft.box.Books().Orders); n != map[bool]int{true: 1}[c.want == "200"] {
					t.Error(n, "orders")
				}
			})
		}
	}
}

func TestFubeiStrictMina(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  int
	}{
		"store_id": {nil, 9996}, "sub_openid": {strings.Repeat("o", 33), 9996}, "device_no": {"T01", 9996}, "attach": {"x", 200}, "total_fee": {nil, 9996},
	} {
		ft := newFubeiTill(t)
		b := ft.minaBiz("M1")
		if b[name] = c.value; c.value == nil {
			delete(b, name)
		}
		if a := ft.call("openapi.payment.order.mina", b); a.code != c.want {
			t.Error(name, a)
		}
	}
}

// TestFubeiStrictEnvelope spoils the envelope, properly signed unless the row is
// about the sign.
func TestFubeiStrictEnvelope(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"app_id", "-", "9996"}, {"app_id", "", "9996"}, {"app_id", "20170601202131300800", "1004"}, {"vendor_sn", "2020010100000000001a", "9996"},
		{"method", "-", "9996"}, {"method", "openapi.payment.order.scan", "9996"}, {"method", "fbpay.order.pay", "9996"},
		{"method", "openapi.agent.order.bill.download", "9996"},
		{"format", "xml", "9996"}, {"format", "-", "200"}, {"format", "", "9996"}, {"sign_method", "MD5", "9996"}, {"sign_method", "-", "200"},
		{"sign_type", "md5", "9996"}, {"version", "3.0", "9996"}, {"version", "-", "200"}, {"version", "2.0", "200"},
		{"nonce", "-", "9996"}, {"nonce", strings.Repeat("n", 33), "9996"}, {"nonce", "used", "9996"}, {"nonce", strings.Repeat("n", 32), "200"},
		{"biz_content", "-", "9996"}, {"biz_content", "[]", "9996"}, {"biz_content", `{"merchant_order_sn":"F0","merchant_order_sn":"F0"}`, "9996"},
		{"biz_content", `{"merchant_order_sn":null}`, "9996"}, {"biz_content", `{"attach":"\订\单"}`, "9996"}, {"biz_content", "{}", "9996"},
		{"sign", "-", "9996"}, {"sign", "7FF51930705AF5624F32473647251584", "9996"}, {"sign", "lower", "9996"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			ft := newFubeiTill(t)
			ft.says(ft.pay("F0", ft.code("00")), "SUCCESS")
			used := ft.envelope("openapi.payment.order.query", `{"merchant_order_sn":"F0"}`)
			used["nonce"] = "used"
			ft.takes(ft.send(used))
			p := ft.envelope("openapi.payment.order.query", `{"merchant_order_sn":"F0"}`)
			if p[c.name] = c.value; c.name == "sign" && c.value == "lower" {
				p["sign"] = strings.ToLower(fubeiSigned(p, ft.acct.APIKey))
			}
			if c.value == "-" {
				delete(p, c.name)
			}
			if _, has := p["sign"]; !has && c.name != "sign" {
				p["sign"] = fubeiSigned(p, ft.acct.APIKey)
			}
			text, _ := json.Marshal(p)
			if a := ft.post("/gateway", string(text)); fmt.Sprint(a.code) != c.want {
				t.Errorf("%v, want %s", a, c.want)
			}
		})
	}
}

func TestFubeiStrictHTTP(t *testing.T) {
	ft := newFubeiTill(t)
	p := ft.envelope("openapi.get.time", "{}")
	p["sign"] = fubeiSigned(p, ft.acct.APIKey)
	text, _ := json.Marshal(p)
	header := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", v) }
	}
	for _, c := range []struct {
		path, body string
		change     func(*http.Request)
		want       string
	}{
		{"/gateway/", string(text), header("application/json; charset=utf-8"), "404 0"},
		{"/gateway?x=1", string(text), header("application/json; charset=utf-8"), "404 0"},
		{"/gateway", string(text), func(r *http.Request) { r.Method = "PUT" }, "405 0"},
		{"/gateway", string(text), header("application/json"), "200 9996"},
		{"/gateway", string(text), header("application/x-www-form-urlencoded; charset=utf-8"), "200 9996"},
		{"/gateway", string(text) + strings.Repeat(" ", 1<<20), header("application/json; charset=utf-8"), "413 0"},
		{"/gateway", "{", header("application/json; charset=utf-8"), "200 9996"},
		{"/gateway", "\xff", header("application/json; charset=utf-8"), "200 9996"},
		{"/gateway", `{"app_id":1}`, header("application/json; charset=utf-8"), "200 9996"},
		{"/gateway", string(text[:len(text)-1]) + `,"app_id":"x"}`, header("application/json; charset=utf-8"), "200 9996"},
		{"/gateway/agent", string(text), header("application/json; charset=utf-8"), "200 9996"}, // 1.0's method
		{"/gateway/cate", string(text), header("application/json; charset=utf-8"), "200 9996"},
	} {
		a := ft.post(c.path, c.body, c.change)
		if got := fmt.Sprint(a.status, a.code); got != c.want {
			t.Errorf("%s %.30s: %s, want %s", c.path, c.body, got, c.want)
		}
	}
	again := ft.envelope("openapi.get.time", "{}")
	if a := ft.takes(ft.send(again)); a.get("time") != fmt.Sprint(noon.Unix()) {
		t.Error(a)
	}
	if n := len(ft.box.Books().Requests); n != 13 {
		t.Error(n, "requests in the log")
	}
}

// TestFubeiLevels: who may call what, for whom (§1).
func TestFubeiLevels(t *testing.T) {
	ft := newFubeiTill(t)
	vendor := ft.as(sandbox.FubeiVendor, true)
	vendor.says(vendor.pay("V1", vendor.code("00")), "SUCCESS")
	// One shop, whoever asks for it.
	shop := ft.as(sandbox.FubeiMerchant, true)
	if a := shop.says(shop.query("V1"), "SUCCESS"); a.get("merchant_id") != "3000001" || a.get("total_amount") != "12.3" || a.get("finish_time") == "" {
		t.Error(a)
	}
	if a := ft.says(ft.query("V1"), "SUCCESS"); a.get("total_fee") != "12.3" || a.get("pay_time") != fmt.Sprint(noon.Unix()) {
		t.Error(a)
	}
	if a := shop.pay("V1", shop.code("00")); a.sub != "OUT_TRADE_NO_USED" {
		t.Error(a)
	}
	b := vendor.payBiz("V2", vendor.code("00"))
	for id, want := range map[any]int{nil: 9996, 3000002: 1004, "3000001": 9996} {
		c := maps.Clone(b)
		if c["merchant_id"] = id; id == nil {
			delete(c, "merchant_id")
		}
		text, _ := json.Marshal(c)
		if a := vendor.send(vendor.envelope("fbpay.order.pay", string(text))); a.code != want {
			t.Error(id, a)
		}
	}
	one := ft.as(sandbox.FubeiVendor, false)
	if a := one.query("V1"); a.code != 9996 {
		t.Error("a vendor in 1.0:", a)
	}
	if o := ft.order("V1"); o.MchID != vendor.acct.VendorSN || o.SubMchID != "3000001" {
		t.Errorf("%+v", o)
	}
}

// TestFubeiCodes: a code once, and not when it is old.
func TestFubeiCodes(t *testing.T) {
	ft := newFubeiTill(t)
	code := ft.code("00")
	ft.says(ft.pay("F1", code), "SUCCESS")
	if a := ft.pay("F2", code); a.sub != "AUTH_CODE_INVALID" {
		t.Error(a)
	}
	old := ft.code("12")
	ft.pay("F3", old)
	ft.clock.pass(2 * time.Minute)
	ft.box.Faults().Clear()
	if a := ft.pay("F4", old); a.sub != "AUTHCODEEXPIRE" {
		t.Error(a)
	}
	for code, kind := range map[string]int{"2800000000000000" + "00": 2, "6280000000000000" + "000": 5} {
		b := ft.payBiz("W"+code[:2], code)
		if b["type"] = kind; ft.takes(ft.call("openapi.payment.order.swipe", b)).get("type") != fmt.Sprint(kind) {
			t.Error(code)
		}
		if bad := ft.payBiz("X"+code[:2], code+"9"); kind == 5 && ft.call("openapi.payment.order.swipe", bad).sub != "AUTH_CODE_INVALID" {
			t.Error(code, "9")
		}
	}
	union := ft.as(sandbox.FubeiMerchant, true)
	b := union.payBiz("U1", "6281111111111111100")
	if b["timeout_express"] = "20261130120000"; union.call("fbpay.order.pay", b).code != 9996 {
		t.Error("timeout_express for UnionPay")
	}
}
