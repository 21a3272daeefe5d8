package huifu

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// refusedSettings are one mistake each, and the key that the error names.
var refusedSettings = map[string]struct {
	edit func(*Config)
	key  string
}{
	"v4":                 {func(c *Config) { c.APIVersion = "v4" }, "api_version"},
	"odd version":        {func(c *Config) { c.APIVersion = "3" }, "api_version"},
	"no sys_id":          {func(c *Config) { c.SysID = "" }, "sys_id"},
	"no product_id":      {func(c *Config) { c.ProductID = "" }, "product_id"},
	"no huifu_id":        {func(c *Config) { c.HuifuID = "" }, "huifu_id"},
	"long huifu_id":      {func(c *Config) { c.HuifuID = tooLong }, "huifu_id"},
	"odd huifu_id":       {func(c *Config) { c.HuifuID = "66 66" }, "huifu_id"},
	"http":               {func(c *Config) { c.Endpoint = "http://api.huifu.com" }, "endpoint"},
	"path":               {func(c *Config) { c.Endpoint = "https://api.huifu.com/v3" }, "endpoint"},
	"ca missing":         {func(c *Config) { c.CAFile = "none.pem" }, "ca_file"},
	"notify query":       {func(c *Config) { c.NotifyURL = "https://x.example/n?a=1" }, "notify_url"},
	"notify bare query":  {func(c *Config) { c.NotifyURL = "https://x.example/n?" }, "notify_url"},
	"notify port":        {func(c *Config) { c.NotifyURL = "https://x.example:9006/n" }, "notify_url"},
	"notify port low":    {func(c *Config) { c.NotifyURL = "http://x.example:7999/n" }, "notify_url"},
	"notify other port":  {func(c *Config) { c.NotifyURL = "http://x.example:443/n" }, "notify_url"},
	"notify scheme":      {func(c *Config) { c.NotifyURL = "ftp://x.example/n" }, "notify_url"},
	"notify password":    {func(c *Config) { c.NotifyURL = "https://a:hush@x.example/n" }, "notify_url"},
	"notify long":        {func(c *Config) { c.NotifyURL = "https://x.example/" + strings.Repeat("n", 500) }, "notify_url"},
	"headers name":       {func(c *Config) { c.Headers = map[string]string{"a b": "c"} }, "headers"},
	"headers ours":       {func(c *Config) { c.Headers = map[string]string{"content-type": "c"} }, "headers"},
	"headers value":      {func(c *Config) { c.Headers = map[string]string{"x-a": "b\r\nc"} }, "headers.x-a"},
	"sub_appid":          {func(c *Config) { c.SubAppID = " wx" }, "sub_appid"},
	"channel_no":         {func(c *Config) { c.ChannelNo = tooLong }, "channel_no"},
	"pay_scene":          {func(c *Config) { c.PayScene = "002" }, "pay_scene"},
	"acct_id":            {func(c *Config) { c.AcctID = "1234567890" }, "acct_id"},
	"limit_pay_type":     {func(c *Config) { c.LimitPayType = "a\nb" }, "limit_pay_type"},
	"ip_addr":            {func(c *Config) { c.IPAddr = "1.2.3" }, "ip_addr"},
	"ip_addr six":        {func(c *Config) { c.IPAddr = "2001:db8::1" }, "ip_addr"},
	"location":           {func(c *Config) { c.Location = "22.54/113.93" }, "location"},
	"location digits":    {func(c *Config) { c.Location = "+22.1234567/+113.9" }, "location"},
	"devs_id":            {func(c *Config) { c.DevsID = "a b" }, "devs_id"},
	"serial_num":         {func(c *Config) { c.SerialNum = "a/b" }, "serial_num"},
	"mer_device_type":    {func(c *Config) { c.MerDeviceType = "12" }, "mer_device_type"},
	"expire words":       {func(c *Config) { c.ExpireAfter = "soon" }, "expire_after"},
	"expire short":       {func(c *Config) { c.ExpireAfter = "60s" }, "expire_after"},
	"close young":        {func(c *Config) { c.MinCloseAge = "60s" }, "min_close_age"},
	"grace":              {func(c *Config) { c.ClosedGrace = "59s" }, "closed_grace"},
	"not found":          {func(c *Config) { c.NotFoundAfter = "4m" }, "not_found_after"},
	"bill":               {func(c *Config) { c.StatementBillType = "MERGE_BILL" }, "statement_bill_type"},
	"month day":          {func(c *Config) { c.StatementMonthDay = 29 }, "statement_month_day"},
	"encoding":           {func(c *Config) { c.StatementEncoding = "big5" }, "statement_encoding"},
	"column":             {func(c *Config) { c.StatementColumns = map[string]string{"fee": "x"} }, "statement_columns.fee"},
	"codes short":        {func(c *Config) { c.Codes = map[string]string{"9000": "paying"} }, "codes.9000"},
	"codes certain":      {func(c *Config) { c.Codes = map[string]string{"20000000": "declined"} }, "codes.20000000"},
	"codes paid":         {func(c *Config) { c.Codes = map[string]string{"90000002": "paid"} }, "codes.90000002"},
	"codes reason":       {func(c *Config) { c.Codes = map[string]string{"90000002": "declined because"} }, "codes.90000002"},
	"no key":             {func(c *Config) { c.PrivateKeyFile = "" }, "private_key_file"},
	"key missing":        {func(c *Config) { c.PrivateKeyFile = "none" }, "private_key_file"},
	"key noise":          {func(c *Config) { c.PrivateKeyFile = "noise" }, "private_key_file"},
	"key of a curve":     {func(c *Config) { c.PrivateKeyFile = "curve" }, "private_key_file"},
	"key weak":           {func(c *Config) { c.PrivateKeyFile = "weak" }, "private_key_file"},
	"key public":         {func(c *Config) { c.PrivateKeyFile = "public" }, "private_key_file"},
	"no platform key":    {func(c *Config) { c.PlatformPublicKeyFile = "" }, "platform_public_key_file"},
	"platform missing":   {func(c *Config) { c.PlatformPublicKeyFile = "none" }, "platform_public_key_file"},
	"platform noise":     {func(c *Config) { c.PlatformPublicKeyFile = "noise" }, "platform_public_key_file"},
	"platform is ours":   {func(c *Config) { c.PlatformPublicKeyFile = "public" }, "platform_public_key_file"},
	"platform weak":      {func(c *Config) { c.PlatformPublicKeyFile = "weakpublic" }, "platform_public_key_file"},
	"platform a private": {func(c *Config) { c.PlatformPublicKeyFile = "key.b64" }, "platform_public_key_file"},
}

