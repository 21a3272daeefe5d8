package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// hsqVectors is testdata/huishouqian.json, as far as it is used here.
type hsqVectors struct {
	SignKey string `json:"sign_key_obfuscation"`
	Keys    map[string]struct {
		Private string `json:"private_pem"`
	}
	PayerName map[string]string `json:"payer_name"`
	Vectors   []struct {
		ID, Kind, Signer string
		Envelope         map[string]string
		Text             string `json:"string_to_sign"`
		SHA256           string `json:"string_to_sign_sha256"`
		Signature        string `json:"signature_hex"`
		FormBody         string `json:"form_body"`
		HTTPBody         string `json:"http_body"`
		Verifies         bool
	}
}

func readHsqVectors(t testing.TB) (hsqVectors, map[string]*rsa.PrivateKey) {
	t.Helper()
	text, err := os.ReadFile("testdata/huishouqian.json")
	if err != nil {
		t.Fatal(err)
	}
	var v hsqVectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	keys := map[string]*rsa.PrivateKey{}
	for name, k := range v.Keys {
		block, _ := pem.Decode([]byte(k.Private))
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key.(*rsa.PrivateKey)
	}
	return v, keys
}

// TestHuishouqianSignVectors: every signature of the dossier's is made and
// verified again, byte for byte.
func TestHuishouqianSignVectors(t *testing.T) {
	v, keys := readHsqVectors(t)
	if len(v.Vectors) != 19 || v.SignKey != hsqVectorSignKey {
		t.Fatal(len(v.Vectors), v.SignKey)
	}
	for _, one := range v.Vectors {
		t.Run(one.ID, func(t *testing.T) {
			key := keys[one.Signer]
			var text string
			switch one.Kind {
			case "request", "notification":
				text = hsqRequestText(one.Envelope, v.SignKey)
				form, err := url.ParseQuery(one.FormBody)
				if err != nil || form.Get("sign") != one.Signature || form.Get("signContent") != one.Envelope["signContent"] {
					t.Error("form", err)
				}
			default:
				var r hsqReply
				if err := json.Unmarshal([]byte(one.HTTPBody), &r); err != nil || *r.Sign != one.Signature {
					t.Fatal(err)
				}
				if text = hsqErrorText(r.ErrorCode, r.ErrorMsg, "false", v.SignKey); r.Result != nil {
					text = hsqResultText(*r.Result, "true", v.SignKey)
				}
				if err := hsqVerify(&key.PublicKey, text, one.Signature); (err == nil) != one.Verifies {
					t.Error("verifies:", err)
				}
				if !one.Verifies && one.Text == "" {
					return
				}
				if !one.Verifies {
					text = hsqResultText(*r.Result, "True", v.SignKey)
				}
			}
			if text != one.Text {
				t.Errorf("signs %q", text)
			}
			if sum := sha256.Sum256([]byte(text)); one.SHA256 != "" && hex.EncodeToString(sum[:]) != one.SHA256 {
				t.Error("digest")
			}
			if got, err := hsqSign(key, text); err != nil || got != one.Signature {
				t.Errorf("signature %s, %v", got, err)
			}
			if hsqVerify(&key.PublicKey, text+"\n", one.Signature) == nil || hsqVerify(&key.PublicKey, text, strings.ToUpper(one.Signature)) == nil {
				t.Error("verifies what was not signed so")
			}
		})
	}
}

