package fubei

import (
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// The generations and levels of §1, as api names them.
const (
	apiOne         = "1.0"
	apiTwoMerchant = "2.0-merchant"
	apiTwoVendor   = "2.0-vendor"
)

// Config is one [[channel]] with driver = "fubei" (§14). What it leaves out is
// as in Default.
type Config struct {
	Name   string `toml:"name"`
	Driver string `toml:"driver"`

	API       string `toml:"api"`
	Endpoint  string `toml:"endpoint"` // the whole gateway address
	CAFile    string `toml:"ca_file"`
	NotifyURL string `toml:"notify_url"`

	// Merchant level.
	AppID         string `toml:"app_id"`
	AppSecretFile string `toml:"app_secret_file"`
	// Vendor level.
	VendorSN         string `toml:"vendor_sn"`
	VendorSecretFile string `toml:"vendor_secret_file"`
	MerchantID       int64  `toml:"merchant_id"`

	StoreID   int64  `toml:"store_id"` // may be 0 with one store, save for mini programs in 1.0
	CashierID int64  `toml:"cashier_id"`
	DeviceNo  string `toml:"device_no"` // empty: the till's id

	Version        string `toml:"version"`
	Timeout        string `toml:"timeout"`
	DiscountSwitch int64  `toml:"discount_switch"`
	TypeUnionpay   int64  `toml:"type_unionpay"` // 0: UnionPay codes are not taken (§15 no. 7)

	AmountCheck       string `toml:"amount_check"` // gross | total_fee
	MinaCallbackField string `toml:"mina_callback_field"`
	CloseMina         bool   `toml:"close_mina"`
	CancelMethod      string `toml:"cancel_method"`

	MinReverseAge     string `toml:"min_reverse_age"`
	ReverseThenRefund bool   `toml:"reverse_then_refund"`
	ConfirmPaid       bool   `toml:"confirm_paid"`
	ConfirmRefusal    bool   `toml:"confirm_refusal"`

	NotFoundWords []string          `toml:"not_found_words"`
	NotFoundAfter string            `toml:"not_found_after"`
	NotifyAck     string            `toml:"notify_ack"`
	Codes         map[string]string `toml:"codes"`     // result_code → what it means
	SubCodes      map[string]string `toml:"sub_codes"` // sub_code → reason
}

// Default is the dossier's word on every setting that has one. A text that is
// left empty counts as its default, too.
func Default() Config {
	return Config{
		API:               apiOne,
		Version:           "1.0",
		Timeout:           "10s",
		TypeUnionpay:      5,
		AmountCheck:       "gross",
		MinaCallbackField: "call_back_url",
		CloseMina:         true,
		CancelMethod:      "fbpay.order.cancel",
		MinReverseAge:     "0s",
		ReverseThenRefund: true,
		ConfirmRefusal:    true,
		NotFoundWords:     []string{"不存在"},
		NotFoundAfter:     "5m",
		NotifyAck:         "success",
	}
}

// fill puts the defaults where a text was left empty.
func (cfg *Config) fill() {
	d := Default()
	for _, f := range [...]struct {
		to   *string
		from string
	}{
		{&cfg.API, d.API}, {&cfg.Version, d.Version}, {&cfg.Timeout, d.Timeout}, {&cfg.AmountCheck, d.AmountCheck},
		{&cfg.MinaCallbackField, d.MinaCallbackField}, {&cfg.CancelMethod, d.CancelMethod},
		{&cfg.MinReverseAge, d.MinReverseAge}, {&cfg.NotFoundAfter, d.NotFoundAfter}, {&cfg.NotifyAck, d.NotifyAck},
	} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
	if cfg.NotFoundWords == nil {
		cfg.NotFoundWords = d.NotFoundWords
	}
}

// settings is a checked Config with its secret.
type settings struct {
	gen           generation
	wire          wire.Config
	target        string // the gateway's path
	secret        string
	version       string
	timeout       time.Duration
	minReverseAge time.Duration
	notFoundAfter time.Duration
	codes         map[string]meaning
	subCodes      map[string]channels.Reason
}
