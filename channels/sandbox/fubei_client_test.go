package sandbox_test

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tillpay/channels/sandbox"
)

// fubeiTill is a small client of Fubei, written from the dossier for these tests
// alone.
type fubeiTill struct {
	t     *testing.T
	box   *sandbox.Sandbox
	clock *clock
	acct  sandbox.Account
	web   *http.Client
	v2    bool
	seq   int
}

// fubeiBiz is a business object; numbers are json.Number or int.
type fubeiBiz map[string]any

func newFubeiTill(t *testing.T, change ...func(*sandbox.Config)) *fubeiTill {
	t.Helper()
	box, c := openSandbox(t, change)
	ft := &fubeiTill{t: t, box: box, clock: c, web: &http.Client{Transport: box.Transport()}}
	return ft.as(sandbox.FubeiMerchant, false)
}

// as speaks for another level, or in the other generation.
func (ft *fubeiTill) as(mode string, v2 bool) *fubeiTill {
	other := *ft
	other.v2 = v2
	for _, a := range ft.box.Accounts() {
		if a.Platform == "fubei" && a.Mode == mode {
			other.acct = a
		}
	}
	return &other
}

// fubeiReply is what came back; data is nil unless result_code is 200.
type fubeiReply struct {
	status int
	body   []byte
	err    error
	code   int
	sub    string
	text   string
	data   map[string]any
	list   []any
}

func (a fubeiReply) String() string { return fmt.Sprintf("%d %s (%v)", a.status, a.body, a.err) }

func (a fubeiReply) get(name string) string {
	if a.data[name] == nil {
		return ""
	}
	return fmt.Sprint(a.data[name])
}

// state is trade_state or order_status: no answer has both.
func (a fubeiReply) state() string { return a.get("trade_state") + a.get("order_status") }

// fubeiSigned is §3.
func fubeiSigned(params map[string]string, secret string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != "sign" && params[name] != "" {
			pairs = append(pairs, name+"="+params[name])
		}
	}
	sum := md5.Sum([]byte(strings.Join(pairs, "&") + secret))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func (ft *fubeiTill) path() string {
	if ft.v2 {
		return "/gateway/agent"
	}
	return "/gateway"
}

// envelope is §2, without its sign.
func (ft *fubeiTill) envelope(method, biz string) map[string]string {
	p := map[string]string{"method": method, "format": "json", "sign_method": "md5", "nonce": rand.Text(), "version": "1.0", "biz_content": biz}
	if ft.acct.VendorSN != "" {
		p["vendor_sn"] = ft.acct.VendorSN
	} else {
		p["app_id"] = ft.acct.AppID
	}
	return p
}

func (ft *fubeiTill) biz(b fubeiBiz) string {
	b = maps.Clone(b)
	if ft.acct.VendorSN != "" && b["bill_date"] == nil {
		b["merchant_id"] = ft.acct.MerchantID
	}
	text, err := json.Marshal(b)
	if err != nil {
		ft.t.Fatal(err)
	}
	return string(text)
}

func (ft *fubeiTill) call(method string, b fubeiBiz) fubeiReply {
	ft.t.Helper()
	return ft.send(ft.envelope(method, ft.biz(b)))
}

// send signs what has no sign yet.
func (ft *fubeiTill) send(p map[string]string) fubeiReply {
	ft.t.Helper()
	if _, given := p["sign"]; !given {
		p["sign"] = fubeiSigned(p, ft.acct.APIKey)
	}
	text, err := json.Marshal(p)
	if err != nil {
		ft.t.Fatal(err)
	}
	return ft.post(ft.path(), string(text))
}

