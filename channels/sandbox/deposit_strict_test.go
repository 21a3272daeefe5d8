package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// The two texts of the seed for what is refused at the door.
const (
	depositBadForm = "参数格式校验错误"
	depositBadSign = "签名失败"
)

// TestDepositStrictFields changes one thing of a good request at a time.
func TestDepositStrictFields(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D0", dt.code("00")))
	id := dt.order("D0").ID
	dt.takes(dt.consume("D0", 500))
	dt.takes(dt.refund("D0", "R0", 1))
	consume := dt.identity(depositForm{"transaction_id": id, "total_fee": "1000", "consume_fee": "500", "fee_type": "CNY"})
	refund := dt.identity(depositForm{"transaction_id": id, "out_refund_no": "R1", "total_fee": "1000", "refund_fee": "1"})
	number := dt.identity(depositForm{"transaction_id": id})
	calls := map[string]func() depositForm{
		"micropay":     func() depositForm { return dt.payFields("D1", dt.code("00"), 1000) },
		"unifiedorder": func() depositForm { return dt.appFields("P1", nil) },
		"orderquery":   func() depositForm { return number },
		"reverse":      func() depositForm { return number },
		"consume":      func() depositForm { return consume },
		"refund":       func() depositForm { return refund },
		"refundquery":  func() depositForm { return dt.identity(depositForm{"out_refund_no": "R0"}) },
	}
	type row struct{ calls, field, value, want string }
	all := strings.Join(slices.Sorted(maps.Keys(calls)), " ")
	rows := []row{
		{all, "appid", "-", "APPID_NOT_EXIST"},
		{all, "appid", "wx8888888888888888", "APPID_MCHID_NOT_MATCH"},
		{all, "mch_id", "-", "MCHID不存在"},
		{all, "mch_id", "10000101", "MCHID不存在"}, // the sub-merchant's
		{all, "sub_mch_id", "-", "LACK_PARAMS"},
		{all, "sub_mch_id", "10000100", "NOAUTH"},
		{all, "sub_appid", "wx2421b1c4370ec43b", "APPID_MCHID_NOT_MATCH"},
		{all, "sub_appid", "", depositBadForm},
		{all, "nonce_str", "-", "LACK_PARAMS"},
		{all, "nonce_str", "", depositBadForm},
		{all, "nonce_str", strings.Repeat("n", 33), depositBadForm},
		{all, "sign", "-", depositBadSign},
		{all, "sign", strings.Repeat("0", 64), depositBadSign},
		{all, "sign_type", "HMAC-SHA1", depositBadForm},
		{all, "sign_type", " HMAC-SHA256", depositBadForm}, // as a sample has it (§1.9)
		{all, "a_new_member", "1", depositBadForm},
		{all, "openid", "", depositBadForm},
		{"micropay orderquery reverse consume refund refundquery", "sign_type", "MD5", depositBadSign},
		{"micropay orderquery reverse consume refund refundquery", "sign_type", "-", depositBadSign},
		{"micropay unifiedorder", "out_trade_no", "-", "LACK_PARAMS"},
		{"micropay unifiedorder", "out_trade_no", strings.Repeat("1", 33), depositBadForm},
		{"micropay unifiedorder", "out_trade_no", "A@1", depositBadForm},
		{"micropay unifiedorder", "out_trade_no", "A 1", depositBadForm},
		{"micropay unifiedorder", "body", "-", "LACK_PARAMS"},
		{"micropay unifiedorder", "body", "", depositBadForm},
		{"micropay", "body", strings.Repeat("a", 129), depositBadForm},
		{"unifiedorder", "body", strings.Repeat("a", 128), depositBadForm},
		{"unifiedorder", "body", strings.Repeat("奶", 43), depositBadForm}, // 129 bytes
		{"micropay unifiedorder", "attach", strings.Repeat("a", 128), depositBadForm},
		{"micropay unifiedorder", "device_info", strings.Repeat("a", 33), depositBadForm},
		{"micropay unifiedorder", "total_fee", "-", "LACK_PARAMS"},
		{"micropay unifiedorder consume refund", "total_fee", "0", depositBadForm},
		{"micropay unifiedorder consume refund", "total_fee", "-1", depositBadForm},
		{"micropay unifiedorder consume refund", "total_fee", "+1", depositBadForm},
		{"micropay unifiedorder consume refund", "total_fee", "01", depositBadForm},
		{"micropay unifiedorder consume refund", "total_fee", "1.00", depositBadForm},
		{"micropay unifiedorder consume refund", "total_fee", "1,000", depositBadForm},
		{"micropay consume", "fee_type", "-", "LACK_PARAMS"},
		{"micropay unifiedorder consume", "fee_type", "HKD", depositBadForm},
		{"micropay unifiedorder", "spbill_create_ip", "-", "LACK_PARAMS"},
		{"micropay unifiedorder", "spbill_create_ip", "1.2.3", depositBadForm},
		{"micropay", "spbill_create_ip", "2001:db8::1", depositBadForm},
		{"micropay unifiedorder", "limit_pay", "no_debit", depositBadForm},
		{"micropay unifiedorder", "receipt", "N", depositBadForm},
		{"micropay unifiedorder", "time_start", "2026-11-24", depositBadForm},
		{"micropay unifiedorder", "time_expire", "20261301000000", depositBadForm},
		{"micropay unifiedorder", "time_expire", "20261124115959", "INVALID_REQUEST"},
		{"micropay unifiedorder", "scene_info", `{"store_info":{"name":"x"}}`, depositBadForm},
		{"micropay unifiedorder", "scene_info", `{"store_info":{"id":"1","phone":"x"}}`, depositBadForm},
		{"micropay unifiedorder", "scene_info", `{"store_info":{"id":"1"}} x`, depositBadForm},
		{"micropay", "detail", "Ipad mini  16G", depositBadForm},
		{"micropay", "deposit", "-", "LACK_PARAMS"},
		{"micropay", "deposit", "N", depositBadForm},
		{"micropay", "auth_code", "-", "LACK_PARAMS"},
		{"micropay", "auth_code", "", depositBadForm},
		{"micropay", "auth_code", "13", "AUTH_CODE_INVALID"},
		{"micropay", "notify_url", "https://x/", depositBadForm},
		{"micropay", "version", "1.0", depositBadForm},
		{"unifiedorder", "notify_url", "-", "LACK_PARAMS"},
		{"unifiedorder", "notify_url", "https://x/?a=1", depositBadForm},
		{"unifiedorder", "notify_url", "ftp://x/", depositBadForm},
		{"unifiedorder", "trade_type", "-", "LACK_PARAMS"},
		{"unifiedorder", "trade_type", "NATIVE", depositBadForm},
		{"unifiedorder", "trade_type", "JSAPI", "LACK_PARAMS"}, // of openid
		{"unifiedorder", "openid", "o1", depositBadForm},
		{"unifiedorder", "detail", strings.Repeat("a", 6001), depositBadForm},
		{"unifiedorder", "product_id", strings.Repeat("1", 33), depositBadForm},
		{"orderquery reverse consume", "transaction_id", "-", "LACK_PARAMS"},
		{"orderquery", "transaction_id", "4200", "ORDERNOTEXIST"},
		{"orderquery consume", "out_trade_no", "D9", "ORDERNOTEXIST"}, // not the transaction's
		{"orderquery", "version", "2.0", depositBadForm},
		{"consume", "consume_fee", "-", "LACK_PARAMS"},
		{"consume", "consume_fee", "0", "INVALID_REQUEST"},
		{"consume", "consume_fee", "-5", depositBadForm},
		{"refund", "transaction_id", "-", "LACK_PARAMS"},
		{"refund", "out_refund_no", "-", "LACK_PARAMS"},
		{"refund", "out_refund_no", strings.Repeat("1", 65), depositBadForm},
		{"refund", "out_refund_no", "R 1", depositBadForm},
		{"refund", "refund_fee", "0", depositBadForm},
		{"refund", "total_fee", "999", "INVALID_REQUEST"},
		{"refund", "refund_fee_type", "USD", depositBadForm},
		{"refund", "refund_desc", strings.Repeat("a", 71), depositBadForm},
		{"refund", "refund_account", "MINE", depositBadForm},
		{"refund", "notify_url", "x", depositBadForm},
		{"refundquery", "out_refund_no", "-", "LACK_PARAMS"},
		{"refundquery", "offset", "x", depositBadForm},
	}
	for _, v := range rows {
		for path := range strings.FieldsSeq(v.calls) {
			t.Run(path+" "+v.field+" "+v.value[:min(20, len(v.value))], func(t *testing.T) {
				dt.t = t
				f := maps.Clone(calls[path]())
				f[v.field] = v.value
				dt.refuses(dt.call("/deposit/"+path, f), v.want)
			})
		}
	}
	dt.t = t
	b := dt.box.Books()
	if len(b.Orders) != 1 || len(b.Orders[0].Refunds) != 2 { // the rest, and R0
		t.Errorf("something was booked: %+v", b.Orders)
	}
	for path, good := range calls { // what was changed was good before
		if path != "reverse" {
			dt.takes(dt.call("/deposit/"+path, good()))
		}
	}
	whole := depositForm{"sub_appid": dt.acct.SubAppID, "device_info": "WEB", "detail": "Ipad mini  16G  白色", "attach": "说明",
		"time_start": "20261124115900", "time_expire": "20261124123000", "product_id": "12235413214070356458058", "limit_pay": "no_credit",
		"receipt": "Y", "scene_info": `{"store_info" : {"id": "SZTX001","name": "腾大餐厅","area_code": "440305","address": "科技园中一路腾讯大厦" }}`}
	dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P2", whole))) // every field of the seed
}

