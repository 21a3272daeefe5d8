package fubei

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

var wrongSettings = []struct {
	name string
	edit func(*Config)
	key  string
}{
	{"odd api", func(c *Config) { c.API = "2.0" }, "api"},
	{"no app_id", func(c *Config) { c.AppID = "" }, "app_id"},
	{"odd app_id", func(c *Config) { c.AppID = "a b" }, "app_id"},
	{"long app_id", func(c *Config) { c.AppID = strings.Repeat("1", 65) }, "app_id"},
	{"no secret", func(c *Config) { c.AppSecretFile = "" }, "app_secret_file"},
	{"vendor's in 1.0", func(c *Config) { c.VendorSN = "1" }, "vendor_sn"},
	{"vendor's file in 1.0", func(c *Config) { c.VendorSecretFile = "vendor.secret" }, "vendor_secret_file"},
	{"merchant_id in 1.0", func(c *Config) { c.MerchantID = 1 }, "merchant_id"},
	{"app_id at vendor level", func(c *Config) { twoVendor(c); c.AppID = "1" }, "app_id"},
	{"no vendor_sn", func(c *Config) { twoVendor(c); c.VendorSN = "" }, "vendor_sn"},
	{"no vendor secret", func(c *Config) { twoVendor(c); c.VendorSecretFile = "" }, "vendor_secret_file"},
	{"no merchant_id", func(c *Config) { twoVendor(c); c.MerchantID = 0 }, "merchant_id"},
	{"odd merchant_id", func(c *Config) { twoVendor(c); c.MerchantID = -3 }, "merchant_id"},
	{"store", func(c *Config) { c.StoreID = -1 }, "store_id"},
	{"long store", func(c *Config) { c.StoreID = maxID + 1 }, "store_id"},
	{"cashier", func(c *Config) { c.CashierID = -1 }, "cashier_id"},
	{"device", func(c *Config) { c.DeviceNo = strings.Repeat("x", 33) }, "device_no"},
	{"http", func(c *Config) { c.Endpoint = "http://shq-api.51fubei.com/gateway" }, "endpoint"},
	{"host alone", func(c *Config) { c.Endpoint = "https://shq-api.51fubei.com/" }, "endpoint"},
	{"query", func(c *Config) { c.Endpoint = "https://shq-api.51fubei.com/gateway?x=1" }, "endpoint"},
	{"fragment", func(c *Config) { c.Endpoint = "https://shq-api.51fubei.com/gateway#x" }, "endpoint"},
	{"no host", func(c *Config) { c.Endpoint = "https:///gateway" }, "endpoint"},
	{"password", func(c *Config) { c.Endpoint = "https://u:thisissecret@shq-api.51fubei.com/gateway" }, "endpoint"},
	{"ca missing", func(c *Config) { c.CAFile = "none.pem" }, "ca_file"},
	{"notify http", func(c *Config) { c.NotifyURL = "http://shop.example/x" }, "notify_url"},
	{"notify long", func(c *Config) { c.NotifyURL = "https://shop.example/" + strings.Repeat("x", 256) }, "notify_url"},
	{"version", func(c *Config) { c.Version = "3.0" }, "version"},
	{"timeout", func(c *Config) { c.Timeout = "10" }, "timeout"},
	{"long timeout", func(c *Config) { c.Timeout = "2m" }, "timeout"},
	{"discount", func(c *Config) { c.DiscountSwitch = 2 }, "discount_switch"},
	{"unionpay", func(c *Config) { c.TypeUnionpay = 2 }, "type_unionpay"},
	{"unionpay below", func(c *Config) { c.TypeUnionpay = -1 }, "type_unionpay"},
	{"amount_check", func(c *Config) { c.AmountCheck = "none" }, "amount_check"},
	{"callback field", func(c *Config) { c.MinaCallbackField = "notify" }, "mina_callback_field"},
	{"cancel method", func(c *Config) { c.CancelMethod = "cancel" }, "cancel_method"},
	{"reverse age", func(c *Config) { c.MinReverseAge = "-1s" }, "min_reverse_age"},
	{"not found soon", func(c *Config) { c.NotFoundAfter = "30s" }, "not_found_after"},
	{"not found words", func(c *Config) { c.NotFoundWords = []string{""} }, "not_found_words"},
	{"ack", func(c *Config) { c.NotifyAck = "a\nb" }, "notify_ack"},
	{"codes 200", func(c *Config) { c.Codes = map[string]string{"200": "config"} }, "codes"},
	{"codes word", func(c *Config) { c.Codes = map[string]string{"1": "paid"} }, "codes"},
	{"codes name", func(c *Config) { c.Codes = map[string]string{"x": "ask"} }, "codes"},
	{"sub_codes", func(c *Config) { c.SubCodes = map[string]string{"X": "paid"} }, "sub_codes"},
	{"secret missing", func(c *Config) { c.AppSecretFile = "none" }, "app_secret_file"},
	{"secret empty", func(c *Config) { c.AppSecretFile = "empty" }, "app_secret_file"},
	{"secret blank", func(c *Config) { c.AppSecretFile = "blank" }, "app_secret_file"},
	{"secret short", func(c *Config) { c.AppSecretFile = "short" }, "app_secret_file"},
	{"secret long", func(c *Config) { c.AppSecretFile = "long" }, "app_secret_file"},
	{"secret of words", func(c *Config) { c.AppSecretFile = "two words" }, "app_secret_file"},
}

