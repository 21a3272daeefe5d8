package huishouqian

import (
	"crypto/rsa"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// production is §1's address, for who names none.
const production = "https://api.huishouqian.com/api/acquiring"

// Config is one [[channel]] with driver = "huishouqian" (§13). An empty value
// is the default; what may be set to nothing or to false is a pointer.
type Config struct {
	Name   string `toml:"name"`
	Driver string `toml:"driver"`

	Endpoint  string `toml:"endpoint"` // the whole gateway address
	CAFile    string `toml:"ca_file"`
	NotifyURL string `toml:"notify_url"`

	MerchantNo    string `toml:"merchant_no"`
	SubMerchantNo string `toml:"sub_merchant_no"`

	PrivateKeyFile          string `toml:"private_key_file"`          // .pfx or PEM
	PrivateKeyPasswordFile  string `toml:"private_key_password_file"` // of a .pfx
	PlatformCertificateFile string `toml:"platform_certificate_file"` // .cer: DER or PEM
	SignKeyFile             string `toml:"sign_key_file"`             // 签名混淆密码

	// Every setting below stands where the dossier has no proof (ASSUMED).
	Format        string `toml:"format"`
	Body          string `toml:"body"`
	MethodBarcode string `toml:"method_barcode"`
	TimeZone      string `toml:"time_zone"`
	Timeout       string `toml:"timeout"`

	PayTypeWechat   *string `toml:"paytype_wechat_barcode"`
	PayTypeAlipay   *string `toml:"paytype_alipay_barcode"`
	PayTypeUnionPay *string `toml:"paytype_unionpay_barcode"`

	QueryType   string `toml:"query_type"`
	RefundType  string `toml:"refund_type"`
	RefundDays  int    `toml:"refund_days"`
	CloseMethod string `toml:"close_method"`
	CloseFields string `toml:"close_fields"`

	NotFoundAfter string `toml:"not_found_after"`
	ExpireAfter   string `toml:"expire_after"`
	ExpireGrace   string `toml:"expire_grace"`

	VerifySkipEmpty        string `toml:"verify_skip_empty"`
	ConfirmRefusal         *bool  `toml:"confirm_refusal"`
	NotifyAck              string `toml:"notify_ack"`
	NotifyFallbackEnvelope *bool  `toml:"notify_fallback_envelope"`

	MemoNested      string            `toml:"memo_nested"`
	PayerNameCipher string            `toml:"payer_name_cipher"`
	ExtraFields     map[string]string `toml:"extra_fields"`
	GoodsInfoMax    int               `toml:"goods_info_max"`
	OrderNoCharset  string            `toml:"order_no_charset"`

	StatementBillType string            `toml:"statement_bill_type"`
	StatementEncoding string            `toml:"statement_encoding"`
	StatementColumns  map[string]string `toml:"statement_columns"`
	StatementReady    string            `toml:"statement_ready"`

	Codes map[string]string `toml:"codes"`
}

// settings is a checked Config, its defaults filled in, and its keys.
type settings struct {
	Config
	wire   wire.Config
	target string // the gateway's path
	local  bool   // a loopback endpoint: a sandbox
	signer *signer
	zone   *time.Location

	payTypes                      map[string]string // by wallet; only those that are served
	payTimeout, callTimeout       time.Duration
	notFound, expireAfter, grace  time.Duration
	refundWindow                  time.Duration
	ready                         time.Duration // a statement's, from the next day's midnight
	numbers                       *regexp.Regexp
	closeWith                     []string
	confirmRefusal, otherEnvelope bool
	codes                         table
}

func bad(key, value, problem, mend string) error {
	return &channels.SettingError{Key: key, Value: value, Problem: problem, Mend: mend}
}

func (cfg *Config) check(s channels.Settings) (*settings, error) {
	set := &settings{}
	for _, part := range []func(*settings) error{
		func(set *settings) error { return cfg.network(s, set) },
		cfg.identity, cfg.words, cfg.times, cfg.wallets, cfg.orders, cfg.extras, cfg.meanings,
	} {
		if err := part(set); err != nil {
			return nil, err
		}
	}
	if err := cfg.loadKeys(s, set); err != nil {
		return nil, err
	}
	set.Config = *cfg
	return set, nil
}

// network splits the gateway's address into what the wire connects to and the
// path that every request asks for.
func (cfg *Config) network(s channels.Settings, set *settings) error {
	if cfg.Endpoint == "" {
		cfg.Endpoint = production
	}
	u, err := url.Parse(cfg.Endpoint)
	mend := "write the whole gateway address, such as " + production
	switch {
	case err != nil:
		return bad("endpoint", cfg.Endpoint, "is not an address", mend)
	case u.User != nil:
		return bad("endpoint", "", "holds a user or password", mend)
	case u.Scheme != "https":
		return bad("endpoint", cfg.Endpoint, "is not https", mend)
	case u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return bad("endpoint", cfg.Endpoint, "is not scheme, host and path", mend)
	case strings.Trim(u.Path, "/") == "":
		return bad("endpoint", cfg.Endpoint, "has no path", mend)
	}
	set.target, set.local = u.EscapedPath(), wire.Loopback(u.Hostname())
	set.wire, err = wire.Configure(s, wire.Common{Endpoint: u.Scheme + "://" + u.Host, CAFile: cfg.CAFile})
	return err
}

func (cfg *Config) identity(*settings) error {
	const mend = "copy it from the platform's papers"
	if cfg.MerchantNo == "" {
		return bad("merchant_no", "", "is missing", mend)
	}
	if !isWord(cfg.MerchantNo, 16) {
		return bad("merchant_no", cfg.MerchantNo, "is not 1 to 16 letters and digits", mend)
	}
	if cfg.SubMerchantNo != "" && !isWord(cfg.SubMerchantNo, 32) {
		return bad("sub_merchant_no", cfg.SubMerchantNo, "is not 1 to 32 letters and digits", mend)
	}
	if n := cfg.NotifyURL; n != "" {
		u, err := url.Parse(n)
		if err == nil && u.User != nil {
			return bad("notify_url", "", "holds a user or password", "remove it from the address")
		}
		if err != nil || u.Scheme != "https" || u.Host == "" || len(n) > 128 {
			return bad("notify_url", n, "is not an https address of at most 128 characters", "write an address that the platform can reach, or remove it")
		}
	}
	return nil
}

// loadKeys is §3's four files.
func (cfg *Config) loadKeys(s channels.Settings, set *settings) error {
	key, err := cfg.merchantKey(s)
	if err != nil {
		return err
	}
	public, ends, err := cfg.platformKey(s)
	if err != nil {
		return err
	}
	if public.Equal(&key.PublicKey) {
		return bad("platform_certificate_file", cfg.PlatformCertificateFile, "holds the merchant's own key", "name the platform's certificate (MANDAO_…_pub.cer)")
	}
	secret, err := cfg.signKey(s)
	if err != nil {
		return err
	}
	set.signer = &signer{key: key, public: public, ends: ends, secret: secret}
	return nil
}

// CertificateEnds is when the platform's certificate ends, for the doctor.
func (c *Channel) CertificateEnds() time.Time { return c.signer.ends }

// KeyBits is the sizes of the merchant's and the platform's keys, for people:
// the platform states them nowhere (§3).
func (c *Channel) KeyBits() (merchant, platform int) {
	bits := func(k *rsa.PublicKey) int { return k.N.BitLen() }
	return bits(&c.signer.key.PublicKey), bits(c.signer.public)
}
