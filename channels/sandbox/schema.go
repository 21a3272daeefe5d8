package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// member is one row of a request table: what may stand in a body, and must.
type member struct {
	name    string
	shape   shape
	max     int // characters of a text; A1
	need    need
	members []member // of an object, or of each object in a list
}

type shape int

const (
	text shape = iota
	integer
	object
	list // of objects
)

// need is the column "required" of a table.
type need int

const (
	optional need = iota
	always
	inDirect           // required there, not allowed in institution mode
	inInstitution      // the other way round
	maybeInInstitution // optional there, not allowed in direct mode
)

func (n need) allowed(mode string) bool {
	switch n {
	case inDirect:
		return mode == Direct
	case inInstitution, maybeInInstitution:
		return mode == Institution
	}
	return true
}

func (n need) required(mode string) bool {
	return n == always || n.allowed(mode) && (n == inDirect || n == inInstitution)
}

// violation says where a request breaks its table, in the words of §14.1.
type violation struct {
	Field    string `json:"field"`
	Value    string `json:"value"`
	Issue    string `json:"issue"`
	Location string `json:"location"` // body, url, query
}

// checkBody holds a JSON body against a table, strictly: no member that is not
// in it, none twice, none null, each of its type and length. Nil is no violation.
func checkBody(body []byte, table []member, mode string) *violation {
	if !utf8.Valid(body) {
		return bodyViolation("#", "", "not UTF-8")
	}
	if !json.Valid(body) {
		return bodyViolation("#", string(body), "not JSON")
	}
	r := &bodyReader{dec: json.NewDecoder(bytes.NewReader(body)), mode: mode}
	r.dec.UseNumber()
	return r.value(member{shape: object, members: table}, "#")
}

func bodyViolation(field, value, issue string) *violation {
	return &violation{Field: clip(field), Value: clip(value), Issue: issue, Location: "body"}
}

// clip keeps the 256 characters that §14.1 allows.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > 256 {
			return s[:i]
		}
	}
	return s
}

type bodyReader struct {
	dec  *json.Decoder
	mode string
}

func (r *bodyReader) value(m member, at string) *violation {
	token, err := r.dec.Token()
	if err != nil {
		return bodyViolation(at, "", "not JSON")
	}
	switch m.shape {
	case object:
		if token != json.Delim('{') {
			return bodyViolation(at, fmt.Sprint(token), "not an object")
		}
		return r.object(m.members, at)
	case list:
		if token != json.Delim('[') {
			return bodyViolation(at, fmt.Sprint(token), "not an array")
		}
		return r.list(m.members, at)
	case integer:
		n, ok := token.(json.Number)
		if !ok {
			return bodyViolation(at, fmt.Sprint(token), "not an integer")
		}
		if _, err := strconv.ParseInt(n.String(), 10, 64); err != nil {
			return bodyViolation(at, n.String(), "not an integer")
		}
		return nil
	}
	s, ok := token.(string)
	if !ok {
		return bodyViolation(at, fmt.Sprint(token), "not a string")
	}
	return checkText(s, m.max, at)
}

func checkText(s string, max int, at string) *violation {
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return bodyViolation(at, s, "empty")
	case n > max:
		return bodyViolation(at, s, fmt.Sprintf("longer than %d characters", max))
	}
	for _, c := range s {
		// §2.3; the replacement character is what half a surrogate pair becomes.
		if c > 0xffff || c == utf8.RuneError {
			return bodyViolation(at, s, "a character of more than 3 bytes, or none at all")
		}
	}
	return nil
}

func (r *bodyReader) object(table []member, at string) *violation {
	seen := map[string]bool{}
	for r.dec.More() {
		token, err := r.dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return bodyViolation(at, "", "not JSON")
		}
		where := at + "/properties/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		m, known := find(table, name)
		switch {
		case !known:
			return bodyViolation(where, name, "not a member of this call")
		case seen[name]:
			return bodyViolation(where, name, "given twice")
		case !m.need.allowed(r.mode):
			return bodyViolation(where, name, "not a member in "+r.mode+" mode")
		}
		seen[name] = true
		if bad := r.value(m, where); bad != nil {
			return bad
		}
	}
	r.dec.Token() // the closing brace: the body is known to be JSON
	for _, m := range table {
		if m.need.required(r.mode) && !seen[m.name] {
			return bodyViolation(at+"/properties/"+m.name, "", "required")
		}
	}
	return nil
}

func (r *bodyReader) list(table []member, at string) *violation {
	for i := 0; r.dec.More(); i++ {
		if bad := r.value(member{shape: object, members: table}, at+"/items/"+strconv.Itoa(i)); bad != nil {
			return bad
		}
	}
	r.dec.Token()
	return nil
}

func find(table []member, name string) (member, bool) {
	for _, m := range table {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}
