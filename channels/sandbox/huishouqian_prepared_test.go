package sandbox_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels/sandbox"
)

func (ht *hsqTill) appletFields(no string) hsqForm {
	return hsqForm{"transNo": no, "payType": "WQF_APPLET", "orderAmt": "1000", "goodsInfo": "订货单 A/1", "requestDate": ht.now(),
		"returnUrl": "https://shop.example/notify", "extend": "T01",
		"memo": `{"timeExpire":"` + ht.at(5*time.Minute) + `","spbillCreateIp":"2001:db8::1","front_callback_url":{"mp_appid":"wx0","mp_username":"gh_0","mp_path":"pages/order/result"},"channel_options":"{\"include_pay_channels\":[\"ENTERPRISE\"],\"include_bank_snames\":[\"PAB\"]}"}`}
}

func TestHuishouqianPrepared(t *testing.T) {
	ht := newHsqTill(t)
	phone := ht.box.Phone()
	prepare := func(no string) string {
		t.Helper()
		a := ht.says(ht.call("POLYMERIZE_MAIN_SWEPTN", ht.appletFields(no)), "PROCESSING", "100201")
		qr := a.get("qrCode")
		var start map[string]string
		if err := json.Unmarshal([]byte(qr), &start); err != nil || len(start) != 4 || start["mp_version"] != "trial" || len(qr) > 1024 {
			t.Fatal(qr, err)
		}
		return qr
	}
	qr := prepare("P1")
	ht.says(ht.call("POLYMERIZE_MAIN_SWEPTN", ht.appletFields("P1")), "FAIL", "200003")
	if _, asked := phone.Pending(); asked {
		t.Error("asked before the mini program was opened")
	}
	if err := phone.OpenHuishouqian(strings.Replace(qr, "counter", "Counter", 1)); !errors.Is(err, sandbox.ErrQRCode) {
		t.Error("opened by other arguments:", err)
	}
	if err := errors.Join(phone.OpenHuishouqian(qr), phone.Confirm("123456")); err != nil {
		t.Fatal(err)
	}
	ht.says(ht.query("P1"), "SUCCESS", "000000")
	if err := phone.OpenHuishouqian(qr); !errors.Is(err, sandbox.ErrQRCode) {
		t.Error("paid twice:", err)
	}
	if o, _ := phone.Last(); o.OutTradeNo != "P1" || o.Charged != 1000 {
		t.Errorf("%+v", o)
	}
	if err := errors.Join(phone.OpenHuishouqian(prepare("P2")), phone.Reject()); err != nil {
		t.Fatal(err)
	}
	ht.says(ht.query("P2"), "FAIL", "100207")
	qr = prepare("P3")
	ht.clock.pass(5*time.Minute - time.Second)
	ht.says(ht.query("P3"), "PROCESSING", "100201")
	ht.clock.pass(time.Second)
	ht.says(ht.query("P3"), "FAIL", "100204")
	if err := phone.OpenHuishouqian(qr); !errors.Is(err, sandbox.ErrQRCode) {
		t.Error("opened after timeExpire:", err)
	}
	f := ht.appletFields("P4")
	f["payType"], f["memo"] = "WECHAT_NATIVE", "{}"
	a := ht.says(ht.call("POLYMERIZE_MAIN_SWEPTN", f), "PROCESSING", "100201")
	if err := errors.Join(phone.OpenHuishouqian(a.get("qrCode")), phone.Confirm("000000")); err != nil {
		t.Error(err)
	}
	ht.says(ht.query("P4"), "SUCCESS", "000000")
}

// TestHuishouqianPayers: names that are encrypted as §7 assumes, with the Base64
// of its rival too.
func TestHuishouqianPayers(t *testing.T) {
	ht := newHsqTill(t)
	seal := func(plain string) string {
		//lint:ignore SA1019 the padding is what the platform's clients use (§7)
		c, err := rsa.EncryptPKCS1v15(rand.Reader, ht.platform, []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(c)
	}
	const name = "深圳市测试有限公司"
	for no, sealed := range map[string]string{"P1": seal(name), "P2": seal(base64.StdEncoding.EncodeToString([]byte(name)))} {
		f := ht.appletFields(no)
		f["memo"] = `{"payer_options":[{"assign_pay_type":"ENTERPRISE","payer_name":"` + sealed + `"}]}`
		ht.says(ht.call("POLYMERIZE_MAIN_SWEPTN", f), "PROCESSING", "100201")
	}
	f := ht.appletFields("P3")
	f["memo"] = `{"payer_options":[{"assign_pay_type":"ENTERPRISE","payer_name":"` + strings.ToUpper(seal(name)) + `"}]}`
	ht.refuses(ht.call("POLYMERIZE_MAIN_SWEPTN", f), "200002", "payer_name")
}

func TestHuishouqianCallback(t *testing.T) {
	ht := newHsqTill(t)
	ht.pay("D1", ht.code("05"))
	if _, err := ht.box.HuishouqianCallback("D1", "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("before it is over:", err)
	}
	ht.clock.pass(10 * time.Second)
	ht.says(ht.refund("D1", "R1", "400"), "PROCESSING", "100201")
	ht.clock.pass(5 * time.Minute)
	for no, what := range map[string]sandbox.Kind{"D1": "", "R1": sandbox.FixedWords} {
		req, err := ht.box.HuishouqianCallback(no, "", what)
		if err != nil {
			t.Fatal(err)
		}
		e := hsqReadForm(t, req)
		if err := ht.verify(ht.text(e), e.Get("sign")); err != nil || req.URL.String() != "https://shop.example/notify" {
			t.Error(no, err, req.URL)
		}
		var doc map[string]string
		if err := json.Unmarshal([]byte(e.Get("signContent")), &doc); err != nil || doc["transNo"] != no || doc["orderStatus"] != "SUCCESS" {
			t.Error(err, doc)
		}
		if (e.Get("method") == "CALLBACK" && e.Get("version") == "1.0.0") != (no == "R1") {
			t.Error(e)
		}
	}
	req, _ := ht.box.HuishouqianCallback("D1", "https://other.example/x", sandbox.HiddenWords)
	e := hsqReadForm(t, req)
	if ht.verify(ht.text(e), e.Get("sign")) == nil {
		t.Error("verifies in the words that arrived")
	}
	e.Set("method", "CALLBACK")
	e.Set("version", "1.0.0")
	if err := ht.verify(ht.text(e), e.Get("sign")); err != nil || req.URL.Host != "other.example" {
		t.Error(err)
	}
	for _, what := range []sandbox.Kind{sandbox.ForgeSignature, sandbox.NoSignature, sandbox.UnpublishedCertificate} {
		req, _ := ht.box.HuishouqianCallback("D1", "", what)
		if e := hsqReadForm(t, req); ht.verify(ht.text(e), e.Get("sign")) == nil {
			t.Error("verifies:", what)
		}
	}
}

func hsqReadForm(t *testing.T, req *http.Request) url.Values {
	t.Helper()
	body, _ := io.ReadAll(req.Body)
	e, err := url.ParseQuery(string(body))
	if err != nil || !strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		t.Fatal(err)
	}
	return e
}

