package wechatdeposit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tillpay/channels/wire"
)

const (
	maxDetail = 6000
	maxScene  = 256
)

// reader checks one value that a sale gives, and writes it as it is sent.
type reader func(json.RawMessage) (string, error)

// The optional fields of the seed and of §8, with their limits.
var (
	presentedOptions = map[string]reader{
		"attach":           text(127),
		"detail":           jsonOrText(maxDetail),
		"device_info":      text(32),
		"goods_tag":        text(32),
		"limit_pay":        word("no_credit"),
		"receipt":          word("Y"),
		"scene_info":       scene,
		"spbill_create_ip": address(isIPv4, "is not an IPv4 address"), // §14 no. 12
		"time_start":       instant,
		"time_expire":      instant,
	}
	preparedOptions = map[string]reader{
		"attach":           text(127),
		"detail":           jsonOrText(maxDetail),
		"device_info":      text(32),
		"limit_pay":        word("no_credit"),
		"product_id":       text(32),
		"receipt":          word("Y"),
		"scene_info":       scene,
		"spbill_create_ip": address(wire.IsAddress, "is not an IP address"),
		"time_start":       instant,
		"time_expire":      instant,
		"trade_type":       word(tradeAPP, tradeJSAPI),
	}
	payerMembers = map[string]reader{
		"openid":     token(128),
		"sub_openid": token(128),
		"trade_type": word(tradeAPP, tradeJSAPI),
	}
)

// CheckOptions refuses a name that §8 does not have, and a value that the
// platform would.
func (c *Channel) CheckOptions(options map[string]json.RawMessage) error {
	_, err := readOptions("option", options, presentedOptions)
	return err
}

// readOptions reads what was given by the names of known.
func readOptions(what string, given map[string]json.RawMessage, known map[string]reader) (elements, error) {
	e := elements{}
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that errors repeat
		read, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("%s %s: is not one of WeChat Pay's deposits", what, wire.Cut(plain(name), 64))
		}
		v, err := read(given[name])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", what, name, err)
		}
		e[name] = v
	}
	if from, till := e["time_start"], e["time_expire"]; from != "" && till != "" && till <= from {
		return nil, fmt.Errorf("%s time_expire: is not after time_start", what)
	}
	return e, nil
}

func aText(value json.RawMessage) (string, error) {
	var s *string
	if json.Unmarshal(value, &s) != nil || s == nil {
		return "", errors.New("is not a text")
	}
	return *s, nil
}

func text(max int) reader {
	return func(value json.RawMessage) (string, error) {
		s, err := aText(value)
		if err == nil && !fits(s, max) {
			err = fmt.Errorf("is not 1 to %d characters that WeChat Pay takes", max)
		}
		return s, err
	}
}

func token(max int) reader {
	return func(value json.RawMessage) (string, error) {
		s, err := aText(value)
		if err == nil && !validNumber(s, max, "") {
			err = fmt.Errorf("is not 1 to %d letters and digits", max)
		}
		return s, err
	}
}

func word(among ...string) reader {
	return func(value json.RawMessage) (string, error) {
		s, err := aText(value)
		if err == nil && !slices.Contains(among, s) {
			err = fmt.Errorf("is not one of %q", among)
		}
		return s, err
	}
}

func address(good func(string) bool, problem string) reader {
	return func(value json.RawMessage) (string, error) {
		s, err := aText(value)
		if err == nil && !good(s) {
			err = errors.New(problem)
		}
		return s, err
	}
}

// instant is yyyyMMddHHmmss, Beijing time (§3).
func instant(value json.RawMessage) (string, error) {
	s, err := aText(value)
	if err == nil {
		if _, bad := time.ParseInLocation(stamp, s, beijing); bad != nil || len(s) != len(stamp) {
			err = errors.New("is not a time written yyyyMMddHHmmss")
		}
	}
	return s, err
}

// jsonOrText is a field that holds a text, or JSON as a text: an object may be
// given as itself, and is sent without its spaces.
func jsonOrText(max int) reader {
	return func(value json.RawMessage) (string, error) {
		if !bytes.HasPrefix(bytes.TrimSpace(value), []byte("{")) {
			return text(max)(value)
		}
		return compact(value, max)
	}
}

func compact(value json.RawMessage, max int) (string, error) {
	if _, err := wire.ParseObject(value); err != nil {
		return "", errors.New("is not an object whose members stand there once")
	}
	var b bytes.Buffer
	if json.Compact(&b, value) != nil || !fits(b.String(), max) {
		return "", fmt.Errorf("is not an object of at most %d characters that WeChat Pay takes", max)
	}
	return b.String(), nil
}

// scene is scene_info: an object, or the text of one. Beside store_info a
// merchant may tell what he likes (seed).
func scene(value json.RawMessage) (string, error) {
	if s, err := aText(value); err == nil {
		value = json.RawMessage(s)
	}
	s, err := compact(value, maxScene)
	if err != nil {
		return "", err
	}
	o, err := wire.ParseObject([]byte(s))
	if err != nil {
		return "", errors.New("is not an object")
	}
	if !o.Has("store_info") {
		return s, nil
	}
	store := o.Object("store_info")
	for _, name := range slices.Sorted(maps.Keys(store)) {
		if !slices.Contains([]string{"id", "name", "area_code", "address"}, name) {
			return "", fmt.Errorf("store_info: %s: is not one of WeChat Pay's", wire.Cut(plain(name), 64))
		}
		if store.Text(name) == "" {
			return "", fmt.Errorf("store_info: %s: is not a text", name)
		}
	}
	if store.Text("id") == "" {
		return "", errors.New("store_info: id is required in it")
	}
	return s, nil
}
