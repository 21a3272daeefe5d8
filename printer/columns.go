package printer

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Columns is how many columns s takes on paper: one for a narrow character, two
// for a wide one (Unicode Standard Annex 11). The ambiguous ones (×, é, “) count
// two, since a GB18030 or Big5 printer draws them in a double-byte cell; counting
// them so keeps a line from running over the edge.
func Columns(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			n, i = n+1, i+1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		n, i = n+RuneColumns(r), i+size
	}
	return n
}

// RuneColumns is Columns of one rune; 0 for one that stands on the rune before.
func RuneColumns(r rune) int {
	switch {
	case r < 0x300:
		if r < utf8.RuneSelf {
			return 1
		}
	case 0x4E00 <= r && r <= 0x9FFF: // nearly all that is not ASCII on a receipt
		return 2
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth, width.EastAsianAmbiguous:
		return 2
	}
	return 1
}

// screenColumns is Columns for a terminal, where ambiguous characters are narrow.
func screenColumns(s string) int {
	n := 0
	for _, r := range s {
		c := RuneColumns(r)
		if c == 2 && width.LookupRune(r).Kind() == width.EastAsianAmbiguous {
			c = 1
		}
		n += c
	}
	return n
}
