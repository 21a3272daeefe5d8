package huishouqian

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tillpay/channels/wire"
)

// kind is which order options are for.
type kind uint8

const (
	presented kind = iota
	prepared
)

// options is a sale's optional fields, checked (§6, §7).
type options struct {
	payType, extend string
	// Members of memo.
	timeExpire, ip, longitude, latitude, area string
	front, channel                            content
	payers                                    []payer
	more                                      content // of extra_fields
}

// payer is one of payer_options.
type payer struct{ payType, name string }

// CheckOptions refuses a name that §6 does not have, and a value that the
// platform would.
func (c *Channel) CheckOptions(given map[string]json.RawMessage) error {
	_, err := c.parseOptions(given, presented)
	return err
}

// parseOptions reads them under the platform's names. The members of memo may
// stand by themselves or in a memo object.
func (c *Channel) parseOptions(given map[string]json.RawMessage, k kind) (options, error) {
	var o options
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that errors repeat
		var err error
		if name == "memo" {
			err = c.readMemo(&o, given, k)
		} else {
			err = c.readOption(&o, name, given[name], k)
		}
		if err != nil {
			return options{}, fmt.Errorf("option %s: %w", shown(name), err)
		}
	}
	return o, nil
}

func (c *Channel) readMemo(o *options, given map[string]json.RawMessage, k kind) error {
	members, err := object(given["memo"])
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if _, twice := given[name]; twice {
			return fmt.Errorf("%s: is given twice", shown(name))
		}
		if name == "payType" || name == "extend" || name == "memo" {
			return fmt.Errorf("%s: %w", name, errUnknown)
		}
		if err := c.readOption(o, name, members[name], k); err != nil {
			return fmt.Errorf("%s: %w", shown(name), err)
		}
	}
	return nil
}

var errUnknown = errors.New("is not one of the platform's for such an order")

func (c *Channel) readOption(o *options, name string, value json.RawMessage, k kind) error {
	switch name {
	case "payType":
		return c.readPayType(o, value, k)
	case "extend":
		return text(value, 128, &o.extend)
	case "timeExpire":
		return readTime(value, &o.timeExpire)
	case "spbillCreateIp":
		return checked(value, 32, &o.ip, wire.IsAddress, "is not an IP address")
	case "longitude":
		return checked(value, 32, &o.longitude, isDegrees, "is not a number of degrees")
	case "latitude":
		return checked(value, 32, &o.latitude, isDegrees, "is not a number of degrees")
	case "areaInfo":
		return checked(value, 7, &o.area, func(s string) bool { return utf8.RuneCountInString(s) == 7 }, "is not exactly 7 characters")
	}
	if k != prepared {
		return errUnknown
	}
	switch name {
	case "channel_options":
		return o.readChannel(value)
	case "front_callback_url":
		return o.readFront(value)
	case "payer_options":
		if c.PayerNameCipher == cipherOff {
			return errors.New(`cannot be sent while payer_name_cipher is "off": ask the platform how payer_name is encrypted`)
		}
		return o.readPayers(value)
	}
	return errUnknown
}

func (c *Channel) readPayType(o *options, value json.RawMessage, k kind) error {
	return checked(value, 32, &o.payType, func(s string) bool {
		if k == prepared {
			return s == payTypeApplet
		}
		return c.serves(s)
	}, "is not a payType that is set up here")
}

func readTime(value json.RawMessage, into *string) error {
	return checked(value, len(stamp), into, func(s string) bool {
		_, err := time.Parse(stamp, s)
		return err == nil && len(s) == len(stamp)
	}, "is not a time of 14 digits, yyyyMMddHHmmss")
}

// readChannel is channel_options (§7).
func (o *options) readChannel(value json.RawMessage) error {
	names := func(v json.RawMessage) error { return eachText(v, func(s string) bool { return fits(s, 64) }) }
	ways := func(v json.RawMessage) error { return eachText(v, isWay) }
	return eachMember(value, &o.channel, []reader{
		{"include_bank_snames", names}, {"exclude_bank_snames", names},
		{"include_pay_channels", ways}, {"exclude_pay_channels", ways},
	})
}

