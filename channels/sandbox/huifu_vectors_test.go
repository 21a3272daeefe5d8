package sandbox

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// huifuVectors is §16's file.
type huifuVectors struct {
	Keys map[string]struct {
		Private string `json:"private_pkcs8_base64"`
	} `json:"keys"`
	Vectors []huifuVector `json:"vectors"`
}

type huifuVector struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Path      string `json:"path"`
	Text      string `json:"string_to_sign"`
	SHA256    string `json:"string_to_sign_sha256"`
	Signature string `json:"signature_base64"`
	Body      string `json:"http_body"`
	Form      string `json:"form_body"`
	Ack       string `json:"ack"`
	Verifies  bool   `json:"verifies"`
	Strategy  string `json:"strategy"`
}

func readHuifuVectors(t *testing.T) (v huifuVectors, merchant, platform *rsa.PrivateKey) {
	t.Helper()
	if err := json.Unmarshal([]byte(vector(t, "huifu.json")), &v); err != nil {
		t.Fatal(err)
	}
	key := func(name string) *rsa.PrivateKey {
		der, err := base64.StdEncoding.DecodeString(v.Keys[name].Private)
		if err != nil {
			t.Fatal(err)
		}
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			t.Fatal(err)
		}
		return key.(*rsa.PrivateKey)
	}
	return v, key("test_only_huifu_merchant"), key("test_only_huifu_platform")
}

