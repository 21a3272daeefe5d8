package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"unicode/utf8"
)

// huifuEnvelope is a request of §2 as it came.
type huifuEnvelope struct {
	sysID, productID, sign string
	data                   []rawMember
}

// rawMember is one member of an object, its value's text untouched.
type rawMember struct {
	name string
	raw  json.RawMessage
}

// parseHuifuEnvelope is strict: the four members of §2 and no other, each once,
// data an object whose members are there once.
func parseHuifuEnvelope(body []byte) (huifuEnvelope, error) {
	var e huifuEnvelope
	members, err := readMembers(body)
	if err != nil {
		return e, err
	}
	texts := map[string]*string{"sys_id": &e.sysID, "product_id": &e.productID, "sign": &e.sign}
	lengths := map[string]int{"sys_id": 32, "product_id": 32, "sign": 512}
	for _, m := range members {
		slot := texts[m.name]
		switch {
		case m.name == "data":
			if e.data, err = readMembers(m.raw); err != nil {
				return e, fmt.Errorf("data: %w", err)
			}
			if len(e.data) == 0 {
				return e, errors.New("data is empty")
			}
		case slot == nil:
			return e, fmt.Errorf("%s is not a member of the envelope", clip(m.name))
		case json.Unmarshal(m.raw, slot) != nil || *slot == "" || utf8.RuneCountInString(*slot) > lengths[m.name]:
			return e, fmt.Errorf("%s: a text of 1 to %d characters is needed", m.name, lengths[m.name])
		}
	}
	if len(members) != len(texts)+1 {
		return e, errors.New("sys_id, product_id, sign and data are needed")
	}
	return e, nil
}

// readMembers takes one object apart. A member that is there twice, and
// anything behind the object, is an error.
func readMembers(raw []byte) ([]rawMember, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(raw) {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	members := []rawMember{}
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
		m := rawMember{name: name}
		if err := dec.Decode(&m.raw); err != nil {
			return nil, errors.New("not JSON")
		}
		members = append(members, m)
	}
	return members, nil
}

// huifuSignText is what a caller signs (§3): first-level keys in byte order,
// compact, each text with the escapes that JSON demands and no others. It is
// made anew, as the platform does, so that a till that sends other bytes than it
// signed is found out only where the content differs.
func huifuSignText(data []rawMember) ([]byte, error) {
	sorted := slices.Clone(data)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].name < sorted[j].name })
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range sorted {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encode(m.name))
		b.WriteByte(':')
		var s string
		if len(m.raw) > 0 && m.raw[0] == '"' && json.Unmarshal(m.raw, &s) == nil {
			b.Write(encode(s))
		} else if err := json.Compact(&b, m.raw); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// huifuForbidden finds characters that serialisers write differently, so that no
// signature over them can be relied on (§3); the gateway answers 412.
func huifuForbidden(data []rawMember) bool {
	for _, m := range data {
		var s string
		if json.Unmarshal(m.raw, &s) != nil {
			continue
		}
		for _, c := range s {
			control := c < ' ' && c != '\t' && c != '\n' && c != '\r'
			if control || c == '\u2028' || c == '\u2029' || c == utf8.RuneError {
				return true
			}
		}
	}
	return false
}
