package sandbox_test

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// till is a small client of the platform, written from the dossier for these
// tests alone: it signs, verifies and believes nothing else.
type till struct {
	t     *testing.T
	box   *sandbox.Sandbox
	clock *clock
	acct  sandbox.Account
	key   *rsa.PrivateKey
	web   *http.Client
	base  string
	certs map[string]*rsa.PublicKey
	seq   int
}

// clock only moves when told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// noon is in the middle of a Beijing day.
var noon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// openSandbox is the platforms at noon, their time in the test's hands.
func openSandbox(t *testing.T, change []func(*sandbox.Config)) (*sandbox.Sandbox, *clock) {
	t.Helper()
	keys := sandbox.SharedKeys(t)
	c := &clock{now: noon}
	cfg := sandbox.Config{Now: c.Now, Keys: keys, RefundTime: 5 * time.Minute,
		Wait: func(_ context.Context, d time.Duration) error { c.pass(d); return nil }}
	for _, f := range change {
		f(&cfg)
	}
	box, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return box, c
}

func newTill(t *testing.T, mode string, change ...func(*sandbox.Config)) *till {
	t.Helper()
	box, c := openSandbox(t, change)
	return tillOn(t, box, c, mode)
}

func tillOn(t *testing.T, box *sandbox.Sandbox, c *clock, mode string) *till {
	t.Helper()
	tl := &till{t: t, box: box, clock: c, certs: map[string]*rsa.PublicKey{},
		web: &http.Client{Transport: box.Transport()}, base: "https://apihk.mch.weixin.qq.com"}
	for _, a := range box.Accounts() {
		if a.Mode == mode {
			tl.acct = a
		}
	}
	block, _ := pem.Decode(tl.acct.PrivateKeyPEM)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	tl.key = key.(*rsa.PrivateKey)
	return tl
}

// answer is what came back. err is set when nothing whole did.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	err      error
	verified bool
}

func (a answer) get(path string) any {
	var v any
	json.Unmarshal(a.body, &v)
	for name := range strings.SplitSeq(path, ".") {
		doc, _ := v.(map[string]any)
		v = doc[name]
	}
	return v
}

func (a answer) String() string { return fmt.Sprintf("%d %s (%v)", a.status, a.body, a.err) }

func (tl *till) mchid() string {
	if tl.acct.Mode == sandbox.Direct {
		return tl.acct.MchID
	}
	return tl.acct.SpMchID
}

// request signs one; change may spoil it after that.
func (tl *till) request(method, uri, body string, change ...func(*http.Request)) *http.Request {
	tl.t.Helper()
	nonce := rand.Text()
	stamp := strconv.FormatInt(tl.clock.Now().Unix(), 10)
	sum := sha256.Sum256([]byte(method + "\n" + uri + "\n" + stamp + "\n" + nonce + "\n" + body + "\n"))
	raw, err := rsa.SignPKCS1v15(rand.Reader, tl.key, crypto.SHA256, sum[:])
	if err != nil {
		tl.t.Fatal(err)
	}
	req, err := http.NewRequest(method, tl.base+uri, strings.NewReader(body))
	if err != nil {
		tl.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "till-of-the-tests/1")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`,
		tl.mchid(), nonce, stamp, tl.acct.Serial, base64.StdEncoding.EncodeToString(raw)))
	for _, f := range change {
		f(req)
	}
	return req
}

func (tl *till) do(method, uri, body string, change ...func(*http.Request)) answer {
	tl.t.Helper()
	res, err := tl.web.Do(tl.request(method, uri, body, change...))
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, a.err = io.ReadAll(res.Body); a.err == nil {
		a.verified = tl.verify(a, a.body)
	}
	return a
}

// verify is §3.2 with its five minutes.
func (tl *till) verify(a answer, body []byte) bool {
	tl.t.Helper()
	h := a.header
	serial := h.Get("Wechatpay-Serial")
	if tl.certs[serial] == nil && serial != "" {
		tl.fetchCerts()
	}
	key := tl.certs[serial]
	seconds, err := strconv.ParseInt(h.Get("Wechatpay-Timestamp"), 10, 64)
	if key == nil || err != nil || math.Abs(float64(tl.clock.Now().Unix()-seconds)) > 300 {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(h.Get("Wechatpay-Timestamp") + "\n" + h.Get("Wechatpay-Nonce") + "\n" + string(body) + "\n"))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}

// fetchCerts is §11 with its bootstrap: decrypt, then verify with what came.
func (tl *till) fetchCerts() {
	tl.t.Helper()
	res, err := tl.web.Do(tl.request("GET", "/v3/global/certificates", ""))
	if err != nil {
		return
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var list struct {
		Data []struct {
			Serial string `json:"serial_no"`
			Sealed struct {
				Nonce string `json:"nonce"`
				AAD   string `json:"associated_data"`
				Text  []byte `json:"ciphertext"`
			} `json:"encrypt_certificate"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		tl.t.Fatal(err)
	}
	for _, row := range list.Data {
		block, err := aes.NewCipher([]byte(tl.acct.APIv3Key))
		if err != nil {
			tl.t.Fatal(err)
		}
		gcm, _ := cipher.NewGCM(block)
		plain, err := gcm.Open(nil, []byte(row.Sealed.Nonce), row.Sealed.Text, []byte(row.Sealed.AAD))
		if err != nil {
			tl.t.Fatal(err)
		}
		block2, _ := pem.Decode(plain)
		cert, err := x509.ParseCertificate(block2.Bytes)
		if err != nil {
			tl.t.Fatal(err)
		}
		if got := fmt.Sprintf("%X", cert.SerialNumber); got != row.Serial || len(got) != 40 {
			tl.t.Fatalf("certificate %s is listed as %s", got, row.Serial)
		}
		if now := tl.clock.Now(); now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
			tl.t.Fatal("the certificate is not valid now")
		}
		tl.certs[row.Serial] = cert.PublicKey.(*rsa.PublicKey)
	}
}

