package wechatglobal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tillpay/channels/wire"
)

// options is a sale's optional fields, checked.
type options struct {
	attach, goodsTag, limitPay string
	detail                     []receiptDetail
	scene                      sceneOptions
}

// sceneOptions is scene_info as a sale may give it; empty is not given.
type sceneOptions scene

// over writes what was given over s.
func (o sceneOptions) over(s *scene) {
	for _, f := range [...]struct {
		to   *string
		from string
	}{{&s.PayerIP, o.PayerIP}, {&s.DeviceIP, o.DeviceIP}, {&s.DeviceID, o.DeviceID}, {&s.OperatorID, o.OperatorID}} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if o.Store != nil {
		s.Store = o.Store
	}
}

// CheckOptions refuses a name that §5.1 does not have, and a value that the
// platform would.
func (c *Channel) CheckOptions(given map[string]json.RawMessage) error {
	_, err := parseOptions(given)
	return err
}

// parseOptions reads them under the platform's names. The members of
// scene_info may also be given by themselves.
func parseOptions(given map[string]json.RawMessage) (options, error) {
	var o options
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that errors repeat
		value := given[name]
		var err error
		switch name {
		case "attach":
			err = text(value, 127, &o.attach)
		case "goods_tag":
			err = text(value, 32, &o.goodsTag)
		case "limit_pay":
			if err = text(value, 32, &o.limitPay); err == nil && o.limitPay != "no_credit" {
				err = errors.New(`is not "no_credit", its only value`)
			}
		case "detail":
			o.detail, err = readDetail(value)
		case "scene_info":
			err = readScene(value, given, &o.scene)
		default:
			if !o.scene.read(name, value, &err) {
				return options{}, fmt.Errorf("option %s: is not one of WeChat Pay's", wire.Cut(name, 64))
			}
		}
		if err != nil {
			return options{}, fmt.Errorf("option %s: %w", name, err)
		}
	}
	return o, nil
}

// sceneNames are the members of scene_info.
var sceneNames = []string{"payer_client_ip", "device_ip", "device_id", "operator_id", "store_info"}

// read takes one member of scene_info; false if there is none of that name.
func (o *sceneOptions) read(name string, value json.RawMessage, err *error) bool {
	switch name {
	case "payer_client_ip":
		*err = address(value, &o.PayerIP)
	case "device_ip":
		*err = address(value, &o.DeviceIP)
	case "device_id":
		*err = text(value, 32, &o.DeviceID)
	case "operator_id":
		*err = text(value, 32, &o.OperatorID)
	case "store_info":
		o.Store = &storeInfo{}
		*err = o.Store.read(value)
	default:
		return false
	}
	return true
}

func readScene(value json.RawMessage, given map[string]json.RawMessage, o *sceneOptions) error {
	members, err := object(value)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if _, twice := given[name]; twice && slices.Contains(sceneNames, name) {
			return fmt.Errorf("%s: is given twice", name)
		}
		var err error
		if !o.read(name, members[name], &err) {
			return unknownMember(name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *storeInfo) read(value json.RawMessage) error {
	err := eachMember(value, map[string]func(json.RawMessage) error{
		"id":      func(v json.RawMessage) error { return text(v, 32, &s.ID) },
		"name":    func(v json.RawMessage) error { return text(v, 32, &s.Name) },
		"address": func(v json.RawMessage) error { return text(v, 64, &s.Address) },
	})
	if err == nil && (s.Name == "" || s.Address == "") {
		err = errors.New("name and address are required in it")
	}
	return err
}

// readDetail is detail: an array, as the official table and sample have it
// (§18 no. 10).
func readDetail(value json.RawMessage) ([]receiptDetail, error) {
	elements, err := array(value)
	if err != nil {
		return nil, err
	}
	list := make([]receiptDetail, len(elements))
	for i, e := range elements {
		if err := list[i].read(e); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return list, nil
}

func (d *receiptDetail) read(value json.RawMessage) error {
	return eachMember(value, map[string]func(json.RawMessage) error{
		"cost_price": func(v json.RawMessage) error {
			d.CostPrice = new(int64)
			return whole(v, 0, d.CostPrice)
		},
		"receipt_id": func(v json.RawMessage) error { return text(v, 32, &d.ReceiptID) },
		"goods_detail": func(v json.RawMessage) error {
			elements, err := array(v)
			if err != nil {
				return err
			}
			d.Goods = make([]goodsDetail, len(elements))
			for i, e := range elements {
				if err := d.Goods[i].read(e); err != nil {
					return fmt.Errorf("element %d: %w", i, err)
				}
			}
			return nil
		},
	})
}

func (g *goodsDetail) read(value json.RawMessage) error {
	priced := false
	err := eachMember(value, map[string]func(json.RawMessage) error{
		"goods_id": func(v json.RawMessage) error {
			if err := text(v, 32, &g.ID); err != nil {
				return err
			}
			if strings.ContainsFunc(g.ID, notWord) {
				return errors.New("has other characters than letters, digits, - and _")
			}
			return nil
		},
		"wxpay_goods_id": func(v json.RawMessage) error { return text(v, 32, &g.WxpayID) },
		"goods_name":     func(v json.RawMessage) error { return text(v, 256, &g.Name) },
		"quantity":       func(v json.RawMessage) error { return whole(v, 1, &g.Quantity) },
		"price": func(v json.RawMessage) error {
			priced = true
			return whole(v, 0, &g.Price)
		},
	})
	if err == nil && (g.ID == "" || g.Quantity == 0 || !priced) {
		err = errors.New("goods_id, quantity and price are required in it")
	}
	return err
}

// eachMember gives every member of an object to its reader.
func eachMember(value json.RawMessage, readers map[string]func(json.RawMessage) error) error {
	members, err := object(value)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		read, ok := readers[name]
		if !ok {
			return unknownMember(name)
		}
		if err := read(members[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func unknownMember(name string) error {
	return fmt.Errorf("%s: is not one of WeChat Pay's", wire.Cut(name, 64))
}

func object(value json.RawMessage) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if json.Unmarshal(value, &m) != nil || m == nil {
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

func text(value json.RawMessage, max int, into *string) error {
	var s *string
	if json.Unmarshal(value, &s) != nil || s == nil {
		return errors.New("is not a text")
	}
	if !fits(*s, max) {
		return fmt.Errorf("is not 1 to %d characters that WeChat Pay takes", max)
	}
	*into = *s
	return nil
}

func address(value json.RawMessage, into *string) error {
	if err := text(value, 40, into); err != nil {
		return err
	}
	if !isAddress(*into) {
		return errors.New("is not an IP address")
	}
	return nil
}

// whole reads an integer that is written as one.
func whole(value json.RawMessage, least int64, into *int64) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var n json.Number
	if t, err := d.Token(); err == nil {
		n, _ = t.(json.Number)
	}
	if _, err := d.Token(); n == "" || err != io.EOF {
		return errors.New("is not a whole number")
	}
	i, err := n.Int64()
	if err != nil || i < least {
		return fmt.Errorf("is not a whole number of at least %d", least)
	}
	*into = i
	return nil
}