func TestSettingsRefused(t *testing.T) {
	dir := secrets(t)
	write(t, dir, "empty", "", 0o600)
	write(t, dir, "blank", " \n", 0o600)
	write(t, dir, "short", "1234567", 0o600)
	write(t, dir, "long", strings.Repeat("k", 129), 0o600)
	write(t, dir, "two words", "thisissecret and more", 0o600)
	for _, v := range wrongSettings {
		cfg := config()
		v.edit(&cfg)
		_, err := New(settingsOf(cfg, dir, channels.Env{}))
		var wrong *channels.SettingError
		if !errors.As(err, &wrong) || wrong.Key != v.key || wrong.Problem == "" || wrong.Mend == "" {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if strings.Contains(err.Error(), "thisissecret") || strings.Contains(err.Error(), merchantSecret) {
			t.Errorf("%s: shows a secret: %v", v.name, err)
		}
	}
}

func TestSecretFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps these rights elsewhere")
	}
	dir := secrets(t)
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o640: true, 0o400: true, 0o644: false, 0o604: false, 0o660: false} {
		if err := os.Chmod(filepath.Join(dir, "merchant.secret"), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := New(settingsOf(config(), dir, channels.Env{})); (err == nil) != good {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestSettingsTaken(t *testing.T) {
	dir := secrets(t)
	for name, edit := range map[string]func(*Config){
		"as it is":       func(*Config) {},
		"merchant":       twoMerchant,
		"vendor":         twoVendor,
		"bare":           func(c *Config) { *c = Config{AppID: testAppID, AppSecretFile: "merchant.secret"} },
		"other gateway":  func(c *Config) { c.Endpoint = "https://shq-api.51fubei.com/gateway/cate" },
		"sandbox":        func(c *Config) { c.Endpoint, c.NotFoundAfter = "https://127.0.0.1:9000/gateway", "5s" },
		"older reverse":  func(c *Config) { c.MinReverseAge = "15s" },
		"no words":       func(c *Config) { c.NotFoundWords = []string{} },
		"own ack":        func(c *Config) { c.NotifyAck = "SUCCESS" },
		"notify address": func(c *Config) { c.NotifyURL = "https://shop.example/n?till=1" },
	} {
		cfg := config()
		edit(&cfg)
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The default gateway of each generation, and where a request really goes.
func TestEndpoints(t *testing.T) {
	for _, v := range []struct {
		edit         func(*Config)
		host, target string
	}{
		{func(*Config) {}, "https://shq-api.51fubei.com", "/gateway"},
		{twoMerchant, "https://shq-api.51fubei.com", "/gateway/agent"},
		{twoVendor, "https://shq-api.51fubei.com", "/gateway/agent"},
		{func(c *Config) { c.Endpoint = "https://127.0.0.1:8443/x/gateway" }, "https://127.0.0.1:8443", "/x/gateway"},
	} {
		cfg := config()
		v.edit(&cfg)
		set, err := cfg.check(settingsOf(cfg, secrets(t), channels.Env{}))
		if err != nil || set.wire.Endpoint != v.host || set.target != v.target || len(set.wire.Backups) != 0 {
			t.Errorf("%+v, %v", set, err)
		}
	}
}

func TestSheet(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(c *Config) { c.MinReverseAge = "20s" })
	s := c.Sheet()
	if s.Undo[0].How != channels.ByRevoke || s.Undo[0].MinAge != 20*time.Second || s.Undo[1].How != channels.ByRefund || len(s.Undo) != 2 {
		t.Errorf("undo = %+v", s.Undo)
	}
	if s.Timing.CodeLife != 0 || s.Timing.NotFoundProof != 5*time.Minute || s.Timing.LateNotFound <= s.Timing.NotFoundProof {
		t.Errorf("timing = %+v", s.Timing)
	}
	if s.RefundWindow != 90*24*time.Hour || s.MaxRefunds != 10 || !s.Presented || !s.Prepared || !s.Statement || s.UnsignedDecline {
		t.Errorf("sheet = %+v", s)
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
	if s.Currencies[0] != "CNY" || len(s.Currencies) != 1 || s.Proof == "" || s.UndoProof == "" || s.Timing.Source == "" {
		t.Errorf("sheet = %+v", s)
	}
	s.Currencies[0], s.Wallets[0], s.Timing.Advised[0] = "x", "x", 0
	if again := c.Sheet(); again.Currencies[0] != "CNY" || again.Wallets[0] != "wechat" || again.Timing.Advised[0] == 0 {
		t.Error("the sheet can be changed from outside")
	}
	c, _ = newChannel(t, always(500, ""), twoVendor, func(c *Config) { c.ReverseThenRefund, c.TypeUnionpay, c.StoreID = false, 0, 0 })
	if s := c.Sheet(); len(s.Undo) != 1 || s.Statement || !s.Prepared || len(s.Wallets) != 3 {
		t.Errorf("2.0's sheet = %+v", s)
	}
}
