package wire

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain keeps of a text of ours what every platform's form takes: UTF-8 of one to
// three bytes a character, no control characters, no spaces around it.
func Plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || r > 0xFFFF:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s))
}

// Cut shortens s to at most n bytes, at a character's border. No platform's page
// says whether it counts bytes or characters; what is shortened fits either way.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Encode marshals once, as it will be signed and sent: no HTML escapes, no line
// end. What is given to it always marshals.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// IsAddress is whether s is an IPv4 or IPv6 address, of no zone.
func IsAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}
