package huifu

import (
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// vector is one of testdata/vectors.json.
type vector struct {
	ID        string            `json:"id"`
	Kind      string            `json:"kind"`
	Path      string            `json:"path"`
	Data      map[string]string `json:"data"`
	ToSign    string            `json:"string_to_sign"`
	Signature string            `json:"signature_base64"`
	Body      string            `json:"http_body"`
	Form      string            `json:"form_body"`
	Ack       string            `json:"ack"`
	Verifies  bool              `json:"verifies"`
}

type vectorFile struct {
	Keys map[string]struct {
		Private string `json:"private_pem"`
		Public  string `json:"public_pem"`
		PKCS8   string `json:"private_pkcs8_base64"`
		X509    string `json:"public_x509_base64"`
	} `json:"keys"`
	Vectors []vector `json:"vectors"`
}

var loadVectors = sync.OnceValues(func() (vectorFile, error) {
	var f vectorFile
	data, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(data, &f)
})

func vectors(t testing.TB) vectorFile {
	t.Helper()
	f, err := loadVectors()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func vectorOf(t testing.TB, id string) vector {
	t.Helper()
	for _, v := range vectors(t).Vectors {
		if v.ID == id {
			return v
		}
	}
	t.Fatal("no vector " + id)
	return vector{}
}

const (
	merchantKeys = "test_only_huifu_merchant"
	platformKeys = "test_only_huifu_platform"
	testCode     = "134567890123456789"
	testNo       = "T0120261122000001"
	testRefundNo = "T01R20261122000001"
	testHf       = "0029000TEST261122101530P000c0a8000000001"
)

// testTime is 10:15:30 in Beijing on the vectors' day.
var testTime = time.Date(2026, 11, 22, 10, 15, 30, 0, beijing)

// platformKey signs for the platform.
var platformKey = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	f, err := loadVectors()
	if err != nil {
		return nil, err
	}
	return channels.ParsePrivateKey([]byte(f.Keys[platformKeys].Private), minKeyBits)
})

func signed(t testing.TB, data string) string {
	t.Helper()
	key, err := platformKey()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := sign(key, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// sealedReply is data as the platform sends it.
func sealedReply(t testing.TB, data string) string {
	return `{"data":` + data + `,"sign":"` + signed(t, data) + `"}`
}

// platform answers each request and keeps what it saw.
type platform struct {
	answer func(r *http.Request, body string) (int, string)
	date   time.Time
	mu     sync.Mutex
	seen   []string // path, then body
	header http.Header
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.URL.String()+" "+string(body))
	p.header = r.Header
	p.mu.Unlock()
	status, reply := p.answer(r, string(body))
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(reply))}
	resp.Header.Set("Date", p.date.UTC().Format(http.TimeFormat))
	return resp, nil
}

// always answers every call alike.
func always(status int, reply string) func(*http.Request, string) (int, string) {
	return func(*http.Request, string) (int, string) { return status, reply }
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

// config is the vectors' merchant, his keys in dir.
func config(t testing.TB, dir string) Config {
	t.Helper()
	keys := vectors(t).Keys
	write(t, dir, "key.b64", keys[merchantKeys].PKCS8, 0o600)
	write(t, dir, "huifu.b64", keys[platformKeys].X509, 0o644)
	cfg := Default()
	cfg.SysID, cfg.ProductID, cfg.HuifuID = "6666000000000001", "TESTP", "6666000000000002"
	cfg.PrivateKeyFile, cfg.PlatformPublicKeyFile = "key.b64", "huifu.b64"
	cfg.IPAddr, cfg.ExpireAfter = "203.0.113.10", ""
	return cfg
}

func settingsOf(cfg Config, dir string, env channels.Env) channels.Settings {
	return channels.Settings{
		Name: "huifu", Till: channels.Till{ID: "T01", StoreName: "Shop"},
		Decode: func(into any) error { *into.(*Config) = cfg; return nil },
		Path:   func(name string) string { return filepath.Join(dir, name) },
		Env:    env,
	}
}

// newChannel is a channel in front of answer, at the vectors' time.
func newChannel(t testing.TB, answer func(*http.Request, string) (int, string), edits ...func(*Config)) (*Channel, *platform) {
	t.Helper()
	dir := t.TempDir()
	cfg := config(t, dir)
	for _, e := range edits {
		e(&cfg)
	}
	p := &platform{answer: answer, date: testTime}
	c, err := open(settingsOf(cfg, dir, channels.Env{Now: func() time.Time { return testTime }, Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

func cny(fen int64) channels.Money { return channels.Money{Amount: fen, Currency: "CNY"} }

func testPayment() channels.Payment {
	return channels.Payment{OutTradeNo: testNo, Amount: cny(1), Code: channels.NewCode(testCode), Description: "矿泉水/面包"}
}

func testOrder() channels.Order {
	return channels.Order{OutTradeNo: testNo, Amount: cny(1), SubmittedAt: testTime.Add(-2 * time.Minute)}
}

func testRefund() channels.Refund {
	return channels.Refund{Order: testOrder(), RefundNo: testRefundNo, Amount: cny(1), Reason: "顾客退货"}
}

func testPreparation() channels.Preparation {
	return channels.Preparation{
		OutTradeNo: "T0120261122000003", Amount: cny(100), Description: "会员储值",
		Payer:     given("sub_appid", `"wx0000000000000000"`, "sub_openid", `"oTESTONLYopenid0000000000000"`),
		ExpiresAt: time.Date(2026, 11, 22, 10, 30, 0, 0, beijing),
	}
}

func given(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

// object writes a reply's data from pairs over base.
func dataOf(base map[string]string, pairs ...string) string {
	m := map[string]string{}
	for k, v := range base {
		m[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			delete(m, pairs[i])
			continue
		}
		m[pairs[i]] = pairs[i+1]
	}
	return string(wire.Encode(m))
}

// The members that name what a reply is about.
var (
	ofTestPay   = map[string]string{"req_date": "20261122", "req_seq_id": testNo, "huifu_id": "6666000000000002", "hf_seq_id": testHf, "trans_amt": "0.01"}
	ofTestQuery = map[string]string{"org_req_date": "20261122", "org_req_seq_id": testNo, "huifu_id": "6666000000000002", "org_hf_seq_id": testHf,
		"trans_amt": "0.01", "resp_code": "00000000"}
	ofTestAsk = map[string]string{"req_date": "20261122", "req_seq_id": testRefundNo, "huifu_id": "6666000000000002", "hf_seq_id": "00R", "ord_amt": "0.01",
		"resp_code": "00000000"}
	ofTestRefundQuery = map[string]string{"org_req_date": "20261122", "org_req_seq_id": testRefundNo, "huifu_id": "6666000000000002", "org_hf_seq_id": "00R",
		"ord_amt": "0.01", "resp_code": "00000000"}
	ofTestClose = map[string]string{"org_req_date": "20261122", "org_req_seq_id": testNo, "huifu_id": "6666000000000002", "resp_code": "00000000"}
)
