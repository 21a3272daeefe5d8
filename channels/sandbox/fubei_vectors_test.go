package sandbox

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fubeiVector is one of §16's.
type fubeiVector struct {
	ID     string            `json:"id"`
	Kind   string            `json:"kind"`
	Path   string            `json:"path"`
	Params map[string]string `json:"params"`
	Fields map[string]string `json:"fields"`
	Secret string            `json:"secret"`
	Text   string            `json:"string_to_sign"`
	Sign   string            `json:"sign"`
	Body   string            `json:"http_body"`
	Form   string            `json:"form_body"`
	Proves bool              `json:"verifies"`
	Right  string            `json:"right"`
	Wrong  map[string]string `json:"wrong"`
}

func fubeiVectors(t testing.TB) []fubeiVector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", "fubei.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Vectors []fubeiVector `json:"vectors"`
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Vectors) == 0 {
		t.Fatal(err)
	}
	return doc.Vectors
}

func fubeiFormOf(m map[string]string) fubeiForm {
	var f fubeiForm
	for name, value := range m {
		f = append(f, fubeiMember{name: name, value: value})
	}
	return f
}

func TestFubeiSignVectors(t *testing.T) {
	for _, v := range fubeiVectors(t) {
		switch v.Kind {
		case "request":
			form := fubeiFormOf(v.Params)
			if got := fubeiSignText(form, v.Secret); got != v.Text {
				t.Errorf("%s: text %q", v.ID, got)
			}
			if got := signFubei(form, v.Secret); got != v.Sign {
				t.Errorf("%s: sign %s", v.ID, got)
			}
		case "notification":
			if got := signFubei(fubeiFormOf(v.Fields), v.Secret); (got == v.Sign) != v.Proves {
				t.Errorf("%s: sign %s", v.ID, got)
			}
		}
	}
}

