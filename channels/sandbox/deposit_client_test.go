package sandbox_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tillpay/channels/sandbox"
)

// depositTill is a small client of the v2 deposits, written from the dossier for
// these tests alone: it signs, verifies and believes nothing else.
type depositTill struct {
	t     *testing.T
	box   *sandbox.Sandbox
	clock *clock
	acct  sandbox.Account
	web   *http.Client
	base  string
	seq   int
}

// fields are a request or a reply by element name.
type depositForm map[string]string

func newDepositTill(t *testing.T, change ...func(*sandbox.Config)) *depositTill {
	t.Helper()
	box, c := openSandbox(t, change)
	dt := &depositTill{t: t, box: box, clock: c, web: &http.Client{Transport: box.Transport()}, base: "https://api.mch.weixin.qq.com"}
	for _, a := range box.Accounts() {
		if a.Platform == "wechat-deposit" && dt.acct.MchID == "" {
			dt.acct = a
		}
	}
	return dt
}

// depositReply is what came back. bad says why its document is not to be
// believed, if it is not.
type depositReply struct {
	status int
	body   []byte
	err    error
	doc    depositForm
	bad    error
}

func (a depositReply) verified() bool { return a.err == nil && a.bad == nil }
func (a depositReply) String() string {
	return fmt.Sprintf("%d %s (%v, %v)", a.status, a.body, a.err, a.bad)
}

// depositSignText is §4.3 and §4.4.
func depositSignText(f depositForm, key string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if name != "sign" && name != "paySign" && f[name] != "" {
			b.WriteString(name + "=" + f[name] + "&")
		}
	}
	return b.String() + "key=" + key
}

// signDepositForm is §4.5.
func signDepositForm(f depositForm, key, kind string) string {
	if kind == "MD5" {
		sum := md5.Sum([]byte(depositSignText(f, key)))
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(depositSignText(f, key)))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
}

// base fields of every call.
func (dt *depositTill) identity(more depositForm) depositForm {
	f := depositForm{"appid": dt.acct.AppID, "mch_id": dt.acct.MchID, "sub_mch_id": dt.acct.SubMchID,
		"nonce_str": rand.Text(), "sign_type": "HMAC-SHA256"}
	maps.Copy(f, more)
	return f
}

func depositXML(f depositForm) string {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(f)) {
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(f[name]))
		b.WriteString("</" + name + ">")
	}
	return b.String() + "</xml>"
}

// call signs and sends; an element "-" is left out, one "" is sent empty.
func (dt *depositTill) call(path string, f depositForm) depositReply {
	dt.t.Helper()
	f = maps.Clone(f)
	_, given := f["sign"]
	maps.DeleteFunc(f, func(_, v string) bool { return v == "-" })
	kind := f["sign_type"]
	if kind == "" {
		kind = "MD5"
	}
	if !given {
		f["sign"] = signDepositForm(f, dt.acct.APIKey, kind)
	}
	return dt.post(path, depositXML(f), kind)
}

func (dt *depositTill) post(path, body, kind string, change ...func(*http.Request)) depositReply {
	dt.t.Helper()
	req, err := http.NewRequest("POST", dt.base+path, strings.NewReader(body))
	if err != nil {
		dt.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	for _, f := range change {
		f(req)
	}
	res, err := dt.web.Do(req)
	if err != nil {
		return depositReply{err: err}
	}
	defer res.Body.Close()
	a := depositReply{status: res.StatusCode}
	if a.body, a.err = io.ReadAll(res.Body); a.err == nil {
		a.doc, a.bad = readDepositReply(a.body)
		if a.bad == nil && (a.doc["sign"] == "" || a.doc["sign"] != signDepositForm(a.doc, dt.acct.APIKey, kind)) {
			a.bad = errors.New("sign")
		}
	}
	return a
}

// readDepositReply is §3's safety.
func readDepositReply(body []byte) (depositForm, error) {
	if len(body) > 64<<10 || bytes.Contains(body, []byte("<!DOCTYPE")) {
		return nil, errors.New("size or document type")
	}
	f, depth, name := depositForm{}, 0, ""
	dec := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := dec.Token()
		if err == io.EOF && len(f) > 0 {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				name = t.Name.Local
				if _, twice := f[name]; twice {
					return f, errors.New("twice: " + name)
				}
				f[name] = ""
			} else if depth > 2 {
				return f, errors.New("nested in " + name)
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 2 {
				f[name] += string(t)
			}
		}
	}
}

// code makes a fresh payment code with these last two digits.
func (dt *depositTill) code(lastTwo string) string {
	dt.seq++
	return fmt.Sprintf("13%014d%s", dt.seq, lastTwo)
}

