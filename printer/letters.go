package printer

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

// letters are the Latin letters with a mark, three runes each: the letter, the
// letter without its last mark, the mark. A test makes the file of x/text's tables
// (Unicode's canonical decompositions), which would be twenty times its size in the
// program.
//
//go:embed letters.txt
var letters string

type letterTables struct {
	apart    map[rune][2]rune
	together map[[2]rune]rune
}

var letterTable = sync.OnceValue(func() letterTables {
	t := letterTables{map[rune][2]rune{}, map[[2]rune]rune{}}
	all := []rune(letters)
	for i := 0; i+2 < len(all); i += 3 {
		pair := [2]rune{all[i+1], all[i+2]}
		t.apart[all[i]], t.together[pair] = pair, all[i]
	}
	return t
})

// compose makes one rune of a letter and the marks behind it, as macOS and some
// POS write them apart. What it does not know stays.
func compose(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Mn, r) }) {
		return s
	}
	out := []rune{}
	for _, r := range s {
		if n := len(out); n > 0 {
			if one, ok := letterTable().together[[2]rune{out[n-1], r}]; ok {
				out[n-1] = one
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// Plain is a letter without its marks, or a full-width form as a usual one; else
// the rune itself.
func Plain(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E {
		return r - 0xFF01 + '!'
	}
	for {
		pair, ok := letterTable().apart[r]
		if !ok {
			return r
		}
		r = pair[0]
	}
}
