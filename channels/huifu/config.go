package huifu

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Config is one [[channel]] with driver = "huifu" (§14).
type Config struct {
	Name   string `toml:"name"`
	Driver string `toml:"driver"`

	Endpoint   string `toml:"endpoint"`
	CAFile     string `toml:"ca_file"`
	NotifyURL  string `toml:"notify_url"`
	APIVersion string `toml:"api_version"` // ASSUMED v3 (§1)

	SysID     string `toml:"sys_id"`     // who calls: the provider, or the merchant himself (§2)
	ProductID string `toml:"product_id"` //
	HuifuID   string `toml:"huifu_id"`   // who trades

	PrivateKeyFile        string            `toml:"private_key_file"`
	PlatformPublicKeyFile string            `toml:"platform_public_key_file"`
	Headers               map[string]string `toml:"headers"` // ASSUMED none needed (§2)

	SubAppID     string `toml:"sub_appid"`
	ChannelNo    string `toml:"channel_no"`
	PayScene     string `toml:"pay_scene"`
	AcctID       string `toml:"acct_id"`
	LimitPayType string `toml:"limit_pay_type"`

	IPAddr        string `toml:"ip_addr"` // else this machine's own
	Location      string `toml:"location"`
	DevsID        string `toml:"devs_id"`
	MerDeviceType string `toml:"mer_device_type"` // ASSUMED the reply's list (§4)
	SerialNum     string `toml:"serial_num"`

	ExpireAfter    string `toml:"expire_after"`  // ASSUMED honoured for barcodes (§4); empty: not sent
	MinCloseAge    string `toml:"min_close_age"` // §8
	CloseBarcode   bool   `toml:"close_barcode"` // ASSUMED barcode orders close (§8)
	ClosedGrace    string `toml:"closed_grace"`  // ASSUMED closed payments query as F (§8)
	NotFoundAfter  string `toml:"not_found_after"`
	ConfirmRefusal bool   `toml:"confirm_refusal"` // ASSUMED refusals come before booking (§11)

	StatementBillType string `toml:"statement_bill_type"`
	StatementMonthDay int    `toml:"statement_month_day"` // ASSUMED (§13)
	// StatementColumns and StatementEncoding say what the columns are called
	// and how the file is written, ASSUMED by §13; see Lines.
	StatementColumns  map[string]string `toml:"statement_columns"`
	StatementEncoding string            `toml:"statement_encoding"`

	// Codes corrects what a resp_code without trans_stat means to a pay:
	// "declined", "paying" or "unknown", and a reason behind it.
	Codes map[string]string `toml:"codes"`
}

// Default is what a file that does not say otherwise means.
func Default() Config {
	return Config{
		Endpoint: "https://api.huifu.com", APIVersion: "v3", MerDeviceType: "07",
		ExpireAfter: "120s", MinCloseAge: "61s", CloseBarcode: true, ClosedGrace: "60s", NotFoundAfter: "5m", ConfirmRefusal: true,
		StatementBillType: "TRADE_BILL", StatementMonthDay: 2, StatementEncoding: "auto",
	}
}

// fill gives what must not be empty its default. An empty expire_after means
// that none is sent.
func (cfg *Config) fill() {
	d := Default()
	for _, f := range []struct {
		into *string
		from string
	}{
		{&cfg.Endpoint, d.Endpoint}, {&cfg.APIVersion, d.APIVersion}, {&cfg.MerDeviceType, d.MerDeviceType}, {&cfg.MinCloseAge, d.MinCloseAge},
		{&cfg.ClosedGrace, d.ClosedGrace}, {&cfg.NotFoundAfter, d.NotFoundAfter},
		{&cfg.StatementBillType, d.StatementBillType}, {&cfg.StatementEncoding, d.StatementEncoding},
	} {
		if *f.into == "" {
			*f.into = f.from
		}
	}
	if cfg.StatementMonthDay == 0 {
		cfg.StatementMonthDay = d.StatementMonthDay
	}
}

// closeFloor is §8: not within the first minute of the order.
const closeFloor = 61 * time.Second