// vectorFubei is a sandbox that knows the vectors' shop.
func vectorFubei(t testing.TB, keys *Keys) *Sandbox {
	t.Helper()
	now := time.Date(2026, 11, 22, 2, 15, 30, 0, time.UTC)
	s, err := New(Config{Keys: keys, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s.knowVectors()
	return s
}

// knowVectors opens fresh books for the vectors' shop.
func (s *Sandbox) knowVectors() {
	s.accts, s.log = nil, requestLog{}
	s.fubei = newFubei(s)
	shop := &fubeiShop{id: 3000001, store: 1001, cashier: 2001}
	s.fubei.names = map[string]*fubeiCaller{
		"20200101000000000001": {Account{AppID: "20200101000000000001", APIKey: "testonly00112233445566778899aabb"}, shop},
		"2020010100000000001a": {Account{VendorSN: "2020010100000000001a", APIKey: "testonlyvendor445566778899aabbcc"}, shop},
	}
	s.fubei.rows = nil // the vectors' codes are no test codes
}

func fubeiPost(s *Sandbox, path, body string) string {
	r := s.answer(&exchange{method: http.MethodPost, uri: path, body: []byte(body),
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}})
	return string(r.body)
}

// TestFubeiVectorsAreTaken sends each body as it stands; those about an order
// are told that there is none, which is behind every check of form.
func TestFubeiVectorsAreTaken(t *testing.T) {
	keys := SharedKeys(t)
	sent := 0
	for _, v := range fubeiVectors(t) {
		if v.Body == "" {
			continue
		}
		got := fubeiPost(vectorFubei(t, keys), v.Path, v.Body)
		if !strings.Contains(got, `"result_code":200`) && !strings.Contains(got, "不存在") || strings.Contains(got, "商户") {
			t.Errorf("%s: %s", v.ID, got)
		}
		if sent++; !strings.Contains(v.Body, v.Sign) {
			t.Fatal(v.ID)
		}
		// §16: no wrong construction passes, nor a changed byte.
		for _, spoiled := range []string{strings.Replace(v.Body, v.Sign, strings.ToLower(v.Sign), 1),
			strings.Replace(v.Body, `"method":"`, `"method":" `, 1), strings.Replace(v.Body, "merchant_order_sn\\\":\\\"T0", "merchant_order_sn\\\":\\\"T1", 1)} {
			if got := fubeiPost(vectorFubei(t, keys), v.Path, spoiled); !strings.Contains(got, "签名错误") {
				t.Errorf("%s: %s", v.ID, got)
			}
		}
	}
	if sent != 10 {
		t.Error(sent, "bodies")
	}
}

func TestFubeiWrongConstructions(t *testing.T) {
	keys := SharedKeys(t)
	var swipe fubeiVector
	for _, v := range fubeiVectors(t) {
		if v.ID == "fubei-swipe" {
			swipe = v
		}
		for name, wrong := range v.Wrong {
			if v.Right != swipe.Sign || wrong == v.Right {
				t.Error(name)
			}
			body := strings.Replace(swipe.Body, swipe.Sign, wrong, 1)
			if got := fubeiPost(vectorFubei(t, keys), swipe.Path, body); !strings.Contains(got, "签名错误") {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// TestFubeiEscapedAfterSigning: S escapes Chinese in the body after it signed,
// which decoding undoes (§3).
func TestFubeiEscapedAfterSigning(t *testing.T) {
	keys := SharedKeys(t)
	for _, v := range fubeiVectors(t) {
		if v.ID != "fubei-swipe" {
			continue
		}
		body := strings.Replace(v.Body, "午", `\u5348`, 1)
		if got := fubeiPost(vectorFubei(t, keys), v.Path, body); body == v.Body || !strings.Contains(got, `"trade_state":"SUCCESS"`) {
			t.Error(got)
		}
	}
}

// FuzzFubeiForm: what is read has each member once, and reads the same again.
func FuzzFubeiForm(f *testing.F) {
	for _, v := range fubeiVectors(f) {
		if v.Body != "" {
			f.Add([]byte(v.Body))
			f.Add([]byte(v.Params["biz_content"]))
		}
	}
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Add([]byte(`{"a":{"b":[null]}}`))
	f.Add([]byte(`{"total_fee":1e2,"x":"\ud83e"} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		form, err := readFubei(body)
		if err != nil {
			return
		}
		var doc map[string]any
		if err := json.Unmarshal(body, &doc); err != nil || len(doc) != len(form) {
			t.Fatalf("%v: %d members, %d read", err, len(doc), len(form))
		}
		for _, m := range form {
			if !form.has(m.name) || form.get(m.name) != m.value {
				t.Errorf("%+v", m)
			}
		}
		for _, table := range [][]fubeiField{fubeiEnvelope(), fubeiSwipeFields(), fubeiMinaFields(), fubeiPay2Fields(), fubeiRefundFields()} {
			if checkFubei(form, table) == nil && len(form) > len(table) {
				t.Error("more members than rows")
			}
		}
	})
}

// FuzzFubeiBiz signs anything: the gateway answers JSON, and books at most one
// order of a sane amount.
func FuzzFubeiBiz(f *testing.F) {
	keys := SharedKeys(f)
	for _, v := range fubeiVectors(f) {
		if v.Body != "" {
			f.Add(v.Path, v.Params["method"], v.Params["biz_content"])
		}
	}
	s := vectorFubei(f, keys) // one for all: its certificates take long under the fuzzer
	f.Fuzz(func(t *testing.T, path, method, biz string) {
		s.knowVectors()
		p := map[string]string{"app_id": "20200101000000000001", "method": method, "nonce": "n", "biz_content": biz}
		p["sign"] = signFubei(fubeiFormOf(p), "testonly00112233445566778899aabb")
		got := fubeiPost(s, path, string(encode(p)))
		if fubeiOwns(path) && strings.HasPrefix(got, "{") && !json.Valid([]byte(got)) {
			t.Error(got)
		}
		for _, o := range s.Books().Orders {
			if o.Amount <= 0 || o.Amount > 10_000_000_00 || o.OutTradeNo == "" {
				t.Errorf("%+v", o)
			}
		}
	})
}

func TestFubeiMoney(t *testing.T) {
	for literal, want := range map[string]int64{
		"12.30": 1230, "12.3": 1230, "12": 1200, "0.01": 1, "9999999.99": 999999999, "0.00": 0,
		"": -1, ".5": -1, "5.": -1, "1.234": -1, "-1": -1, "1e2": -1, "+1": -1, "0x1": -1, "1,5": -1, "1.2.3": -1,
	} {
		if got, ok := fubeiFen(literal); ok != (want >= 0) || ok && got != want {
			t.Error(literal, got, ok)
		}
	}
	for fen, want := range map[int64]string{1230: "12.3", 1200: "12", 1: "0.01", 10: "0.1", 0: "0", 10000: "100"} {
		if got := fubeiYuan(fen); string(got) != want {
			t.Error(fen, got)
		}
	}
}
