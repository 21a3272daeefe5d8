package sandbox_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

func TestPay(t *testing.T) {
	for _, mode := range []string{sandbox.Institution, sandbox.Direct} {
		t.Run(mode, func(t *testing.T) {
			tl := newTill(t, mode)
			paid := tl.pay("A1", tl.code("95"))
			tl.says(paid, "SUCCESS")
			if paid.get("out_trade_no") != "A1" || paid.get("amount.total") != 888.0 || paid.get("amount.payer_total") != 816.0 ||
				paid.get("amount.payer_currency") != "CNY" || paid.get("success_time") != "2026-11-24T12:00:00+08:00" {
				t.Error(paid)
			}
			for _, h := range []string{"Date", "Request-Id"} {
				if paid.header.Get(h) == "" {
					t.Error("no header", h)
				}
			}
			again := tl.query("A1")
			tl.says(again, "SUCCESS")
			if !bytes.Equal(again.body, paid.body) {
				t.Errorf("query differs: %v", again)
			}
			byID := tl.do("GET", "/v3/global/transactions/id/"+paid.get("id").(string)+"?"+tl.ids(), "")
			tl.says(byID, "SUCCESS")
			tl.refuses(tl.query("A2"), 404, "ORDER_NOT_EXIST")
			if o := tl.order("A1"); o.Charged != 888 || o.PaidAt != noon {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestReentry(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	code := tl.code("00")
	first := tl.pay("A1", code)
	again := tl.pay("A1", code)
	tl.says(again, "SUCCESS")
	if !bytes.Equal(first.body, again.body) {
		t.Error("the same call has another answer")
	}
	// The order of members and blanks are no business parameters.
	tl.says(tl.do("POST", payPath, " "+tl.payBody("A1", code, 888, "HKD")), "SUCCESS")
	tl.refuses(tl.do("POST", payPath, tl.payBody("A1", code, 889, "HKD")), 403, "OUT_TRADE_NO_USED")
	tl.refuses(tl.pay("A2", code), 400, "AUTH_CODE_INVALID")

	pin := tl.code("03")
	tl.says(tl.pay("B1", pin), "USERPAYING")
	tl.refuses(tl.do("POST", payPath, tl.payBody("B1", pin, 889, "HKD")), 400, "INVALID_REQUEST")
	tl.refuses(tl.pay("B1", tl.code("00")), 400, "AUTH_CODE_INVALID")
	tl.clock.pass(20 * time.Second)
	if a := tl.revoke("B1"); a.status != 204 {
		t.Fatal(a)
	}
	tl.refuses(tl.pay("B1", pin), 400, "ORDER_REVERSED")
	if sum := tl.box.Books().Charged()["HKD"]; sum != 888 {
		t.Error("charged", sum)
	}
}

func TestCodes(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	for _, code := range []string{"280000000000000000", "160000000000000000", "13000000000000000", "1300000000000000000", "13000000000000000x"} {
		tl.refuses(tl.pay("A1", code), 400, "AUTH_CODE_INVALID")
	}
	shown, err := tl.box.Phone().Show("wechat", "")
	if err != nil {
		t.Fatal(err)
	}
	tl.clock.pass(61 * time.Second)
	tl.refuses(tl.pay("A2", shown.Code), 403, "AUTH_CODE_EXPIRE")
	hk, err := tl.box.Phone().Show("wechat-hk", "12")
	if err != nil || !strings.HasPrefix(hk.Code, "15") || !strings.HasSuffix(hk.Code, "12") || len(hk.Code) != 18 {
		t.Fatal(hk, err)
	}
}

func TestHongKongWalletPaysInItsOwnMoney(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	a := tl.pay("A1", "150000000000000100")
	if a.get("amount.payer_currency") != "HKD" || a.get("amount.payer_total") != 888.0 {
		t.Error(a)
	}
	yen := tl.do("POST", payPath, tl.payBody("A2", tl.code("00"), 100, "JPY"))
	tl.says(yen, "SUCCESS")
	if yen.get("amount.total") != 100.0 || yen.get("amount.payer_total") != 480.0 { // 100 yen are 4.80 yuan
		t.Error(yen)
	}
}

func TestRefusesBadBodies(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	good := tl.payBody("A1", tl.code("00"), 888, "HKD")
	for _, v := range []struct{ name, old, new, field string }{
		{"unknown member", `"trade_type"`, `"notify_url":"https://x/","trade_type"`, "#/properties/notify_url"},
		{"nested unknown", `"auth_code"`, `"openid":"x","auth_code"`, "#/properties/payer/properties/openid"},
		{"twice", `"trade_type":"MICROPAY"`, `"trade_type":"MICROPAY","trade_type":"MICROPAY"`, "#/properties/trade_type"},
		{"other mode", `"sp_mchid":"10000100",`, `"sp_mchid":"10000100","mchid":"10000100",`, "#/properties/mchid"},
		{"missing", `"description":"奶茶",`, ``, "#/properties/description"},
		{"missing in object", `,"currency":"HKD"`, ``, "#/properties/amount/properties/currency"},
		{"empty", `"description":"奶茶"`, `"description":""`, "#/properties/description"},
		{"null", `"description":"奶茶"`, `"description":null`, "#/properties/description"},
		{"too long", `奶茶`, strings.Repeat("奶", 128), "#/properties/description"},
		{"emoji", `奶茶`, "🧋", "#/properties/description"},
		{"escaped emoji", `奶茶`, `\ud83e\uddcb`, "#/properties/description"},
		{"half a pair", `奶茶`, `\ud83e`, "#/properties/description"},
		{"text for number", `"total":888`, `"total":"888"`, "#/properties/amount/properties/total"},
		{"fraction", `"total":888`, `"total":888.0`, "#/properties/amount/properties/total"},
		{"exponent", `"total":888`, `"total":8e2`, "#/properties/amount/properties/total"},
		{"huge", `"total":888`, `"total":9223372036854775808`, "#/properties/amount/properties/total"},
		{"nothing", `"total":888`, `"total":0`, "#/properties/amount/properties/total"},
		{"negative", `"total":888`, `"total":-1`, "#/properties/amount/properties/total"},
		{"currency", `"HKD"`, `"PLN"`, "#/properties/amount/properties/currency"},
		{"lower case", `"HKD"`, `"hkd"`, "#/properties/amount/properties/currency"},
		{"trade type", `MICROPAY`, `NATIVE`, "#/properties/trade_type"},
		{"limit_pay", `"trade_type"`, `"limit_pay":"no_debit","trade_type"`, "#/properties/limit_pay"},
		{"number", `"A1"`, `"A 1"`, "#/properties/out_trade_no"},
		{"long number", `"A1"`, `"` + strings.Repeat("1", 33) + `"`, "#/properties/out_trade_no"},
		{"store", `"device_id":"T01"`, `"store_info":{"id":"1","name":"x"}`, "#/properties/scene_info/properties/store_info/properties/address"},
		{"detail object", `"trade_type"`, `"detail":{},"trade_type"`, "#/properties/detail"},
		{"goods", `"trade_type"`, `"detail":[{"goods_detail":[{"goods_id":"a b","quantity":1,"price":1}]}],"trade_type"`,
			"#/properties/detail/items/0/properties/goods_detail/items/0/properties/goods_id"},
		{"quantity", `"trade_type"`, `"detail":[{"goods_detail":[{"goods_id":"a","quantity":0,"price":1}]}],"trade_type"`,
			"#/properties/detail/items/0/properties/goods_detail/items/0/properties/quantity"},
		{"cost", `"trade_type"`, `"detail":[{"cost_price":0}],"trade_type"`, "#/properties/detail/items/0/properties/cost_price"},
		{"not json", `{"sp_mchid"`, `{{"sp_mchid"`, "#"},
		{"not utf-8", `奶茶`, "\xff", "#"},
	} {
		t.Run(v.name, func(t *testing.T) {
			body := strings.Replace(good, v.old, v.new, 1)
			if body == good {
				t.Fatal("nothing was changed")
			}
			tl := *tl
			tl.t = t
			a := tl.do("POST", payPath, body)
			tl.refuses(a, 400, "PARAM_ERROR")
			if a.get("detail.field") != v.field || a.get("detail.location") != "body" || a.get("detail.issue") == "" {
				t.Error(a)
			}
		})
	}
	if n := len(tl.box.Books().Orders); n != 0 {
		t.Error(n, "orders were booked")
	}
	full := strings.Replace(good, `"trade_type"`, `"attach":"a","goods_tag":"g","limit_pay":"no_credit","detail":[{"cost_price":888,"receipt_id":"r","goods_detail":[{"goods_id":"iphone6s_16G","wxpay_goods_id":"1","goods_name":"n","quantity":1,"price":0}]}],"trade_type"`, 1)
	full = strings.Replace(full, `"device_id":"T01"`, `"device_id":"T01","device_ip":"::1","payer_client_ip":"192.0.2.1","operator_id":"c","store_info":{"id":"1","name":"n","address":"a"}`, 1)
	tl.says(tl.do("POST", payPath, full), "SUCCESS")
}

func TestRefusesBadProof(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	auth := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	for name, change := range map[string]func(*http.Request){
		"none":          func(r *http.Request) { r.Header.Del("Authorization") },
		"two":           func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"scheme":        auth("WECHATPAY2-", "WECHATPAY3-"),
		"blank":         auth(",", ", "),
		"unquoted":      auth(`mchid="10000100"`, `mchid=10000100`),
		"twice":         auth(`,nonce_str`, `,mchid="10000100",nonce_str`),
		"unknown item":  auth(`,nonce_str`, `,x="1",nonce_str`),
		"missing":       auth(`mchid="10000100",`, ``),
		"sub-merchant":  auth(`mchid="10000100"`, `mchid="20000100"`),
		"other account": auth(`mchid="10000100"`, `mchid="1900000109"`),
		"serial":        auth(`serial_no="`, `serial_no="00`),
		"signature":     auth(`signature="`, `signature="AAAA`),
		"path":          func(r *http.Request) { r.URL.RawQuery += "&a=b" },
	} {
		t.Run(name, func(t *testing.T) {
			a := tl.do("GET", "/v3/global/transactions/out-trade-no/A1?"+tl.ids(), "", change)
			if a.status != 401 || a.get("code") != "SIGN_ERROR" || !a.verified {
				t.Fatal(a)
			}
			if m, _ := a.get("detail.sign_information.truncated_sign_message").(string); !strings.HasPrefix(m, "GET\n/v3/global/transactions/") {
				t.Error(a)
			}
			if !strings.HasSuffix(a.header.Get("Request-Id"), "-270283348") {
				t.Error(a.header)
			}
		})
	}
}

func TestTimestamps(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.says(tl.pay("A1", tl.code("00")), "SUCCESS")
	for off, ok := range map[time.Duration]bool{-301 * time.Second: false, -300 * time.Second: true, 300 * time.Second: true, 301 * time.Second: false} {
		tl.box.Faults().ClockOffset(off)
		a := tl.query("A1")
		if want := map[bool]int{true: 200, false: 401}[ok]; a.status != want {
			t.Errorf("%v: %v", off, a)
		}
		date, err := http.ParseTime(a.header.Get("Date"))
		if err != nil || date.Sub(tl.clock.Now()) != off {
			t.Errorf("%v: Date says %v", off, date)
		}
	}
	tl.box.Faults().Clear()
	req := tl.request("GET", "/v3/global/certificates", "")
	for _, want := range []int{200, 401} { // the second is a resend of the same bytes
		res, err := tl.web.Do(req.Clone(t.Context()))
		if err != nil || res.StatusCode != want {
			t.Fatal(res, err)
		}
		res.Body.Close()
	}
}

func TestRefusesBadHeaders(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	body := tl.payBody("A1", tl.code("00"), 888, "HKD")
	for name, change := range map[string]func(*http.Request){
		"accept":       func(r *http.Request) { r.Header.Del("Accept") },
		"text only":    func(r *http.Request) { r.Header.Set("Accept", "text/html") },
		"user agent":   func(r *http.Request) { r.Header.Del("User-Agent") },
		"library":      func(r *http.Request) { r.Header.Set("User-Agent", "Go-http-client/1.1") },
		"content type": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
	} {
		if a := tl.do("POST", payPath, body, change); a.status != 400 || a.get("code") != "INVALID_REQUEST" {
			t.Error(name, a)
		}
	}
	tl.refuses(tl.do("POST", "/v3/global/transactions/micropay", body), 404, "NOT_FOUND")
	tl.refuses(tl.do("PUT", payPath, body), 404, "NOT_FOUND")
}

func TestIdentity(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	body := func(old, new string) string {
		return strings.Replace(tl.payBody("A1", tl.code("00"), 888, "HKD"), old, new, 1)
	}
	tl.refuses(tl.do("POST", payPath, body("10000100", "10000101")), 403, "NO_AUTH")
	tl.refuses(tl.do("POST", payPath, body("20000100", "20000101")), 403, "NO_AUTH")
	tl.refuses(tl.do("POST", payPath, body("wxdace", "wxface")), 400, "APPID_MCHID_NOT_MATCH")
	const at = "/v3/global/transactions/out-trade-no/A1"
	for uri, code := range map[string]string{
		at: "PARAM_ERROR", at + "?": "PARAM_ERROR", at + "?sp_mchid=10000100": "PARAM_ERROR",
		at + "?mchid=10000100":                                             "PARAM_ERROR",
		at + "?sp_mchid=10000100&sub_mchid=20000100&x=1":                   "PARAM_ERROR",
		at + "?sp_mchid=10000100&sub_mchid=20000100&sub_mchid=1":           "PARAM_ERROR",
		at + "%20?sp_mchid=10000100&sub_mchid=20000100":                    "PARAM_ERROR",
		"/v3/global/transactions/id/x-1?sp_mchid=1&sub_mchid=2":            "PARAM_ERROR",
		"/v3/global/transactions/out-trade-no/A1/x?" + tl.ids():            "NOT_FOUND",
		"/v3/global/refunds?out_trade_no=A1&offset=0&" + tl.ids():          "PARAM_ERROR",
		"/v3/global/refunds?out_trade_no=A1&offset=-1&count=1&" + tl.ids(): "PARAM_ERROR",
	} {
		if a := tl.do("GET", uri, ""); a.get("code") != code || !a.verified {
			t.Error(uri, a)
		}
	}
}

func TestEscapedNumbers(t *testing.T) {
	tl := newTill(t, sandbox.Direct)
	tl.says(tl.pay("A_b-1|2*3", tl.code("00")), "SUCCESS")
	tl.says(tl.query("A_b-1%7C2%2A3"), "SUCCESS") // vector G5's number
}

func TestRevoke(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.says(tl.pay("A1", tl.code("00")), "SUCCESS")
	tl.clock.pass(14 * time.Second)
	tl.refuses(tl.revoke("A1"), 400, "INVALID_REQUEST")
	tl.clock.pass(time.Second)
	for range 2 { // re-entrant
		if a := tl.revoke("A1"); a.status != 204 || len(a.body) != 0 || !a.verified {
			t.Fatal(a, a.verified)
		}
	}
	tl.says(tl.query("A1"), "REFUND")
	if o := tl.order("A1"); o.Charged != 0 || o.RevokedAt != noon.Add(15*time.Second) || len(o.Refunds) != 1 || !o.Refunds[0].ByRevoke {
		t.Errorf("%+v", o)
	}
	list := tl.do("GET", "/v3/global/refunds?out_trade_no=A1&offset=0&count=10&"+tl.ids(), "")
	if list.get("total_num") != 1.0 {
		t.Error(list)
	}
	tl.refuses(tl.refund("A1", "R1", 1, 888), 400, "INVALID_REQUEST")

	tl.says(tl.pay("A2", tl.code("03")), "USERPAYING")
	tl.clock.pass(46 * time.Second)
	tl.says(tl.query("A2"), "CLOSED")
	if a := tl.revoke("A2"); a.status != 204 {
		t.Fatal(a)
	}
	tl.says(tl.query("A2"), "REVOKED")

	byID := tl.pay("A3", tl.code("00")).get("id").(string)
	tl.clock.pass(12 * time.Hour) // and past midnight in Beijing
	late := tl.do("POST", "/v3/global/micropay/transactions/id/"+byID+"/reverse", `{"sp_mchid":"10000100","sub_mchid":"20000100"}`)
	tl.refuses(late, 400, "INVALID_REQUEST")
	if !strings.HasSuffix(late.header.Get("Request-Id"), "-268449386") {
		t.Error(late.header)
	}
	if a := tl.revoke("nobody"); a.status != 204 {
		t.Error(a)
	}
	tl.refuses(newTill(t, sandbox.Institution, func(c *sandbox.Config) { c.RevokeMissing = 404 }).revoke("nobody"), 404, "ORDER_NOT_EXIST")
}

func TestRefunds(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	id := tl.pay("A1", tl.code("00")).get("id")
	tl.refuses(tl.refund("A9", "R1", 100, 888), 404, "ORDER_NOT_EXIST")
	tl.refuses(tl.refund("A1", "R1", 100, 887), 400, "INVALID_REQUEST")
	tl.refuses(tl.refund("A1", "R1", 889, 888), 400, "INVALID_REQUEST")
	first := tl.refund("A1", "R1", 800, 888)
	again := tl.refund("A1", "R1", 800, 888)
	if first.status != 200 || !bytes.Equal(first.body, again.body) || !again.verified || first.get("status") != nil {
		t.Fatal(first, again)
	}
	tl.refuses(tl.refund("A1", "R1", 801, 888), 403, "OUT_REFUND_NO_USED")
	tl.refuses(tl.refund("A1", "R2", 89, 888), 400, "INVALID_REQUEST")
	q := tl.refundQuery("R1")
	if q.get("status") != "PROCESSING" || q.get("transaction_id") != id || q.get("success_time") != nil {
		t.Error(q)
	}
	if o := tl.order("A1"); o.Charged != 888 || o.State != "REFUND" {
		t.Errorf("%+v", o)
	}
	tl.clock.pass(5 * time.Minute)
	q = tl.refundQuery("R1")
	if q.get("status") != "SUCCESS" || q.get("success_time") == nil || !q.verified {
		t.Error(q)
	}
	byID := tl.do("GET", "/v3/global/refunds/id/"+q.get("id").(string)+"?"+tl.ids(), "")
	if !bytes.Equal(byID.body, q.body) {
		t.Error(byID)
	}
	if o := tl.order("A1"); o.Charged != 88 {
		t.Errorf("%+v", o)
	}
	tl.refuses(tl.refundQuery("R9"), 404, "RESOURCE_NOT_EXISTS")
	for i := range 49 {
		if a := tl.refund("A1", fmt.Sprint("S", i), 1, 888); a.status != 200 {
			t.Fatal(i, a)
		}
	}
	tl.refuses(tl.refund("A1", "S49", 1, 888), 400, "INVALID_REQUEST")
	page := tl.do("GET", "/v3/global/refunds?transaction_id="+id.(string)+"&offset=48&count=10&"+tl.ids(), "")
	if page.get("total_num") != 50.0 || page.get("current_total_num") != 2.0 {
		t.Error(page)
	}
	tl.says(tl.pay("B1", tl.code("03")), "USERPAYING")
	tl.refuses(tl.refund("B1", "T1", 1, 888), 400, "INVALID_REQUEST")
	tl.clock.pass(366 * 24 * time.Hour)
	tl.refuses(tl.refund("A1", "S50", 1, 888), 403, "TRADE_OVERDUE")
}

func TestRefundSpacing(t *testing.T) {
	tl := newTill(t, sandbox.Direct, func(c *sandbox.Config) { c.RefundSpacing = time.Minute })
	tl.pay("A1", tl.code("00"))
	tl.refund("A1", "R1", 1, 888)
	tl.refuses(tl.refund("A1", "R2", 1, 888), 429, "FREQUENCY_LIMITED")
	tl.clock.pass(time.Minute)
	if a := tl.refund("A1", "R2", 1, 888); a.status != 200 {
		t.Error(a)
	}
}

func TestStatement(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	get := func(day string, change ...func(*http.Request)) answer {
		return tl.do("GET", "/v3/global/statements?date="+day+"&sp_mchid=10000100", "", change...)
	}
	tl.pay("A1", tl.code("00"))
	tl.refund("A1", "R1", 88, 888)
	tl.refuses(get("2026-11-24"), 400, "INVALID_REQUEST")
	tl.refuses(get("20261124"), 400, "STATEMENT_CREATING")
	tl.clock.pass(22 * time.Hour)
	tl.refuses(get("20261123"), 400, "NO_STATEMENT_EXIST")
	tl.refuses(get("20260101"), 400, "INVALID_REQUEST")
	check := func(a answer) bool {
		sum := sha1.Sum(a.body)
		digest := hex.EncodeToString(sum[:])
		return a.header.Get("Wechatpay-Statement-Sha1") == digest && tl.verify(a, []byte(`{"sha1":"`+digest+`"}`))
	}
	a := get("20261124")
	lines := strings.Split(strings.TrimSuffix(string(a.body), "\r\n"), "\r\n")
	if a.status != 200 || !check(a) || len(lines) != 3 || !strings.HasPrefix(lines[0], "`transaction time,`official") ||
		!strings.Contains(lines[1], ",`A1,") || !strings.Contains(lines[1], ",`8.88,") || !strings.Contains(lines[2], ",`R1,") || !strings.Contains(lines[2], ",`0.88,") {
		t.Error(a)
	}
	packed := get("20261124", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	z, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil || packed.header.Get("Content-Encoding") != "gzip" {
		t.Fatal(err, packed.header)
	}
	if packed.body, err = io.ReadAll(z); err != nil || !check(packed) || !bytes.Equal(packed.body, a.body) {
		t.Error(err)
	}
	if _, err := tl.box.Faults().Add(sandbox.Fault{Call: sandbox.StatementFile, What: sandbox.HashMismatch, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if check(get("20261124")) {
		t.Error("the digest matches")
	}
}

func TestCertificateRotation(t *testing.T) {
	tl := newTill(t, sandbox.Direct)
	before := tl.pay("A1", tl.code("00"))
	tl.says(before, "SUCCESS")
	if err := tl.box.PublishCertificate(); err != nil {
		t.Fatal(err)
	}
	tl.says(tl.query("A1"), "SUCCESS")
	if len(tl.certs) != 1 {
		t.Fatal(len(tl.certs), "certificates")
	}
	tl.box.UseNewestCertificate()
	after := tl.query("A1")
	tl.says(after, "SUCCESS")
	if len(tl.certs) != 2 || after.header.Get("Wechatpay-Serial") == before.header.Get("Wechatpay-Serial") {
		t.Error("not rotated")
	}
}

func TestRechargeBalance(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	a := tl.do("GET", "/v3/global/refund/partner/recharge-balance/sub-mchid/20000100", "")
	if a.status != 200 || a.get("currency") != "HKD" {
		t.Error(a)
	}
	tl.refuses(tl.do("GET", "/v3/global/refund/recharge-balance", ""), 403, "NO_AUTH")
}
