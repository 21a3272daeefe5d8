package escpos

import (
	"bytes"

	"tillpay/printer"
	"tillpay/printer/raster"
)

// maxStrip is the most rows of one picture command: printers with a small buffer
// lose what is longer, or stop in the middle of it.
const maxStrip = 128

// drawn is how many elements from the first on are one picture: with the charset
// raster everything but symbols, which the printer may draw itself, and the cut.
func drawn(elements []printer.Element, charset Charset) int {
	n := 0
	for charset == Raster && n < len(elements) && elements[n].Kind != printer.Symbol && elements[n].Kind != printer.Cut {
		n++
	}
	return n
}

// draw sends elements as a picture.
func (e *encoder) draw(doc printer.Document, from, to int) error {
	for i := from; i < to; i++ {
		if err := refuseControls(&doc.Elements[i]); err != nil {
			return err
		}
	}
	p, err := raster.Draw(printer.Document{Columns: doc.Columns, Elements: doc.Elements[from:to]}, e.p.Dots)
	if err != nil {
		return err
	}
	e.aligned(printer.Left)
	e.picture(p)
	return nil
}

// image sends a logo in the middle of the paper: the white at its left is part of
// the picture, since some printers align text only.
func (e *encoder) image(p *printer.Picture) {
	wide := printer.NewPicture(e.p.Dots, p.Height)
	wide.Paste(p, (e.p.Dots-p.Width)/2, 0)
	e.aligned(printer.Left)
	e.style(0)
	e.picture(wide)
}

// picture sends raster bit images (GS v 0) in strips, each as narrow as what is on
// it: the white between two lines is a byte a row.
func (e *encoder) picture(p *printer.Picture) {
	most := e.p.strip()
	for y := 0; y < p.Height; {
		if white := whiteRows(p, y, most); white >= worthAStrip {
			e.strip(p, y, y+white, 1)
			y += white
			continue
		}
		end, width := y, 1
		for end < p.Height && end-y < most && whiteRows(p, end, worthAStrip) < worthAStrip {
			width = max(width, usedBytes(p, end))
			end++
		}
		e.strip(p, y, end, width)
		y = end
	}
}

// worthAStrip is how many white rows save more bytes than a command takes.
const worthAStrip = 6

func (e *encoder) strip(p *printer.Picture, from, to, width int) {
	rows := to - from
	e.out = append(e.out, gs, 'v', '0', 0, byte(width), byte(width>>8), byte(rows), byte(rows>>8))
	begin := len(e.out)
	for y := from; y < to; y++ {
		e.out = append(e.out, p.Bits[y*p.Stride():][:width]...)
	}
	disarm(e.out[begin:])
}

// disarm keeps DLE EOT, DLE ENQ and DLE DC4 out of a picture: a printer obeys them
// there too. One dot more, at the left of another, breaks the sequence.
func disarm(picture []byte) {
	for i := 0; ; i++ {
		next := bytes.IndexByte(picture[i:], dle)
		if next < 0 || i+next+1 >= len(picture) {
			return
		}
		i += next
		if b := picture[i+1]; b == 0x04 || b == 0x05 || b == 0x14 {
			picture[i] = dle | dle<<1
		}
	}
}

// whiteRows counts from a row on, to most.
func whiteRows(p *printer.Picture, y, most int) int {
	n := 0
	for y+n < p.Height && n < most && usedBytes(p, y+n) == 0 {
		n++
	}
	return n
}

// usedBytes is the width of a row without the white at its right.
func usedBytes(p *printer.Picture, y int) int {
	return len(bytes.TrimRight(p.Bits[y*p.Stride():][:p.Stride()], "\x00"))
}
