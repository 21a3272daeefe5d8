package huishouqian

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/channels"
)

// Values of settings whose right one is not proven.
const (
	bodyForm = "form"
	bodyJSON = "json"

	skipBoth   = "both"
	skipAlways = "skip" // empty parts are not in the signed text
	skipNever  = "keep" // they are

	nestSample = "sample" // front_callback_url a string, the rest objects
	nestObject = "object"
	nestString = "string"

	cipherOff    = "off"
	cipherHex    = "rsa_pub_hex"
	cipherB64Hex = "rsa_pub_b64hex"
	cipherPlain  = "plain"
)

// choice is a setting of a few words; the first of them is its default.
type choice struct {
	key   string
	value *string
	among []string
}

// words is the settings that are one word of a few, or a word of the platform's.
func (cfg *Config) words(set *settings) error {
	for _, c := range []choice{
		{"format", &cfg.Format, []string{"JSON", "json"}},
		{"body", &cfg.Body, []string{bodyForm, bodyJSON}},
		{"verify_skip_empty", &cfg.VerifySkipEmpty, []string{skipBoth, skipAlways, skipNever}},
		{"memo_nested", &cfg.MemoNested, []string{nestSample, nestObject, nestString}},
		{"payer_name_cipher", &cfg.PayerNameCipher, []string{cipherOff, cipherHex, cipherB64Hex, cipherPlain}},
		{"statement_encoding", &cfg.StatementEncoding, []string{"auto", "utf-8", "gbk"}},
	} {
		if *c.value == "" {
			*c.value = c.among[0]
		}
		if !slices.Contains(c.among, *c.value) {
			return bad(c.key, *c.value, "is not one of "+strings.Join(c.among, ", "), "write "+strconv.Quote(c.among[0])+" or remove it")
		}
	}
	for _, w := range []struct {
		key      string
		value    *string
		standard string
	}{
		{"method_barcode", &cfg.MethodBarcode, methodBarcode},
		{"query_type", &cfg.QueryType, "2"},
		{"refund_type", &cfg.RefundType, "2"},
		{"notify_ack", &cfg.NotifyAck, "SUCCESS"},
		{"statement_bill_type", &cfg.StatementBillType, "1"},
		{"close_method", &cfg.CloseMethod, ""},
	} {
		if *w.value == "" {
			*w.value = w.standard
		}
		if *w.value != "" && !isWord(*w.value, 32) {
			return bad(w.key, *w.value, "is not a word of at most 32 letters and digits", "write the platform's word, or remove it")
		}
	}
	set.confirmRefusal = cfg.ConfirmRefusal == nil || *cfg.ConfirmRefusal
	set.otherEnvelope = cfg.NotifyFallbackEnvelope == nil || *cfg.NotifyFallbackEnvelope
	return nil
}

// china has had one offset since 1991, so its rules need no file.
const china = "Asia/Shanghai"

func (cfg *Config) times(set *settings) error {
	if cfg.TimeZone == "" {
		cfg.TimeZone = china
	}
	set.zone = time.FixedZone(china, 8*3600)
	if cfg.TimeZone != china {
		zone, err := time.LoadLocation(cfg.TimeZone)
		if err != nil || cfg.TimeZone == "Local" {
			return bad("time_zone", cfg.TimeZone, "is not a time zone", `write it like "Asia/Shanghai"`)
		}
		set.zone = zone
	}
	for _, d := range []struct {
		key                      string
		value                    *string
		into                     *time.Duration
		standard, least, longest time.Duration
	}{
		{"timeout", &cfg.Timeout, &set.payTimeout, 20 * time.Second, time.Second, time.Minute},
		{"not_found_after", &cfg.NotFoundAfter, &set.notFound, 11 * time.Minute, 11 * time.Minute, 24 * time.Hour},
		{"expire_after", &cfg.ExpireAfter, &set.expireAfter, 2 * time.Minute, time.Minute, 2 * time.Hour},
		{"expire_grace", &cfg.ExpireGrace, &set.grace, time.Minute, 0, 24 * time.Hour},
	} {
		if *d.value == "" {
			*d.value = d.standard.String()
		}
		least := d.least
		if set.local {
			least = 0 // a sandbox's times may be short
		}
		t, err := time.ParseDuration(*d.value)
		if err != nil || t < least || t > d.longest {
			return bad(d.key, *d.value, "is not a time between "+d.least.String()+" and "+d.longest.String(), "write it like "+strconv.Quote(d.standard.String()))
		}
		*d.into = t
	}
	set.callTimeout = min(set.payTimeout, 10*time.Second) // §1
	return cfg.days(set)
}

func (cfg *Config) days(set *settings) error {
	if cfg.RefundDays == 0 {
		cfg.RefundDays = 180
	}
	if cfg.RefundDays < 1 || cfg.RefundDays > 3650 {
		return bad("refund_days", strconv.Itoa(cfg.RefundDays), "is not 1 to 3650 days", "write 180, or remove it")
	}
	set.refundWindow = time.Duration(cfg.RefundDays) * 24 * time.Hour
	if cfg.StatementReady == "" {
		cfg.StatementReady = "10:00"
	}
	t, err := time.Parse("15:04", cfg.StatementReady)
	if err != nil {
		return bad("statement_ready", cfg.StatementReady, "is not a time of day", `write it like "10:00"`)
	}
	set.ready = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	return nil
}

