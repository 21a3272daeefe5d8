package wechatglobal

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
