package font

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// TestEveryGlyph decodes the whole file: make.py wrote down what its dots add up to.
func TestEveryGlyph(t *testing.T) {
	p := file()
	crc, last := uint32(0), rune(-1)
	for i := range p.n {
		if p.rune(i) <= last {
			t.Fatalf("%U stands after %U", p.rune(i), last)
		}
		last = p.rune(i)
		g := p.glyph(i)
		var b [4]byte
		for _, row := range g.Rows {
			binary.BigEndian.PutUint32(b[:], row>>(32-g.Width))
			crc = crc32.Update(crc, crc32.IEEETable, b[:])
		}
	}
	if crc != p.crc {
		t.Errorf("the glyphs' sum is %08x, the file says %08x", crc, p.crc)
	}
}

// TestCoverage: every character that the printers' own sets have in common.
func TestCoverage(t *testing.T) {
	for r := rune(' ' + 1); r <= '~'; r++ {
		if g, ok := Find(r, false); !ok || g.Width != Narrow {
			t.Errorf("%q is missing or wide", r)
		}
	}
	missing := 0
	for a := 0xB0; a <= 0xF7; a++ { // GB2312's Han
		for b := 0xA1; b <= 0xFE; b++ {
			s, err := simplifiedchinese.HZGB2312.NewDecoder().String("~{" + string([]rune{rune(a - 0x80), rune(b - 0x80)}) + "~}")
			for _, r := range s {
				if err == nil && r != '\uFFFD' && !Has(r) {
					missing++
					t.Logf("%x%x %q", a, b, r)
				}
			}
		}
	}
	for a := 0xA4; a <= 0xC6; a++ { // Big5's first level, which ends at C67E
		for b := 0x40; b <= 0xFE && a<<8|b <= 0xC67E; b++ {
			s, err := traditionalchinese.Big5.NewDecoder().String(string([]byte{byte(a), byte(b)}))
			for _, r := range s {
				if err == nil && r >= 0x4E00 && r <= 0x9FFF && !Has(r) {
					missing++
					t.Logf("big5 %x%x %q", a, b, r)
				}
			}
		}
	}
	if missing > 0 {
		t.Errorf("%d characters are missing", missing)
	}
	for _, r := range "嘅咗啲喺嚟冧焗脷蠔餃撻麵，。（）「」“”￥€é×·…" {
		if !Has(r) {
			t.Errorf("%q is missing", r)
		}
	}
}

func TestMissingIsABox(t *testing.T) {
	g, ok := Find('🧋', true)
	if ok || g.Width != Wide || g.Rows[3] != 0x7FFFFE00 || g.Rows[12] != 0x60000600 {
		t.Errorf("%v %08x", ok, g.Rows)
	}
}

func BenchmarkGlyph(b *testing.B) {
	for b.Loop() {
		Find('騰', true)
	}
}