// code makes a fresh payment code with these last two digits.
func (tl *till) code(lastTwo string) string {
	tl.seq++
	return fmt.Sprintf("13%014d%s", tl.seq, lastTwo)
}

func (tl *till) payBody(no, code string, amount int64, currency string) string {
	ids := fmt.Sprintf(`"sp_mchid":%q,"sp_appid":%q,"sub_mchid":%q`, tl.acct.SpMchID, tl.acct.SpAppID, tl.acct.SubMchID)
	if tl.acct.Mode == sandbox.Direct {
		ids = fmt.Sprintf(`"mchid":%q,"appid":%q`, tl.acct.MchID, tl.acct.AppID)
	}
	return fmt.Sprintf(`{%s,"description":"奶茶","out_trade_no":%q,"trade_type":"MICROPAY","merchant_category_code":"4111",`+
		`"payer":{"auth_code":%q},"amount":{"total":%d,"currency":%q},"scene_info":{"device_id":"T01"}}`, ids, no, code, amount, currency)
}

func (tl *till) pay(no, code string) answer {
	tl.t.Helper()
	return tl.do("POST", payPath, tl.payBody(no, code, 888, "HKD"))
}

const payPath = "/v3/global/micropay/transactions/pay"

func (tl *till) ids() string {
	if tl.acct.Mode == sandbox.Direct {
		return "mchid=" + tl.acct.MchID
	}
	return "sp_mchid=" + tl.acct.SpMchID + "&sub_mchid=" + tl.acct.SubMchID
}

func (tl *till) query(no string) answer {
	tl.t.Helper()
	return tl.do("GET", "/v3/global/transactions/out-trade-no/"+no+"?"+tl.ids(), "")
}

func (tl *till) revoke(no string) answer {
	tl.t.Helper()
	body := fmt.Sprintf(`{"sp_mchid":%q,"sub_mchid":%q}`, tl.acct.SpMchID, tl.acct.SubMchID)
	if tl.acct.Mode == sandbox.Direct {
		body = fmt.Sprintf(`{"mchid":%q}`, tl.acct.MchID)
	}
	return tl.do("POST", "/v3/global/micropay/transactions/out-trade-no/"+no+"/reverse", body)
}

func (tl *till) refund(no, refundNo string, amount, total int64) answer {
	tl.t.Helper()
	ids := fmt.Sprintf(`"sp_mchid":%q,"sp_appid":%q,"sub_mchid":%q`, tl.acct.SpMchID, tl.acct.SpAppID, tl.acct.SubMchID)
	if tl.acct.Mode == sandbox.Direct {
		ids = fmt.Sprintf(`"mchid":%q,"appid":%q`, tl.acct.MchID, tl.acct.AppID)
	}
	return tl.do("POST", "/v3/global/refunds", fmt.Sprintf(`{%s,"out_trade_no":%q,"out_refund_no":%q,"reason":"cold","amount":{"refund":%d,"total":%d,"currency":"HKD"}}`,
		ids, no, refundNo, amount, total))
}

func (tl *till) refundQuery(refundNo string) answer {
	tl.t.Helper()
	return tl.do("GET", "/v3/global/refunds/out-refund-no/"+refundNo+"?"+tl.ids(), "")
}

// order reads the books.
func (tl *till) order(no string) sandbox.Order {
	tl.t.Helper()
	o, ok := tl.box.Books().Order(no)
	if !ok {
		tl.t.Fatalf("the books have no order %s", no)
	}
	return o
}

// says fails the test unless the answer is a verified 200 with this trade_state.
func (tl *till) says(a answer, state string) {
	tl.t.Helper()
	if a.err != nil || a.status != 200 || !a.verified || a.get("trade_state") != state {
		tl.t.Fatalf("want a verified %s, got %v, verified %t", state, a, a.verified)
	}
}

// refuses fails the test unless the answer is this signed refusal.
func (tl *till) refuses(a answer, status int, code string) {
	tl.t.Helper()
	if a.err != nil || a.status != status || a.get("code") != code || a.verified != (status < 500) {
		tl.t.Fatalf("want %d %s, got %v, verified %t", status, code, a, a.verified)
	}
}
