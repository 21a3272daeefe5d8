package fubei

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// object writes a JSON object, member by member in the order in which they are
// given: what is written is what is signed and sent.
type object struct{ b bytes.Buffer }

func (o *object) bytes() []byte {
	if o.b.Len() == 0 {
		return []byte("{}")
	}
	return append(bytes.Clone(o.b.Bytes()), '}')
}

// raw adds a member whose value is JSON already.
func (o *object) raw(name string, value []byte) {
	if o.b.Len() == 0 {
		o.b.WriteByte('{')
	} else {
		o.b.WriteByte(',')
	}
	o.b.Write(quoted(name))
	o.b.WriteByte(':')
	o.b.Write(value)
}

// text adds a string, unless it is empty: the platform wants no empty values.
func (o *object) text(name, value string) {
	if value != "" {
		o.raw(name, quoted(value))
	}
}

// number adds an id, unless it is 0, which none has.
func (o *object) number(name string, value int64) {
	if value != 0 {
		o.raw(name, strconv.AppendInt(nil, value, 10))
	}
}

// money adds an amount in yuan.
func (o *object) money(name string, fen int64) { o.raw(name, yuan(fen)) }

// either adds what the sale gives under name, or else value.
func (o *object) either(name string, given options, value []byte) {
	if v, ok := given[name]; ok {
		value = v
	}
	if len(value) > 0 {
		o.raw(name, value)
	}
}

// quoted is a JSON string without HTML's escapes.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return []byte(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
