package huishouqian

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/private/privatetest"
)

func TestSettingsRefused(t *testing.T) {
	dir := t.TempDir()
	base := config(t, dir)
	write(t, dir, "noise", "noise noise", 0o600)
	write(t, dir, "empty", "", 0o600)
	write(t, dir, "two words", "a b", 0o600)
	write(t, dir, "wrong", "wrong", 0o600)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := x509.MarshalPKCS8PrivateKey(curve)
	write(t, dir, "ec.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), 0o600)
	word := "two words"
	for _, v := range []struct {
		key  string
		edit func(*Config)
	}{
		{"endpoint", func(c *Config) { c.Endpoint = "http://api.huishouqian.com/api/acquiring" }},
		{"endpoint", func(c *Config) { c.Endpoint = "https://api.huishouqian.com" }},
		{"endpoint", func(c *Config) { c.Endpoint = "https://api.huishouqian.com/a?b=c" }},
		{"endpoint", func(c *Config) { c.Endpoint = "https://a:b@api.huishouqian.com/api" }},
		{"endpoint", func(c *Config) { c.Endpoint = "://" }},
		{"ca_file", func(c *Config) { c.CAFile = "none" }},
		{"notify_url", func(c *Config) { c.NotifyURL = "http://shop.example/x" }},
		{"notify_url", func(c *Config) { c.NotifyURL = "https://shop.example/" + strings.Repeat("x", 128) }},
		{"merchant_no", func(c *Config) { c.MerchantNo = "" }},
		{"merchant_no", func(c *Config) { c.MerchantNo = "1&2" }},
		{"merchant_no", func(c *Config) { c.MerchantNo = strings.Repeat("1", 17) }},
		{"sub_merchant_no", func(c *Config) { c.SubMerchantNo = "a b" }},
		{"private_key_file", func(c *Config) { c.PrivateKeyFile = "" }},
		{"private_key_file", func(c *Config) { c.PrivateKeyFile = "none" }},
		{"private_key_file", func(c *Config) { c.PrivateKeyFile = "noise" }},
		{"private_key_file", func(c *Config) { c.PrivateKeyFile = "ec.pem" }},
		{"private_key_file", func(c *Config) { c.PrivateKeyFile = "platform.cer" }},
		{"private_key_password_file", func(c *Config) { c.PrivateKeyFile = "pbes2.pfx" }},
		{"private_key_password_file", func(c *Config) { c.PrivateKeyFile, c.PrivateKeyPasswordFile = "pbes2.pfx", "wrong" }},
		{"private_key_password_file", func(c *Config) { c.PrivateKeyPasswordFile = "password" }},
		{"platform_certificate_file", func(c *Config) { c.PlatformCertificateFile = "" }},
		{"platform_certificate_file", func(c *Config) { c.PlatformCertificateFile = "none" }},
		{"platform_certificate_file", func(c *Config) { c.PlatformCertificateFile = "." }},
		{"platform_certificate_file", func(c *Config) { c.PlatformCertificateFile = "noise" }},
		{"platform_certificate_file", func(c *Config) { c.PlatformCertificateFile = "merchant.pem" }},
		{"sign_key_file", func(c *Config) { c.SignKeyFile = "" }},
		{"sign_key_file", func(c *Config) { c.SignKeyFile = "empty" }},
		{"sign_key_file", func(c *Config) { c.SignKeyFile = "two words" }},
		{"format", func(c *Config) { c.Format = "Json" }},
		{"body", func(c *Config) { c.Body = "xml" }},
		{"method_barcode", func(c *Config) { c.MethodBarcode = "A&B" }},
		{"time_zone", func(c *Config) { c.TimeZone = "Asia/Nowhere" }},
		{"time_zone", func(c *Config) { c.TimeZone = "Local" }},
		{"timeout", func(c *Config) { c.Timeout = "20" }},
		{"timeout", func(c *Config) { c.Timeout = "2m" }},
		{"paytype_wechat_barcode", func(c *Config) { c.PayTypeWechat = &word }},
		{"paytype_alipay_barcode", func(c *Config) { c.PayTypeAlipay = &word }},
		{"paytype_unionpay_barcode", func(c *Config) { c.PayTypeUnionPay = &word }},
		{"query_type", func(c *Config) { c.QueryType = "1 2" }},
		{"refund_type", func(c *Config) { c.RefundType = "=" }},
		{"refund_days", func(c *Config) { c.RefundDays = -1 }},
		{"close_method", func(c *Config) { c.CloseMethod = "a b" }},
		{"close_fields", func(c *Config) { c.CloseFields = "transNo,payCode" }},
		{"not_found_after", func(c *Config) { c.NotFoundAfter = "10m" }},
		{"expire_after", func(c *Config) { c.ExpireAfter = "30s" }},
		{"expire_grace", func(c *Config) { c.ExpireGrace = "soon" }},
		{"verify_skip_empty", func(c *Config) { c.VerifySkipEmpty = "yes" }},
		{"notify_ack", func(c *Config) { c.NotifyAck = "<ok>" }},
		{"memo_nested", func(c *Config) { c.MemoNested = "array" }},
		{"payer_name_cipher", func(c *Config) { c.PayerNameCipher = "sm4" }},
		{"extra_fields", func(c *Config) { c.ExtraFields = map[string]string{"transNo": "1"} }},
		{"extra_fields", func(c *Config) { c.ExtraFields = map[string]string{"a b": "1"} }},
		{"extra_fields", func(c *Config) { c.ExtraFields = map[string]string{"memo.latitude": "1"} }},
		{"extra_fields", func(c *Config) { c.ExtraFields = map[string]string{"memo.": "1"} }},
		{"extra_fields", func(c *Config) { c.ExtraFields = map[string]string{"a": strings.Repeat("1", 129)} }},
		{"goods_info_max", func(c *Config) { c.GoodsInfoMax = 129 }},
		{"order_no_charset", func(c *Config) { c.OrderNoCharset = "0-9" }},
		{"order_no_charset", func(c *Config) { c.OrderNoCharset = "[z-a]" }},
		{"order_no_charset", func(c *Config) { c.OrderNoCharset = "[a-z]" }},
		{"statement_bill_type", func(c *Config) { c.StatementBillType = "a b" }},
		{"statement_encoding", func(c *Config) { c.StatementEncoding = "big5" }},
		{"statement_columns", func(c *Config) { c.StatementColumns = map[string]string{"amount": "交易金额"} }},
		{"statement_ready", func(c *Config) { c.StatementReady = "25:00" }},
		{"codes", func(c *Config) { c.Codes = map[string]string{"100019": "paid"} }},
		{"codes", func(c *Config) { c.Codes = map[string]string{"100019": "ask ask"} }},
		{"codes", func(c *Config) { c.Codes = map[string]string{"100 019": "ask"} }},
	} {
		cfg := base
		v.edit(&cfg)
		_, err := New(settingsOf(cfg, dir, channels.Env{}))
		var bad *channels.SettingError
		if !errors.As(err, &bad) || bad.Key != v.key || bad.Problem == "" || bad.Mend == "" {
			t.Errorf("%s: %v", v.key, err)
		}
		if err != nil && (strings.Contains(err.Error(), "noise noise") || strings.Contains(err.Error(), "a:b@")) {
			t.Errorf("a secret is in %v", err)
		}
	}
	failing := settingsOf(base, dir, channels.Env{})
	failing.Decode = func(any) error { return errors.New("unknown key") }
	if _, err := New(failing); err == nil {
		t.Error("decode's error is lost")
	}
}

// Keys in every shape that the platform delivers them in (§3).
func TestKeyShapes(t *testing.T) {
	dir := t.TempDir()
	base := config(t, dir)
	v := vectors(t)
	block, _ := pem.Decode([]byte(v.Files.Cer))
	write(t, dir, "der.cer", string(block.Bytes), 0o644)
	key, _ := pem.Decode([]byte(v.Keys["test_only_hsq_merchant"].Private))
	write(t, dir, "bare", base64.StdEncoding.EncodeToString(key.Bytes), 0o600)
	write(t, dir, "pfx.b64", v.Files.PBES2, 0o600)
	pkcs1 := x509.MarshalPKCS1PrivateKey(v.key(t, "test_only_hsq_merchant"))
	write(t, dir, "pkcs1.pem", "Bag Attributes\n"+string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: pkcs1})), 0o600)
	for _, shape := range []struct{ key, password, cer string }{
		{"merchant.pem", "", "platform.cer"}, {"bare", "", "der.cer"}, {"pkcs1.pem", "", "platform.cer"},
		{"pbes2.pfx", "password", "platform.cer"}, {"3des.pfx", "password", "der.cer"}, {"pfx.b64", "password", "platform.cer"},
	} {
		cfg := base
		cfg.PrivateKeyFile, cfg.PrivateKeyPasswordFile, cfg.PlatformCertificateFile = shape.key, shape.password, shape.cer
		c, err := open(settingsOf(cfg, dir, channels.Env{}))
		if err != nil {
			t.Errorf("%+v: %v", shape, err)
			continue
		}
		q := v.vector(t, "hsq-query")
		if sign, err := c.signer.sign(q.ToSign); err != nil || sign != q.Sign {
			t.Errorf("%+v: signs otherwise: %v", shape, err)
		}
		reply := v.vector(t, "hsq-resp-success")
		if !c.signer.fits(reply.ToSign, reply.Sign) {
			t.Errorf("%+v: does not verify", shape)
		}
	}
}

