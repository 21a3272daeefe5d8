package huishouqian

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// published is vectors.json.
type published struct {
	SignKey    string `json:"sign_key_obfuscation"`
	MerchantNo string `json:"merchant_no"`
	Keys       map[string]struct {
		Private string `json:"private_pem"`
		Public  string `json:"public_pem"`
	} `json:"keys"`
	Files struct {
		Password string `json:"pfx_password"`
		PBES2    string `json:"merchant_pfx_pbes2_base64"`
		TripleDS string `json:"merchant_pfx_3des_sha1_base64"`
		Cer      string `json:"platform_cer_pem"`
	} `json:"files"`
	PayerName struct {
		Plain  string `json:"plaintext"`
		Hex    string `json:"rsa_pub_hex"`
		B64Hex string `json:"rsa_pub_b64hex"`
	} `json:"payer_name"`
	Vectors []vector `json:"vectors"`
}

type vector struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Envelope map[string]string `json:"envelope"`
	Signer   string            `json:"signer"`
	ToSign   string            `json:"string_to_sign"`
	Sum      string            `json:"string_to_sign_sha256"`
	Sign     string            `json:"signature_hex"`
	Form     string            `json:"form_body"`
	Body     string            `json:"http_body"`
	Ack      string            `json:"ack"`
	Verifies bool              `json:"verifies"`
}

func (v vector) envelope() envelope {
	e := v.Envelope
	return envelope{e["method"], e["version"], e["format"], e["merchantNo"], e["signType"], e["signContent"]}
}

func vectors(t testing.TB) published {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p published
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p published) vector(t testing.TB, id string) vector {
	t.Helper()
	for _, v := range p.Vectors {
		if v.ID == id {
			return v
		}
	}
	t.Fatalf("no vector %s", id)
	return vector{}
}

func (p published) key(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(p.Keys[name].Private))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// The vectors' moment, and who they speak of.
var testTime = time.Date(2026, 11, 22, 2, 15, 30, 0, time.UTC)

const (
	testNo     = "T01-20261122-000001"
	testCode   = "134567890123456789"
	testNotify = "https://pay.example.test/hsq/notify"
)

func yuan(fen int64) channels.Money { return channels.Money{Amount: fen, Currency: "CNY"} }

var (
	testPayment = channels.Payment{OutTradeNo: testNo, Amount: yuan(1), Code: channels.NewCode(testCode), Description: "矿泉水 550ml & 面包"}
	testOrder   = channels.Order{OutTradeNo: testNo, Amount: yuan(1)}
	testRefund  = channels.Refund{
		Order:    channels.Order{OutTradeNo: testNo, Amount: yuan(100)},
		RefundNo: "T01-R-20261122-000001", Amount: yuan(40), Reason: "顾客退货",
	}
)

// platform is a RoundTripper that answers with signed replies.
type platform struct {
	t      testing.TB
	signer *signer // of the platform
	now    time.Time
	// answer makes the reply's body of a request's method and signContent.
	answer func(method, signContent string) (status int, body string)

	mu   sync.Mutex
	seen []string // bodies
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	p.mu.Lock()
	p.seen = append(p.seen, string(body))
	p.mu.Unlock()
	form, _ := url.ParseQuery(string(body))
	status, reply := p.answer(form.Get("method"), form.Get("signContent"))
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Date": {p.now.Format(http.TimeFormat)}},
		Body: io.NopCloser(strings.NewReader(reply)),
	}, nil
}

func (p *platform) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

func (p *platform) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.seen) == 0 {
		return ""
	}
	return p.seen[len(p.seen)-1]
}

// result is a signed success: true with a business result.
func (p *platform) result(result string) string {
	sign, _ := p.signer.sign("result=" + result + "&success=true&key=" + p.signer.secret)
	return string(wire.Encode(map[string]any{"success": true, "result": result, "errorCode": nil, "errorMsg": nil, "sign": sign}))
}

// refusal is a signed success: false.
func (p *platform) refusal(code, message string) string {
	sign, _ := p.signer.sign("errorCode=" + code + "&errorMsg=" + message + "&success=false&key=" + p.signer.secret)
	return string(wire.Encode(map[string]any{"success": false, "result": nil, "errorCode": code, "errorMsg": message, "sign": sign}))
}

