package escpos

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tillpay/printer"
)

// appender appends a text in a charset and tells how many columns it prints.
// What it appends never has a control byte: the second bytes of GB18030 and Big5
// begin at 0x30, the continuation bytes of UTF-8 at 0x80.
type appender func(out []byte, s string) ([]byte, int)

func textFor(c Charset) appender {
	switch c {
	case GB18030:
		return doubleByte{table: gbTable(), four: gbFour}.append
	case Big5:
		return doubleByte{table: big5Table()}.append
	case UTF8:
		return appendUTF8
	}
	return doubleByte{table: new(codes)}.append // ASCII has none
}

func appendUTF8(out []byte, s string) ([]byte, int) {
	return append(out, strings.ToValidUTF8(s, "?")...), printer.Columns(s)
}

// doubleByte writes ASCII as it is and the rest by a table of two-byte codes.
type doubleByte struct {
	table *codes
	four  func(out []byte, r rune) ([]byte, bool) // GB18030's four-byte codes, or nil
}

func (d doubleByte) append(out []byte, s string) ([]byte, int) {
	columns := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			out = append(out, c)
			columns, i = columns+1, i+1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		width := printer.RuneColumns(r)
		// A double-byte cell is two columns wide: a narrow character that has a
		// code all the same (a few letters with tone marks) would break the line.
		if code := d.table.of(r); code != 0 && width == 2 {
			out = append(out, byte(code>>8), byte(code))
			columns += 2
			continue
		}
		var n int
		out, n = d.rare(out, r, width)
		columns += n
	}
	return out, columns
}

// rare writes a character that has no two-byte code: by its four-byte code where
// it is Han (a name's character; the four-byte symbols and emoji are in no
// printer's font), by the ASCII letters it is made of, or as '?', its width kept.
func (d doubleByte) rare(out []byte, r rune, width int) ([]byte, int) {
	if d.four != nil && unicode.Is(unicode.Han, r) {
		if coded, ok := d.four(out, r); ok {
			return coded, 2
		}
	}
	if plain := asciiFor(r); plain != "" && len(plain) <= max(width, 1) {
		return append(out, plain...), len(plain)
	}
	return append(out, "??"[:width]...), width
}

// lookalikes are what Unicode's decompositions do not say.
var lookalikes = map[rune]string{
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "--", '…': "..", '×': "x", '·': ".", '•': "*",
	'¥': "Y", '￥': "Y", '，': ",", '。': ".", '、': ",", '：': ":", '；': ";", '（': "(", '）': ")", '【': "[", '】': "]",
	'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L", 'đ': "d", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i",
	'²': "2", '³': "3", '¹': "1", 'ª': "a", 'º': "o", '™': "TM", '№': "No", 'ﬁ': "fi", 'ﬂ': "fl", '㎏': "kg", '㎎': "mg", '㎝': "cm", '㎜': "mm", '㎡': "m2",
}

// asciiFor answers printable ASCII for a letter with its accents taken off, a
// full-width form or a lookalike; else nothing.
func asciiFor(r rune) string {
	if s := lookalikes[r]; s != "" {
		return s
	}
	if plain := printer.Plain(r); ' ' <= plain && plain <= '~' {
		return string(plain)
	}
	return ""
}
