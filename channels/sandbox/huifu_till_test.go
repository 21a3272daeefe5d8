package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// huifuTill is a small client of Huifu, written from the dossier for these tests
// alone: it signs, verifies and believes nothing else.
type huifuTill struct {
	t        *testing.T
	box      *sandbox.Sandbox
	clock    *clock
	acct     sandbox.Account
	private  *rsa.PrivateKey
	platform *rsa.PublicKey
	web      *http.Client
	seq      int
}

func newHuifuTill(t *testing.T, change ...func(*sandbox.Config)) *huifuTill {
	t.Helper()
	box, c := openSandbox(t, change)
	return huifuTillOn(t, box, c)
}

func huifuTillOn(t *testing.T, box *sandbox.Sandbox, c *clock) *huifuTill {
	t.Helper()
	tl := &huifuTill{t: t, box: box, clock: c, web: &http.Client{Transport: box.Transport()}}
	accounts := box.Accounts()
	tl.acct = accounts[slices.IndexFunc(accounts, func(a sandbox.Account) bool { return a.Platform == "huifu" })]
	block, _ := pem.Decode(tl.acct.PrivateKeyPEM)
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	block, _ = pem.Decode(tl.acct.PlatformKeyPEM)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	tl.private, tl.platform = private.(*rsa.PrivateKey), public.(*rsa.PublicKey)
	return tl
}

// bag is the content of a request or a reply.
type bag map[string]any

func (b bag) with(pairs ...any) bag {
	b = maps.Clone(b)
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		if b[name] = pairs[i+1]; pairs[i+1] == nil {
			delete(b, name)
		}
	}
	return b
}

func plain(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}

