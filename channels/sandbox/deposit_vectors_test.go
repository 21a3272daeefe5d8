package sandbox

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// depositVector reads one of the dossier's (§15), or the seed's sample.
func depositVector(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "deposit", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDepositSignatures is §15.1 and §15.2: a name, the sorted string, MD5, HMAC.
func TestDepositSignatures(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(depositVector(t, "signatures.txt")), "\n")
	for _, line := range lines {
		v := strings.Split(line, "\t")
		doc := depositDoc{{"sub_appid", ""}, {"sign", "not signed"}}
		for pair := range strings.SplitSeq(v[1], "&") {
			name, value, _ := strings.Cut(pair, "=")
			doc = append(depositDoc{{name, value}}, doc...) // in the wrong order
		}
		if got := depositText(doc, depositVectorKey); got != v[1]+"&key="+depositVectorKey {
			t.Errorf("%s: %s", v[0], got)
		}
		if md5, hmac := signDeposit(doc, depositVectorKey, false), signDeposit(doc, depositVectorKey, true); md5 != v[2] || hmac != v[3] {
			t.Errorf("%s: %s, %s", v[0], md5, hmac)
		}
	}
	if len(lines) != 6 {
		t.Error(len(lines), "vectors")
	}
}

// TestDepositDocuments reads W1, W3 and the seed's sample, and proves the first
// two.
func TestDepositDocuments(t *testing.T) {
	for _, name := range []string{"W1.xml", "W3.xml"} {
		doc, err := parseDeposit([]byte(depositVector(t, name)), "xml")
		if err != nil || signDeposit(doc, depositVectorKey, true) != doc.get("sign") {
			t.Error(name, err)
		}
		again, err := parseDeposit(doc.encode("xml"), "xml")
		if err != nil || signDeposit(again, depositVectorKey, true) != doc.get("sign") || len(again) != len(doc) {
			t.Error(name, "written again:", err)
		}
		for _, e := range []depositElement{{"total_fee", "2"}, {"fee_type", "USD"}} {
			doc.set(e.name, e.value)
			if signDeposit(doc, depositVectorKey, true) == doc.get("sign") {
				t.Error(name, "proves", e)
			}
		}
	}
	seed, err := parseDeposit([]byte(depositVector(t, "seed.xml")), "xml")
	if err != nil || !strings.HasPrefix(seed.get("detail"), `{ "goods_detail":[ {`) || seed.get("body") != "JSAPI支付测试" || len(seed) != 13 {
		t.Error(seed, err)
	}
}

// TestDepositSealed is §15.3.
func TestDepositSealed(t *testing.T) {
	if got, err := sealDeposit("0123456789abcdef0123456789abcdef", []byte("hello")); err != nil || got != "pZwJZBLuy3mDACEQT4YTBw==" {
		t.Error(got, err)
	}
	if got := depositInfoKey(depositVectorKey); got != "d96eb16afdd491fa1e705096edbc2205" {
		t.Error(got)
	}
	plain := depositVector(t, "B3.xml")
	if got, err := sealDeposit(depositInfoKey(depositVectorKey), []byte(plain)); err != nil || got != depositVector(t, "B3.b64") {
		t.Error(got, err)
	}
	// The event of our own refunds is written as the vector is.
	doc, err := parseDeposit([]byte(plain), "root")
	if err != nil || string(doc.encode("root")) != plain {
		t.Error(err)
	}
	r := &depositRefund{o: &depositOrder{consumed: 2, amount: 10, no: "1415757673", id: "1008450740201411110005820873"},
		no: "R1415757673", id: "50300000000000000000000000001", amount: 2, account: "REFUND_SOURCE_UNSETTLED_FUNDS", status: refundSuccess,
		succeeded: time.Date(2021, 6, 24, 16, 37, 25, 0, beijing)}
	if got := string(r.event().encode("root")); got != plain {
		t.Error(got)
	}
}

