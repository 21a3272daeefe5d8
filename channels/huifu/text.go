package huifu

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// odd is a character that serialisers write in different ways (§3), or that
// the gateway refuses (§11, 412).
func odd(r rune) bool {
	return r == utf8.RuneError || r > 0xFFFF || r == '\u2028' || r == '\u2029' || unicode.IsControl(r)
}

// plain keeps what can be signed and taken: control characters become spaces.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case odd(r):
			return -1
		}
		return r
	}, s))
}

// fits is whether a text that somebody else gave is 1 to n characters that
// can be signed.
func fits(s string, n int) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= n && !strings.ContainsFunc(s, odd)
}

func notWord(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '_' || r == '-')
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

// isNumber checks an order's, refund's or platform's number.
func isNumber(s string, max int) bool {
	return s != "" && len(s) <= max && !strings.ContainsFunc(s, notWord)
}

// random makes a request's number unique where nobody asks for it again.
func random() string { return rand.Text() }

// textOf is a member that is a text or, as some serialisers have it, a number.
func textOf(o wire.Object, names ...string) string {
	for _, name := range names {
		switch v := o[name].(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
	}
	return ""
}

// masked takes a payment code out of a text, wherever it came from; of a code
// of 19 digits also the six that the terminal's fields carry (§4).
func masked(s string, code channels.Code) string {
	digits := strings.TrimSpace(code.Reveal())
	if digits == "" {
		return s
	}
	s = strings.ReplaceAll(s, digits, code.String())
	if six := randomFactor(digits); six != "" {
		s = strings.ReplaceAll(s, six, "******")
	}
	return s
}

// maskedReply holds no payment code, whatever the platform echoed.
func maskedReply(r channels.Reply, code channels.Code) channels.Reply {
	r.Code, r.Message, r.PlatformID = masked(r.Code, code), masked(r.Message, code), masked(r.PlatformID, code)
	if m := masked(string(r.Detail), code); m != string(r.Detail) {
		r.Detail = nil
		if json.Valid([]byte(m)) {
			r.Detail = json.RawMessage(m)
		}
	}
	return r
}
