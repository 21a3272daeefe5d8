package fubei

import (
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
)

const (
	merchantSecret = "testonly00112233445566778899aabb"
	vendorSecret   = "testonlyvendor445566778899aabbcc"
	testCode       = "134567890123456789"
	testAppID      = "20200101000000000001"
)

// testNow is the day of the vectors.
var testNow = time.Date(2026, 11, 22, 10, 15, 0, 0, beijing)

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
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

// platform is a RoundTripper that keeps what was asked. A status of 0 breaks
// the connection after the request.
type platform struct {
	answer func(method, biz string) (status int, reply string)

	mu   sync.Mutex
	seen []request
}

type request struct {
	path, body, method, biz string
	header                  http.Header
	envelope                map[string]string
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	q := request{path: r.URL.Path, body: string(body), header: r.Header}
	if err := json.Unmarshal(body, &q.envelope); err != nil {
		return nil, err
	}
	q.method, q.biz = q.envelope["method"], q.envelope["biz_content"]
	p.mu.Lock()
	p.seen = append(p.seen, q)
	p.mu.Unlock()
	status, text := p.answer(q.method, q.biz)
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return reply(status, text), nil
}

// reply is dated an hour ahead of the till's clock.
func reply(status int, body string) *http.Response {
	h := http.Header{"Date": {testNow.Add(time.Hour).UTC().Format(http.TimeFormat)}, "Content-Type": {"application/json"}}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func (p *platform) last(t testing.TB) request {
	t.Helper()
	if len(p.seen) == 0 {
		t.Fatal("nothing was sent")
	}
	return p.seen[len(p.seen)-1]
}

// config is a merchant's of 1.0, as in the vectors.
func config() Config {
	cfg := Default()
	cfg.AppID, cfg.AppSecretFile, cfg.StoreID = testAppID, "merchant.secret", 1001
	return cfg
}

func twoMerchant(c *Config) { c.API = apiTwoMerchant }

func twoVendor(c *Config) {
	c.API, c.AppID, c.AppSecretFile = apiTwoVendor, "", ""
	c.VendorSN, c.VendorSecretFile, c.MerchantID = "2020010100000000001a", "vendor.secret", 3000001
}

func secrets(t testing.TB) string {
	dir := t.TempDir()
	write(t, dir, "merchant.secret", merchantSecret+"\n", 0o600)
	write(t, dir, "vendor.secret", vendorSecret, 0o600)
	return dir
}

func settingsOf(cfg Config, dir string, env channels.Env) channels.Settings {
	return channels.Settings{
		Name:   "fubei",
		Till:   channels.Till{ID: "T01"},
		Decode: func(into any) error { *into.(*Config) = cfg; return nil },
		Path:   func(name string) string { return filepath.Join(dir, name) },
		Env:    env,
	}
}

// newChannel is a channel in front of answer, at the vectors' time.
func newChannel(t testing.TB, answer func(method, biz string) (int, string), edits ...func(*Config)) (*Channel, *platform) {
	t.Helper()
	cfg := config()
	for _, e := range edits {
		e(&cfg)
	}
	p := &platform{answer: answer}
	c, err := open(settingsOf(cfg, secrets(t), channels.Env{Now: func() time.Time { return testNow }, Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// always answers every call alike.
func always(status int, reply string) func(string, string) (int, string) {
	return func(string, string) (int, string) { return status, reply }
}

// done is an answer to a call that was done.
func done(data string) string {
	return `{"result_code":200,"result_message":"成功","data":` + data + `}`
}

// state is an order's answer in 1.0, about testOrder.
func state(word string) string {
	return `{"merchant_order_sn":"T0120261122000002","order_sn":"20261122101530000001","trade_state":"` + word + `","total_fee":12.30,"pay_time":1795313734,"store_id":1001}`
}

func stateTwo(word string) string {
	return `{"merchant_order_sn":"T0120261122000002","order_sn":"20261122101530000001","order_status":"` + word + `","total_amount":"12.3","finish_time":"20261122101534","merchant_id":3000001,"store_id":1001}`
}

func refusal(code, message, sub string) string {
	s := `{"result_code":` + code + `,"result_message":"` + message + `"`
	if sub != "" {
		s += `,"sub_code":"` + sub + `"`
	}
	return s + "}"
}

func yuan1230() channels.Money { return channels.Money{Amount: 1230, Currency: "CNY"} }

var (
	testPayment = channels.Payment{OutTradeNo: "T0120261122000002", Amount: yuan1230(), Code: channels.NewCode(testCode), Description: "午餐 A&B=1"}
	testOrder   = channels.Order{OutTradeNo: "T0120261122000002", Amount: yuan1230()}
	testRefund  = channels.Refund{Order: testOrder, RefundNo: "T01R20261122000001", Amount: channels.Money{Amount: 230, Currency: "CNY"}, Reason: "cold"}
	testPrepare = channels.Preparation{OutTradeNo: "T0120261122000001", Amount: channels.Money{Amount: 1, Currency: "CNY"}, Description: "矿泉水",
		Payer: given("sub_openid", `"oTESTONLYopenid0000000000000"`)}
)

func given(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}