// wallets is §5: whose codes are taken, and under which payType.
func (cfg *Config) wallets(set *settings) error {
	set.payTypes = map[string]string{}
	for _, w := range []struct {
		key, wallet, standard string
		value                 *string
	}{
		{"paytype_wechat_barcode", wechat, "WECHAT_MICROPAY", cfg.PayTypeWechat},
		{"paytype_alipay_barcode", alipay, "ALI_BARCODEPAY", cfg.PayTypeAlipay},
		{"paytype_unionpay_barcode", unionpay, "", cfg.PayTypeUnionPay},
	} {
		value := w.standard
		if w.value != nil {
			value = *w.value
		}
		if value == "" {
			continue // not routed here
		}
		if !isWord(value, 32) {
			return bad(w.key, value, "is not a word of at most 32 letters and digits", "write the platform's payType, or nothing to take no such codes")
		}
		set.payTypes[w.wallet] = value
	}
	return nil
}

// orders is what the platform takes as numbers and texts (§6).
func (cfg *Config) orders(set *settings) error {
	if cfg.GoodsInfoMax == 0 {
		cfg.GoodsInfoMax = 40
	}
	if cfg.GoodsInfoMax < 1 || cfg.GoodsInfoMax > 128 {
		return bad("goods_info_max", strconv.Itoa(cfg.GoodsInfoMax), "is not 1 to 128", "write 40, or remove it")
	}
	if cfg.OrderNoCharset == "" {
		cfg.OrderNoCharset = "[0-9A-Za-z_-]"
	}
	set.numbers = nil
	if class := cfg.OrderNoCharset; strings.HasPrefix(class, "[") && strings.HasSuffix(class, "]") {
		set.numbers, _ = regexp.Compile("^" + class + "{1,64}$")
	}
	if set.numbers == nil || !set.numbers.MatchString("0123456789") {
		return bad("order_no_charset", cfg.OrderNoCharset, "is not a set of characters with the digits in it", `write it like "[0-9A-Za-z_-]"`)
	}
	if cfg.CloseFields == "" {
		cfg.CloseFields = "transNo,requestDate"
	}
	for f := range strings.SplitSeq(cfg.CloseFields, ",") {
		f = strings.TrimSpace(f)
		if !slices.Contains(closable, f) {
			return bad("close_fields", cfg.CloseFields, "has a field that is not one of "+strings.Join(closable, ", "), `write it like "transNo,requestDate"`)
		}
		set.closeWith = append(set.closeWith, f)
	}
	return nil
}

// ownFields are what a prepared order sends by itself: extra_fields may not
// name one of them.
var ownFields = strings.Fields("transNo payType orderAmt goodsInfo requestDate extend memo returnUrl subMerchantNo payCode " +
	"memo.timeExpire memo.spbillCreateIp memo.longitude memo.latitude memo.areaInfo memo.front_callback_url memo.channel_options memo.payer_options")

// inMemo begins the name of an extra field that stands in memo, as idType and
// paylimit do in the seed's sample.
const inMemo = "memo."

func (cfg *Config) extras(*settings) error {
	for _, name := range slices.Sorted(maps.Keys(cfg.ExtraFields)) {
		if !isWord(strings.TrimPrefix(name, inMemo), 32) || slices.Contains(ownFields, name) {
			return bad("extra_fields", name, "is not a field that may be added", "take it out")
		}
		if !fits(cfg.ExtraFields[name], 128) && cfg.ExtraFields[name] != "" {
			return bad("extra_fields", name, "has a value of more than 128 characters", "shorten it")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.StatementColumns)) {
		if !slices.Contains(statementFields, name) || !fits(cfg.StatementColumns[name], 64) {
			return bad("statement_columns", name, "is not one of "+strings.Join(statementFields, ", ")+" with a header's words", "correct or remove it")
		}
	}
	return nil
}

// meanings is §11's table with what codes says over it: one word of the table's
// for every call, or three, for pay, query and refund.
func (cfg *Config) meanings(set *settings) error {
	set.codes = codes
	if len(cfg.Codes) == 0 {
		return nil
	}
	set.codes = maps.Clone(codes)
	allowed := []action{actAsk, actDec, actCfg, actWait, actNone, actSlow}
	for _, number := range slices.Sorted(maps.Keys(cfg.Codes)) {
		row := set.codes[number]
		acts := strings.Fields(cfg.Codes[number])
		if len(acts) == 1 {
			acts = []string{acts[0], acts[0], acts[0]}
		}
		wrong := len(acts) != 3 || !isWord(number, 32)
		for _, a := range acts {
			wrong = wrong || !slices.Contains(allowed, action(a))
		}
		if wrong {
			return bad("codes", number+" = "+cfg.Codes[number], "is not one action, or three for pay, query and refund, of ask, dec, cfg, wait, none, slow", `write it like 200112 = "ask"`)
		}
		row.pay, row.query, row.refund = action(acts[0]), action(acts[1]), action(acts[2])
		row.reason = reasonOf(row.pay, row.reason)
		set.codes[number] = row
	}
	return nil
}

// reasonOf is the reason of a row whose action was changed: the old one where
// it can still be true.
func reasonOf(a action, old channels.Reason) channels.Reason {
	switch a {
	case actCfg:
		return channels.MerchantConfig
	case actSlow:
		return channels.RateLimited
	case actWait, actNone:
		return channels.NoReason
	case actDec:
		if old == channels.NoReason || old == channels.MerchantConfig || old == channels.DuplicateOrder || old == channels.RateLimited {
			return channels.TradeFailed
		}
	}
	return old
}