func TestDefaults(t *testing.T) {
	dir := t.TempDir()
	c, err := open(settingsOf(config(t, dir), dir, channels.Env{}))
	if err != nil {
		t.Fatal(err)
	}
	if c.target != "/api/acquiring" || c.settings.wire.Endpoint != "https://api.huishouqian.com" || c.payTimeout != 20*time.Second || c.callTimeout != 10*time.Second {
		t.Errorf("%+v", c.settings)
	}
	if !c.confirmRefusal || !c.otherEnvelope || c.expireAfter != 2*time.Minute || c.Format != "JSON" || c.PayerNameCipher != "off" || c.closes {
		t.Errorf("%+v", c.settings)
	}
	cfg := config(t, dir)
	cfg.Endpoint, cfg.NotFoundAfter, cfg.ExpireAfter = "https://127.0.0.1:8443/gate", "5s", "10s"
	if _, err := New(settingsOf(cfg, dir, channels.Env{})); err != nil {
		t.Errorf("a sandbox's short times: %v", err)
	}
	cfg.TimeZone = "UTC"
	if c, err := open(settingsOf(cfg, dir, channels.Env{})); err != nil || c.now().Location() == nil || c.zone.String() != "UTC" {
		t.Error(err)
	}
}

func TestOpenKeyFileRefused(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"merchant.pem", "sign.key"} {
		cfg := config(t, dir)
		write(t, dir, name, "x", 0o600)
		privatetest.Expose(t, filepath.Join(dir, name))
		var bad *channels.SettingError
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); !errors.As(err, &bad) || !strings.Contains(bad.Problem, "others") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
