package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// hsqTill is a small client of Huishouqian, written from the dossier for these
// tests alone: it signs, verifies and believes nothing else.
type hsqTill struct {
	t        *testing.T
	box      *sandbox.Sandbox
	clock    *clock
	acct     sandbox.Account
	key      *rsa.PrivateKey
	platform *rsa.PublicKey
	web      *http.Client
	seq      int
}

// hsqForm is a business object, or an envelope.
type hsqForm map[string]any

const hsqGateway = "https://api.huishouqian.com/api/acquiring"

func newHsqTill(t *testing.T, change ...func(*sandbox.Config)) *hsqTill {
	t.Helper()
	box, c := openSandbox(t, change)
	ht := &hsqTill{t: t, box: box, clock: c, web: &http.Client{Transport: box.Transport()}}
	ht.as(0)
	return ht
}

// as acts for the n-th account.
func (ht *hsqTill) as(n int) {
	ht.t.Helper()
	for _, a := range ht.box.Accounts() {
		if a.Platform != "huishouqian" {
			continue
		}
		if n > 0 {
			n--
			continue
		}
		ht.acct = a
		break
	}
	block, _ := pem.Decode(ht.acct.PrivateKeyPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		ht.t.Fatal(err)
	}
	ht.key = key.(*rsa.PrivateKey)
	block, _ = pem.Decode(ht.acct.PlatformCertificatePEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		ht.t.Fatal(err)
	}
	ht.platform = cert.PublicKey.(*rsa.PublicKey)
}

// hsqAnswer is what came back. bad says why it is not to be believed, if it is not.
type hsqAnswer struct {
	status  int
	body    []byte
	err     error
	outer   map[string]any
	result  map[string]any
	code    string // errorCode
	message string
	bad     error
}

func (a hsqAnswer) String() string {
	return fmt.Sprintf("%d %s (%v, %v)", a.status, a.body, a.err, a.bad)
}

func (a hsqAnswer) get(name string) string { return fmt.Sprint(a.result[name]) }

func (ht *hsqTill) sign(text string) string {
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, ht.key, crypto.SHA256, sum[:])
	if err != nil {
		ht.t.Fatal(err)
	}
	return hex.EncodeToString(sig)
}

func (ht *hsqTill) verify(text, sign string) error {
	raw, err := hex.DecodeString(sign)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(ht.platform, crypto.SHA256, sum[:], raw)
}

// text is §3's order.
func (ht *hsqTill) text(e url.Values) string {
	var b strings.Builder
	for _, n := range []string{"method", "version", "format", "merchantNo", "signType", "signContent"} {
		b.WriteString(n + "=" + e.Get(n) + "&")
	}
	return b.String() + "key=" + ht.acct.APIKey
}

func (ht *hsqTill) envelope(method, content string) url.Values {
	e := url.Values{"method": {method}, "version": {"1.0"}, "format": {"JSON"}, "merchantNo": {ht.acct.MchID},
		"signType": {"RSA2"}, "signContent": {content}}
	e.Set("sign", ht.sign(ht.text(e)))
	return e
}

func (ht *hsqTill) call(method string, f hsqForm) hsqAnswer {
	ht.t.Helper()
	f = maps.Clone(f)
	maps.DeleteFunc(f, func(_ string, v any) bool { return v == "-" })
	content, err := json.Marshal(f)
	if err != nil {
		ht.t.Fatal(err)
	}
	return ht.post(ht.envelope(method, string(content)).Encode())
}