func (ft *fubeiTill) post(path, body string, change ...func(*http.Request)) fubeiReply {
	ft.t.Helper()
	req, err := http.NewRequest("POST", "https://shq-api.51fubei.com"+path, strings.NewReader(body))
	if err != nil {
		ft.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for _, f := range change {
		f(req)
	}
	res, err := ft.web.Do(req)
	if err != nil {
		return fubeiReply{err: err}
	}
	defer res.Body.Close()
	a := fubeiReply{status: res.StatusCode}
	if a.body, a.err = io.ReadAll(res.Body); a.err != nil {
		return a
	}
	var doc struct {
		Code int             `json:"result_code"`
		Text string          `json:"result_message"`
		Sub  string          `json:"sub_code"`
		Data json.RawMessage `json:"data"`
		Sign *string         `json:"sign"`
	}
	if json.Unmarshal(a.body, &doc) != nil {
		return a
	}
	if doc.Sign != nil {
		ft.t.Error("a reply is signed:", a)
	}
	a.code, a.sub, a.text = doc.Code, doc.Sub, doc.Text
	dec := json.NewDecoder(strings.NewReader(string(doc.Data)))
	dec.UseNumber()
	var data any
	dec.Decode(&data)
	a.data, _ = data.(map[string]any)
	a.list, _ = data.([]any)
	return a
}

// code is one of a wallet that nobody used.
func (ft *fubeiTill) code(digits string) string {
	ft.seq++
	return fmt.Sprintf("13%014d%s", ft.seq, digits)
}

func (ft *fubeiTill) payBiz(no, code string) fubeiBiz {
	b := fubeiBiz{"merchant_order_sn": no, "auth_code": code, "store_id": 3239, "cashier_id": 34566, "device_no": "T01", "body": "午餐 A&B=1"}
	if ft.v2 {
		b["total_amount"] = json.Number("12.30")
		return b
	}
	b["total_fee"], b["type"], b["discount_switch"] = json.Number("12.30"), 1, 0
	return b
}

func (ft *fubeiTill) method(one, two string) string {
	if ft.v2 {
		return "fbpay.order." + two
	}
	return "openapi.payment.order." + one
}

func (ft *fubeiTill) pay(no, code string) fubeiReply {
	ft.t.Helper()
	return ft.call(ft.method("swipe", "pay"), ft.payBiz(no, code))
}

func (ft *fubeiTill) about(one, two, no string) fubeiReply {
	ft.t.Helper()
	return ft.call(ft.method(one, two), fubeiBiz{"merchant_order_sn": no})
}

func (ft *fubeiTill) query(no string) fubeiReply   { return ft.about("query", "query", no) }
func (ft *fubeiTill) reverse(no string) fubeiReply { return ft.about("reverse", "cancel", no) }
func (ft *fubeiTill) close(no string) fubeiReply   { return ft.about("close", "close", no) }

func (ft *fubeiTill) refund(no, refundNo, yuan string) fubeiReply {
	name := "refund_money"
	if ft.v2 {
		name = "refund_amount"
	}
	b := fubeiBiz{"merchant_order_sn": no, "merchant_refund_sn": refundNo}
	if yuan != "" {
		b[name] = json.Number(yuan)
	}
	return ft.call(ft.method("refund", "refund"), b)
}

func (ft *fubeiTill) refundQuery(no, refundNo string) fubeiReply {
	b := fubeiBiz{"merchant_order_sn": no, "merchant_refund_sn": refundNo}
	if ft.v2 {
		delete(b, "merchant_order_sn")
	}
	return ft.call(ft.method("refund.query", "refund.query"), b)
}

func (ft *fubeiTill) order(no string) sandbox.Order {
	o, _ := ft.box.Books().Order(no)
	return o
}

// says demands an answer's state.
func (ft *fubeiTill) says(a fubeiReply, state string) fubeiReply {
	ft.t.Helper()
	if a.code != 200 || a.state() != state {
		ft.t.Fatalf("%v, want %s", a, state)
	}
	return a
}

// takes demands that a call was done.
func (ft *fubeiTill) takes(a fubeiReply) fubeiReply {
	ft.t.Helper()
	if a.code != 200 || a.data == nil && a.list == nil {
		ft.t.Fatal(a)
	}
	return a
}
