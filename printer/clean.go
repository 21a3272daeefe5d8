package printer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text from outside safe to lay out. Every control character
// becomes a space (ESC, GS, FS and DLE begin printer commands; C1 has the 8-bit
// escapes), invisible formatting goes (a bidirectional override could make a
// screen show another amount than the paper), and what is not a character
// becomes '?'. A text that needs nothing is returned as it is.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	s = compose(strings.ToValidUTF8(s, "?"))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r = cleanRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isClean sees most texts through without an allocation: ASCII, Han and the
// punctuation and full-width forms that go with it.
func isClean(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7F {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		han := 0x4E00 <= r && r <= 0x9FFF
		punctuation := 0x3000 <= r && r <= 0x3029 || 0xFF01 <= r && r <= 0xFF5E
		if !han && !punctuation {
			return false
		}
		i += size
	}
	return true
}

// cleanRune answers -1 for a rune to leave out.
func cleanRune(r rune) rune {
	switch {
	case r == '\u00AD' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
		return -1
	case unicode.IsControl(r), unicode.Is(unicode.Zs, r) && r != '\u3000', unicode.In(r, unicode.Zl, unicode.Zp):
		return ' '
	case r == utf8.RuneError, !unicode.IsPrint(r) && r != '\u3000':
		return '?' // private use and unassigned: no two printers agree on them
	}
	return r
}
