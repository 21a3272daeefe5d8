package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// fubeiMember is one member of a flat JSON object.
type fubeiMember struct {
	name   string
	value  string // of a text what it says, of a number its literal
	number bool
}

// fubeiForm is a flat object in the order in which it came: the envelope, and
// what is inside of biz_content (§2).
type fubeiForm []fubeiMember

// readFubei reads one strictly: UTF-8, no member twice, and texts and numbers
// alone. Nulls are not to be sent (§3).
func readFubei(body []byte) (fubeiForm, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(body) {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	form := fubeiForm{}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errors.New("not JSON")
		}
		if seen[name] {
			return nil, fmt.Errorf("%s is given twice", clip(name))
		}
		seen[name] = true
		if token, err = dec.Token(); err != nil {
			return nil, errors.New("not JSON")
		}
		switch v := token.(type) {
		case string:
			form = append(form, fubeiMember{name: name, value: v})
		case json.Number:
			form = append(form, fubeiMember{name: name, value: v.String(), number: true})
		default:
			return nil, fmt.Errorf("%s is neither text nor number", clip(name))
		}
	}
	return form, nil
}

func (f fubeiForm) get(name string) string {
	m, _ := f.member(name)
	return m.value
}

func (f fubeiForm) has(name string) bool {
	_, has := f.member(name)
	return has
}

func (f fubeiForm) member(name string) (fubeiMember, bool) {
	i := slices.IndexFunc(f, func(m fubeiMember) bool { return m.name == name })
	if i < 0 {
		return fubeiMember{}, false
	}
	return f[i], true
}