func (tl *huifuTill) sign(text []byte) string {
	sum := sha256.Sum256(text)
	raw, err := rsa.SignPKCS1v15(nil, tl.private, crypto.SHA256, sum[:])
	if err != nil {
		tl.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func (tl *huifuTill) verifies(text []byte, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256(text)
	return err == nil && rsa.VerifyPKCS1v15(tl.platform, crypto.SHA256, sum[:], raw) == nil
}

// huifuAnswer is what came back. way is how it verified: raw, sorted, unescaped,
// or empty.
type huifuAnswer struct {
	err    error
	status int
	body   []byte
	outer  bag
	data   bag
	way    string
}

func (a huifuAnswer) String() string {
	return fmt.Sprintf("%d %.2000s (%v, %q)", a.status, a.body, a.err, a.way)
}

// brief is "err", or the resp_code and trans_stat, with the way of the proof.
func (a huifuAnswer) brief() string {
	from := a.data
	if from == nil {
		from = a.outer
	}
	switch {
	case a.err != nil:
		return "err"
	case from == nil:
		return fmt.Sprint(a.status)
	}
	words := []string{fmt.Sprint(from["resp_code"])}
	if stat, has := from["trans_stat"]; has {
		words = append(words, fmt.Sprint(stat))
	}
	if a.way != "" {
		words = append(words, a.way)
	}
	return strings.Join(words, " ")
}

// envelope makes the body of a call; data's texts are signed in sorted order.
func (tl *huifuTill) envelope(data bag) []byte {
	text := plain(data)
	return plain(map[string]any{"sys_id": tl.acct.SysID, "product_id": tl.acct.ProductID,
		"data": json.RawMessage(text), "sign": tl.sign(text)})
}

func (tl *huifuTill) call(path string, data bag) huifuAnswer {
	tl.t.Helper()
	return tl.send(path, tl.envelope(data))
}

func (tl *huifuTill) send(path string, body []byte, change ...func(*http.Request)) huifuAnswer {
	tl.t.Helper()
	req, err := http.NewRequest("POST", "https://api.huifu.com"+path, bytes.NewReader(body))
	if err != nil {
		tl.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	for _, f := range change {
		f(req)
	}
	res, err := tl.web.Do(req)
	if err != nil {
		return huifuAnswer{err: err}
	}
	defer res.Body.Close()
	a := huifuAnswer{status: res.StatusCode}
	if a.body, a.err = io.ReadAll(res.Body); a.err == nil {
		tl.understand(&a)
	}
	return a
}

// understand is §3: raw, then sorted, then without escapes.
func (tl *huifuTill) understand(a *huifuAnswer) {
	var e struct {
		Data json.RawMessage `json:"data"`
		Sign string          `json:"sign"`
	}
	if json.Unmarshal(a.body, &a.outer) != nil || json.Unmarshal(a.body, &e) != nil || e.Data == nil {
		return
	}
	json.Unmarshal(e.Data, &a.data)
	var members map[string]json.RawMessage
	json.Unmarshal(e.Data, &members)
	var sorted []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		sorted = append(sorted, string(plain(name))+":"+string(members[name]))
	}
	unescaped := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(e.Data))
	switch {
	case tl.verifies(e.Data, e.Sign):
		a.way = "raw"
	case tl.verifies([]byte("{"+strings.Join(sorted, ",")+"}"), e.Sign):
		a.way = "sorted"
	case tl.verifies([]byte(unescaped), e.Sign):
		a.way = "unescaped"
	}
}

func (tl *huifuTill) today() string {
	return tl.clock.Now().Add(8 * time.Hour).UTC().Format("20060102")
}

// own begins a call that has a number of its own.
func (tl *huifuTill) own(no string, pairs ...any) bag {
	return bag{"req_date": tl.today(), "req_seq_id": no, "huifu_id": tl.acct.HuifuID}.with(pairs...)
}

// number makes a fresh one.
func (tl *huifuTill) number(kind string) string {
	tl.seq++
	return fmt.Sprintf("%s%06d", kind, tl.seq)
}

func (tl *huifuTill) code(lastTwo string) string {
	tl.seq++
	return fmt.Sprintf("13%014d%s", tl.seq, lastTwo)
}

func (tl *huifuTill) payData(no, code string) bag {
	return tl.own(no, "trans_amt", "8.88", "goods_desc", "奶茶 <大>", "auth_code", code,
		"risk_check_data", `{"ip_addr":"203.0.113.10"}`, "notify_url", "https://pay.example.test:8443/n",
		"terminal_device_info", `{"mer_device_type":"07","devs_id":"SPINTP1","device_type":"4","location":"+22.54/+113.93"}`)
}

func (tl *huifuTill) pay(no, code string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v3/trade/payment/micropay", tl.payData(no, code))
}

func (tl *huifuTill) miniData(no, openid string) bag {
	return tl.own(no, "trade_type", "T_MINIAPP", "trans_amt", "8.88", "goods_desc", "会员储值",
		"wx_data", `{"openid":"`+openid+`"}`, "notify_url", "http://pay.example.test/n")
}

func (tl *huifuTill) prepare(no, openid string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v3/trade/payment/jspay", tl.miniData(no, openid))
}

// ask is a query of today's payment.
func (tl *huifuTill) ask(no string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "org_req_seq_id": no})
}

func (tl *huifuTill) refund(no, refundNo, amount string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v3/trade/payment/scanpay/refund", tl.own(refundNo, "ord_amt", amount, "org_req_date", tl.today(), "org_req_seq_id", no))
}

func (tl *huifuTill) askRefund(refundNo string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v3/trade/payment/scanpay/refundquery", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "org_req_seq_id": refundNo})
}

func (tl *huifuTill) close(no string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v2/trade/payment/scanpay/close", tl.own(tl.number("C"), "org_req_date", tl.today(), "org_req_seq_id", no))
}

func (tl *huifuTill) askClose(no string) huifuAnswer {
	tl.t.Helper()
	return tl.call("/v2/trade/payment/scanpay/closequery", tl.own(tl.number("Q"), "org_req_date", tl.today(), "org_req_seq_id", no))
}

// want fails the test unless the answer's brief is this.
func (tl *huifuTill) want(a huifuAnswer, brief string) huifuAnswer {
	tl.t.Helper()
	if a.brief() != brief {
		tl.t.Fatalf("want %s, got %s: %v", brief, a.brief(), a)
	}
	return a
}

func (tl *huifuTill) order(no string) sandbox.Order {
	tl.t.Helper()
	o, ok := tl.box.Books().Order(no)
	if !ok {
		tl.t.Fatalf("the books have no order %s", no)
	}
	return o
}