// TestDepositTakesTheVector sends W1 as it stands: its code's row 49 pays, and
// says nothing.
func TestDepositTakesTheVector(t *testing.T) {
	s, x := depositBox(t)
	x.uri, x.body = "/deposit/micropay", []byte(depositVector(t, "W1.xml"))
	if r := s.answer(x); r.status != 200 || len(r.body) > 0 {
		t.Error(r.status, string(r.body))
	}
	if o, ok := s.Books().Order("1415757673"); !ok || o.Charged != 1 || o.Description != "押金支付测试" || o.DeviceID != "1000" {
		t.Errorf("%+v", o)
	}
}

// FuzzParseDocument: what is accepted is one level of distinct names, and says
// the same when it is written again.
func FuzzDepositDocument(f *testing.F) {
	for _, name := range []string{"W1.xml", "W3.xml", "seed.xml"} {
		f.Add([]byte(depositVector(f, name)))
	}
	f.Add([]byte("<?xml version=\"1.0\"?><xml><a>&#x5d;]&gt;<![CDATA[<b>]]></a><a_fee>&amp;\r\n</a_fee></xml>"))
	f.Add([]byte("<xml/>"))
	f.Add([]byte("<xml><a/></xml><xml/>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := parseDeposit(body, "xml")
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range doc {
			if e.name == "" || seen[e.name] {
				t.Errorf("%q", doc)
			}
			seen[e.name] = true
		}
		again, err := parseDeposit(doc.encode("xml"), "xml")
		if err != nil && len(doc.encode("xml")) > maxDepositBody {
			return
		}
		if err != nil || depositText(again, "k") != depositText(doc, "k") {
			t.Errorf("%q: %q, %v", doc, again, err)
		}
	})
}

// FuzzDepositAnswer sends anything to any call: the platform answers, and books
// nothing that nobody signed.
func FuzzDepositAnswer(f *testing.F) {
	f.Add("micropay", []byte(depositVector(f, "W1.xml")[:400]))
	f.Add("consume", []byte(depositVector(f, "W3.xml")))
	f.Add("unifiedorder", []byte(depositVector(f, "seed.xml")))
	s, x := depositBox(f)
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		y := *x
		y.uri, y.body = depositPrefix+path, body
		r := s.answer(&y)
		if string(r.body) != "" && (r.status == 200 || r.status == 404) && len(s.deposit.list) == 0 {
			return
		}
		// W1 itself is signed with the published key, so a fuzzer may book it.
		if o, ok := s.Books().Order("1415757673"); !ok || len(s.deposit.list) != 1 || o.Charged > 1 {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

// depositBox is a sandbox, and a request to it without path and body.
func depositBox(t testing.TB) (*Sandbox, *exchange) {
	t.Helper()
	s, err := New(Config{Keys: SharedKeys(t), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return s, &exchange{method: "POST", header: map[string][]string{"Content-Type": {"text/xml"}}}
}

// TestDepositControl is what demos in other languages use.
func TestDepositControl(t *testing.T) {
	s, _ := depositBox(t)
	for _, v := range []struct {
		method, path, body, says string
		status                   int
	}{
		{"GET", "/v1/codes/wechat-deposit", "", `"name":"capture-slow"`, http.StatusOK},
		{"POST", "/v1/phone/deposit", `{"prepayid":"wx1"}`, "no such prepay_id", http.StatusBadRequest},
		{"POST", "/v1/phone/deposit", `{"timestamp":1}`, "error", http.StatusBadRequest}, // texts alone
	} {
		w := httptest.NewRecorder()
		s.controlHandler().ServeHTTP(w, httptest.NewRequest(v.method, "http://localhost"+v.path, strings.NewReader(v.body)))
		if w.Code != v.status || !strings.Contains(w.Body.String(), v.says) {
			t.Error(v.path, w.Code, w.Body)
		}
	}
}
