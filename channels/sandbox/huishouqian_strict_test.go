package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestHuishouqianEnvelope breaks each rule of the envelope (§1 to §3).
func TestHuishouqianEnvelope(t *testing.T) {
	content := `{"transNo":"Q1","queryType":"2"}`
	for name, v := range map[string]struct {
		change func(ht *hsqTill, e url.Values) string // "" signs and encodes e
		code   string
		about  string
		bare   bool // the refusal cannot be signed
	}{
		"method unknown": {func(ht *hsqTill, e url.Values) string { e.Set("method", "POLYMERIZE_CLOSE"); return "" }, "200002", "method", false},
		"version":        {func(ht *hsqTill, e url.Values) string { e.Set("version", "1.0.0"); return "" }, "200002", "version", true},
		"format":         {func(ht *hsqTill, e url.Values) string { e.Set("format", "xml"); return "" }, "200002", "format", true},
		"merchant":       {func(ht *hsqTill, e url.Values) string { e.Set("merchantNo", "8000000027"); return "" }, "200201", "", true},
		"merchant long":  {func(ht *hsqTill, e url.Values) string { e.Set("merchantNo", strings.Repeat("8", 17)); return "" }, "200002", "merchantNo", true},
		"CFCA":           {func(ht *hsqTill, e url.Values) string { e.Set("signType", "CFCA"); return "" }, "200002", "signType", true},
		"missing":        {func(ht *hsqTill, e url.Values) string { e.Del("format"); return "" }, "200002", "format", true},
		"empty":          {func(ht *hsqTill, e url.Values) string { e.Set("signContent", ""); return "" }, "200002", "signContent", true},
		"unknown field":  {func(ht *hsqTill, e url.Values) string { e.Set("charset", "UTF-8"); return "" }, "200002", "charset", true},
		"key in body":    {func(ht *hsqTill, e url.Values) string { e.Set("key", ht.acct.APIKey); return "" }, "200002", "key", true},
		"twice":          {func(ht *hsqTill, e url.Values) string { return e.Encode() + "&format=JSON" }, "200002", "format", true},
		"not a form":     {func(ht *hsqTill, e url.Values) string { return "%zz" }, "200002", "body", true},
		"upper-case": {func(ht *hsqTill, e url.Values) string {
			e.Set("sign", strings.ToUpper(e.Get("sign")))
			return e.Encode()
		}, "200115", "验签失败", false},
		"sign of other bytes": {func(ht *hsqTill, e url.Values) string {
			e.Set("signContent", content+" ")
			return e.Encode()
		}, "200115", "验签失败", false},
		"sign short": {func(ht *hsqTill, e url.Values) string { e.Set("sign", e.Get("sign")[:128]); return e.Encode() }, "200115", "验签失败", false},
		"sign sorted": {func(ht *hsqTill, e url.Values) string {
			e.Set("sign", ht.sign("format=JSON&merchantNo="+ht.acct.MchID+"&method=POLYMERIZE_QUERY&signContent="+content+"&signType=RSA2&version=1.0&key="+ht.acct.APIKey))
			return e.Encode()
		}, "200115", "验签失败", false},
		"sign without key": {func(ht *hsqTill, e url.Values) string {
			text, _, _ := strings.Cut(ht.text(e), "&key=")
			e.Set("sign", ht.sign(text))
			return e.Encode()
		}, "200115", "验签失败", false},
		"content twice": {func(ht *hsqTill, e url.Values) string {
			e.Set("signContent", `{"transNo":"1","transNo":"2"}`)
			return ""
		}, "200002", "twice", false},
		"content list":   {func(ht *hsqTill, e url.Values) string { e.Set("signContent", `[1]`); return "" }, "200002", "signContent", false},
		"content broken": {func(ht *hsqTill, e url.Values) string { e.Set("signContent", `{"transNo"`); return "" }, "200002", "signContent", false},
	} {
		t.Run(name, func(t *testing.T) {
			ht := newHsqTill(t)
			e := ht.envelope("POLYMERIZE_QUERY", content)
			body := v.change(ht, e)
			if body == "" {
				e.Set("sign", ht.sign(ht.text(e)))
				body = e.Encode()
			}
			a := ht.post(body)
			if v.bare {
				if a.bad == nil || a.bad.Error() != "unsigned" || a.code != v.code || !strings.Contains(a.message, v.about) {
					t.Error(a)
				}
				return
			}
			ht.refuses(a, v.code, v.about)
		})
	}
}