func (ht *hsqTill) post(body string, change ...func(*http.Request)) hsqAnswer {
	ht.t.Helper()
	req, err := http.NewRequest("POST", hsqGateway, strings.NewReader(body))
	if err != nil {
		ht.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	for _, f := range change {
		f(req)
	}
	res, err := ht.web.Do(req)
	if err != nil {
		return hsqAnswer{err: err}
	}
	defer res.Body.Close()
	a := hsqAnswer{status: res.StatusCode}
	if a.body, a.err = io.ReadAll(res.Body); a.err == nil {
		a.bad = ht.read(&a)
	}
	return a
}

// read is §3 and §4: verify first, parse second.
func (ht *hsqTill) read(a *hsqAnswer) error {
	if len(a.body) > 64<<10 {
		return errors.New("size")
	}
	if err := json.Unmarshal(a.body, &a.outer); err != nil {
		return errors.New("unread")
	}
	code, hasCode := a.outer["errorCode"].(string)
	message, hasMessage := a.outer["errorMsg"].(string)
	a.code, a.message = code, message
	sign, _ := a.outer["sign"].(string)
	if sign == "" {
		if r, ok := a.outer["result"].(string); ok {
			json.Unmarshal([]byte(r), &a.result)
		}
		return errors.New("unsigned")
	}
	text := "success=false&key=" + ht.acct.APIKey
	if hasMessage {
		text = "errorMsg=" + message + "&" + text
	}
	if hasCode {
		text = "errorCode=" + code + "&" + text
	}
	if fmt.Sprint(a.outer["success"]) == "true" {
		r, _ := a.outer["result"].(string)
		text = "result=" + r + "&success=true&key=" + ht.acct.APIKey
		json.Unmarshal([]byte(r), &a.result)
		if strings.Count(r, `"orderStatus"`) > 1 {
			return errors.New("twice")
		}
	}
	return ht.verify(text, sign)
}

// code makes a fresh payment code with these last two digits.
func (ht *hsqTill) code(lastTwo string) string {
	ht.seq++
	return fmt.Sprintf("13%0*d%s", 16-len(lastTwo), ht.seq, lastTwo)
}

func (ht *hsqTill) now() string { return ht.at(0) }
func (ht *hsqTill) at(d time.Duration) string {
	return ht.clock.Now().Add(d).In(time.FixedZone("", 8*3600)).Format("20060102150405")
}

func (ht *hsqTill) payFields(no, code string) hsqForm {
	return hsqForm{"transNo": no, "payType": "WECHAT_MICROPAY", "payCode": code, "orderAmt": "1000", "goodsInfo": "矿泉水 550ml & 面包",
		"requestDate": ht.now(), "returnUrl": "https://shop.example/notify", "extend": "a+b|100%", "subMerchantNo": ht.acct.SubMchID,
		"memo": `{"timeExpire":"` + ht.at(2*time.Minute) + `","spbillCreateIp":"203.0.113.10","longitude":"113.934500","latitude":"22.540500"}`}
}

func (ht *hsqTill) pay(no, code string) hsqAnswer {
	ht.t.Helper()
	return ht.call("POLYMERIZE_BE_SWEPTN", ht.payFields(no, code))
}

func (ht *hsqTill) query(no string) hsqAnswer {
	ht.t.Helper()
	return ht.call("POLYMERIZE_QUERY", hsqForm{"transNo": no, "queryType": "2"})
}

func (ht *hsqTill) refundFields(no, refundNo, amount string) hsqForm {
	return hsqForm{"transNo": refundNo, "origTransNo": no, "origOrderAmt": "1000", "orderAmt": amount, "refundType": "2",
		"requestDate": ht.now(), "refundReason": "顾客退货", "returnUrl": "https://shop.example/notify", "extend": "T01"}
}

func (ht *hsqTill) refund(no, refundNo, amount string) hsqAnswer {
	ht.t.Helper()
	return ht.call("POLYMERIZE_REFUND", ht.refundFields(no, refundNo, amount))
}

func (ht *hsqTill) refundQuery(refundNo string) hsqAnswer {
	ht.t.Helper()
	return ht.call("POLYMERIZE_REFUND_QUERY", hsqForm{"transNo": refundNo})
}

func (ht *hsqTill) order(no string) sandbox.Order {
	ht.t.Helper()
	o, ok := ht.box.Books().Order(no)
	if !ok {
		ht.t.Fatalf("the books have no order %s", no)
	}
	return o
}

// says fails the test unless the answer is a verified result with this state and code.
func (ht *hsqTill) says(a hsqAnswer, state, code string) hsqAnswer {
	ht.t.Helper()
	if a.err != nil || a.bad != nil || a.outer["success"] != true || a.get("orderStatus") != state || a.get("respCode") != code {
		ht.t.Fatalf("want %s %s, got %v", state, code, a)
	}
	return a
}

// refuses is the same for a signed refusal of the gateway.
func (ht *hsqTill) refuses(a hsqAnswer, code, about string) {
	ht.t.Helper()
	if a.err != nil || a.bad != nil || a.outer["success"] != false || a.code != code || !strings.Contains(a.message, about) {
		ht.t.Fatalf("want %s %s, got %v", code, about, a)
	}
}
