package sandbox_test

import (
	"bytes"
	"crypto/aes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels/sandbox"
)

func TestDepositTillChannel(t *testing.T) {
	dt := newDepositTill(t)
	text := dt.box.TillChannel("wechat-deposit", "https://127.0.0.1:8443")
	var cfg struct{ Channel []map[string]string }
	if err := toml.Unmarshal([]byte(text), &cfg); err != nil || len(cfg.Channel) != 1 {
		t.Fatal(err, text)
	}
	c, files := cfg.Channel[0], dt.box.TillFiles("wechat-deposit")
	for _, key := range strings.Fields("endpoint ca_file appid mch_id sub_appid sub_mch_id api_key_file sign_type client_certificate_file client_key_file notify_url min_revoke_age") {
		if c[key] == "" {
			t.Error("no", key)
		}
	}
	if c["mch_id"] != dt.acct.MchID || string(files[c["api_key_file"]]) != dt.acct.APIKey+"\n" {
		t.Error(c, files)
	}
	if _, err := tls.X509KeyPair(files[c["client_certificate_file"]], files[c["client_key_file"]]); err != nil {
		t.Error(err)
	}
	if dt.box.TillChannel("nobody", "https://x") != "" || dt.box.TillFiles("nobody") != nil {
		t.Error("a channel for nobody")
	}
}

// TestDepositRefundCallback opens what is sealed as §12 says.
func TestDepositRefundCallback(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.takes(dt.consume("D1", 300))
	dt.takes(dt.about("refund", "-", depositForm{"transaction_id": dt.order("D1").ID, "out_refund_no": "R1", "total_fee": "1000",
		"refund_fee": "100", "notify_url": "https://shop.example/refunds"}))
	if _, err := dt.box.DepositRefundCallback("R1", "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("before it is over:", err)
	}
	dt.clock.pass(6 * time.Minute)
	for what, want := range map[sandbox.Kind]string{"": "100", sandbox.WrongAmount: "101", sandbox.ForgeSignature: ""} {
		req, err := dt.box.DepositRefundCallback("R1", "", what)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(req.Body)
		outer, err := readDepositReply(body)
		if err != nil || outer["sign"] != "" || outer["mch_id"] != dt.acct.MchID || req.URL.String() != "https://shop.example/refunds" {
			t.Error(what, err, string(body))
		}
		if inner := unsealDeposit(t, dt.acct.APIKey, outer["req_info"]); inner["refund_fee"] != want || want != "" && inner["refund_status"] != "SUCCESS" {
			t.Error(what, inner)
		}
	}
}

// unsealDeposit is nothing if the padding or the document is wrong.
func unsealDeposit(t *testing.T, apiKey, sealed string) depositForm {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(raw) == 0 || len(raw)%16 != 0 {
		t.Fatal(err, len(raw))
	}
	sum := md5.Sum([]byte(apiKey))
	block, err := aes.NewCipher([]byte(hex.EncodeToString(sum[:])))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(raw); at += 16 {
		block.Decrypt(raw[at:at+16], raw[at:at+16])
	}
	pad := int(raw[len(raw)-1])
	if pad == 0 || pad > 16 || !bytes.HasPrefix(raw, []byte("<root>")) {
		return nil
	}
	f, err := readDepositReply(raw[:len(raw)-pad])
	if err != nil {
		return nil
	}
	return f
}

// depositStranger is a certificate with the right name that nobody vouches for.
func depositStranger(t *testing.T, name string, now time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
