package escpos

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// codes is a charset's two-byte codes by the rune's upper and lower byte; 0 is
// none. x/text's encoders are exact but cost more for a receipt than its whole
// layout does; this is built from them once, at the first slip.
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
	gbTable = sync.OnceValue(func() *codes { return build(simplifiedchinese.GB18030, 0x81, 0xFE) })
	// x/text's Big5 has Hong Kong's supplement around the part that printers know.
	big5Table = sync.OnceValue(func() *codes { return build(traditionalchinese.Big5, 0xA1, 0xF9) })
)

// build collects the codes whose lead byte is in a range.
func build(charset encoding.Encoding, low, high byte) *codes {
	c, enc := new(codes), charset.NewEncoder().Transformer
	var src [utf8.UTFMax]byte
	var dst [8]byte
	for r := rune(0x80); r <= 0xFFFD; r++ {
		if !utf8.ValidRune(r) || 0xE000 <= r && r < 0xF900 {
			continue // surrogates, private use
		}
		n, _, err := transformOnce(enc, dst[:], src[:utf8.EncodeRune(src[:], r)])
		if err != nil || n != 2 || dst[0] < low || dst[0] > high {
			continue
		}
		if c.pages[r>>8] == nil {
			c.pages[r>>8] = new([256]uint16)
		}
		c.pages[r>>8][r&0xFF] = uint16(dst[0])<<8 | uint16(dst[1])
	}
	return c
}

func transformOnce(t transform.Transformer, dst, src []byte) (int, int, error) {
	t.Reset()
	return t.Transform(dst, src, true)
}

// gbFour appends a rune's four-byte code; such a rune is rare enough for x/text.
func gbFour(out []byte, r rune) ([]byte, bool) {
	var src [utf8.UTFMax]byte
	var dst [8]byte
	n, _, err := transformOnce(simplifiedchinese.GB18030.NewEncoder().Transformer, dst[:], src[:utf8.EncodeRune(src[:], r)])
	if err != nil || n != 4 {
		return out, false
	}
	return append(out, dst[:n]...), true
}
