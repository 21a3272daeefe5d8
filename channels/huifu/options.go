package huifu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"tillpay/channels/wire"
)

// rule checks one value as it was given.
type rule func(json.RawMessage) error

// options are the names that a sale may give, and what each must be.
type options map[string]rule

// maxOption bounds one option: none of the platform's is a tenth as long.
const maxOption = 16 << 10

// CheckOptions refuses a name that the platform's barcode call does not have,
// and a value that it would refuse.
func (c *Channel) CheckOptions(given map[string]json.RawMessage) error {
	_, err := presentedOptions.read(given)
	return err
}

// read makes fields of what was given: an object becomes the text of its JSON.
func (o options) read(given map[string]json.RawMessage) (fields, error) {
	f := fields{}
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that errors repeat
		check, ok := o[name]
		if !ok {
			return nil, errors.New("option " + wire.Cut(plain(name), 64) + ": is not one that Huifu takes here")
		}
		if len(given[name]) > maxOption {
			return nil, errors.New("option " + name + ": is too long")
		}
		if err := check(given[name]); err != nil {
			return nil, fmt.Errorf("option %s: %w", name, err)
		}
		var s string
		if json.Unmarshal(given[name], &s) == nil {
			f[name] = s
			continue
		}
		text, err := canonical(given[name])
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", name, err)
		}
		f[name] = text
	}
	return f, nil
}

// canonical is an object's compact JSON, its members sorted.
func canonical(raw []byte) (string, error) {
	o, err := wire.ParseObject(raw)
	if err != nil {
		return "", errors.New("is not an object, or gives a member twice")
	}
	return string(wire.Encode(o)), nil
}

// Common to presented and prepared orders (§4, §5).
var commonOptions = options{
	"remark":         text(255),
	"limit_pay_type": text(128),
	"fee_flag":       word("1", "2"),
	"channel_no":     text(32),
	"pay_scene":      text(2),
	"acct_id":        text(9),
}

var presentedOptions = commonOptions.and(options{
	"wx_data":       wxData(wxMembers),
	"alipay_data":   members(alipayMembers),
	"unionpay_data": members(unionpayMembers),
})

var preparedOptions = commonOptions.and(options{
	"trade_type": word(append([]string{tradeType}, nativeTypes...)...),
	"wx_data":    wxData(wxMembers.and(wxPreparedMembers).and(payerNames)),
})

// payerNames say who pays (the seed's 聚合正扫).
var payerNames = options{"openid": text(128), "sub_appid": text(32), "sub_openid": text(128)}

// wxMembers is §4. It gives no lengths: these are WeChat's own of the same
// fields.
var wxMembers = options{
	"sub_appid":        text(32),
	"device_info":      text(32),
	"goods_tag":        text(32),
	"attach":           text(127),
	"promotion_flag":   word("Y", "N"),
	"spbill_create_ip": address,
	"receipt":          text(8),
	"scene_info": members(options{"store_info": members(options{
		"id": text(32), "name": text(256), "area_code": text(6), "address": text(512),
	})}),
	"detail": members(options{
		"cost_price": amount,
		"receipt_id": text(32),
		"goods_detail": list(members(options{
			"goods_id": text(32), "wxpay_goods_id": text(32), "goods_name": text(256), "quantity": count, "price": amount,
		})),
	}),
}

var wxPreparedMembers = options{
	"body":        text(128),
	"product_id":  text(32),
	"limit_payer": text(32),
	"identity":    members(options{"type": text(32), "number": text(32), "name": text(128)}),
}

var alipayMembers = options{
	"alipay_store_id": text(32),
	"store_id":        text(32),
	"operator_id":     text(28),
	"body":            text(128),
	"goods_detail": list(members(options{
		"goods_id": text(64), "alipay_goods_id": text(32), "goods_name": text(256), "quantity": count, "price": amount,
		"goods_category": text(24), "categories_tree": text(128), "body": text(1000), "show_url": text(400),
	})),
	// Their members are not in the pages that we have.
	"extend_params":       anything,
	"ext_user_info":       anything,
	"ali_promo_params":    anything,
	"ali_business_params": anything,
}

