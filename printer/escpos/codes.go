package escpos

import (
	_ "embed"
	"sort"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// codes is a charset's two-byte codes by the rune's upper and lower byte; 0 is
// none. x/text's encoders are exact but cost more for a receipt than its whole
// layout does; this is built once, at the first slip.
type codes struct {
	pages [256]*[256]uint16
}

func (c *codes) of(r rune) uint16 {
	if r > 0xFFFF || c.pages[r>>8] == nil {
		return 0
	}
	return c.pages[r>>8][r&0xFF]
}

var (
	// The two-byte part of GB18030 is GBK: lead bytes from 0x81 on.
	gbTable = sync.OnceValue(func() *codes {
		dec := simplifiedchinese.GB18030.NewDecoder().Transformer
		c := new(codes)
		for lead := 0x81; lead <= 0xFE; lead++ {
			for trail := 0x40; trail <= 0xFE; trail++ {
				if r, ok := decode(dec, byte(lead), byte(trail)); ok {
					c.add(r, lead, trail)
				}
			}
		}
		return c
	})
	big5Table = sync.OnceValue(func() *codes {
		c := new(codes)
		for i := 0; i < len(big5); i += 2 {
			c.add(rune(big5[i])<<8|rune(big5[i+1]), big5First+i/2/big5Row, 0x40+i/2%big5Row)
		}
		return c
	})
)

// big5 is the part of Big5 that printers know, a rune of two bytes for each code, 0
// for none; a test makes it of x/text's decoder, which is eight times its size in
// the program. x/text's encoder would not do: it gives the common 包, 港 and 晴
// codes of Hong Kong's supplement, which no printer has.
//
//go:embed big5.bin
var big5 string

const (
	big5First, big5Last = 0xA1, 0xF9
	big5Row             = 0xFF - 0x40
)

// add notes a code. Of a character with two codes the first is the one in use, save
// for Big5's 十 and 卅.
func (c *codes) add(r rune, lead, trail int) {
	if r < 0x80 || r > 0xFFFD || 0xD800 <= r && r < 0xF900 {
		return // none, or private use
	}
	if c.pages[r>>8] == nil {
		c.pages[r>>8] = new([256]uint16)
	}
	if code := &c.pages[r>>8][r&0xFF]; *code == 0 || (*code == 0xA2CC || *code == 0xA2CE) && lead == 0xA4 {
		*code = uint16(lead)<<8 | uint16(trail)
	}
}

// decode reads the one character that a code is.
func decode(dec transform.Transformer, code ...byte) (rune, bool) {
	var dst [8]byte
	dec.Reset()
	n, read, err := dec.Transform(dst[:], code, true)
	r, size := utf8.DecodeRune(dst[:n])
	return r, err == nil && read == len(code) && size == n && r != utf8.RuneError
}

// The four-byte codes of GB18030 count up through what has no shorter one: first
// the rest of the first 65,536 characters, then, from 90308130 on, all others.
const (
	fourBMP  = 39420  // codes below U+10000
	fourRest = 189000 // the number of U+10000's
)

// gbFour appends a rune's four-byte code. Below U+10000 it is searched for: such a
// rune is rare.
func gbFour(out []byte, r rune) ([]byte, bool) {
	n := int(r) - 0x10000 + fourRest
	if r < 0x10000 {
		dec := simplifiedchinese.GB18030.NewDecoder().Transformer
		at := func(i int) rune { r, _ := decode(dec, four(i)...); return r }
		n = sort.Search(fourBMP, func(i int) bool { return at(i) >= r })
		if n == fourBMP || at(n) != r {
			return out, false
		}
	}
	return append(out, four(n)...), true
}

// four is the n-th four-byte code.
func four(n int) []byte {
	return []byte{byte(0x81 + n/12600), byte(0x30 + n/1260%10), byte(0x81 + n/10%126), byte(0x30 + n%10)}
}
