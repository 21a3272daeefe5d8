package wechatglobal

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// encode marshals once, as it will be signed and sent: no HTML escapes, no
// line end. What is given to it always marshals.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// plain keeps what the platform takes in a text: UTF-8 of one to three bytes a
// character (§2.3), no control characters, no spaces around it.
func plain(s string) string {
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

// cut shortens s to at most n bytes, at a character's border. The pages count
// characters, it seems (A1); what is shortened by us fits either way.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// fits is whether a text that somebody else gave is 1 to n characters that the
// platform takes.
func fits(s string, n int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= n &&
		!strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF || unicode.IsControl(r) })
}

func isAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && len(s) <= 40
}
