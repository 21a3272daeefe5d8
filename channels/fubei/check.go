package fubei

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// maxID is ten digits, the length of the seed's ids.
const maxID = 9_999_999_999

func bad(key, value, problem, mend string) error {
	return &channels.SettingError{Key: key, Value: value, Problem: problem, Mend: mend}
}

func (cfg *Config) check(s channels.Settings) (*settings, error) {
	cfg.fill()
	set := &settings{version: cfg.Version}
	switch cfg.API {
	case apiOne:
		set.gen = one
	case apiTwoMerchant, apiTwoVendor:
		set.gen = two
		set.gen.reverse = cfg.CancelMethod
	default:
		return nil, bad("api", cfg.API, "is not one of Fubei's", `write "1.0", "2.0-merchant" or "2.0-vendor"`)
	}
	for _, check := range []func() error{cfg.checkIdentity, cfg.checkPlaces, cfg.checkWords, cfg.checkNotify} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	var err error
	if set.wire, set.target, err = cfg.network(s, set.gen); err != nil {
		return nil, err
	}
	if err := cfg.checkTimes(set); err != nil {
		return nil, err
	}
	if set.codes, err = cfg.codeTable(); err != nil {
		return nil, err
	}
	if set.subCodes, err = cfg.subCodeTable(); err != nil {
		return nil, err
	}
	set.secret, err = cfg.readSecret(s)
	return set, err
}

// checkIdentity is §1: the names of one level, whole, and none of the other's.
func (cfg *Config) checkIdentity() error {
	vendor := cfg.API == apiTwoVendor
	for _, f := range [...]struct {
		key, value string
		vendor     bool
	}{
		{"app_id", cfg.AppID, false}, {"app_secret_file", cfg.AppSecretFile, false},
		{"vendor_sn", cfg.VendorSN, true}, {"vendor_secret_file", cfg.VendorSecretFile, true},
	} {
		switch {
		case f.vendor != vendor && f.value != "":
			return bad(f.key, f.value, "does not belong to api "+cfg.API, "remove it, or change api")
		case f.vendor == vendor && f.value == "":
			return bad(f.key, "", "is missing in api "+cfg.API, "write what Fubei gave you")
		case !strings.HasSuffix(f.key, "_file") && (len(f.value) > 64 || strings.ContainsFunc(f.value, notWord)):
			return bad(f.key, f.value, "is not 1 to 64 letters and digits", "copy it from Fubei's platform")
		}
	}
	return cfg.checkMerchant(vendor)
}

func (cfg *Config) checkMerchant(vendor bool) error {
	id := strconv.FormatInt(cfg.MerchantID, 10)
	switch {
	case !vendor && cfg.MerchantID != 0:
		return bad("merchant_id", id, "does not belong to api "+cfg.API, "remove it, or change api")
	case vendor && cfg.MerchantID == 0:
		return bad("merchant_id", "", "is missing in api "+cfg.API, "write the merchant's number at Fubei")
	case cfg.MerchantID < 0 || cfg.MerchantID > maxID:
		return bad("merchant_id", id, "is not a number of 1 to 10 digits", "copy it from Fubei's platform")
	}
	return nil
}

// checkPlaces checks where the till is, and what codes it may send.
func (cfg *Config) checkPlaces() error {
	for _, f := range [...]struct {
		key         string
		value, most int64
		mend        string
	}{
		{"store_id", cfg.StoreID, maxID, "copy it from Fubei's platform, or leave it out with one store"},
		{"cashier_id", cfg.CashierID, maxID, "copy it from Fubei's platform, or leave it out"},
		{"discount_switch", cfg.DiscountSwitch, 1, "write 0, or 1 for the store's own discounts"},
		{"type_unionpay", cfg.TypeUnionpay, 99, "write 5, or 0 to take no UnionPay codes"},
	} {
		if f.value < 0 || f.value > f.most {
			return bad(f.key, strconv.FormatInt(f.value, 10), "is not between 0 and "+strconv.FormatInt(f.most, 10), f.mend)
		}
	}
	if n := cfg.TypeUnionpay; n == typeWechat || n == typeAlipay {
		return bad("type_unionpay", strconv.FormatInt(n, 10), "is another wallet's", "write 5, or 0 to take no UnionPay codes")
	}
	if cfg.DeviceNo != "" && !fits(cfg.DeviceNo, 32) {
		return bad("device_no", cfg.DeviceNo, "is not 1 to 32 characters", "write a short name of the till, or leave it out")
	}
	return nil
}

// isMethod tells a name like fbpay.order.cancel: one to four words behind fbpay or openapi.
func isMethod(name string) bool {
	words := strings.Split(name, ".")
	if len(words) < 2 || len(words) > 5 || words[0] != "fbpay" && words[0] != "openapi" {
		return false
	}
	return !slices.ContainsFunc(words[1:], func(word string) bool {
		return word == "" || len(word) > 32 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != ""
	})
}