var tooLong = strings.Repeat("1", 33)

func TestSettingsRefused(t *testing.T) {
	dir := t.TempDir()
	oddKeys(t, dir)
	for name, v := range refusedSettings {
		cfg := config(t, dir)
		v.edit(&cfg)
		_, err := New(settingsOf(cfg, dir, channels.Env{}))
		var bad *channels.SettingError
		if !errors.As(err, &bad) || bad.Key != v.key || bad.Problem == "" || bad.Mend == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: shows a secret: %v", name, err)
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
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveDER, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	weakPublic, err := x509.MarshalPKIXPublicKey(&weak.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	bare := base64.StdEncoding.EncodeToString
	write(t, dir, "weak", bare(x509.MarshalPKCS1PrivateKey(weak)), 0o600)
	write(t, dir, "weakpublic", bare(weakPublic), 0o600)
	write(t, dir, "curve", bare(curveDER), 0o600)
	write(t, dir, "noise", "hush, this is no key", 0o600)
	write(t, dir, "public", vectors(t).Keys[merchantKeys].Public, 0o600)
}

func TestKeyFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps these rights elsewhere")
	}
	dir := t.TempDir()
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o640: true, 0o644: false, 0o660: false} {
		cfg := config(t, dir)
		if err := os.Chmod(filepath.Join(dir, "key.b64"), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); (err == nil) != good {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestSettingsTaken(t *testing.T) {
	dir := t.TempDir()
	for name, edit := range map[string]func(*Config){
		"defaults":     func(*Config) {},
		"v2":           func(c *Config) { c.APIVersion = "v2" },
		"notify port":  func(c *Config) { c.NotifyURL = "http://x.example:9005/n" },
		"notify usual": func(c *Config) { c.NotifyURL = "https://x.example:443/n" },
		"sandbox": func(c *Config) {
			c.Endpoint, c.MinCloseAge, c.ClosedGrace, c.NotFoundAfter = "https://127.0.0.1:9000", "1s", "1s", "1s"
		},
		"codes":       func(c *Config) { c.Codes = map[string]string{"90000002": "declined", "10000000": "unknown"} },
		"older close": func(c *Config) { c.MinCloseAge = "90s" },
		"empty fields": func(c *Config) {
			c.Endpoint, c.APIVersion, c.MinCloseAge, c.ClosedGrace, c.NotFoundAfter, c.MerDeviceType = "", "", "", "", "", ""
			c.StatementBillType, c.StatementEncoding, c.StatementMonthDay = "", "", 0
		},
	} {
		cfg := config(t, dir)
		edit(&cfg)
		if _, err := New(settingsOf(cfg, dir, channels.Env{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSheet(t *testing.T) {
	c, _ := newChannel(t, always(500, ""), func(cfg *Config) { cfg.MinCloseAge, cfg.NotFoundAfter = "90s", "6m" })
	s := c.Sheet()
	if len(s.Undo) != 2 || s.Undo[0].How != channels.ByClose || s.Undo[0].MinAge != 90*time.Second || s.Undo[1].How != channels.ByRefund ||
		s.Undo[1].Window != 360*24*time.Hour || s.RefundWindow != s.Undo[1].Window || s.Timing.NotFoundProof != 6*time.Minute || s.Timing.LateNotFound <= s.Timing.NotFoundProof {
		t.Errorf("sheet %+v", s)
	}
	if len(s.Currencies) != 1 || s.Currencies[0] != "CNY" || !s.Presented || !s.Prepared || !s.Statement || s.Proof == "" || s.UndoProof == "" || s.Timing.Source == "" {
		t.Errorf("sheet %+v", s)
	}
	for _, plan := range [][]time.Duration{s.Timing.Advised, s.Timing.Quick} {
		if plan[len(plan)-1] >= s.Timing.Deadline {
			t.Errorf("plan %v", plan)
		}
		plan[0] = 0
	}
	if c.Sheet().Timing.Advised[0] == 0 || c.Sheet().Timing.Quick[0] == 0 {
		t.Error("the sheet can be changed from outside")
	}
	c, _ = newChannel(t, always(500, ""), func(cfg *Config) { cfg.CloseBarcode = false })
	if s := c.Sheet(); len(s.Undo) != 1 || s.Undo[0].How != channels.ByRefund {
		t.Errorf("undo %+v", s.Undo)
	}
}
