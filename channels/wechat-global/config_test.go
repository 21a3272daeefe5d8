package wechatglobal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

func TestSettingsRefused(t *testing.T) {
	dir := t.TempDir()
	oddKeys(t, dir)
	for _, v := range []struct {
		name string
		edit func(*Config)
		key  string
	}{
		{"no mode", func(c *Config) { c.Mode = "" }, "mode"},
		{"odd mode", func(c *Config) { c.Mode = "partner" }, "mode"},
		{"no sp_mchid", func(c *Config) { c.SpMchID = "" }, "sp_mchid"},
		{"no sp_appid", func(c *Config) { c.SpAppID = "" }, "sp_appid"},
		{"no sub_mchid", func(c *Config) { c.SubMchID = "" }, "sub_mchid"},
		{"both modes", func(c *Config) { c.MchID = "1" }, "mchid"},
		{"direct with sub", func(c *Config) { direct(c); c.SubMchID = "2" }, "sub_mchid"},
		{"direct without appid", func(c *Config) { direct(c); c.AppID = "" }, "appid"},
		{"odd id", func(c *Config) { c.SubMchID = "2 0" }, "sub_mchid"},
		{"no mcc", func(c *Config) { c.MerchantCategoryCode = "" }, "merchant_category_code"},
		{"http", func(c *Config) { c.Endpoint = "http://apihk.mch.weixin.qq.com" }, "endpoint"},
		{"path", func(c *Config) { c.Endpoint = "https://apihk.mch.weixin.qq.com/v3" }, "endpoint"},
		{"backup", func(c *Config) { c.BackupEndpoints = []string{"ftp://x"} }, "backup_endpoints"},
		{"ca missing", func(c *Config) { c.CAFile = "none.pem" }, "ca_file"},
		{"ca empty", func(c *Config) { c.CAFile = "noise.pem" }, "ca_file"},
		{"notify http", func(c *Config) { c.NotifyURL = "http://shop.example/x" }, "notify_url"},
		{"notify query", func(c *Config) { c.NotifyURL = "https://shop.example/x?a=1" }, "notify_url"},
		{"ip", func(c *Config) { c.DeviceIP = "1.2.3" }, "device_ip"},
		{"revoke early", func(c *Config) { c.MinRevokeAge = "14s" }, "min_revoke_age"},
		{"revoke words", func(c *Config) { c.MinRevokeAge = "soon" }, "min_revoke_age"},
		{"revoke number", func(c *Config) { c.MinRevokeAge = "15" }, "min_revoke_age"},
		{"no serial", func(c *Config) { c.CertificateSerial = "" }, "certificate_serial"},
		{"odd serial", func(c *Config) { c.CertificateSerial = "xyz" }, "certificate_serial"},
		{"no key", func(c *Config) { c.PrivateKeyFile = "" }, "private_key_file"},
		{"key missing", func(c *Config) { c.PrivateKeyFile = "none.pem" }, "private_key_file"},
		{"key a folder", func(c *Config) { c.PrivateKeyFile = "." }, "private_key_file"},
		{"key weak", func(c *Config) { c.PrivateKeyFile = "weak.pem" }, "private_key_file"},
		{"key of a curve", func(c *Config) { c.PrivateKeyFile = "ec.pem" }, "private_key_file"},
		{"key noise", func(c *Config) { c.PrivateKeyFile = "noise.pem" }, "private_key_file"},
		{"key empty", func(c *Config) { c.PrivateKeyFile = "empty.pem" }, "private_key_file"},
		{"key is a certificate", func(c *Config) { c.PrivateKeyFile = "cert.pem"; c.CertificateFile = "" }, "private_key_file"},
		{"key not the certificate's", func(c *Config) { c.PrivateKeyFile = "other.pem"; c.CertificateFile = "cert.pem" }, "private_key_file"},
		{"serial not the certificate's", func(c *Config) {
			c.CertificateSerial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
			c.CertificateFile = "cert.pem"
		}, "certificate_serial"},
		{"certificate missing", func(c *Config) { c.CertificateFile = "none.pem" }, "certificate_file"},
		{"v3 missing", func(c *Config) { c.APIv3KeyFile = "none" }, "api_v3_key_file"},
		{"v3 of 16", func(c *Config) { c.APIv3KeyFile = "v3.q" }, "api_v3_key_file"},
		{"v3 of 24", func(c *Config) { c.APIv3KeyFile = "v3.y" }, "api_v3_key_file"},
		{"v3 of 31", func(c *Config) { c.APIv3KeyFile = "v3." + string(rune('a'+31)) }, "api_v3_key_file"},
		{"v3 of 33", func(c *Config) { c.APIv3KeyFile = "v3." + string(rune('a'+33)) }, "api_v3_key_file"},
		{"platform certificate", func(c *Config) { c.PlatformCertificateFile = "noise.pem" }, "platform_certificate_file"},
		{"half of public-key mode", func(c *Config) { c.PublicKeyID = "PUB_KEY_ID_1" }, "public_key_id"},
		{"public key", func(c *Config) { c.PublicKeyID = "PUB_KEY_ID_1"; c.PublicKeyFile = "noise.pem" }, "public_key_file"},
	} {
		cfg := config(t, dir)
		v.edit(&cfg)
		_, err := New(settingsOf(cfg, dir, channels.Env{}))
		var bad *channels.SettingError
		if !errors.As(err, &bad) || bad.Key != v.key || bad.Problem == "" || bad.Mend == "" {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

// oddKeys fills dir with files that are no good as keys.
func oddKeys(t *testing.T, dir string) {
	t.Helper()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	config(t, dir)
	write(t, dir, "weak.pem", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(weak)), 0o600)
	write(t, dir, "other.pem", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other)), 0o600)
	write(t, dir, "ec.pem", pemOf(t, "PRIVATE KEY", ecDER), 0o600)
	write(t, dir, "noise.pem", "this is no key", 0o600)
	write(t, dir, "open.pem", read(t, "tk1.key.b64"), 0o644)
	write(t, dir, "empty.pem", "", 0o600)
	write(t, dir, "cert.pem", read(t, "tk1.crt.pem"), 0o644)
	for _, n := range []int{16, 24, 31, 33} {
		write(t, dir, "v3."+string(rune('a'+n)), strings.Repeat("k", n), 0o600)
	}
}

func TestKeyFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps these rights elsewhere")
	}
	dir := t.TempDir()
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o640: true, 0o400: true, 0o440: true, 0o644: false, 0o604: false, 0o660: false, 0o641: false} {
		cfg := config(t, dir)
		write(t, dir, "mode.pem", read(t, "tk1.key.b64"), 0o600)
		os.Chmod(filepath.Join(dir, "mode.pem"), mode)
		cfg.PrivateKeyFile = "mode.pem"
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); (err == nil) != good {
			t.Errorf("mode %o: %v", mode, err)
		}
		os.Remove(filepath.Join(dir, "mode.pem"))
	}
}

func TestSettingsTaken(t *testing.T) {
	for _, v := range []struct {
		name string
		edit func(dir string, c *Config)
	}{
		{"as it is", func(string, *Config) {}},
		{"direct", func(_ string, c *Config) { direct(c) }},
		{"older revoke", func(_ string, c *Config) { c.MinRevokeAge = "20s" }},
		{"sandbox", func(_ string, c *Config) { c.Endpoint = "https://127.0.0.1:9000"; c.MinRevokeAge = "200ms" }},
		{"PKCS#1 PEM", func(dir string, c *Config) {
			write(t, dir, "p1.pem", pemOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(tk1(t).key)), 0o600)
			c.PrivateKeyFile = "p1.pem"
		}},
		{"PKCS#8 PEM with a certificate beside it", func(dir string, c *Config) {
			der, _ := x509.MarshalPKCS8PrivateKey(tk1(t).key)
			write(t, dir, "apiclient_key.pem", pemOf(t, "PRIVATE KEY", der), 0o440)
			write(t, dir, "apiclient_cert.pem", read(t, "tk1.crt.pem"), 0o644)
			c.PrivateKeyFile = "apiclient_key.pem"
		}},
		{"serial in another spelling", func(dir string, c *Config) {
			write(t, dir, "apiclient_cert.pem", read(t, "tk1.crt.pem"), 0o644)
			c.CertificateSerial = "d7:ce:59:d1:f5:22:d7:01"
		}},
		{"public key", func(dir string, c *Config) {
			der, _ := x509.MarshalPKIXPublicKey(&tk1(t).key.PublicKey)
			write(t, dir, "pub.pem", pemOf(t, "PUBLIC KEY", der), 0o644)
			c.PublicKeyID, c.PublicKeyFile = "PUB_KEY_ID_0110", "pub.pem"
		}},
	} {
		dir := t.TempDir()
		cfg := config(t, dir)
		v.edit(dir, &cfg)
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

func TestBackups(t *testing.T) {
	for _, v := range []struct {
		endpoint string
		given    []string
		want     string
	}{
		{"", nil, "https://apius.mch.weixin.qq.com https://apieu.mch.weixin.qq.com"},
		{"https://apieu.mch.weixin.qq.com/", nil, "https://apihk.mch.weixin.qq.com https://apius.mch.weixin.qq.com"},
		{"https://proxy.example", nil, ""},
		{"https://proxy.example", []string{"https://b.example"}, "https://b.example"},
		{"https://apihk.mch.weixin.qq.com", []string{}, ""},
	} {
		cfg := Config{Endpoint: v.endpoint, BackupEndpoints: v.given}
		w, err := cfg.network(channels.Settings{})
		if err != nil || strings.Join(w.Backups, " ") != v.want {
			t.Errorf("%q %v: %v, %v", v.endpoint, v.given, w.Backups, err)
		}
	}
}

func TestSettingErrorsShowNoSecret(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	write(t, dir, "v3.short", "thisissecret", 0o600)
	cfg.APIv3KeyFile = "v3.short"
	_, err := New(settingsOf(cfg, dir, channels.Env{}))
	if err == nil || strings.Contains(err.Error(), "thisissecret") || !strings.Contains(err.Error(), "32") {
		t.Errorf("error = %v", err)
	}
}

func TestSheet(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(c *Config) { c.MinRevokeAge = "20s" })
	s := c.Sheet()
	if s.Undo[0].MinAge != 20*time.Second || s.Undo[0].How != channels.ByRevoke || s.Undo[1].How != channels.ByRefund {
		t.Errorf("undo = %+v", s.Undo)
	}
	for name, plan := range map[string][]time.Duration{"advised": s.Timing.Advised, "quick": s.Timing.Quick} {
		least := map[string]time.Duration{"advised": 3 * time.Second, "quick": 1500 * time.Millisecond}[name]
		for i := 1; i < len(plan); i++ {
			if plan[i]-plan[i-1] < least {
				t.Errorf("%s: %v and %v are nearer than %v", name, plan[i-1], plan[i], least)
			}
		}
		if plan[len(plan)-1] != 44*time.Second || s.Timing.Deadline != 45*time.Second {
			t.Errorf("%s ends at %v", name, plan[len(plan)-1])
		}
	}
	for _, currency := range s.Currencies {
		if _, ok := channels.Exponent(currency); !ok {
			t.Errorf("%s has no exponent", currency)
		}
	}
}
