package escpos

import (
	"fmt"

	"rsc.io/qr"

	"tillpay/printer"
)

const (
	qrModule   = 6 // dots: a 21-module code is 16 mm, right for any gun or phone
	barModule  = 2 // dots: GS w
	barHeight  = 72
	quietZone  = 10 // modules, each side
	qrPicture  = 3  // dots a module in a picture, which GS v 0 prints doubled
	qrLong     = 64 // characters: a longer text needs so many modules that each is two thirds as wide
	qrMaxBytes = 256
)

// symbol prints a number as bars or as a QR code. Bars become a QR code where the
// printer has none or they would not fit with their quiet zones: GS k prints
// nothing at all then.
func (e *encoder) symbol(el *printer.Element) error {
	for i := range len(el.Text) {
		if el.Text[i] > '~' {
			return fmt.Errorf("symbol of %q: only ASCII can be scanned everywhere", el.Text)
		}
	}
	if el.Text == "" || len(el.Text) > qrMaxBytes {
		return fmt.Errorf("symbol of %d characters: 1 to %d fit", len(el.Text), qrMaxBytes)
	}
	e.aligned(printer.Center)
	e.style(0)
	if el.Barcode == printer.Code128 && e.p.NativeCode128 {
		data, symbols := code128(el.Text)
		if modules := 11*(symbols+1) + 13 + 2*quietZone; modules*barModule <= e.p.Dots && len(data) < 256 {
			e.bars(data)
			return nil
		}
	}
	if e.p.NativeQR {
		e.nativeQR(el.Text)
		return nil
	}
	return e.pictureQR(el.Text)
}

// bars prints Code 128 by GS k <Function B>, without the printer's own digits
// (GS H): the layout writes them, in the size and place that we want.
func (e *encoder) bars(data []byte) {
	e.out = append(e.out, gs, 'h', barHeight, gs, 'w', barModule, gs, 'H', 0)
	e.out = append(e.out, gs, 'k', 73, byte(len(data)))
	e.out = append(e.out, data...)
	e.out = append(e.out, lf)
}

// nativeQR is GS ( k, functions 165, 167, 169, 180 and 181.
func (e *encoder) nativeQR(text string) {
	size, module := len(text)+3, byte(qrModule)
	if len(text) > qrLong {
		module = qrModule * 2 / 3
	}
	e.out = append(e.out, gs, '(', 'k', 4, 0, '1', 'A', '2', 0)        // model 2
	e.out = append(e.out, gs, '(', 'k', 3, 0, '1', 'C', module)        // size of a module
	e.out = append(e.out, gs, '(', 'k', 3, 0, '1', 'E', '1')           // error correction M
	e.out = append(e.out, gs, '(', 'k', byte(size), byte(size>>8))     // store
	e.out = append(append(e.out, '1', 'P', '0'), text...)              //
	e.out = append(e.out, gs, '(', 'k', 3, 0, '1', 'Q', '0', byte(lf)) // print
}

// pictureQR sends the code as a raster bit image, GS v 0 with both sides doubled:
// a quarter of the bytes. Runs of at least two like bits in a row also keep
// the byte DLE out of the picture, which a printer would take for a command.
func (e *encoder) pictureQR(text string) error {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	module := qrPicture
	if len(text) > qrLong {
		module = 2
	}
	side := c.Size * module
	if 2*side > e.p.Dots {
		return fmt.Errorf("QR code of %d dots: the paper has %d", 2*side, e.p.Dots)
	}
	rowBytes := (side + 7) / 8
	e.out = append(e.out, gs, 'v', '0', 3, byte(rowBytes), byte(rowBytes>>8), byte(side), byte(side>>8))
	for y := range side {
		for x := range rowBytes {
			var b byte
			for bit := range 8 {
				if c.Black((x*8+bit)/module, y/module) {
					b |= 0x80 >> bit
				}
			}
			e.out = append(e.out, b)
		}
	}
	e.out = append(e.out, lf)
	return nil
}