// TestHuishouqianVectorsSent sends the requests as they stand, at their time.
func TestHuishouqianVectorsSent(t *testing.T) {
	v, keys := readHsqVectors(t)
	k := SharedKeys(t)
	k.hsqMerchant, k.hsqPlatform = keys["test_only_hsq_merchant"], keys["test_only_hsq_platform"]
	now := time.Date(2026, 11, 22, 10, 16, 0, 0, beijing)
	s, err := New(Config{Keys: k, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range v.Vectors {
		if one.Kind != "request" || one.Signer != "test_only_hsq_merchant" {
			continue
		}
		if one.ID == "hsq-refund" {
			now = time.Date(2026, 11, 22, 10, 30, 0, 0, beijing)
		}
		r := s.answer(&exchange{method: "POST", uri: hsqPath, body: []byte(one.FormBody),
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}})
		var e hsqReply
		if err := json.Unmarshal(r.body, &e); err != nil || e.Sign == nil {
			t.Fatal(one.ID, string(r.body), err)
		}
		says := ""
		if e.ErrorCode != nil {
			says = *e.ErrorCode
		} else {
			doc, err := parseHuishouqian(*e.Result)
			if err != nil {
				t.Fatal(err)
			}
			says = hsqText(doc, "respCode")
		}
		want := map[string]string{
			"hsq-be-swept-wechat": "000000", "hsq-wqf-applet-string-front-callback": "100201", "hsq-wqf-applet-object-front-callback": "100201",
			"hsq-format-lowercase": "200003", "hsq-query": "000000",
			"hsq-refund":       "200005", // it says 100 of an order of 1
			"hsq-refund-query": "100211", "hsq-trade-file": "100211",
		}[one.ID]
		if one.ID == "hsq-trade-file" {
			// The day before, after ten o'clock, and nothing was sold.
			want = "100211"
		}
		if says != want {
			t.Errorf("%s: %s, want %s: %s", one.ID, says, want, r.body)
		}
	}
}

func TestHuishouqianPayerNameVectors(t *testing.T) {
	v, keys := readHsqVectors(t)
	for _, name := range []string{"rsa_pub_hex", "rsa_pub_b64hex"} {
		plain, err := hsqOpen(keys["test_only_hsq_platform"], v.PayerName[name])
		if err != nil || hsqPayerName(plain) != v.PayerName["plaintext"] {
			t.Error(name, plain, err)
		}
	}
	if _, err := hsqOpen(keys["test_only_hsq_merchant"], v.PayerName["rsa_pub_hex"]); err == nil {
		t.Error("opened with another key")
	}
}

// FuzzHuishouqian reads any form, and then takes its content as though it were
// proven: what is booked keeps to the table. (Signing is not what is tried, and
// its random steps would hide what the fuzzer looks for.)
func FuzzHuishouqian(f *testing.F) {
	v, keys := readHsqVectors(f)
	for _, one := range v.Vectors {
		if one.Kind == "request" {
			f.Add(one.Envelope["method"], one.Envelope["signContent"], one.FormBody)
		}
	}
	f.Add("POLYMERIZE_MAIN_SWEPTN", `{"transNo":"1","payType":"WQF_APPLET","orderAmt":"1","goodsInfo":"x","requestDate":"20261122101500","memo":"{\"payer_options\":[{\"assign_pay_type\":\"ENTERPRISE\",\"payer_name\":\"00\"}],\"channel_options\":\"1,\\\"x\\\":2\"}"}`, "format=JSON&format=json")
	other := keys["test_only_hsq_merchant"]
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	k := &Keys{ca: ec, tls: ec, direct: other, institution: keys["test_only_hsq_platform"],
		platform: []*rsa.PrivateKey{other, other, other}, hsqMerchant: other, hsqPlatform: other, huifuMerchant: other, huifuPlatform: other}
	now := time.Date(2026, 11, 22, 10, 16, 0, 0, beijing)
	s, err := New(Config{Keys: k, Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	h := s.huishouqian
	f.Fuzz(func(t *testing.T, method, content, form string) {
		c := &hsqCall{exchange: &exchange{method: "POST", uri: hsqPath, body: []byte(form), at: now,
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}}
		if c.read() == nil && (len(c.envelope) != 7 || c.envelope["sign"] == "" || c.envelope["signType"] != "RSA2") {
			t.Errorf("%q", c.envelope)
		}
		c.envelope, c.who = map[string]string{"method": method, "signContent": content}, h.names["8500000000001"]
		h.list, h.byNo, h.codes, s.faults.byCode = nil, map[string]*hsqOrder{}, map[string]*hsqCode{}, nil
		if h.admitContent(c) != nil {
			return
		}
		p, bad := c.method.prepare(h, c)
		if bad != nil {
			if bad.text == "" {
				t.Error("a refusal without words")
			}
			return
		}
		if d := p.book(now); (d.result == nil) == (d.refusal == nil) {
			t.Errorf("%+v", d)
		}
		for _, o := range h.orders(now) {
			if o.Amount < 1 || !hsqNumberForm.MatchString(o.OutTradeNo) || len(o.OutTradeNo) > 64 || o.Description == "" {
				t.Errorf("%+v", o)
			}
		}
	})
}