// TestHuishouqianTransport: one POST of a form to one address.
func TestHuishouqianTransport(t *testing.T) {
	ht := newHsqTill(t)
	body := ht.envelope("POLYMERIZE_QUERY", `{"transNo":"Q1","queryType":"2"}`).Encode()
	for name, change := range map[string]func(*http.Request){
		"GET":   func(r *http.Request) { r.Method = "GET" },
		"query": func(r *http.Request) { r.URL.RawQuery = "a=1" },
		"JSON":  func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
	} {
		if a := ht.post(body, change); a.code != "200002" || a.bad == nil {
			t.Error(name, a)
		}
	}
	if a := ht.post(body, func(r *http.Request) { r.URL.Path = "/api/other" }); a.status != 404 {
		t.Error(a)
	}
	e := ht.envelope("POLYMERIZE_QUERY", `{"transNo":"Q1","queryType":"2"}`)
	e.Set("format", "json")
	e.Set("sign", ht.sign(ht.text(e)))
	ht.refuses(ht.post(e.Encode()), "200004", "") // both spellings are taken, as signed
}

// TestHuishouqianTables breaks each row of the tables.
func TestHuishouqianTables(t *testing.T) {
	long := func(n int) string { return strings.Repeat("长", n) }
	const pay, applet, refund = "POLYMERIZE_BE_SWEPTN", "POLYMERIZE_MAIN_SWEPTN", "POLYMERIZE_REFUND"
	for _, v := range []struct {
		method, field string
		value         any
		code          string
	}{
		{pay, "transNo", "-", "200002"}, {pay, "transNo", "", "200002"}, {pay, "transNo", strings.Repeat("1", 65), "200002"},
		{pay, "transNo", "a b", "200002"}, {pay, "transNo", 12, "200002"},
		{pay, "payType", "-", "200302"}, {pay, "payType", "UNION_MICROPAY", "200015"}, {pay, "payType", "WQF_APPLET", "200015"},
		{pay, "orderAmt", "-", "100503"}, {pay, "orderAmt", 1000, "100503"}, {pay, "orderAmt", "10.00", "100503"}, {pay, "orderAmt", "0", "100503"},
		{pay, "orderAmt", "-1", "100503"}, {pay, "orderAmt", "0100", "100503"}, {pay, "orderAmt", strings.Repeat("9", 17), "100503"},
		{pay, "goodsInfo", "-", "200002"}, {pay, "goodsInfo", "", "200002"}, {pay, "goodsInfo", long(129), "200002"},
		{pay, "requestDate", "-", "200002"}, {pay, "requestDate", "2026-11-24 12:00:00", "200002"}, {pay, "requestDate", "20261124115000", "200002"},
		{pay, "requestDate", "20261124121000", "200002"}, {pay, "requestDate", "20261124040000", "200002"},
		{pay, "payCode", "-", "200002"}, {pay, "payCode", "", "200002"}, {pay, "payCode", "13x", "200002"},
		{pay, "returnUrl", "shop", "200002"}, {pay, "returnUrl", "https://" + strings.Repeat("x", 121), "200002"},
		{pay, "extend", "", "200002"}, {pay, "extend", long(129), "200002"}, {pay, "subMerchantNo", "", "200002"},
		{pay, "subMerchantNo", "8000000127", "200204"}, {pay, "subMerchantNo", "8500000000101", "200203"},
		{pay, "transType", "2", "200002"}, {pay, "merchantNo", "8000000026", "200002"}, {pay, "currency", "CNY", "200002"},
		{pay, "memo", map[string]any{"timeExpire": "20261124120200"}, "200002"}, {pay, "memo", "", "200002"}, {pay, "memo", "{", "200002"},
		{pay, "memo", `{"timeExpire":"20261124120000"}`, "100204"}, {pay, "memo", `{"timeExpire":"x"}`, "200002"},
		{pay, "memo", `{"spbillCreateIp":"shop"}`, "200002"}, {pay, "memo", `{"longitude":"east"}`, "200002"}, {pay, "memo", `{"areaInfo":"123456"}`, "200002"},
		{pay, "memo", `{"openid":"x"}`, "200002"}, {pay, "memo", `{"channel_options":{"include_pay_channels":["INDIVIDUAL"]}}`, "200002"},
		{pay, "memo", `{"a":1,"a":2}`, "200002"}, {pay, "memo", `{"paylimit":"` + long(500) + `"}`, "200002"},
		{applet, "payCode", "134567890123456789", "200002"}, {applet, "payType", "WECHAT_MICROPAY", "200015"}, {applet, "totalOrderAmt", "2", "200118"},
		{applet, "memo", `{"front_callback_url":{"mp_path":"` + strings.Repeat("x", 600) + `"}}`, "200002"},
		{applet, "memo", `{"front_callback_url":{"mp_appid":"` + strings.Repeat("x", 65) + `"}}`, "200002"},
		{applet, "memo", `{"front_callback_url":{"mp_other":"x"}}`, "200002"}, {applet, "memo", `{"front_callback_url":"x"}`, "200002"},
		{applet, "memo", `{"front_callback_url":["x"]}`, "200002"}, {applet, "memo", `{"channel_options":{"include_pay_channels":["COMPANY"]}}`, "200002"},
		{applet, "memo", `{"channel_options":{"include_bank_snames":[]}}`, "200002"}, {applet, "memo", `{"channel_options":{"banks":["PAB"]}}`, "200002"},
		{applet, "memo", `{"channel_options":{"include_bank_snames":["` + strings.Repeat("P", 65) + `"]}}`, "200002"},
		{applet, "memo", `{"payer_options":[]}`, "200002"}, {applet, "memo", `{"payer_options":[{"assign_pay_type":"ENTERPRISE","payer_name":"plain"}]}`, "200002"},
		{applet, "memo", `{"payer_options":[{"assign_pay_type":"ENTERPRISE"}]}`, "200002"}, {applet, "memo", `{"payer_options":{"assign_pay_type":"ENTERPRISE"}}`, "200002"},
		{refund, "transNo", "-", "200002"}, {refund, "origTransNo", "-", "200002"}, {refund, "origOrderAmt", "-", "100503"}, {refund, "orderAmt", "1.0", "100503"},
		{refund, "refundType", "1", "200002"}, {refund, "refundType", "-", "200002"}, {refund, "requestDate", "20261124115000", "200002"},
		{refund, "refundReason", "", "200002"}, {refund, "goodsInfo", "x", "200002"}, {refund, "origTransNo", "D9", "200004"},
		{"POLYMERIZE_QUERY", "queryType", "-", "200002"}, {"POLYMERIZE_QUERY", "queryType", "1", "200002"}, {"POLYMERIZE_QUERY", "transNo", "D9", "200004"},
		{"POLYMERIZE_REFUND_QUERY", "origTransNo", "D1", "200002"}, {"POLYMERIZE_REFUND_QUERY", "transNo", "D1", "100211"},
		{"QUERY_TRADE_FILE", "batchDate", "2026-11-23", "200002"}, {"QUERY_TRADE_FILE", "batchDate", "20261125", "200002"},
		{"QUERY_TRADE_FILE", "batchDate", "20260101", "200002"}, {"QUERY_TRADE_FILE", "billType", "2", "200002"},
	} {
		ht := newHsqTill(t)
		f := map[string]hsqForm{
			pay: ht.payFields("D1", ht.code("00")), applet: ht.appletFields("D1"), refund: ht.refundFields("D1", "R1", "1"),
			"POLYMERIZE_QUERY": {"transNo": "D1", "queryType": "2"}, "POLYMERIZE_REFUND_QUERY": {"transNo": "R1"},
			"QUERY_TRADE_FILE": {"batchDate": "20261123", "billType": "1"},
		}[v.method]
		f[v.field] = v.value
		a := ht.call(v.method, f)
		if a.bad != nil || a.outer["success"] != false || a.code != v.code {
			t.Errorf("%s %s=%v: want %s, got %v", v.method, v.field, v.value, v.code, a)
		}
		if _, booked := ht.box.Books().Order("D1"); booked {
			t.Error("booked", v)
		}
	}
}

