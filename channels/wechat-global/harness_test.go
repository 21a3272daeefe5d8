package wechatglobal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// TK1, the published test key of §19.1, is merchant and platform key here.
const (
	tk1Serial = "D7CE59D1F522D701"
	v3Key     = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb" // O4's
	testNonce = "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz"
	testTime  = 1624523846
	testCode  = "134650720866361395"
)

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".pem") {
		return string(data)
	}
	return strings.TrimSpace(string(data))
}

func tk1(t testing.TB) *signer {
	t.Helper()
	key, err := channels.ParsePrivateKey([]byte(read(t, "tk1.key.b64")), minKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner("10000100", tk1Serial, key)
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// platform is a RoundTripper that answers with signed replies.
type platform struct {
	t      testing.TB
	signer *signer
	now    func() time.Time
	answer func(r *http.Request, body []byte) (status int, reply string)
	// edit changes an answer before it goes.
	edit func(*http.Response)

	mu   sync.Mutex
	seen []string // method, request line and body of each request
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	p.mu.Unlock()
	var status int
	var reply string
	if r.URL.Path == certificatesPath {
		status, reply = 200, certificates(p.t)
	} else {
		status, reply = p.answer(r, body)
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := p.reply(status, reply)
	if p.edit != nil {
		p.edit(resp)
	}
	return resp, nil
}

func (p *platform) reply(status int, reply string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(reply))}
	now := p.now()
	resp.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	resp.Header.Set("Request-ID", "08E9-268435456")
	sign(resp.Header, p.signer, now, reply)
	return resp
}

func sign(h http.Header, s *signer, now time.Time, body string) {
	ts := strconv.FormatInt(now.Unix(), 10)
	sig, _ := s.sign(toVerify(ts, testNonce, []byte(body)))
	h.Set("Wechatpay-Timestamp", ts)
	h.Set("Wechatpay-Nonce", testNonce)
	h.Set("Wechatpay-Signature", sig)
	h.Set("Wechatpay-Serial", s.serial)
}

func unsign(r *http.Response) {
	for k := range r.Header {
		if strings.HasPrefix(k, "Wechatpay-") {
			r.Header.Del(k)
		}
	}
}

// certificates is R4's body.
func certificates(t testing.TB) string {
	return `{"data":[{"serial_no":"D7CE59D1F522D701","effective_time":"2021-04-27T08:55:23Z","expire_time":"2031-04-25T08:55:23Z","encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"d215b0511e9c","associated_data":"certificate","ciphertext":"` + read(t, "r4.cipher") + `"}}]}`
}

func at(unix int64) func() time.Time { return func() time.Time { return time.Unix(unix, 0) } }

// config is the institution of the vectors, its keys in dir.
func config(t testing.TB, dir string) Config {
	t.Helper()
	write(t, dir, "key.b64", read(t, "tk1.key.b64"), 0o600)
	write(t, dir, "v3.key", v3Key+"\n", 0o640)
	return Config{
		Mode: "institution", SpMchID: "10000100", SpAppID: "wxdace645e0bc2c424", SubMchID: "20000100",
		MerchantCategoryCode: "4111", PrivateKeyFile: "key.b64", CertificateSerial: tk1Serial, APIv3KeyFile: "v3.key",
	}
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
		Name:   "wechat",
		Decode: func(into any) error { *into.(*Config) = cfg; return nil },
		Path:   func(name string) string { return filepath.Join(dir, name) },
		Env:    env,
	}
}

// newChannel is a channel in front of answer, at the vectors' time.
func newChannel(t testing.TB, answer func(r *http.Request, body []byte) (int, string), edits ...func(*Config)) (*Channel, *platform) {
	t.Helper()
	dir := t.TempDir()
	cfg := config(t, dir)
	for _, e := range edits {
		e(&cfg)
	}
	p := &platform{t: t, signer: tk1(t), now: at(testTime), answer: answer}
	c, err := open(settingsOf(cfg, dir, channels.Env{Now: at(testTime), Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// always answers every call alike.
func always(status int, reply string) func(*http.Request, []byte) (int, string) {
	return func(*http.Request, []byte) (int, string) { return status, reply }
}

func r1(t testing.TB) string { return read(t, "r1.body.json") }

var testPayment = channels.Payment{
	OutTradeNo:  "20150806125346",
	Amount:      channels.Money{Amount: 1, Currency: "HKD"},
	Code:        channels.NewCode(testCode),
	Description: "押金 Test",
}

var testOrder = channels.Order{OutTradeNo: "20150806125346", Amount: channels.Money{Amount: 1, Currency: "HKD"}}

func (p *platform) calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, s := range p.seen {
		if strings.Contains(s, path) {
			n++
		}
	}
	return n
}

func pemOf(t testing.TB, kind string, der []byte) string {
	var b bytes.Buffer
	if err := pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func clockAt(unix int64) *wire.Clock { return wire.NewClock(at(unix)) }

type canned struct {
	header http.Header
	body   string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: c.header, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

func cannedWire(t testing.TB, header http.Header, body string) *wire.Client {
	w, err := wire.New(wire.Config{Endpoint: "https://platform.invalid", Transport: canned{header, body}, Now: at(testTime)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}