// config is the merchant of the vectors, its files in dir.
func config(t testing.TB, dir string) Config {
	t.Helper()
	p := vectors(t)
	write(t, dir, "merchant.pem", p.Keys["test_only_hsq_merchant"].Private, 0o600)
	write(t, dir, "small.pem", p.Keys["test_only_hsq_merchant1024"].Private, 0o600)
	write(t, dir, "platform.cer", p.Files.Cer, 0o644)
	write(t, dir, "sign.key", p.SignKey+"\n", 0o640)
	write(t, dir, "password", p.Files.Password+"\n", 0o640)
	write(t, dir, "pbes2.pfx", fromBase64(t, p.Files.PBES2), 0o600)
	write(t, dir, "3des.pfx", fromBase64(t, p.Files.TripleDS), 0o600)
	return Config{
		MerchantNo: p.MerchantNo, NotifyURL: testNotify, PrivateKeyFile: "merchant.pem",
		PlatformCertificateFile: "platform.cer", SignKeyFile: "sign.key",
	}
}

func fromBase64(t testing.TB, s string) string {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func write(t testing.TB, dir, name, text string, mode os.FileMode) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func settingsOf(cfg Config, dir string, env channels.Env) channels.Settings {
	return channels.Settings{
		Name: "hsq", Till: channels.Till{ID: "T01", StoreID: "S0001", StoreName: "Shop"},
		Decode: func(into any) error { *into.(*Config) = cfg; return nil },
		Path:   func(name string) string { return filepath.Join(dir, name) },
		Env:    env,
	}
}

// newChannel is a channel in front of answer, at the vectors' time.
func newChannel(t testing.TB, answer func(p *platform, method, signContent string) (int, string), edits ...func(*Config)) (*Channel, *platform) {
	t.Helper()
	dir := t.TempDir()
	cfg := config(t, dir)
	for _, e := range edits {
		e(&cfg)
	}
	v := vectors(t)
	p := &platform{t: t, now: testTime, signer: &signer{key: v.key(t, "test_only_hsq_platform"), secret: v.SignKey}}
	p.answer = func(method, signContent string) (int, string) { return answer(p, method, signContent) }
	c, err := open(settingsOf(cfg, dir, channels.Env{Now: func() time.Time { return testTime }, Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// always answers every call with the same signed result.
func always(result string) func(*platform, string, string) (int, string) {
	return func(p *platform, _, _ string) (int, string) { return 200, p.result(result) }
}

// raw answers every call with the same bytes.
func raw(status int, body string) func(*platform, string, string) (int, string) {
	return func(*platform, string, string) (int, string) { return status, body }
}

// refuses answers every call with the same signed refusal.
func refuses(code, message string) func(*platform, string, string) (int, string) {
	return func(p *platform, _, _ string) (int, string) { return 200, p.refusal(code, message) }
}

// said is a result about testOrder with other members over it, given as
// "name": value pairs of JSON; an empty value takes a member away.
func said(over map[string]string) string {
	m := map[string]string{
		"transNo": `"` + testNo + `"`, "tradeNo": `"HSQ20261122000000000001"`, "orderAmt": `"1"`,
		"orderStatus": `"SUCCESS"`, "finishedDate": `"20261122101534"`, "respCode": `"000000"`, "respMsg": `"交易成功"`,
	}
	for k, v := range over {
		m[k] = v
	}
	var c content
	for _, k := range []string{"transNo", "origTransNo", "tradeNo", "orderAmt", "orderStatus", "finishedDate", "respCode", "respMsg",
		"merchantNo", "subMerchantNo", "qrCode", "buyerName", "payOrderNo", "batchDate", "downloadUrl", "other"} {
		if m[k] != "" {
			c = append(c, member{k, json.RawMessage(m[k])})
		}
	}
	return c.text()
}

func options1(name, value string) map[string]json.RawMessage {
	return map[string]json.RawMessage{name: json.RawMessage(value)}
}

func clockAt(at time.Time) *wire.Clock { return wire.NewClock(func() time.Time { return at }) }