// TestHuishouqianLimits takes what is just inside.
func TestHuishouqianLimits(t *testing.T) {
	ht := newHsqTill(t)
	f := ht.payFields(strings.Repeat("z", 64), ht.code("00"))
	f["goodsInfo"], f["extend"], f["returnUrl"] = strings.Repeat("长", 128), strings.Repeat("长", 128), ""
	f["orderAmt"] = strings.Repeat("9", 16)
	f["requestDate"] = ht.at(-10*time.Minute + time.Second)
	delete(f, "memo")
	delete(f, "subMerchantNo")
	ht.says(ht.call("POLYMERIZE_BE_SWEPTN", f), "SUCCESS", "000000")
	f = ht.payFields("A1", "28123456789012345600")
	f["payType"] = "ALI_BARCODEPAY"
	f["requestDate"] = ht.at(10*time.Minute - time.Second)
	f["memo"] = `{"timeExpire":"` + ht.at(11*time.Minute) + `"}`
	ht.says(ht.call("POLYMERIZE_BE_SWEPTN", f), "SUCCESS", "000000")
	// The seed's sample of an order, but for its dates.
	ht.says(ht.call("POLYMERIZE_MAIN_SWEPTN", hsqForm{
		"extend": "222,11", "payType": "WQF_APPLET", "transType": "2", "requestDate": ht.now(),
		"memo":     `{"timeExpire":"","timeStart":"","idType":"1","idName":"","openid":"","appid":"","latitude":"","front_callback_url":"{\"mp_appid\":\"https://h5.dsibc.com/api/payCallback/pgCallback/ALI_H5/\",\"mp_username\":\"1111\",\"mp_path\":\"https://h5.dsibc.com/api/payCallback/pgCallback/ALI_H5/\",\"mp_urlscheme\":\"222222\"}","idNo":"","spbillCreateIp":"","paylimit":"","longitude":""}`,
		"orderAmt": "1", "totalOrderAmt": "1", "transNo": "202410140944207361622463", "returnUrl": "", "unionInfo": "",
		"goodsInfo": "微企付小程序商品信息", "bizOrderNo": "",
	}), "PROCESSING", "100201")
}
