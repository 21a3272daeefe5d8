// Package raster draws a laid-out slip as a bitmap: for printers that cannot write
// its language, and for whoever wants to see it without a printer.
package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/bits"
	"slices"

	"tillpay/printer"
	"tillpay/printer/font"
)

// What stands on the paper, in dots of 1/203 inch: the pitches of a receipt
// printer's own lines.
const (
	leading   = 6 // between lines
	Pitch     = font.Height + leading
	ruleSpace = 18
	moduleQR  = 6
	moduleBar = 2
	barHeight = 72
	symbolGap = 12
)

// Draw draws everything of a document but its cut, dots wide. A symbol that cannot
// be drawn is an error.
func Draw(doc printer.Document, dots int) (*printer.Picture, error) {
	c := canvas{width: min(dots, doc.Columns*font.Narrow)}
	height := 0
	symbols := map[int]*printer.Picture{}
	for i := range doc.Elements {
		e := &doc.Elements[i]
		if e.Kind == printer.Symbol {
			s, err := symbol(e)
			if err != nil {
				return nil, err
			}
			if s.Width > dots {
				return nil, fmt.Errorf("raster: symbol of %d dots on paper of %d", s.Width, dots)
			}
			symbols[i] = s
		}
		height += heightOf(e, symbols[i])
	}
	c.Picture = printer.NewPicture(dots, height)
	for i := range doc.Elements {
		e := &doc.Elements[i]
		c.element(e, symbols[i])
		c.y += heightOf(e, symbols[i])
	}
	return c.Picture, nil
}

func heightOf(e *printer.Element, symbol *printer.Picture) int {
	switch e.Kind {
	case printer.Line, printer.Pair:
		return font.Height*tall(e.Style) + leading
	case printer.Rule:
		return ruleSpace
	case printer.Feed:
		return Pitch * e.Lines
	case printer.Symbol:
		return symbol.Height + symbolGap
	case printer.Image:
		return e.Picture.Height + symbolGap
	}
	return 0
}

// Missing are the characters of a document that the font lacks, each once.
func Missing(doc printer.Document) []rune {
	var all []rune
	for i := range doc.Elements {
		for _, s := range [...]string{doc.Elements[i].Text, doc.Elements[i].Right} {
			for _, r := range s {
				if r != ' ' && r != '\u3000' && printer.RuneColumns(r) > 0 && !font.Has(r) && !slices.Contains(all, r) {
					all = append(all, r)
				}
			}
		}
	}
	return all
}

// PNG is the picture as a file, with white paper around it.
func PNG(p *printer.Picture, margin int) ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, p.Width+2*margin, p.Height+2*margin), color.Palette{color.White, color.Black})
	for y := range p.Height {
		for x := range p.Width {
			if p.Black(x, y) {
				img.SetColorIndex(x+margin, y+margin, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("raster: %w", err)
	}
	return b.Bytes(), nil
}

type canvas struct {
	*printer.Picture
	width int // that the layout counts on
	y     int
}

func (c *canvas) element(e *printer.Element, symbol *printer.Picture) {
	switch e.Kind {
	case printer.Line:
		x := 0
		switch room := c.width - measure(e.Text, e.Style); e.Align {
		case printer.Center:
			x = room / 2
		case printer.Right:
			x = room
		}
		c.text(max(x, 0), e.Text, e.Style)
	case printer.Pair:
		c.text(0, e.Text, e.Style)
		c.text(c.width-measure(e.Right, e.Style), e.Right, e.Style)
	case printer.Rule:
		c.Fill(0, c.y+ruleSpace/2-2, c.width, 2)
	case printer.Symbol:
		c.Paste(symbol, (c.width-symbol.Width)/2, c.y)
	case printer.Image:
		c.Paste(e.Picture, (c.width-e.Picture.Width)/2, c.y)
	}
}

// measure is a text's width in dots. It is never more than the columns that the
// layout counted: a letter with an accent is narrow here.
func measure(s string, style printer.Style) int {
	n := 0
	for _, r := range s {
		n += cell(r)
	}
	return n * style.Scale()
}

func cell(r rune) int {
	columns := printer.RuneColumns(r)
	if columns == 2 && r < 0x2E80 {
		if g, ok := font.Find(r, true); ok {
			return g.Width
		}
	}
	return columns * font.Narrow
}

func tall(s printer.Style) int {
	if s&printer.Tall != 0 {
		return 2
	}
	return 1
}

// text draws from x on, on the current line.
func (c *canvas) text(x int, s string, style printer.Style) {
	for _, r := range s {
		width := cell(r)
		if width == 0 {
			continue // a mark on the letter before, which the font has not
		}
		if r != ' ' && r != '\u3000' {
			g, _ := font.Find(r, width == font.Wide)
			c.glyph(x+(width-g.Width)/2*style.Scale(), &g, style)
		}
		x += width * style.Scale()
	}
}

func (c *canvas) glyph(x int, g *font.Glyph, style printer.Style) {
	y, high := c.y, tall(style)
	for _, row := range g.Rows {
		if row == 0 {
			y += high
			continue
		}
		line := uint64(row) << 32
		if style&printer.Wide != 0 {
			line = spread(row)
		}
		if style&printer.Bold != 0 {
			line |= line >> 1
		}
		for range high {
			c.or(x, y, line)
			y++
		}
	}
}

// or lays 64 dots over a row.
func (c *canvas) or(x, y int, line uint64) {
	if x < 0 || y < 0 || y >= c.Height {
		return
	}
	line, next := line>>(x%8), line<<(64-x%8)
	row := c.Bits[y*c.Stride():][:c.Stride()]
	for at := x / 8; line != 0 && at < len(row); at++ {
		row[at] |= byte(line >> 56)
		line <<= 8
	}
	if at := x/8 + 8; next != 0 && at < len(row) {
		row[at] |= byte(next >> 56)
	}
}

// spread doubles every dot.
func spread(row uint32) uint64 {
	x := uint64(bits.Reverse32(row)) // by Morton's interleaving, from the lowest bit
	x = (x | x<<16) & 0x0000FFFF0000FFFF
	x = (x | x<<8) & 0x00FF00FF00FF00FF
	x = (x | x<<4) & 0x0F0F0F0F0F0F0F0F
	x = (x | x<<2) & 0x3333333333333333
	x = (x | x<<1) & 0x5555555555555555
	return bits.Reverse64(x | x<<1)
}

// symbol draws a bar code or QR code.
func symbol(e *printer.Element) (*printer.Picture, error) {
	m, err := printer.Modules(*e)
	if err != nil {
		return nil, err
	}
	side, high := moduleQR, moduleQR
	if e.Barcode == printer.Code128 {
		side, high = moduleBar, barHeight
	}
	p := printer.NewPicture(m.Width*side, m.Height*high)
	for y := range m.Height {
		for x := range m.Width {
			if m.Black(x, y) {
				p.Fill(x*side, y*high, side, high)
			}
		}
	}
	return p, nil
}
