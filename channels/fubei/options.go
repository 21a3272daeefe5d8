package fubei

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/channels/wire"
)

// options is what a sale gives beside its amount, checked, each as the JSON that
// is sent.
type options map[string]json.RawMessage

// reader checks one value and writes it as it is sent.
type reader func(json.RawMessage) (json.RawMessage, error)

// member is one optional field under the platform's name. Where no source has a
// limit, the one here is ours (docs/fubei.md says which).
type member struct {
	name string
	read reader
	own  bool // has a place of its own in the body
}

type members []member

// rest adds what was given and has no place of its own.
func (m members) rest(o *object, given options) {
	for _, f := range m {
		if !f.own {
			o.either(f.name, given, nil)
		}
	}
}

const payTypeWechat = "wxpay"

var (
	everyOption = members{
		{"cashier_id", between(1, maxID), true}, {"body", upTo(128), true}, {"attach", upTo(127), true},
	}
	payOne = append(slices.Clone(everyOption), members{ // §5
		{"equipment_type", between(90, 127), false}, {"goods_tag", upTo(32), false}, {"detail", jsonText(6000), false},
		{"sub_appid", upTo(32), false}, {"timeout_express", instant, false}, {"scene", upTo(32), false}, {"buyer_id", upTo(64), false},
	}...)
	payTwo = append(slices.Clone(everyOption), members{ // §7
		{"sub_appid", upTo(32), false}, {"goods_tag", upTo(32), false}, {"detail", jsonText(6000), false},
		{"timeout_express", instant, false}, {"alipay_extend_params", jsonText(2048), false},
		{"platform_store_id", upTo(64), false},
		{"disable_pay_channels", anyOf("promotion", "voucher", "promotion,voucher", "voucher,promotion"), false},
	}...)
	createTwo = append(slices.Clone(everyOption), members{
		{"pay_type", anyOf(payTypeWechat, "alipay"), true}, {"sub_appid", upTo(32), false}, {"goods_tag", upTo(32), false},
		{"detail", jsonText(6000), false}, {"alipay_extend_params", jsonText(2048), false}, {"platform_store_id", upTo(64), false},
		{"disable_pay_channels", anyOf("promotion", "voucher", "promotion,voucher", "voucher,promotion"), false},
		{"pay_way", anyOf("02"), false},
	}...)
	payerOne = members{{"sub_openid", upTo(32), true}} // seed
	payerTwo = members{{"user_id", upTo(64), true}}
)

func (c *Channel) payOptions() members     { return c.pick(payOne, payTwo) }
func (c *Channel) prepareOptions() members { return c.pick(everyOption, createTwo) }
func (c *Channel) payer() members          { return c.pick(payerOne, payerTwo) }

func (c *Channel) pick(inOne, inTwo members) members {
	if c.set.gen.two {
		return inTwo
	}
	return inOne
}

// CheckOptions refuses a name that the platform's pay does not have, and a value
// that it could not take.
func (c *Channel) CheckOptions(given map[string]json.RawMessage) error {
	_, err := readOptions(c.payOptions(), given, "option")
	return err
}

// readOptions reads given by the table; what names the thing in errors.
func readOptions(table members, given map[string]json.RawMessage, what string) (options, error) {
	o := options{}
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that errors repeat
		i := slices.IndexFunc(table, func(m member) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s %s: is not one of Fubei's here", what, wire.Cut(name, 64))
		}
		v, err := table[i].read(given[name])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", what, name, err)
		}
		o[name] = v
	}
	return o, nil
}

func missing(what, name string) error { return fmt.Errorf("%s %s: is missing", what, name) }

// text reads a JSON string.
func text(value json.RawMessage) (string, error) {
	var s *string
	if json.Unmarshal(value, &s) != nil || s == nil {
		return "", errors.New("is not a text")
	}
	return *s, nil
}

func upTo(most int) reader {
	return func(value json.RawMessage) (json.RawMessage, error) {
		s, err := text(value)
		if err == nil && !fits(s, most) {
			err = fmt.Errorf("is not 1 to %d characters without spaces around them", most)
		}
		return quoted(s), err
	}
}

func anyOf(words ...string) reader {
	return func(value json.RawMessage) (json.RawMessage, error) {
		s, err := text(value)
		if err == nil && !slices.Contains(words, s) {
			err = fmt.Errorf("is not one of %s", strings.Join(words, " | "))
		}
		return quoted(s), err
	}
}

// between reads an integer that is written as one: A's sample gives cashier_id
// as text where its table says int (§2).
func between(least, most int64) reader {
	return func(value json.RawMessage) (json.RawMessage, error) {
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		var n json.Number
		if t, err := d.Token(); err == nil {
			n, _ = t.(json.Number)
		}
		i, err := n.Int64()
		if _, end := d.Token(); err != nil || end != io.EOF || i < least || i > most {
			return nil, fmt.Errorf("is not a whole number between %d and %d", least, most)
		}
		return whole(i), nil
	}
}

func whole(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// jsonText reads an object, or a text that holds one: the platform wants the text.
func jsonText(most int) reader {
	return func(value json.RawMessage) (json.RawMessage, error) {
		s, err := text(value)
		if err != nil {
			s = string(bytes.TrimSpace(value))
		}
		if _, err := wire.ParseObject([]byte(s)); err != nil || len(s) > most {
			return nil, fmt.Errorf("is not an object of at most %d bytes", most)
		}
		return quoted(s), nil
	}
}

// instant reads yyyyMMddHHmmss.
func instant(value json.RawMessage) (json.RawMessage, error) {
	s, err := text(value)
	if err != nil {
		return nil, err
	}
	if _, err := time.ParseInLocation(digits14, s, beijing); err != nil || !digits(s) {
		return nil, errors.New("is not a time yyyyMMddHHmmss")
	}
	return quoted(s), nil
}
