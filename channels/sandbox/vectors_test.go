package sandbox

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The vectors of §19: what the platform's own documents and SDKs publish, and
// what the dossier computed from them.

const (
	vectorTime  = "1554208460"
	vectorNonce = "593BEC0C930BF1AFEB40B4A08C8FB242"
	replyTime   = "1624523846"
	replyNonce  = "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz"
	vectorKey   = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
)

func vector(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func tk1(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(vector(t, "tk1.b64"), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func TestSignVectors(t *testing.T) {
	key := tk1(t)
	block, _ := pem.Decode([]byte(vector(t, "tk1.pem")))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	const orders = "/v3/global/transactions/out-trade-no/"
	r4 := `{"data":[{"serial_no":"D7CE59D1F522D701","effective_time":"2021-04-27T08:55:23Z","expire_time":"2031-04-25T08:55:23Z","encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"d215b0511e9c","associated_data":"certificate","ciphertext":"` +
		strings.TrimSpace(vector(t, "R4.cipher")) + `"}}]}`
	for _, v := range []struct {
		name   string
		text   []byte
		bytes  int
		sha256 string
	}{
		{"O1", []byte("source"), 6, ""},
		{"G1", requestText("GET", "/v3/global/certificates", vectorTime, vectorNonce, nil), 73,
			"4ae87ad38e40734ce0a75985f3bab83be191f0407fabde1332478985915874ad"},
		{"G2", requestText("GET", orders+"20150806125346?sp_mchid=10000100&sub_mchid=20000100", vectorTime, vectorNonce, nil), 138,
			"9390a3b96db66a68afc48b59f2909588edd654a38554f81ddb81d38861a55c41"},
		{"G3", requestText("POST", "/v3/global/micropay/transactions/pay", vectorTime, vectorNonce, []byte(vector(t, "pay.json"))), 404,
			"64cadaadd37e174e4beb50039e3c55e6bfe0f52ef9d5ac4ae126a914821f9331"},
		{"G4", requestText("POST", "/v3/global/micropay/transactions/out-trade-no/20150806125346/reverse", vectorTime, vectorNonce,
			[]byte(`{"sp_mchid":"10000100","sub_mchid":"20000100"}`)), 165,
			"0a605de01eb0a6ca1535a0d1ed6585f1c84ef2bc825075debc08b8a0b1a37962"},
		{"G5", requestText("GET", orders+"A_b-1%7C2%2A3?mchid=10000100", vectorTime, vectorNonce, nil), 115, ""},
		{"R1", replyText(replyTime, replyNonce, []byte(vector(t, "reply.json"))), 523,
			"6da2fd45346b5d2e5919cf22ac6af25c21053d5cf5028cbe232a363affa054e5"},
		{"R2", replyText(replyTime, replyNonce, nil), 45,
			"442be102925f9e10d1db7469b17be1fa96108ca6d7015e3a9a5a36186cf90118"},
		{"R3", replyText(replyTime, replyNonce, csvDraft([]byte("`a,`b\r\n`1,`2\r\n")).signed), 96,
			"9788e10b880a1ba1e4002ff645c1e5fa051109b7b30ccf360ac8ef1f7c40681e"},
		{"R4", replyText(replyTime, replyNonce, []byte(r4)), 1894 + 45, ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			if len(v.text) != v.bytes {
				t.Errorf("signs %d bytes, want %d", len(v.text), v.bytes)
			}
			if sum := sha256.Sum256(v.text); v.sha256 != "" && hex.EncodeToString(sum[:]) != v.sha256 {
				t.Errorf("signs other bytes: %q", v.text)
			}
			want := strings.TrimSpace(vector(t, v.name+".sig"))
			got, err := sign(key, v.text)
			if err != nil || got != want {
				t.Fatalf("signature %q, %v", got, err)
			}
			public := cert.PublicKey.(*rsa.PublicKey)
			if err := verify(public, v.text, want); err != nil {
				t.Error(err)
			}
			if verify(public, append(v.text, '\n'), want) == nil || verify(public, v.text[:len(v.text)-1], want) == nil {
				t.Error("verifies what was not signed")
			}
			if verify(public, v.text, want[:1]+"\n"+want[1:]) == nil {
				t.Error("verifies a signature with a line break")
			}
		})
	}
	if csv := csvDraft([]byte("`a,`b\r\n`1,`2\r\n")); csv.sha1 != "e6b6dfd289970075a86233b6765e761e60ca76ad" {
		t.Error("R3 digest", csv.sha1)
	}
}

func TestSealVectors(t *testing.T) {
	for _, v := range []struct{ name, nonce, aad, plain, want string }{
		{"O4", "uluk4a9R25RW", "associatedData", "message", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
		{"E1", "fdasflkja484", "", "{}", "Y6nM5aUjTfFZDguXLTQNwagZ"},
		{"R4", "d215b0511e9c", "certificate", vector(t, "tk1.pem"), strings.TrimSpace(vector(t, "R4.cipher"))},
		{"C1", "fdasflkja484", "refund", vector(t, "C1.json"), strings.TrimSpace(vector(t, "C1.cipher"))},
	} {
		got, err := seal(vectorKey, v.nonce, v.aad, []byte(v.plain))
		if err != nil || got != v.want {
			t.Errorf("%s: %q, %v", v.name, got, err)
		}
	}
	for _, n := range []int{0, 16, 24, 31, 33} {
		if _, err := seal(strings.Repeat("k", n), "fdasflkja484", "", nil); err == nil {
			t.Errorf("sealed with a key of %d bytes", n)
		}
	}
}
