package printer

import (
	"fmt"
	"html"
	"strings"

	"github.com/boombuler/barcode/code128"
	"rsc.io/qr"
)

// bitmap is a symbol's dark modules, a row or many.
type bitmap struct {
	width, height int
	dark          func(x, y int) bool
}

// svg draws a symbol with its quiet zone; its text where it cannot be drawn.
func svg(e Element) string {
	m, err := modules(e)
	if err != nil {
		return html.EscapeString(e.Text)
	}
	quiet, rowHeight := 4, 1 // ISO/IEC 18004: four modules around a QR code
	if e.Barcode == Code128 {
		quiet, rowHeight = quietZone, 36
	}
	height := m.height*rowHeight + 2*quiet
	if e.Barcode == Code128 {
		height = rowHeight // bars need quiet at their two ends only
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="`,
		html.EscapeString(e.Text), m.width+2*quiet, height)
	top := (height - m.height*rowHeight) / 2
	for y := range m.height {
		for x := 0; x < m.width; x++ {
			from := x
			for x < m.width && m.dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", from+quiet, y*rowHeight+top, x-from, rowHeight, x-from)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

func modules(e Element) (bitmap, error) {
	if e.Barcode == Code128 {
		c, err := code128.Encode(e.Text)
		if err != nil {
			return bitmap{}, fmt.Errorf("printer: code 128: %w", err)
		}
		dark := func(x, _ int) bool { r, _, _, _ := c.At(x, 0).RGBA(); return r == 0 }
		return bitmap{c.Bounds().Dx(), 1, dark}, nil
	}
	c, err := qr.Encode(e.Text, qr.M)
	if err != nil {
		return bitmap{}, fmt.Errorf("printer: QR code: %w", err)
	}
	return bitmap{c.Size, c.Size, c.Black}, nil
}