// answers is a shop that says these words in turn.
type answers []string

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	say := "FAIL"
	if len(*a) > 0 {
		say, *a = (*a)[0], (*a)[1:]
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(say))}, nil
}

func TestHuishouqianDelivery(t *testing.T) {
	ht := newHsqTill(t)
	ht.pay("D1", ht.code("00"))
	n, err := ht.box.DeliverHuishouqian(context.Background(), &http.Client{Transport: &answers{"FAIL", "success", "SUCCESS", "SUCCESS"}}, "D1", "")
	if n != 4 || err != nil || ht.clock.Now().Sub(noon) != 6*time.Minute {
		t.Error(n, err, ht.clock.Now())
	}
	n, err = ht.box.DeliverHuishouqian(context.Background(), &http.Client{Transport: &answers{}}, "D1", "")
	if n != 6 || err == nil {
		t.Error(n, err)
	}
}

func TestHuishouqianStatement(t *testing.T) {
	ht := newHsqTill(t)
	file := func(day string) hsqAnswer {
		return ht.call("QUERY_TRADE_FILE", hsqForm{"batchDate": day, "billType": "1"})
	}
	ht.pay("D1", ht.code("00"))
	ht.pay("D2", ht.code("22"))
	ht.refund("D1", "R1", "400")
	ht.says(file("20261124"), "PROCESSING", "100201")
	ht.clock.pass(22 * time.Hour)
	ht.says(file("20261123"), "FAIL", "100211")
	get := func() []byte {
		t.Helper()
		a := ht.says(file("20261124"), "SUCCESS", "000000")
		res, err := ht.web.Get(a.get("downloadUrl"))
		if err != nil || res.StatusCode != 200 {
			t.Fatal(err, a)
		}
		body, _ := io.ReadAll(res.Body)
		return body
	}
	csv := get()
	lines := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(csv), "\ufeff")), "\r\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "商户订单号") || !strings.Contains(lines[1], ",D1,") || !strings.Contains(lines[1], ",1000,") ||
		!strings.Contains(lines[2], ",R1,D1,") || !strings.Contains(lines[2], ",400,") {
		t.Error(lines)
	}
	ht.box.Faults().Add(sandbox.Fault{Call: sandbox.StatementFile, Times: 1, What: sandbox.Zipped})
	body := get()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil || len(z.File) != 1 {
		t.Fatal(err)
	}
	a := file("20261124")
	ht.clock.pass(10 * time.Minute)
	if res, err := ht.web.Get(a.get("downloadUrl")); err != nil || res.StatusCode != 404 {
		t.Error("an address that lasts:", err)
	}
	ht.as(1)
	ht.says(file("20261124"), "FAIL", "100211")
}

func TestHuishouqianTillChannel(t *testing.T) {
	ht := newHsqTill(t)
	text := ht.box.TillChannel("huishouqian", "https://127.0.0.1:8443")
	var cfg struct{ Channel []map[string]string }
	if err := toml.Unmarshal([]byte(text), &cfg); err != nil || len(cfg.Channel) != 1 {
		t.Fatal(err, text)
	}
	c, files := cfg.Channel[0], ht.box.TillFiles("huishouqian")
	if c["endpoint"] != "https://127.0.0.1:8443/api/acquiring" || c["merchant_no"] != "8000000026" ||
		string(files[c["sign_key_file"]]) != ht.acct.APIKey+"\n" || files[c["private_key_file"]] == nil || files[c["platform_certificate_file"]] == nil {
		t.Error(c)
	}
	if ht.box.TillChannel("nobody", "https://x") != "" || ht.box.TillFiles("nobody") != nil {
		t.Error("a channel for nobody")
	}
}
