package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxDepth is deeper than any platform's answer nests.
const maxDepth = 16

// Object is a JSON object as a platform sent it, read strictly in form and
// tolerantly in content: names match exactly, a member given twice is an error
// wherever it stands, null members are absent, unknown ones do no harm.
type Object map[string]any // string, json.Number, bool, Object or []any

// ParseObject reads data as one object and nothing after it.
func ParseObject(data []byte) (Object, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("json: is not well-formed")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	o, ok := v.(Object)
	if !ok {
		return nil, errors.New("json: is not an object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("json: goes on after its end")
	}
	return o, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, errors.New("is not well-formed")
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth >= maxDepth {
		return nil, errors.New("nests too deep")
	}
	if delim == '[' {
		return parseArray(d, depth)
	}
	return parseMembers(d, depth)
}

func parseArray(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, closing(d)
}

func parseMembers(d *json.Decoder, depth int) (any, error) {
	o := Object{}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errors.New("is not well-formed")
		}
		if seen[name] {
			return nil, errors.New("gives a member twice")
		}
		seen[name] = true
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		if v != nil {
			o[name] = v
		}
	}
	return o, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errors.New("is not well-formed")
	}
	return nil
}

// Has tells whether any of the names is a member.
func (o Object) Has(names ...string) bool {
	_, ok := o.first(names)
	return ok
}

// Text is the first of the names that is a member, if it is a string, else "".
func (o Object) Text(names ...string) string {
	v, _ := o.first(names)
	s, _ := v.(string)
	return s
}

// Int is the first of the names that is a member, if it is a whole number that
// fits. A number written as text or with a fraction or exponent is not.
func (o Object) Int(names ...string) (int64, bool) {
	v, _ := o.first(names)
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}

// Object is the first of the names that is a member, if it is an object; else
// nil, which has no members.
func (o Object) Object(names ...string) Object {
	v, _ := o.first(names)
	inner, _ := v.(Object)
	return inner
}

// Objects is the objects of an array, or the one object that stands in its place.
func (o Object) Objects(names ...string) []Object {
	v, _ := o.first(names)
	switch v := v.(type) {
	case Object:
		return []Object{v}
	case []any:
		var list []Object
		for _, e := range v {
			if inner, ok := e.(Object); ok {
				list = append(list, inner)
			}
		}
		return list
	}
	return nil
}

func (o Object) first(names []string) (any, bool) {
	for _, n := range names {
		if v, ok := o[n]; ok {
			return v, true
		}
	}
	return nil, false
}
