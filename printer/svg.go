package printer

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/code128"
	"rsc.io/qr"
)

// svg draws a symbol with its quiet zone; its text where it cannot be drawn.
func svg(e Element) string {
	m, err := Modules(e)
	if err != nil {
		return escapeHTML(e.Text)
	}
	if e.Barcode == Code128 {
		return drawing(m, escapeHTML(e.Text), quietZone, 0, 36) // bars need quiet at their two ends only
	}
	return drawing(m, escapeHTML(e.Text), 4, 4, 1) // ISO/IEC 18004: four modules around a QR code
}

// drawing is a picture as SVG, a path for all its dots: left and top are the room
// around it, each row is rowHeight high. The label is HTML already.
func drawing(p *Picture, label string, left, top, rowHeight int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="`,
		label, p.Width+2*left, p.Height*rowHeight+2*top)
	for y := range p.Height {
		for x := 0; x < p.Width; x++ {
			from := x
			for x < p.Width && p.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", from+left, y*rowHeight+top, x-from, rowHeight, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// Modules draws a symbol, a dot a module and without quiet zones; a bar code is one
// row.
func Modules(e Element) (*Picture, error) {
	if e.Barcode == Code128 {
		c, err := code128.Encode(e.Text)
		if err != nil {
			return nil, fmt.Errorf("printer: code 128: %w", err)
		}
		p := NewPicture(c.Bounds().Dx(), 1)
		for x := range p.Width {
			if r, _, _, _ := c.At(x, 0).RGBA(); r == 0 {
				p.Set(x, 0)
			}
		}
		return p, nil
	}
	c, err := qr.Encode(e.Text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("printer: QR code: %w", err)
	}
	p := NewPicture(c.Size, c.Size)
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				p.Set(x, y)
			}
		}
	}
	return p, nil
}
