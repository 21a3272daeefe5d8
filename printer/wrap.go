package printer

import (
	"strings"
	"unicode/utf8"
)

// Punctuation that must not begin or end a line, in Chinese as in English.
const (
	closers = ",.;:?!)]}%'\"，。、；：？！）】》」』”’…％"
	openers = "([{（【《「『“‘"
)

// wrap cuts the first line off s: at most columns wide, never inside a rune,
// at a space or between Chinese characters where there is such a place. It
// always takes at least one rune, so a loop over it ends.
func wrap(s string, columns int) (line, rest string) {
	used, fits, place, sentence := 0, 0, 0, 0
	before := rune(-1)
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		w := RuneColumns(r)
		if i > 0 && mayBreak(before, r, w) {
			place = i
			if before == '。' && used > columns/3 {
				sentence = i // a better place than any word
			}
		}
		if used+w > columns && i > 0 && r != ' ' {
			fits = i
			break
		}
		used, before = used+w, r
		i += size
		fits = i
	}
	if fits == len(s) {
		return strings.TrimRight(s, " "), ""
	}
	if sentence > 0 {
		place = sentence
	}
	if place == 0 {
		place = fits // one long word: cut it where the paper ends
	}
	return strings.TrimRight(s[:place], " "), strings.TrimLeft(s[place:], " ")
}

// balanced is the narrowest width that takes no more lines than columns does: a
// centred text then has lines of like length, and no last word alone.
func balanced(s string, columns int) int {
	total := Columns(s)
	if total <= columns {
		return columns
	}
	most := lines(s, columns)
	if most > 4 {
		return columns // a paragraph: not worth the search
	}
	for narrow := max(2, total/most); narrow < columns; narrow++ {
		if lines(s, narrow) == most {
			return narrow
		}
	}
	return columns
}

func lines(s string, columns int) int {
	n := 0
	for ; s != ""; n++ {
		_, s = wrap(s, columns)
	}
	return n
}

// mayBreak tells whether a line may end after one rune and go on with the next,
// which is w columns wide. A rune of no width stays with its base.
func mayBreak(before, next rune, w int) bool {
	switch {
	case w == 0 || next == ' ' || strings.ContainsRune(closers, next) || strings.ContainsRune(openers, before):
		return false
	case before == ' ':
		return true
	}
	return isHan(before) || isHan(next)
}

// isHan is rough on purpose: every wide script from the CJK radicals on.
func isHan(r rune) bool { return r >= 0x2E80 && RuneColumns(r) == 2 }