// readFront is front_callback_url (§7).
func (o *options) readFront(value json.RawMessage) error {
	upTo := func(n int) func(json.RawMessage) error {
		return func(v json.RawMessage) error { var s string; return text(v, n, &s) }
	}
	return eachMember(value, &o.front, []reader{
		{"mp_appid", upTo(64)}, {"mp_username", upTo(64)}, {"mp_path", upTo(1024)}, {"mp_urlscheme", upTo(64)},
	})
}

// readPayers is payer_options (§7): one or two, each with both members.
func (o *options) readPayers(value json.RawMessage) error {
	list, err := array(value)
	if err != nil {
		return err
	}
	if len(list) > 2 {
		return errors.New("has more than 2 payers")
	}
	o.payers = make([]payer, len(list))
	for i, e := range list {
		p := &o.payers[i]
		var members content
		err := eachMember(e, &members, []reader{
			{"assign_pay_type", func(v json.RawMessage) error {
				return checked(v, 32, &p.payType, isWay, "is not INDIVIDUAL or ENTERPRISE")
			}},
			{"payer_name", func(v json.RawMessage) error { return text(v, 128, &p.name) }},
		})
		if err == nil && (p.payType == "" || p.name == "") {
			err = errors.New("assign_pay_type and payer_name are required in it")
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func isWay(s string) bool { return s == "INDIVIDUAL" || s == "ENTERPRISE" }

// reader checks one member of an object.
type reader struct {
	name string
	read func(json.RawMessage) error
}

// eachMember gives every member to its reader, and keeps them in readers'
// order: the order that is sent.
func eachMember(value json.RawMessage, into *content, readers []reader) error {
	members, err := object(value)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return errors.New("has no members")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.ContainsFunc(readers, func(r reader) bool { return r.name == name }) {
			return fmt.Errorf("%s: %w", shown(name), errUnknown)
		}
	}
	for _, r := range readers {
		v, ok := members[r.name]
		if !ok {
			continue
		}
		if err := r.read(v); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		*into = append(*into, member{r.name, canonical(v)})
	}
	return nil
}

// canonical writes a value that was read as this driver writes all others.
func canonical(v json.RawMessage) json.RawMessage {
	var any any
	if json.Unmarshal(v, &any) != nil {
		return v
	}
	return wire.Encode(any)
}

func object(value json.RawMessage) (map[string]json.RawMessage, error) {
	if _, err := wire.ParseObject(value); err != nil { // a member given twice, among others
		return nil, errors.New("is not an object: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(value, &m) != nil {
		return nil, errors.New("is not an object")
	}
	return m, nil
}

func array(value json.RawMessage) ([]json.RawMessage, error) {
	var a []json.RawMessage
	if json.Unmarshal(value, &a) != nil || len(a) == 0 {
		return nil, errors.New("is not an array with elements")
	}
	return a, nil
}

func eachText(value json.RawMessage, ok func(string) bool) error {
	list, err := array(value)
	if err != nil {
		return err
	}
	for i, e := range list {
		var s string
		if err := checked(e, 64, &s, ok, "is not one of the platform's words"); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func text(value json.RawMessage, max int, into *string) error {
	var s *string
	if json.Unmarshal(value, &s) != nil || s == nil {
		return errors.New("is not a text")
	}
	if !fits(*s, max) {
		return fmt.Errorf("is not 1 to %d characters", max)
	}
	*into = *s
	return nil
}

func checked(value json.RawMessage, max int, into *string, ok func(string) bool, problem string) error {
	if err := text(value, max, into); err != nil {
		return err
	}
	if !ok(*into) {
		return errors.New(problem)
	}
	return nil
}
