package wechatdeposit

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tillpay/channels"
	"tillpay/channels/private/privatetest"
)

var badSettings = []struct {
	name string
	edit func(*Config)
	key  string
}{
	{"no appid", func(c *Config) { c.AppID = "" }, "appid"},
	{"no mch_id", func(c *Config) { c.MchID = "" }, "mch_id"},
	{"no sub_mch_id", func(c *Config) { c.SubMchID = "" }, "sub_mch_id"},
	{"odd id", func(c *Config) { c.SubMchID = "2 0" }, "sub_mch_id"},
	{"long id", func(c *Config) { c.SubAppID = strings.Repeat("x", 33) }, "sub_appid"},
	{"odd app", func(c *Config) { c.AppAppID = "&" }, "app_appid"},
	{"odd partner", func(c *Config) { c.AppPartnerID = "&" }, "app_partnerid"},
	{"sign_type", func(c *Config) { c.SignType = "RSA" }, "sign_type"},
	{"sign_type in small", func(c *Config) { c.SignType = "md5" }, "sign_type"},
	{"address", func(c *Config) { c.SpbillCreateIP = "::1" }, "spbill_create_ip"},
	{"notify query", func(c *Config) { c.NotifyURL = "https://shop.example/x?a=1" }, "notify_url"},
	{"notify word", func(c *Config) { c.NotifyURL = "shop.example" }, "notify_url"},
	{"notify long", func(c *Config) { c.NotifyURL = "https://shop.example/" + strings.Repeat("x", 256) }, "notify_url"},
	{"http", func(c *Config) { c.Endpoint = "http://api.mch.weixin.qq.com" }, "endpoint"},
	{"path", func(c *Config) { c.Endpoint = "https://api.mch.weixin.qq.com/deposit" }, "endpoint"},
	{"ca missing", func(c *Config) { c.CAFile = "none.pem" }, "ca_file"},
	{"revoke early", func(c *Config) { c.MinRevokeAge = "14s" }, "min_revoke_age"},
	{"revoke words", func(c *Config) { c.MinRevokeAge = "soon" }, "min_revoke_age"},
	{"no API key", func(c *Config) { c.APIKeyFile = "" }, "api_key_file"},
	{"API key missing", func(c *Config) { c.APIKeyFile = "none" }, "api_key_file"},
	{"API key of 31", func(c *Config) { c.APIKeyFile = "short" }, "api_key_file"},
	{"API key of two lines", func(c *Config) { c.APIKeyFile = "lines" }, "api_key_file"},
	{"API key for all", func(c *Config) { c.APIKeyFile = "open" }, "api_key_file"},
	{"no certificate", func(c *Config) { c.ClientCertificateFile = "" }, "client_certificate_file"},
	{"certificate missing", func(c *Config) { c.ClientCertificateFile = "none.pem" }, "client_certificate_file"},
	{"certificate a folder", func(c *Config) { c.ClientCertificateFile = "." }, "client_certificate_file"},
	{"certificate is noise", func(c *Config) { c.ClientCertificateFile = "noise"; c.ClientKeyFile = "" }, "client_certificate_file"},
	{"certificate is a key", func(c *Config) { c.ClientCertificateFile = "key.pem" }, "client_certificate_file"},
	{"no key", func(c *Config) { c.ClientKeyFile = "" }, "client_key_file"},
	{"another's key", func(c *Config) { c.ClientKeyFile = "other.pem" }, "client_key_file"},
	{"key is the certificate", func(c *Config) { c.ClientKeyFile = "cert640.pem" }, "client_key_file"},
	{"password of PEM", func(c *Config) { c.ClientKeyPasswordFile = "password" }, "client_key_password_file"},
	{"key and .p12", func(c *Config) { c.ClientCertificateFile = "mch.p12" }, "client_key_file"},
	{".p12 for all", func(c *Config) { c.ClientCertificateFile, c.ClientKeyFile = "open.p12", "" }, "client_certificate_file"},
	{".p12, other password", func(c *Config) {
		c.ClientCertificateFile, c.ClientKeyFile, c.ClientKeyPasswordFile = "mch.p12", "", "password"
	}, "client_key_password_file"},
	{".p12, password missing", func(c *Config) {
		c.ClientCertificateFile, c.ClientKeyFile, c.ClientKeyPasswordFile = "own.p12", "", "none"
	}, "client_key_password_file"},
	{".p12, not the default password", func(c *Config) { c.ClientCertificateFile, c.ClientKeyFile = "own.p12", "" }, "client_key_password_file"},
}

func TestSettingsRefused(t *testing.T) {
	dir := t.TempDir()
	oddFiles(t, dir)
	for _, v := range badSettings {
		cfg := config(t, dir)
		v.edit(&cfg)
		_, err := New(settingsOf(cfg, dir, channels.Env{}))
		var bad *channels.SettingError
		if !errors.As(err, &bad) || bad.Key != v.key || bad.Problem == "" || bad.Mend == "" {
			t.Errorf("%s: %v", v.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "thisissecret") || strings.Contains(err.Error(), vectorKey)) {
			t.Errorf("%s: shows a secret: %v", v.name, err)
		}
	}
}