func bad(key, value, problem, mend string) error {
	return &channels.SettingError{Key: key, Value: value, Problem: problem, Mend: mend}
}

// configure checks cfg and fills c with what it means.
func (c *Channel) configure(cfg Config, s channels.Settings) error {
	cfg.fill()
	c.cfg = cfg
	for _, step := range []func() error{
		c.checkVersion, c.checkIdentity, c.checkTexts, c.checkNotifyURL, c.checkPlace, c.checkHeaders, c.checkAges, c.checkCodes, c.checkStatement,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	net, err := wire.Configure(s, wire.Common{Endpoint: cfg.Endpoint, CAFile: cfg.CAFile})
	if err != nil {
		return err
	}
	c.net = net
	if c.key, err = loadPrivateKey(s, cfg.PrivateKeyFile); err != nil {
		return err
	}
	c.platform, err = loadPlatformKey(s, cfg.PlatformPublicKeyFile, &c.key.PublicKey)
	return err
}

func (c *Channel) checkVersion() error {
	switch v := c.cfg.APIVersion; v {
	case "v2", "v3":
		c.paths = pathsOf(v)
		return nil
	case "v4":
		return bad("api_version", v, "is known for its payments and queries, not for its refunds", `write "v3", or "v2" if v3 is not opened`)
	default:
		return bad("api_version", v, "is not a version", `write "v3" or "v2"`)
	}
}

func (c *Channel) checkIdentity() error {
	for _, f := range []struct{ key, value string }{{"sys_id", c.cfg.SysID}, {"product_id", c.cfg.ProductID}, {"huifu_id", c.cfg.HuifuID}} {
		if f.value == "" {
			return bad(f.key, "", "is missing", "copy it from the console, under 开发设置 - 开发者信息")
		}
		if !isNumber(f.value, 32) {
			return bad(f.key, f.value, "is not 1 to 32 letters and digits", "copy it from the console, under 开发设置 - 开发者信息")
		}
	}
	return nil
}

// checkTexts are the settings that go out as they are.
func (c *Channel) checkTexts() error {
	for _, f := range []struct {
		key, value string
		max        int
	}{
		{"sub_appid", c.cfg.SubAppID, 32}, {"channel_no", c.cfg.ChannelNo, 32}, {"pay_scene", c.cfg.PayScene, 2},
		{"acct_id", c.cfg.AcctID, 9}, {"devs_id", c.cfg.DevsID, 32}, {"serial_num", c.cfg.SerialNum, 50},
	} {
		if f.value != "" && !isNumber(f.value, f.max) {
			return bad(f.key, f.value, "is not 1 to "+strconv.Itoa(f.max)+" letters and digits", "copy it from the console, or remove it")
		}
	}
	if v := c.cfg.LimitPayType; v != "" && !fits(v, 128) {
		return bad("limit_pay_type", v, "is not 1 to 128 characters", `write for example "NO_CREDIT", or remove it`)
	}
	if v := c.cfg.MerDeviceType; len(v) != 2 || v < "01" || v > "11" || strings.ContainsFunc(v, notDigit) {
		return bad("mer_device_type", v, "is not one of 01 to 11", `write "07" for a cash register`)
	}
	return nil
}

// checkNotifyURL is §9 and the seed's 3.3.4: no query, ports by rule.
func (c *Channel) checkNotifyURL() error {
	v := c.cfg.NotifyURL
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(v) > 512 || strings.ContainsFunc(v, odd):
		return bad("notify_url", v, "is not an http or https address of at most 512 characters", "write an address that Huifu can reach")
	case u.User != nil:
		return bad("notify_url", "", "holds a name or password", "write it without")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return bad("notify_url", v, "has a query, which Huifu does not take", "write it without ? and what follows")
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port := u.Port(); port != "" && port != usual && (len(port) != 4 || port < "8000" || port > "9005") {
		return bad("notify_url", v, "has a port that Huifu does not call", "use the scheme's own port, or one of 8000 to 9005")
	}
	return nil
}

func (c *Channel) checkPlace() error {
	if v := c.cfg.IPAddr; v != "" {
		if a, err := netip.ParseAddr(v); err != nil || !a.Is4() {
			return bad("ip_addr", v, "is not an IPv4 address", "write the shop's public address, or remove it")
		}
	}
	if v := c.cfg.Location; v != "" && !position().MatchString(v) {
		return bad("location", v, "is not latitude and longitude with signs", `write it like "+22.54/+113.93"`)
	}
	return nil
}

// checkHeaders refuses what cannot be a header, and what is the wire's own.
func (c *Channel) checkHeaders() error {
	c.headers = map[string]string{}
	taken := []string{"Content-Type", "Content-Length", "Content-Encoding", "Accept", "Accept-Encoding", "Host", "User-Agent", "Connection", "Transfer-Encoding", "Te", "Trailer", "Upgrade"}
	for name, value := range c.cfg.Headers {
		switch {
		case name == "" || len(name) > 64 || strings.ContainsFunc(name, notWord):
			return bad("headers", name, "is not a header's name", "write letters, digits, - and _")
		case slices.Contains(taken, http.CanonicalHeaderKey(name)):
			return bad("headers", name, "is tillpay's own header", "remove it")
		case len(value) > 512 || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return bad("headers."+name, "", "is not a header's value", "write plain characters")
		}
		c.headers[name] = value
	}
	return nil
}

// checkAges reads the times. A time that guards money may be raised, and
// lowered only against a sandbox.
func (c *Channel) checkAges() error {
	sandbox := wire.Local(c.cfg.Endpoint)
	for _, f := range []struct {
		key, value   string
		into         *time.Duration
		floor, least time.Duration // least holds in a sandbox too
		most         time.Duration
		optional     bool
	}{
		{"expire_after", c.cfg.ExpireAfter, &c.ages.expire, 61 * time.Second, time.Second, 2 * time.Hour, true},
		{"min_close_age", c.cfg.MinCloseAge, &c.ages.minClose, closeFloor, 0, time.Hour, false},
		{"closed_grace", c.cfg.ClosedGrace, &c.ages.grace, time.Minute, 0, 24 * time.Hour, false},
		{"not_found_after", c.cfg.NotFoundAfter, &c.ages.notFound, 5 * time.Minute, 0, 24 * time.Hour, false},
	} {
		if f.value == "" && f.optional {
			continue
		}
		floor := f.floor
		if sandbox {
			floor = f.least
		}
		d, err := time.ParseDuration(f.value)
		if err != nil || d < floor || d > f.most {
			return bad(f.key, f.value, "is not a time between "+floor.String()+" and "+f.most.String(), `write it like "`+f.floor.String()+`"`)
		}
		*f.into = d
	}
	return nil
}

// outcomes are the words of the setting codes.
var outcomes = map[string]channels.Outcome{"declined": channels.Declined, "paying": channels.Paying, "unknown": channels.Unknown}

// reasons are those that a refused pay may have.
var reasons = []channels.Reason{channels.InsufficientFunds, channels.CodeInvalid, channels.CodeExpired, channels.CodeUsed, channels.CustomerCancelled,
	channels.LimitExceeded, channels.CardNotSupported, channels.OtherCustomer, channels.MerchantConfig, channels.TradeFailed}

func (c *Channel) checkCodes() error {
	c.codes = map[string]meaning{}
	for code, value := range c.cfg.Codes {
		key := "codes." + wire.Cut(plain(code), 32)
		if len(code) != 8 || strings.ContainsFunc(code, notDigit) {
			return bad(key, value, "is not a resp_code of eight digits", `write it like "90000002"`)
		}
		if certain[code] {
			return bad(key, value, "is a code that may hide a payment, and stays what it is", "remove it")
		}
		name, why, _ := strings.Cut(value, " ")
		outcome, ok := outcomes[name]
		reason := channels.Reason(why)
		if !ok || why != "" && !slices.Contains(reasons, reason) {
			return bad(key, value, "is not an outcome and a reason", `write for example "declined trade_failed", "paying" or "unknown"`)
		}
		if why == "" && outcome == channels.Declined {
			reason = channels.TradeFailed
		}
		c.codes[code] = meaning{outcome, reason}
	}
	return nil
}
