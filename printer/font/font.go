// Package font is the bitmap font for what a printer cannot write itself: 12 by 24
// dots for Latin, Greek and Cyrillic letters, 24 by 24 for Chinese ones, which is
// the size of a receipt printer's own characters. packaging/font/make.py makes it
// of Terminus Font and Noto Sans CJK (both SIL Open Font License 1.1).
package font

import (
	_ "embed"
	"encoding/binary"
	"sort"
	"sync"
)

// The cells of the font, in dots.
const (
	Height = 24
	Narrow = 12
	Wide   = 24
)

// Glyph is a character's dots: a row each, the leftmost in the highest bit.
type Glyph struct {
	Width int
	Rows  [Height]uint32
}

// Find draws a character. ok is false where the font lacks it; the glyph is then a
// box that anybody can see, as wide as wide says.
func Find(r rune, wide bool) (g Glyph, ok bool) {
	if i, found := file().index(r); found {
		return file().glyph(i), true
	}
	if wide {
		return box(Wide), false
	}
	return box(Narrow), false
}

// Has tells whether the font has a character.
func Has(r rune) bool {
	_, found := file().index(r)
	return found
}

// box is a frame two dots thick with a dot of room around it.
func box(width int) Glyph {
	g := Glyph{Width: width}
	line := uint32(1)<<(width-2) - 1
	full, sides := line<<1, line<<1&^(line>>4<<3)
	for y := 2; y < Height-2; y++ {
		row := sides
		if y < 4 || y >= Height-4 {
			row = full
		}
		g.Rows[y] = row << (32 - width)
	}
	return g
}

//go:embed glyphs.bin
var data string

// packed is the file as it lies in the program: nothing of it is unpacked or
// copied but the place of every 64th code.
//
//	"tpf1", uint16 glyphs, uint8 bits of a context, uint32 CRC-32 of all rows,
//	a chance for each context, a uint16 rune and a uint8 length for each glyph
//	(0x80: it is wide), and the codes.
type packed struct {
	n                              int
	crc                            uint32
	chances, runes, lengths, codes string
	every64                        []uint32
}

const contextBits = 13

var file = sync.OnceValue(func() *packed {
	head, rest := data[:11], data[11:]
	if head[:4] != "tpf1" || head[6] != contextBits {
		panic("font: glyphs.bin is of another make than font.go") // a test reads all of it
	}
	n := int(binary.BigEndian.Uint16([]byte(head[4:6])))
	p := &packed{n: n, crc: binary.BigEndian.Uint32([]byte(head[7:11]))}
	take := func(size int) (part string) { part, rest = rest[:size], rest[size:]; return part }
	p.chances, p.runes, p.lengths = take(1<<contextBits), take(2*n), take(n)
	p.codes = rest
	at := uint32(0)
	for i := range n {
		if i%64 == 0 {
			p.every64 = append(p.every64, at)
		}
		at += uint32(p.lengths[i] & 0x7F)
	}
	return p
})

func (p *packed) rune(i int) rune { return rune(p.runes[2*i])<<8 | rune(p.runes[2*i+1]) }

func (p *packed) index(r rune) (int, bool) {
	i := sort.Search(p.n, func(i int) bool { return p.rune(i) >= r })
	return i, i < p.n && p.rune(i) == r
}

// glyph undoes the arithmetic code of one glyph. A dot's context is 13 dots before
// it: four to the left, and those of the three rows above that stand nearest. The
// order of the bits is make.py's CONTEXT.
func (p *packed) glyph(i int) Glyph {
	at := p.every64[i/64]
	for j := i &^ 63; j < i; j++ {
		at += uint32(p.lengths[j] & 0x7F)
	}
	d := decoder{code: p.codes[at:][:p.lengths[i]&0x7F], span: 0xFFFFFFFF}
	for range 4 {
		d.value = d.value<<8 | d.next()
	}
	g := Glyph{Width: Narrow}
	if p.lengths[i]&0x80 != 0 {
		g.Width = Wide
	}
	// The rows above, with room on both sides: dot x is bit 39-x.
	var one, two, three uint64
	for y := range Height {
		row, before := uint64(0), 0
		for x := range g.Width {
			context := before<<9 | int(one>>(37-x)&31)<<4 | int(two>>(38-x)&7)<<1 | int(three>>(39-x)&1)
			before = before << 1 & 15
			if d.black(uint32(p.chances[context])) {
				row |= 1 << (39 - x)
				before |= 1
			}
		}
		g.Rows[y] = uint32(row >> 8)
		three, two, one = two, one, row
	}
	return g
}

// decoder is a binary arithmetic decoder. The code's end is left off where it is
// zeros.
type decoder struct {
	code        string
	value, span uint32
}

func (d *decoder) next() uint32 {
	if d.code == "" {
		return 0
	}
	b := d.code[0]
	d.code = d.code[1:]
	return uint32(b)
}

// black reads a dot that is white with a chance of white/256.
func (d *decoder) black(white uint32) bool {
	split := d.span >> 8 * white
	black := d.value >= split
	if black {
		d.value, d.span = d.value-split, d.span-split
	} else {
		d.span = split
	}
	for d.span < 1<<24 {
		d.value, d.span = d.value<<8|d.next(), d.span<<8
	}
	return black
}