var unionpayMembers = options{
	"currency_code": word("156"),
	"invoice_st":    text(1),
	"mer_cat_code":  text(4),
	"pnr_ins_id_cd": text(14),
	"specfeeinfo":   text(3),
	"term_id":       text(8),
	"addn_data":     anything,
	"pid_info":      anything,
}

// and is both, as a table of its own.
func (o options) and(more options) options {
	both := maps.Clone(o)
	maps.Copy(both, more)
	return both
}

// wxData is an object whose promotion_flag Y needs detail (§4).
func wxData(o options) rule {
	check := members(o)
	return func(raw json.RawMessage) error {
		if err := check(raw); err != nil {
			return err
		}
		m, err := object(raw)
		if err != nil {
			return err
		}
		if _, detailed := m["detail"]; string(bytes.TrimSpace(m["promotion_flag"])) == `"Y"` && !detailed {
			return errors.New("promotion_flag: Y needs detail")
		}
		return nil
	}
}

func unknownName(name string) string { return wire.Cut(plain(name), 64) + ": is not one of Huifu's" }

// members is an object of these alone.
func members(o options) rule {
	return func(raw json.RawMessage) error {
		m, err := object(raw)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			check, ok := o[name]
			if !ok {
				return errors.New(unknownName(name))
			}
			if err := check(m[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
}

// object reads an object that has members, none of them twice.
func object(raw json.RawMessage) (map[string]json.RawMessage, error) {
	if _, err := canonical(raw); err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil || len(m) == 0 {
		return nil, errors.New("is not an object with members")
	}
	return m, nil
}

func anything(raw json.RawMessage) error {
	if _, err := object(raw); err != nil {
		return err
	}
	if len(raw) > 4096 {
		return errors.New("is too long")
	}
	return nil
}

func list(check rule) rule {
	return func(raw json.RawMessage) error {
		var a []json.RawMessage
		if json.Unmarshal(raw, &a) != nil || len(a) == 0 {
			return errors.New("is not an array with elements")
		}
		for i, e := range a {
			if err := check(e); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
		return nil
	}
}

func text(max int) rule {
	return func(raw json.RawMessage) error {
		var s *string
		if json.Unmarshal(raw, &s) != nil || s == nil {
			return errors.New("is not a text")
		}
		if !fits(*s, max) {
			return fmt.Errorf("is not 1 to %d characters that Huifu takes", max)
		}
		return nil
	}
}

func word(words ...string) rule {
	return func(raw json.RawMessage) error {
		var s *string
		if json.Unmarshal(raw, &s) != nil || s == nil || !slices.Contains(words, *s) {
			return errors.New("is not " + strings.Join(words, " or "))
		}
		return nil
	}
}

// amount is yuan as a text (§15.4).
func amount(raw json.RawMessage) error {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return errors.New("is not yuan in a text, such as \"1.00\"")
	}
	if n, ok := fen(*s); !ok || yuan(n) != *s {
		return errors.New("is not yuan with two decimals, such as \"1.00\"")
	}
	return nil
}

// count is a whole number above nothing, in digits or in a text of digits.
func count(raw json.RawMessage) error {
	s := string(bytes.TrimSpace(raw))
	if len(s) > 2 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if s == "" || len(s) > 9 || s[0] == '0' || strings.ContainsFunc(s, notDigit) {
		return errors.New("is not a whole number above zero")
	}
	return nil
}

func address(raw json.RawMessage) error {
	if err := text(64)(raw); err != nil {
		return err
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if a, err := netip.ParseAddr(s); err != nil || a.Zone() != "" {
		return errors.New("is not an IP address")
	}
	return nil
}
