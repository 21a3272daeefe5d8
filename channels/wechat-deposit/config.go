package wechatdeposit

import (
	"bytes"
	"crypto/tls"
	"net/url"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const officialHost = "https://api.mch.weixin.qq.com"

// revokeFloor is §10.2: not earlier than 15 s after the pay call.
const revokeFloor = 15 * time.Second

// Config is one [[channel]] with driver = "wechat-deposit".
type Config struct {
	Name   string `toml:"name"`
	Driver string `toml:"driver"`

	Endpoint  string `toml:"endpoint"`
	CAFile    string `toml:"ca_file"`
	NotifyURL string `toml:"notify_url"` // prepared orders need it

	AppID    string `toml:"appid"` // the provider's
	MchID    string `toml:"mch_id"`
	SubAppID string `toml:"sub_appid"`
	SubMchID string `toml:"sub_mch_id"`

	APIKeyFile            string `toml:"api_key_file"`
	SignType              string `toml:"sign_type"` // of unifiedorder; the other pages take HMAC-SHA256 alone
	ClientCertificateFile string `toml:"client_certificate_file"`
	ClientKeyFile         string `toml:"client_key_file"`
	ClientKeyPasswordFile string `toml:"client_key_password_file"` // of a .p12; without, the merchant number (B-8)

	MinRevokeAge string `toml:"min_revoke_age"`

	// SpbillCreateIP is the till's address, which every page demands and no
	// driver can know.
	SpbillCreateIP string `toml:"spbill_create_ip"`
	// What an app starts with, where §7.1 contradicts itself.
	AppAppID     string `toml:"app_appid"`     // default: appid
	AppPartnerID string `toml:"app_partnerid"` // default: sub_mch_id
}

// settings is a checked Config with its keys.
type settings struct {
	wire        wire.Config
	minAge      time.Duration
	key         apiKey
	certificate tls.Certificate
}

func bad(key, value, problem, mend string) error {
	return &channels.SettingError{Key: key, Value: value, Problem: problem, Mend: mend}
}

func (cfg *Config) check(s channels.Settings) (*settings, error) {
	set := &settings{}
	var err error
	if err = cfg.checkIdentity(); err != nil {
		return nil, err
	}
	if err = cfg.checkPlain(); err != nil {
		return nil, err
	}
	if cfg.Endpoint == "" {
		cfg.Endpoint = officialHost
	}
	// The spare host of §2 is not tried by itself: nothing says that it serves
	// deposits (B-8). Whoever needs it names it as the endpoint.
	if set.wire, err = wire.Configure(s, wire.Common{Endpoint: cfg.Endpoint, CAFile: cfg.CAFile}); err != nil {
		return nil, err
	}
	if set.minAge, err = cfg.revokeAge(); err != nil {
		return nil, err
	}
	if set.key, err = cfg.apiKey(s); err != nil {
		return nil, err
	}
	set.certificate, err = cfg.certificate(s)
	return set, err
}

func (cfg *Config) checkIdentity() error {
	for _, f := range [...]struct {
		key, value string
		required   bool
	}{{"appid", cfg.AppID, true}, {"mch_id", cfg.MchID, true}, {"sub_appid", cfg.SubAppID, false}, {"sub_mch_id", cfg.SubMchID, true},
		{"app_appid", cfg.AppAppID, false}, {"app_partnerid", cfg.AppPartnerID, false}} {
		switch {
		case f.value == "" && f.required:
			return bad(f.key, "", "is missing", "write the number that WeChat Pay gave you")
		case f.value != "" && !validNumber(f.value, 32, ""):
			return bad(f.key, f.value, "is not 1 to 32 letters and digits", "copy it from the merchant platform")
		}
	}
	if cfg.AppAppID == "" {
		cfg.AppAppID = cfg.AppID
	}
	if cfg.AppPartnerID == "" {
		cfg.AppPartnerID = cfg.SubMchID
	}
	return nil
}

// checkPlain checks what needs neither files nor the other settings.
func (cfg *Config) checkPlain() error {
	switch cfg.SignType {
	case "":
		cfg.SignType = string(hmacSHA256)
	case string(hmacSHA256), string(md5Legacy):
	default:
		return bad("sign_type", cfg.SignType, "is not a signature type of WeChat Pay's", `write "HMAC-SHA256" or "MD5"`)
	}
	switch {
	case cfg.SpbillCreateIP == "":
		cfg.SpbillCreateIP = "127.0.0.1"
	case !isIPv4(cfg.SpbillCreateIP):
		return bad("spbill_create_ip", cfg.SpbillCreateIP, "is not an IPv4 address", "write the shop's public address, or remove it")
	}
	if n := cfg.NotifyURL; n != "" {
		u, err := url.Parse(n)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(n) > 256 || strings.ContainsAny(n, "?# ") {
			if err != nil || u.User != nil {
				n = "" // it may hold a password
			}
			return bad("notify_url", n, "is not an address without query of at most 256 characters", "write an https address that WeChat Pay can reach")
		}
	}
	return nil
}

// revokeAge may be raised at will, and lowered only against a sandbox.
func (cfg *Config) revokeAge() (time.Duration, error) {
	if cfg.MinRevokeAge == "" {
		return revokeFloor, nil
	}
	age, err := time.ParseDuration(cfg.MinRevokeAge)
	if err != nil || age < 0 || age > time.Hour {
		return 0, bad("min_revoke_age", cfg.MinRevokeAge, "is not a time between 0 and 1h", `write it like "15s"`)
	}
	if age < revokeFloor && !wire.Local(cfg.Endpoint) {
		return 0, bad("min_revoke_age", cfg.MinRevokeAge, "is below the platform's 15s", `write "15s" or more`)
	}
	return age, nil
}

// apiKey reads the provider's APIv2 key: 32 characters (§4).
func (cfg *Config) apiKey(s channels.Settings) (apiKey, error) {
	data, err := channels.ReadKeyFile(s, "api_key_file", cfg.APIKeyFile)
	if err != nil {
		return nil, err
	}
	key := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) // an editor's mark
	if !validNumber(string(key), 32, "") || len(key) != 32 {
		return nil, bad("api_key_file", cfg.APIKeyFile, "does not hold exactly 32 letters and digits", "put the provider's APIv2 key into it, and nothing else")
	}
	return key, nil
}