// vectorBox is a sandbox with the vectors' keys, at their moment.
func vectorBox(t *testing.T) (*Sandbox, huifuVectors) {
	t.Helper()
	v, merchant, platform := readHuifuVectors(t)
	keys := SharedKeys(t)
	keys.huifuMerchant, keys.huifuPlatform = merchant, platform
	now := time.Date(2026, 11, 22, 10, 15, 30, 0, beijing)
	s, err := New(Config{Keys: keys, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestHuifuRequestVectors(t *testing.T) {
	s, vectors := vectorBox(t)
	// What the sandbox makes of them, one after the other: the second meets a
	// code that is spent, the close comes within the minute.
	want := map[string]string{
		"huifu-micropay-v3": "00000000 S", "huifu-create-v4-micropay": "90000000 F", "huifu-jspay-miniapp": "00000100 P",
		"huifu-escape-boundary": "00000100 P", "huifu-query-v3": "00000000 S", "huifu-query-v4": "00000000 S",
		"huifu-refund-v3": "00000100 P", "huifu-refundquery-v3": "00000000 P", "huifu-close": "10000016 ",
		"huifu-filequery": "00000000 ", "huifu-wxusermark": "90000000 ",
	}
	for _, v := range vectors.Vectors {
		if v.Kind != "request" {
			continue
		}
		e, err := parseHuifuEnvelope([]byte(v.Body))
		if err != nil {
			t.Fatal(v.ID, err)
		}
		slices.Reverse(e.data)
		text, err := huifuSignText(e.data)
		if sum := sha256.Sum256(text); err != nil || string(text) != v.Text || hex.EncodeToString(sum[:]) != v.SHA256 {
			t.Errorf("%s: signs %s, %v", v.ID, text, err)
		}
		if err := verify(&s.keys.huifuMerchant.PublicKey, text, e.sign); err != nil || e.sign != v.Signature {
			t.Error(v.ID, err)
		}
		if got, err := sign(s.keys.huifuMerchant, text); err != nil || got != v.Signature {
			t.Error(v.ID, "signed otherwise", err)
		}
		body := []byte(v.Body)
		if v.ID == "huifu-refund-v3" || v.ID == "huifu-refundquery-v3" {
			// The code of these vectors ends in 89: the refund's answer is forged.
			s.faults.byCode = nil
		}
		r := s.answer(&exchange{method: "POST", uri: v.Path, body: body, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}})
		var rep struct {
			Data struct {
				Code string `json:"resp_code"`
				Stat string `json:"trans_stat"`
			} `json:"data"`
		}
		json.Unmarshal(r.body, &rep)
		if got := rep.Data.Code + " " + rep.Data.Stat; r.status != 200 || got != want[v.ID] {
			t.Errorf("%s: %d %s", v.ID, r.status, r.body)
		}
		delete(want, v.ID)
		// A body that is not what was signed is refused by the gateway.
		spoilt := bytes.Replace(body, []byte(`"huifu_id":"6666000000000002"`), []byte(`"huifu_id":"6666000000000003"`), 1)
		if r := s.answer(&exchange{method: "POST", uri: v.Path, body: spoilt, header: http.Header{"Content-Type": {"application/json"}}}); !bytes.Contains(r.body, []byte("40002")) {
			t.Errorf("%s spoilt: %s", v.ID, r.body)
		}
	}
	if len(want) > 0 {
		t.Error("no vector:", want)
	}
}

// TestHuifuReplyVectors: the sandbox's signatures and envelopes are the
// platform's, in each of the three ways that a till must believe.
func TestHuifuReplyVectors(t *testing.T) {
	vectors, _, platform := readHuifuVectors(t)
	seen := 0
	for _, v := range vectors.Vectors {
		if v.Kind != "response" {
			continue
		}
		seen++
		members, err := readMembers([]byte(v.Body))
		if err != nil || len(members) != 2 || members[0].name != "data" || members[1].name != "sign" {
			t.Fatal(v.ID, err)
		}
		data := members[0].raw
		if !v.Verifies {
			sorted, _ := huifuSignText(mustMembers(t, data))
			if verify(&platform.PublicKey, data, v.Signature) == nil || verify(&platform.PublicKey, sorted, v.Signature) == nil {
				t.Error(v.ID, "verifies")
			}
			continue
		}
		doc := map[string]any{}
		for _, m := range mustMembers(t, []byte(v.Text)) {
			doc[m.name] = m.raw
		}
		kind := map[string]Kind{"sorted_tokens": Unsorted, "raw_unescaped": Escaped}[v.Strategy]
		over, sent := huifuTexts(doc, kind)
		if v.Strategy == "sorted_tokens" {
			sent = data // any order will do; the vector has its own
			if sorted, err := huifuSignText(mustMembers(t, data)); err != nil || string(sorted) != v.Text {
				t.Errorf("%s: %s, %v", v.ID, sorted, err)
			}
		}
		signature, err := sign(platform, over)
		if v.ID == "huifu-resp-numbers-raw" {
			// Signed as it stands, which is not in sorted order.
			signature, err = sign(platform, data)
			sent = data
		} else if string(over) != v.Text {
			t.Errorf("%s signs %s", v.ID, over)
		}
		if err != nil || signature != v.Signature || string(huifuReplyBody(sent, signature)) != v.Body {
			t.Errorf("%s: %s, %v", v.ID, huifuReplyBody(sent, signature), err)
		}
	}
	if seen != 6 {
		t.Error(seen, "replies")
	}
}

func mustMembers(t *testing.T, raw []byte) []rawMember {
	t.Helper()
	members, err := readMembers(raw)
	if err != nil {
		t.Fatal(err)
	}
	return members
}

func TestHuifuNotificationVectors(t *testing.T) {
	vectors, _, platform := readHuifuVectors(t)
	seen := 0
	for _, v := range vectors.Vectors {
		if v.Kind != "notification" {
			continue
		}
		seen++
		signature, err := sign(platform, []byte(v.Text))
		if err != nil || signature != v.Signature {
			t.Error(v.ID, err)
		}
		if v.Verifies && huifuForm(v.Text, signature) != v.Form {
			t.Errorf("%s: %s", v.ID, huifuForm(v.Text, signature))
		}
		if v.Verifies && !strings.HasPrefix(v.Ack, huifuAckPrefix) {
			t.Error(v.ID, v.Ack)
		}
		if !v.Verifies {
			// Our own spoiled one is made as this one was: signed sorted, sent not so.
			doc := map[string]any{}
			for _, m := range mustMembers(t, []byte(v.Text)) {
				doc[m.name] = m.raw
			}
			over, sent := huifuTexts(doc, Unsorted)
			if string(over) != v.Text || verify(&platform.PublicKey, sent, signature) == nil {
				t.Error(v.ID)
			}
		}
	}
	if seen != 4 {
		t.Error(seen, "notifications")
	}
}

// TestHuifuNotificationShape holds our notification against the vector's, member
// by member.
func TestHuifuNotificationShape(t *testing.T) {
	s, vectors := vectorBox(t)
	for _, v := range vectors.Vectors {
		if v.ID == "huifu-micropay-v3" {
			s.answer(&exchange{method: "POST", uri: v.Path, body: []byte(v.Body), header: http.Header{"Content-Type": {"application/json"}}})
		}
	}
	for _, v := range vectors.Vectors {
		kind := map[string]int{"huifu-notify-channel": 1, "huifu-notify-account": 2}[v.ID]
		if kind == 0 {
			continue
		}
		data, to := s.huifu.notification("T0120261122000001", kind, s.cfg.Now())
		if to != "https://pay.example.test:8443/huifu/notify" {
			t.Error(to)
		}
		ours := map[string]json.RawMessage{}
		json.Unmarshal(encode(data), &ours)
		for _, m := range mustMembers(t, []byte(v.Text)) {
			got, has := ours[m.name]
			same := m.name == "end_time" || m.name == "hf_seq_id" || m.name == "out_trans_id" || m.name == "bank_message"
			if !has || got[0] != m.raw[0] || !same && m.name != "wx_response" && string(got) != string(m.raw) {
				t.Errorf("%s: %s is %s, want %s", v.ID, m.name, got, m.raw)
			}
		}
	}
}

// TestHuifuControl: a mini program, steered from another language.
func TestHuifuControl(t *testing.T) {
	s, vectors := vectorBox(t)
	for _, v := range vectors.Vectors {
		if v.ID == "huifu-jspay-miniapp" {
			s.answer(&exchange{method: "POST", uri: v.Path, body: []byte(v.Body), header: http.Header{"Content-Type": {"application/json"}}})
		}
	}
	ask := func(method, path string, want int) {
		t.Helper()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, path, nil)
		r.Host = "localhost"
		s.controlHandler().ServeHTTP(w, r)
		if w.Code != want {
			t.Error(method, path, w.Code, w.Body)
		}
	}
	const order = "/v1/huifu/orders/T0120261122000003/"
	ask("POST", order+"refill", 404)
	ask("POST", order+"decline", 204)
	ask("POST", order+"open", 204)
	if q, asked := s.Phone().Pending(); !asked || q.Amount != 100 {
		t.Error(q, asked)
	}
	ask("POST", order+"pay", 204)
	ask("POST", order+"expire", 409)
	ask("POST", "/v1/huifu/orders/nobody/pay", 409)
	ask("GET", "/v1/codes/huifu", 200)
	if o, _ := s.Books().Order("T0120261122000003"); o.Charged != 100 || !o.Prepared {
		t.Errorf("%+v", o)
	}
}