// oddFiles fills dir with files that are no good, and two .p12 that are.
func oddFiles(t *testing.T, dir string) {
	t.Helper()
	config(t, dir)
	cert, key := keyPair()
	_, other := newPair()
	write(t, dir, "short", "thisissecret", 0o600)
	write(t, dir, "lines", vectorKey[:16]+"\n"+vectorKey[16:], 0o600)
	write(t, dir, "open", vectorKey, 0o600)
	privatetest.Expose(t, filepath.Join(dir, "open"))
	write(t, dir, "noise", "this is no certificate", 0o600)
	write(t, dir, "other.pem", other, 0o600)
	write(t, dir, "cert640.pem", cert, 0o640)
	write(t, dir, "password", "thisissecret\n", 0o600)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	for name, password := range map[string]string{"mch": "10000100", "own": "thisissecret"} {
		data, err := pkcs12.LegacyRC2.Encode(pair.PrivateKey, pair.Leaf, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, name+".p12", string(data), 0o600)
		write(t, dir, "open.p12", string(data), 0o600)
	}
	privatetest.Expose(t, filepath.Join(dir, "open.p12"))
	data, err := pkcs12.Modern.Encode(pair.PrivateKey, pair.Leaf, nil, "thisissecret")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "modern.p12", string(data), 0o600)
}

func TestSettingsTaken(t *testing.T) {
	dir := t.TempDir()
	oddFiles(t, dir)
	for name, edit := range map[string]func(*Config){
		"as it is":       func(*Config) {},
		"MD5":            func(c *Config) { c.SignType = "MD5" },
		"no callbacks":   func(c *Config) { c.NotifyURL = "" },
		"the seed's":     func(c *Config) { c.NotifyURL = "http://www.weixin.qq.com/wxpay/pay.php" },
		"spare host":     func(c *Config) { c.Endpoint = "https://api2.mch.weixin.qq.com" },
		"older revoke":   func(c *Config) { c.MinRevokeAge = "20s" },
		"sandbox":        func(c *Config) { c.Endpoint, c.MinRevokeAge = "https://127.0.0.1:9000", "200ms" },
		".p12":           func(c *Config) { c.ClientCertificateFile, c.ClientKeyFile = "mch.p12", "" },
		".p12, password": func(c *Config) { p12(c, "own.p12") },
		".p12, modern":   func(c *Config) { p12(c, "modern.p12") },
	} {
		cfg := config(t, dir)
		edit(&cfg)
		c, err := New(settingsOf(cfg, dir, channels.Env{}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !c.(*Channel).CertificateExpires().Equal(time.Unix(testTime, 0).AddDate(50, 0, 0)) {
			t.Errorf("%s: certificate of %v", name, c.(*Channel).CertificateExpires())
		}
	}
}

func p12(c *Config, name string) {
	c.ClientCertificateFile, c.ClientKeyFile, c.ClientKeyPasswordFile = name, "", "password"
}

func TestDefaults(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	set, err := cfg.check(settingsOf(cfg, dir, channels.Env{}))
	if err != nil {
		t.Fatal(err)
	}
	if set.wire.Endpoint != "https://api.mch.weixin.qq.com" || set.wire.Backups != nil || set.minAge != 15*time.Second ||
		cfg.SignType != "HMAC-SHA256" || cfg.AppAppID != cfg.AppID || cfg.AppPartnerID != cfg.SubMchID || cfg.SpbillCreateIP != "127.0.0.1" {
		t.Errorf("%+v %+v", cfg, set.wire)
	}
}

// The keys are the dossier's, the common ones, and three that its text demands.
func TestKeys(t *testing.T) {
	want := "name driver endpoint ca_file notify_url appid mch_id sub_appid sub_mch_id api_key_file sign_type client_certificate_file " +
		"client_key_file client_key_password_file min_revoke_age spbill_create_ip app_appid app_partnerid"
	var got []string
	for f := range reflect.TypeFor[Config]().Fields() {
		got = append(got, f.Tag.Get("toml"))
	}
	if strings.Join(got, " ") != want {
		t.Errorf("keys = %v", got)
	}
	text, err := os.ReadFile("../../docs/wechat-deposit.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range got[2:] {
		if !strings.Contains(string(text), "`"+key+"`") {
			t.Errorf("docs do not name %s", key)
		}
	}
	for _, row := range codes {
		if !strings.Contains(normal(string(text)), row.code) {
			t.Errorf("docs do not name %s", row.code)
		}
	}
	for _, table := range []map[string]reader{presentedOptions, preparedOptions, payerMembers} {
		for name := range table {
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs do not name %s", name)
			}
		}
	}
}
