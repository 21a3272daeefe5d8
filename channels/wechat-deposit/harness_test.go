package wechatdeposit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

const (
	vectorKey = "192006250b4c09247ec02edce69f6a2d" // §15.1, published
	testCode  = "120269300684844649"
	testTime  = 1624523846
)

var (
	testPayment = channels.Payment{OutTradeNo: "1415757673", Amount: cny(1000), Code: channels.NewCode(testCode), Description: "押金支付测试"}
	testOrder   = channels.Order{OutTradeNo: "1415757673", Amount: cny(1000)}
	testRefund  = channels.Refund{Order: channels.Order{OutTradeNo: "1415757673", PlatformID: "1008450740201411110005820873", Amount: cny(1000)},
		RefundNo: "R1415757673", Amount: cny(2), Reason: "broken"}
)

func cny(n int64) channels.Money { return channels.Money{Amount: n, Currency: "CNY"} }

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func at(unix int64) func() time.Time { return func() time.Time { return time.Unix(unix, 0) } }

// doc is a signed answer of the platform's with more in it; an empty value
// takes an element out.
func doc(more ...string) elements {
	e := elements{"return_code": "SUCCESS", "return_msg": "OK", "result_code": "SUCCESS", "appid": "wx2421b1c4370ec43b",
		"mch_id": "10000100", "sub_mch_id": "10000101", "nonce_str": "TN55wO9Pba5yENl8"}
	return e.with(more...)
}

func (e elements) with(more ...string) elements {
	e = maps.Clone(e)
	for i := 0; i < len(more); i += 2 {
		e[more[i]] = more[i+1]
	}
	return e
}

// paid is what micropay answers to testPayment.
func paid(more ...string) elements {
	return doc("openid", "oUpF8uN95-Ptaags6E_roPHg7AG0", "is_subscribe", "Y", "trade_type", "MICROPAY", "bank_type", "CCB_DEBIT",
		"fee_type", "CNY", "total_fee", "1000", "cash_fee", "1000", "cash_fee_type", "CNY", "transaction_id", "1008450740201411110005820873",
		"out_trade_no", "1415757673", "attach", "订单额外描述", "time_end", "20141111170043").with(more...)
}

func held(more ...string) elements {
	return paid("trade_state", "SUCCESS", "trade_state_desc", "支付成功").with(more...)
}

func failed(code string) elements {
	return doc("result_code", "FAIL", "err_code", code, "err_code_des", "why")
}

func returnFail(text string) string {
	return "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[" + text + "]]></return_msg></xml>"
}

// signed is a document as the platform sends it.
func signed(e elements, a algorithm) string {
	return string(e.with("sign", apiKey(vectorKey).sign(e, a)).encode())
}

func hmacOf(e elements) string { return signed(e, hmacSHA256) }

// seen is one request as it arrived.
type seen struct {
	path   string
	sent   elements
	mutual bool
}

// platform is a RoundTripper that answers every call alike.
type platform struct {
	t      testing.TB
	status int
	body   string
	edit   func(*http.Response)

	mu   sync.Mutex
	seen []seen
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	e, err := parse(body, "xml")
	if err != nil {
		p.t.Errorf("sent %v: %s", err, body)
	}
	if r.Method != "POST" || r.Header.Get("Content-Type") != "text/xml; charset=utf-8" || apiKey(vectorKey).check(e, algorithm(e["sign_type"])) != proven {
		p.t.Errorf("sent %s %v: %s", r.Method, r.Header, body)
	}
	p.mu.Lock()
	p.seen = append(p.seen, seen{r.URL.RequestURI(), e, r.TLS != nil})
	p.mu.Unlock()
	if p.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := &http.Response{StatusCode: p.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(p.body))}
	if p.edit != nil {
		p.edit(resp)
	}
	return resp, nil
}

// last is the one request that was sent.
func (p *platform) last() seen {
	p.t.Helper()
	if len(p.seen) != 1 {
		p.t.Fatalf("%d requests were sent", len(p.seen))
	}
	return p.seen[0]
}

// keyPair is a client certificate, made once.
var keyPair = sync.OnceValues(func() (cert, key string) { return newPair() })

func newPair() (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "10000100"},
		NotBefore: time.Unix(testTime, 0), NotAfter: time.Unix(testTime, 0).AddDate(50, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
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

// config is the provider of the vectors, its keys in dir.
func config(t testing.TB, dir string) Config {
	t.Helper()
	cert, key := keyPair()
	write(t, dir, "api.key", vectorKey+"\n", 0o600)
	write(t, dir, "cert.pem", cert, 0o644)
	write(t, dir, "key.pem", key, 0o640)
	return Config{AppID: "wx2421b1c4370ec43b", MchID: "10000100", SubMchID: "10000101", APIKeyFile: "api.key",
		ClientCertificateFile: "cert.pem", ClientKeyFile: "key.pem", NotifyURL: "https://shop.example/v1/notify/deposit"}
}

func settingsOf(cfg Config, dir string, env channels.Env) channels.Settings {
	return channels.Settings{
		Name:   "deposit",
		Till:   channels.Till{ID: "1000"},
		Decode: func(into any) error { *into.(*Config) = cfg; return nil },
		Path:   func(name string) string { return filepath.Join(dir, name) },
		Env:    env,
	}
}

// channel is a channel in front of a platform that answers as told.
func channel(t testing.TB, status int, body string, edits ...func(*Config)) (*Channel, *platform) {
	t.Helper()
	dir := t.TempDir()
	cfg := config(t, dir)
	for _, edit := range edits {
		edit(&cfg)
	}
	p := &platform{t: t, status: status, body: body}
	c, err := newChannel(settingsOf(cfg, dir, channels.Env{Now: at(testTime), Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

func given(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

// params reads a vector's sorted string.
func params(t testing.TB, name string) elements {
	t.Helper()
	e := elements{}
	for pair := range strings.SplitSeq(read(t, name), "&") {
		k, v, _ := strings.Cut(pair, "=")
		e[k] = v
	}
	return e
}
