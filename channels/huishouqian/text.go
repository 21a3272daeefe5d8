package huishouqian

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tillpay/channels/wire"
)

// stamp is how the platform writes times: 14 digits in its own zone.
const stamp = "20060102150405"

// cutRunes shortens s to at most n characters.
func cutRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// fits is whether a text that somebody else gave is 1 to n characters. The
// tables' lengths are ASSUMED to count characters (§6).
func fits(s string, n int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= n && !strings.ContainsFunc(s, unicode.IsControl)
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func notWord(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_' || r == '-' || r == '.')
}

// isWord is 1 to n letters, digits, -, _ and dots.
func isWord(s string, n int) bool {
	return s != "" && len(s) <= n && !strings.ContainsFunc(s, notWord)
}

// isDegrees is a decimal number of degrees as the platform's samples write it.
func isDegrees(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, part, dot := strings.Cut(s, ".")
	return whole != "" && len(whole) <= 3 && digits(whole) && digits(part) && (part != "") == dot
}

// moment reads a time of the platform, and is zero where there is none.
func (c *Channel) moment(s string) time.Time {
	t, err := time.ParseInLocation(stamp, s, c.zone)
	if err != nil || len(s) != len(stamp) {
		return time.Time{}
	}
	return t
}

// shown is a name that somebody else gave, for an error: short, on one line.
func shown(name string) string { return wire.Cut(wire.Plain(name), 64) }