func (dt *depositTill) payFields(no, code string, amount int64) depositForm {
	return dt.identity(depositForm{"deposit": "Y", "body": "酒店押金", "out_trade_no": no, "total_fee": fmt.Sprint(amount), "fee_type": "CNY",
		"spbill_create_ip": "14.17.22.52", "auth_code": code, "device_info": "T01", "attach": "room <7> & bath"})
}

func (dt *depositTill) pay(no, code string) depositReply {
	dt.t.Helper()
	return dt.call("/deposit/micropay", dt.payFields(no, code, 1000))
}

func (dt *depositTill) about(path, no string, more depositForm) depositReply {
	dt.t.Helper()
	f := dt.identity(depositForm{"out_trade_no": no})
	maps.Copy(f, more)
	return dt.call("/deposit/"+path, f)
}

func (dt *depositTill) query(no string) depositReply {
	dt.t.Helper()
	return dt.about("orderquery", no, nil)
}

func (dt *depositTill) reverse(no string) depositReply {
	dt.t.Helper()
	return dt.about("reverse", no, nil)
}

func (dt *depositTill) consume(no string, amount int64) depositReply {
	dt.t.Helper()
	return dt.about("consume", no, depositForm{"total_fee": "1000", "consume_fee": fmt.Sprint(amount), "fee_type": "CNY"})
}

func (dt *depositTill) refund(no, refundNo string, amount int64) depositReply {
	dt.t.Helper()
	return dt.about("refund", "-", depositForm{"transaction_id": dt.order(no).ID, "out_refund_no": refundNo,
		"total_fee": "1000", "refund_fee": fmt.Sprint(amount), "refund_desc": "cold"})
}

func (dt *depositTill) refundQuery(refundNo string) depositReply {
	dt.t.Helper()
	return dt.about("refundquery", "-", depositForm{"out_refund_no": refundNo})
}

func (dt *depositTill) appFields(no string, more depositForm) depositForm {
	f := dt.identity(depositForm{"body": "酒店-押金", "out_trade_no": no, "total_fee": "1000", "fee_type": "CNY",
		"spbill_create_ip": "2001:db8::1", "notify_url": "https://shop.example/notify", "trade_type": "APP"})
	maps.Copy(f, more)
	return f
}

// start makes the start parameters of §7.
func (dt *depositTill) start(kind, prepayID, signType string) depositForm {
	f := depositForm{"appid": dt.acct.AppID, "partnerid": dt.acct.SubMchID, "prepayid": prepayID, "package": "Sign=WXPay",
		"noncestr": rand.Text(), "timestamp": fmt.Sprint(dt.clock.Now().Unix())}
	proof := "sign"
	if kind == "JSAPI" {
		f = depositForm{"appId": dt.acct.AppID, "timeStamp": fmt.Sprint(dt.clock.Now().Unix()), "nonceStr": rand.Text(),
			"package": "prepay_id=" + prepayID, "signType": signType}
		proof = "paySign"
	}
	f[proof] = signDepositForm(f, dt.acct.APIKey, signType)
	return f
}

// order reads the books.
func (dt *depositTill) order(no string) sandbox.Order {
	dt.t.Helper()
	o, ok := dt.box.Books().Order(no)
	if !ok {
		dt.t.Fatalf("the books have no order %s", no)
	}
	return o
}

// takes fails the test unless the answer is a verified SUCCESS of the business.
func (dt *depositTill) takes(a depositReply) depositReply {
	dt.t.Helper()
	if !a.verified() || a.status != 200 || a.doc["return_code"] != "SUCCESS" || a.doc["result_code"] != "SUCCESS" {
		dt.t.Fatalf("want a verified SUCCESS, got %v", a)
	}
	return a
}

// says is the same for a trade_state.
func (dt *depositTill) says(a depositReply, state string) {
	dt.t.Helper()
	if dt.takes(a); a.doc["trade_state"] != state {
		dt.t.Fatalf("want %s, got %v", state, a)
	}
}

// refuses fails the test unless the answer is this refusal: signed with an
// err_code, or at the door with a text.
func (dt *depositTill) refuses(a depositReply, code string) {
	dt.t.Helper()
	signed := a.verified() && a.doc["result_code"] == "FAIL" && a.doc["err_code"] == code
	door := a.doc["return_code"] == "FAIL" && a.doc["sign"] == "" && a.doc["err_code"] == "" && strings.HasPrefix(a.doc["return_msg"], code)
	if a.err != nil || a.status != 200 || !signed && !door {
		dt.t.Fatalf("want %s, got %v", code, a)
	}
}
