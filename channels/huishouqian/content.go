package huishouqian

import (
	"bytes"
	"encoding/json"

	"tillpay/channels/wire"
)

// content is a JSON object whose members keep their order: the platform signs
// and reads a text, and the text of one request must not vary.
type content []member

type member struct {
	name  string
	value any // string, or json.RawMessage
}

// add appends a text that is there; an empty one is left out (§3).
func (c *content) add(name, value string) {
	if value != "" {
		*c = append(*c, member{name, value})
	}
}

func (c content) text() string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(wire.Encode(m.name))
		b.WriteByte(':')
		if raw, ok := m.value.(json.RawMessage); ok {
			b.Write(raw)
		} else {
			b.Write(wire.Encode(m.value))
		}
	}
	b.WriteByte('}')
	return b.String()
}
