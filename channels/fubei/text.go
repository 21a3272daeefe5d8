package fubei

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"tillpay/channels"
)

// plain keeps of a text of ours what is safe in the platform's: no control
// characters, none beyond the basic plane, no spaces around it (§5).
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

// cut shortens s to at most n bytes, at a character's border. No source says
// whether lengths are bytes or characters; what we shorten fits either way.
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

// refusedHere is the Reply to what cannot be asked.
func refusedHere(err error) channels.Reply {
	return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal, Message: err.Error()}
}

// masked takes a payment code out of a text, wherever it came from.
func masked(s string, code channels.Code) string {
	secret := strings.TrimSpace(code.Reveal())
	if secret == "" {
		return s
	}
	return strings.ReplaceAll(s, secret, code.String())
}

// maskedReply holds no payment code, whatever the platform echoed.
func maskedReply(r channels.Reply, code channels.Code) channels.Reply {
	r.Code, r.Message, r.PlatformID = masked(r.Code, code), masked(r.Message, code), masked(r.PlatformID, code)
	if r.Detail != nil {
		r.Detail = []byte(masked(string(r.Detail), code))
	}
	if !json.Valid(r.Detail) { // it stood where no text may
		r.Detail = nil
	}
	return r
}

// tail is what may be kept of a customer's id at a wallet.
func tail(id string) string {
	if len(id) < 12 || strings.ContainsFunc(id, notWord) {
		return ""
	}
	return "****" + id[len(id)-4:]
}
