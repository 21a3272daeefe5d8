package wechatdeposit

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// beijing is the platform's clock (§3): UTC+8, at all seasons.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// stamp is how requests and answers write a time (§3).
const stamp = "20060102150405"

// plain keeps what an XML text may hold: UTF-8 of one to three bytes a
// character, as all of v2, no control characters, no spaces around it.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || r >= 0xFFFE:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s))
}

// fits is whether a text that somebody else gave is 1 to n characters that the
// platform takes, and none that our encoding would change.
func fits(s string, n int) bool {
	return s != "" && utf8.RuneCountInString(s) <= n && s == plain(s)
}

func notWord(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_' || r == '-')
}

// validNumber checks an order's or refund's number (§6, §10.3): letters, digits
// and the signs of more.
func validNumber(s string, max int, more string) bool {
	return s != "" && len(s) <= max && !strings.ContainsFunc(s, func(r rune) bool {
		return notWord(r) && !strings.ContainsRune(more, r)
	})
}

// orderMore and refundMore are what such numbers may hold beside words.
const (
	orderMore  = "|*"
	refundMore = "|*@"
)

// fen reads an amount: decimal digits and nothing else (§3).
func fen(s string) (int64, bool) {
	if s == "" || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// moment reads a time of the platform's; the zero time if it is none.
func moment(s string) time.Time {
	for _, layout := range [...]string{stamp, time.DateTime} { // payments, refunds
		if t, err := time.ParseInLocation(layout, s, beijing); err == nil {
			return t
		}
	}
	return time.Time{}
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}