// TestDepositStrictXML changes the document and not what it says.
func TestDepositStrictXML(t *testing.T) {
	dt := newDepositTill(t)
	f := dt.identity(depositForm{"out_trade_no": "D1"})
	f["sign"] = signDepositForm(f, dt.acct.APIKey, "HMAC-SHA256")
	good := depositXML(f)
	const format, empty = "XML格式错误", "post数据为空"
	for name, v := range map[string]struct{ body, want string }{
		"as it should be": {good, "ORDERNOTEXIST"},
		"declaration":     {`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + good, "ORDERNOTEXIST"},
		"cdata":           {strings.Replace(good, "D1", "<![CDATA[D1]]>", 1), "ORDERNOTEXIST"},
		"split cdata":     {strings.Replace(good, "D1", "D<![CDATA[1]]>", 1), "ORDERNOTEXIST"},
		"reference":       {strings.Replace(good, "D1", "D&#49;", 1), "ORDERNOTEXIST"},
		"blanks between":  {strings.ReplaceAll(good, "><", ">\n  <"), "ORDERNOTEXIST"},
		"blank inside":    {strings.Replace(good, "D1", " D1", 1), depositBadSign},
		"doctype":         {"<!DOCTYPE xml>" + good, format},
		"entity":          {`<!DOCTYPE xml [<!ENTITY d "D1">]>` + strings.Replace(good, "D1", "&d;", 1), format},
		"unknown entity":  {strings.Replace(good, "D1", "&d;", 1), format},
		"twice":           {strings.Replace(good, "<xml>", "<xml><out_trade_no>D1</out_trade_no>", 1), format},
		"nested":          {strings.Replace(good, "D1", "<a>D1</a>", 1), format},
		"attribute":       {strings.Replace(good, "<out_trade_no>", `<out_trade_no type="s">`, 1), format},
		"name space":      {strings.Replace(good, "<xml>", `<xml xmlns="x">`, 1), format},
		"comment":         {strings.Replace(good, "<xml>", "<xml><!-- hello -->", 1), format},
		"instruction":     {strings.Replace(good, "<xml>", "<xml><?php ?>", 1), format},
		"other root":      {strings.ReplaceAll(good, "xml>", "root>"), format},
		"two roots":       {good + good, format},
		"text after":      {good + "x", format},
		"cut":             {good[:len(good)-3], format},
		"BOM":             {"\xef\xbb\xbf" + good, format},
		"JSON":            {`{"out_trade_no":"D1"}`, format},
		"64 KiB":          {good + strings.Repeat(" ", 64<<10), format},
		"not UTF-8":       {strings.Replace(good, "D1", "\xc4\xe3", 1), "编码格式错误"},
		"declared GBK":    {`<?xml version="1.0" encoding="GBK"?>` + good, format},
		"nothing":         {"", empty},
		"200 elements":    {strings.Replace(good, "<xml>", "<xml>"+manyDepositElements(200), 1), format},
		"unsigned":        {strings.Replace(good, "<xml>", "<xml><version>1.0</version>", 1), depositBadSign},
	} {
		t.Run(name, func(t *testing.T) {
			dt.t = t
			dt.refuses(dt.post("/deposit/orderquery", v.body, "HMAC-SHA256"), v.want)
		})
	}
	dt.t = t
	for _, v := range []struct {
		want   string
		change func(*http.Request)
	}{
		{"请使用post方法", func(r *http.Request) { r.Method = "PUT" }},
		{format, func(r *http.Request) { r.Header.Del("Content-Type") }},
		{format, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }},
		{"ORDERNOTEXIST", func(r *http.Request) { r.Header.Set("Content-Type", "application/xml") }},
	} {
		dt.refuses(dt.post("/deposit/orderquery", good, "HMAC-SHA256", v.change), v.want)
	}
	for _, path := range []string{"/deposit/", "/deposit/facepay", "/deposit/micropay/", "/deposit/orderquery?x=1"} {
		if a := dt.post(path, good, "HMAC-SHA256"); a.status != 404 {
			t.Error(path, a)
		}
	}
}

func manyDepositElements(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a%d>1</a%d>", i, i)
	}
	return b.String()
}

// TestDepositClientCertificate is over sockets: what is ended by three calls
// alone, and never without the provider's own certificate.
func TestDepositClientCertificate(t *testing.T) {
	dt := newDepositTill(t)
	platform, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- dt.box.Serve(t.Context(), platform, nil) }()
	t.Cleanup(func() { <-done })
	dt.base = "https://" + platform.Addr().String()
	var other sandbox.Account
	for _, a := range dt.box.Accounts() {
		if a.Platform == "wechat-deposit" {
			other = a
		}
	}
	with := func(certificates ...tls.Certificate) *http.Client {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(dt.box.CA())
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Time: dt.clock.Now, Certificates: certificates}}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
	pair := func(a sandbox.Account, key []byte) tls.Certificate {
		p, err := tls.X509KeyPair(a.CertificatePEM, key)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	dt.web = with()
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.says(dt.query("D1"), "SUCCESS")
	dt.takes(dt.call("/deposit/unifiedorder", dt.appFields("P1", nil)))
	dt.refuses(dt.refundQuery("R1"), "REFUNDNOTEXIST")
	ends := func() map[string]depositReply {
		return map[string]depositReply{"reverse": dt.reverse("D1"), "consume": dt.consume("D1", 300), "refund": dt.refund("D1", "R1", 1)}
	}
	dt.clock.pass(time.Minute)
	for name, a := range ends() {
		if a.status != 400 || !strings.Contains(string(a.body), "No required SSL certificate was sent") {
			t.Error(name, a)
		}
	}
	stranger := depositStranger(t, dt.acct.MchID, dt.clock.Now())
	dt.web = with(stranger)
	for name, a := range ends() {
		if a.status != 400 || !strings.Contains(string(a.body), "The SSL certificate error") {
			t.Error(name, a)
		}
	}
	dt.web = with(pair(other, other.PrivateKeyPEM))
	for _, a := range ends() {
		dt.refuses(a, "参数错误: 证书与商户号不匹配")
	}
	dt.web = with(pair(dt.acct, dt.acct.PrivateKeyPEM))
	dt.takes(dt.consume("D1", 300))
	dt.takes(dt.refund("D1", "R1", 1))
	if o := dt.order("D1"); o.Consumed != 300 {
		t.Errorf("%+v", o)
	}
}
