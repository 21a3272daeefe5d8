package fubei

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fits is whether a text that somebody else gave is 1 to n characters that the
// platform can take.
func fits(s string, n int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= n && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF || r == utf8.RuneError || unicode.IsControl(r) })
}

// number tells an order or refund number that may be sent (§5, §15 no. 10).
func number(s string) bool {
	return s != "" && len(s) <= 32 && !strings.ContainsFunc(s, notWord)
}

func notWord(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_' || r == '-')
}

// tail is what may be kept of a customer's id at a wallet.
func tail(id string) string {
	if len(id) < 12 || strings.ContainsFunc(id, notWord) {
		return ""
	}
	return "****" + id[len(id)-4:]
}
