package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	p := parser{data: data}
	if p.space(); p.data[p.at] != '{' {
		return nil, errors.New("json: is not an object")
	}
	v, err := p.value(0)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	return v.(Object), nil
}

// parser walks over data that json.Valid took: it asks again for nothing but what
// that does not. (json.Decoder's tokens cost most of what a driver adds to a call.)
type parser struct {
	data []byte
	at   int
}

func (p *parser) space() {
	for p.data[p.at] <= ' ' {
		p.at++
	}
}

// next takes c if it is what follows.
func (p *parser) next(c byte) bool {
	p.space()
	if p.data[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value(depth int) (any, error) {
	p.space()
	switch c := p.data[p.at]; {
	case c == '"':
		return p.text()
	case (c == '{' || c == '[') && depth >= maxDepth:
		return nil, errors.New("nests too deep")
	case c == '{':
		return p.members(depth)
	case c == '[':
		return p.list(depth)
	}
	from := p.at
	for p.at < len(p.data) && !ends(p.data[p.at]) {
		p.at++
	}
	switch word := string(p.data[from:p.at]); word {
	case "true", "false":
		return word == "true", nil
	case "null":
		return nil, nil
	default:
		return json.Number(word), nil
	}
}

// ends is whether a number or word is over.
func ends(c byte) bool { return c <= ' ' || c == ',' || c == ']' || c == '}' }

// text reads a string; escapes are rare, and left to encoding/json.
func (p *parser) text() (string, error) {
	from, escaped := p.at, false
	for p.at++; p.data[p.at] != '"'; p.at++ {
		if p.data[p.at] == '\\' {
			escaped = true
			p.at++
		}
	}
	p.at++
	if !escaped {
		return string(p.data[from+1 : p.at-1]), nil
	}
	var s string
	err := json.Unmarshal(p.data[from:p.at], &s)
	return s, err
}

func (p *parser) list(depth int) (any, error) {
	list := []any{}
	for p.at++; !p.next(']'); p.next(',') {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

func (p *parser) members(depth int) (any, error) {
	o := Object{}
	var absent []string // members that are null
	for p.at++; !p.next('}'); p.next(',') {
		p.space()
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, twice := o[name]; twice || slices.Contains(absent, name) {
			return nil, errors.New("gives a member twice")
		}
		p.next(':')
		switch v, err := p.value(depth + 1); {
		case err != nil:
			return nil, err
		case v == nil:
			absent = append(absent, name)
		default:
			o[name] = v
		}
	}
	return o, nil
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