// checkWords checks the settings that are one of few words.
func (cfg *Config) checkWords() error {
	switch {
	case cfg.Version != "1.0" && cfg.Version != "2.0":
		return bad("version", cfg.Version, "is not a version that a source shows", `write "1.0" or "2.0"`)
	case cfg.AmountCheck != "gross" && cfg.AmountCheck != "total_fee":
		return bad("amount_check", cfg.AmountCheck, "is not a way to compare amounts", `write "gross" or "total_fee"`)
	case cfg.MinaCallbackField != "call_back_url" && cfg.MinaCallbackField != "call_back":
		return bad("mina_callback_field", cfg.MinaCallbackField, "is not a name that a source shows", `write "call_back_url" or "call_back"`)
	case !isMethod(cfg.CancelMethod):
		return bad("cancel_method", cfg.CancelMethod, "is not a method's name", `write it like "fbpay.order.cancel"`)
	case !fits(cfg.NotifyAck, 32):
		return bad("notify_ack", cfg.NotifyAck, "is not 1 to 32 characters", `write "success" or "SUCCESS"`)
	}
	for _, w := range cfg.NotFoundWords {
		if !fits(w, 64) {
			return bad("not_found_words", w, "is not 1 to 64 characters", "write words of the platform's message about an order that it does not have")
		}
	}
	return nil
}

func (cfg *Config) checkNotify() error {
	if cfg.NotifyURL == "" {
		return nil
	}
	u, err := url.Parse(cfg.NotifyURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(cfg.NotifyURL) > 256 {
		return bad("notify_url", cfg.NotifyURL, "is not an https address of at most 256 characters", "write an address that Fubei can reach, or leave it out")
	}
	return nil
}

func (cfg *Config) checkTimes(set *settings) error {
	for _, f := range [...]struct {
		key, value  string
		into        *time.Duration
		least, most time.Duration
	}{
		{"timeout", cfg.Timeout, &set.timeout, time.Second, time.Minute},
		{"min_reverse_age", cfg.MinReverseAge, &set.minReverseAge, 0, time.Hour},
		{"not_found_after", cfg.NotFoundAfter, &set.notFoundAfter, notFoundFloor, 24 * time.Hour},
	} {
		d, err := time.ParseDuration(f.value)
		if f.key == "not_found_after" && wire.Local(cfg.Endpoint) {
			f.least = 0 // a simulated platform's orders are never late
		}
		if err != nil || d < f.least || d > f.most {
			return bad(f.key, f.value, "is not a time between "+f.least.String()+" and "+f.most.String(), `write it like "`+f.most.String()+`"`)
		}
		*f.into = d
	}
	return nil
}

// notFoundFloor is how long a payment code lives, with room: while one may, an
// order that is not there may still arrive and be paid (§11).
const notFoundFloor = 2 * time.Minute

// network takes the gateway's address apart: wire wants its scheme and host,
// the request its path.
func (cfg *Config) network(s channels.Settings, gen generation) (wire.Config, string, error) {
	if cfg.Endpoint == "" {
		cfg.Endpoint = gen.gateway
	}
	const mend = "write the whole gateway address, such as https://shq-api.51fubei.com/gateway"
	u, err := url.Parse(cfg.Endpoint)
	switch {
	case err != nil || u.User != nil:
		return wire.Config{}, "", bad("endpoint", "", "is not an address without user and password", mend)
	case u.Scheme != "https":
		return wire.Config{}, "", bad("endpoint", cfg.Endpoint, "is not https", mend)
	case u.Hostname() == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return wire.Config{}, "", bad("endpoint", cfg.Endpoint, "is not scheme, host and path", mend)
	case u.EscapedPath() == "" || u.EscapedPath() == "/":
		return wire.Config{}, "", bad("endpoint", cfg.Endpoint, "has no path", mend)
	}
	w, err := wire.Configure(s, wire.Common{Endpoint: "https://" + u.Host, CAFile: cfg.CAFile})
	return w, u.EscapedPath(), err
}

// readSecret reads the level's secret. It is text of the console: what stands
// around it in the file is not of it.
func (cfg *Config) readSecret(s channels.Settings) (string, error) {
	key, file := "app_secret_file", cfg.AppSecretFile
	if cfg.API == apiTwoVendor {
		key, file = "vendor_secret_file", cfg.VendorSecretFile
	}
	data, err := channels.ReadKeyFile(s, key, file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if len(secret) < 8 || len(secret) > 128 || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", bad(key, file, "does not hold a secret of 8 to 128 visible characters", "put the secret into it, alone and as Fubei gave it")
	}
	return secret, nil
}
