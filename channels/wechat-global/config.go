package wechatglobal

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// officialHosts is §2.1: one platform behind three doors, the same keys.
var officialHosts = []string{
	"https://apihk.mch.weixin.qq.com",
	"https://apius.mch.weixin.qq.com",
	"https://apieu.mch.weixin.qq.com",
}

const (
	modeDirect      = "direct"
	modeInstitution = "institution"
)

// revokeFloor is §7: not earlier than 15 s after the pay call.
const revokeFloor = 15 * time.Second

// Config is one [[channel]] with driver = "wechat-global".
type Config struct {
	Name   string `toml:"name"`
	Driver string `toml:"driver"`

	Mode            string   `toml:"mode"`
	Endpoint        string   `toml:"endpoint"`
	BackupEndpoints []string `toml:"backup_endpoints"`
	CAFile          string   `toml:"ca_file"`
	NotifyURL       string   `toml:"notify_url"` // told of refunds; scanned payments have no callback (§12)

	// Direct mode (§2.2).
	MchID string `toml:"mchid"`
	AppID string `toml:"appid"`
	// Institution mode.
	SpMchID  string `toml:"sp_mchid"`
	SpAppID  string `toml:"sp_appid"`
	SubMchID string `toml:"sub_mchid"`
	SubAppID string `toml:"sub_appid"`

	MerchantCategoryCode string `toml:"merchant_category_code"`
	DeviceIP             string `toml:"device_ip"` // the till's public address, if it is known

	PrivateKeyFile          string `toml:"private_key_file"`
	CertificateSerial       string `toml:"certificate_serial"`
	CertificateFile         string `toml:"certificate_file"` // optional: proves that key and serial fit
	APIv3KeyFile            string `toml:"api_v3_key_file"`
	PlatformCertificateFile string `toml:"platform_certificate_file"`

	// Public-key mode (§3.4) is off unless both are set: no page describes it
	// for Global.
	PublicKeyID   string `toml:"public_key_id"`
	PublicKeyFile string `toml:"public_key_file"`

	MinRevokeAge string `toml:"min_revoke_age"`
}

// account is who we are to the platform, in one of its two modes.
type account struct {
	institution                        bool
	mchID, appID                       string
	spMchID, spAppID, subMchID, subApp string
}

// caller is the merchant number that signs.
func (a account) caller() string {
	if a.institution {
		return a.spMchID
	}
	return a.mchID
}

// query is the identity in a query string (§6).
func (a account) query() string {
	if a.institution {
		return "sp_mchid=" + url.QueryEscape(a.spMchID) + "&sub_mchid=" + url.QueryEscape(a.subMchID)
	}
	return "mchid=" + url.QueryEscape(a.mchID)
}

// settings is a checked Config with its keys.
type settings struct {
	account   account
	wire      wire.Config
	minAge    time.Duration
	signer    *signer
	apiV3Key  []byte
	fixed     map[string]platformKey // of files
	publicKey bool                   // public-key mode: nothing to fetch
}

func bad(key, value, problem, mend string) error {
	return &channels.SettingError{Key: key, Value: value, Problem: problem, Mend: mend}
}

func (cfg *Config) check(s channels.Settings) (*settings, error) {
	set := &settings{}
	var err error
	if set.account, err = cfg.identity(); err != nil {
		return nil, err
	}
	if err = cfg.checkPlain(); err != nil {
		return nil, err
	}
	if set.wire, err = cfg.network(s); err != nil {
		return nil, err
	}
	if set.minAge, err = cfg.revokeAge(); err != nil {
		return nil, err
	}
	return set, cfg.loadKeys(s, set)
}

// identity is §2.2: the ids of one mode, whole, and none of the other's.
func (cfg *Config) identity() (account, error) {
	direct := []field{{"mchid", cfg.MchID, true}, {"appid", cfg.AppID, true}}
	institution := []field{{"sp_mchid", cfg.SpMchID, true}, {"sp_appid", cfg.SpAppID, true},
		{"sub_mchid", cfg.SubMchID, true}, {"sub_appid", cfg.SubAppID, false}}
	mine, others := direct, institution
	switch cfg.Mode {
	case modeDirect:
	case modeInstitution:
		mine, others = institution, direct
	case "":
		return account{}, bad("mode", "", "is missing", `write mode = "direct" or mode = "institution"`)
	default:
		return account{}, bad("mode", cfg.Mode, "is not a mode", `write "direct" or "institution"`)
	}
	for _, f := range others {
		if f.value != "" {
			return account{}, bad(f.key, f.value, "does not belong to mode "+cfg.Mode, "remove it, or change mode")
		}
	}
	for _, f := range mine {
		if f.value == "" && f.required {
			return account{}, bad(f.key, "", "is missing in mode "+cfg.Mode, "write the number that WeChat Pay gave you")
		}
		if len(f.value) > 32 || strings.ContainsFunc(f.value, notWord) {
			return account{}, bad(f.key, f.value, "is not 1 to 32 letters and digits", "copy it from the merchant platform")
		}
	}
	return account{
		institution: cfg.Mode == modeInstitution,
		mchID:       cfg.MchID, appID: cfg.AppID,
		spMchID: cfg.SpMchID, spAppID: cfg.SpAppID, subMchID: cfg.SubMchID, subApp: cfg.SubAppID,
	}, nil
}

type field struct {
	key, value string
	required   bool
}

func notWord(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_' || r == '-')
}

// checkPlain checks what needs neither files nor the other settings.
func (cfg *Config) checkPlain() error {
	mcc := cfg.MerchantCategoryCode
	if mcc == "" {
		return bad("merchant_category_code", "", "is missing", "write the code of your trade from WeChat Pay's list, such as 4111")
	}
	if len(mcc) > 16 || strings.ContainsFunc(mcc, notWord) {
		return bad("merchant_category_code", mcc, "is not 1 to 16 digits", "write the code of your trade, such as 4111")
	}
	if cfg.DeviceIP != "" && !isAddress(cfg.DeviceIP) {
		return bad("device_ip", cfg.DeviceIP, "is not an IP address", "write the shop's public address, or remove it")
	}
	if n := cfg.NotifyURL; n != "" {
		u, err := url.Parse(n)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || len(n) > 256 {
			return bad("notify_url", n, "is not an https address without query of at most 256 characters", "write an address that WeChat Pay can reach (§12)")
		}
	}
	if (cfg.PublicKeyID == "") != (cfg.PublicKeyFile == "") {
		return bad("public_key_id", cfg.PublicKeyID, "goes with public_key_file", "set both, or neither")
	}
	return nil
}

// network fills in the official hosts: one of them has the others as backups,
// any other endpoint only those that backup_endpoints names.
func (cfg *Config) network(s channels.Settings) (wire.Config, error) {
	if cfg.Endpoint == "" {
		cfg.Endpoint = officialHosts[0]
	}
	endpoint := strings.TrimSuffix(cfg.Endpoint, "/")
	backups := cfg.BackupEndpoints
	if backups == nil && slices.Contains(officialHosts, endpoint) {
		for _, h := range officialHosts {
			if h != endpoint {
				backups = append(backups, h)
			}
		}
	}
	w, err := wire.Configure(s, wire.Common{Endpoint: cfg.Endpoint, Backups: backups, CAFile: cfg.CAFile})
	w.RequestID = "Request-ID"
	return w, err
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
