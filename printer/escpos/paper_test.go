package escpos_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/escpos/escpostest"
	"tillpay/printer/internal/printertest"
	"tillpay/printer/raster"
)

// drawn are the slips whose pictures stand in testdata.
var drawn = []string{"sale", "refund", "attention", "deposit"}

// TestPaper draws slips as they come out of a printer, in every language and on
// both papers, and compares them dot by dot with the pictures in testdata.
func TestPaper(t *testing.T) {
	for _, paper := range []int{58, 80} {
		p := profile(t, paper, escpos.GB18030)
		for _, slip := range drawn {
			for _, language := range printertest.Languages {
				name := fmt.Sprintf("%s-%s-%d.png", slip, language, paper)
				t.Run(name, func(t *testing.T) {
					got := paperOf(t, printertest.Receipt(slip, language), p).Picture
					goldenPicture(t, name, got)
				})
			}
		}
	}
}

func paperOf(t *testing.T, r printer.Receipt, p escpos.Profile) *escpostest.Paper {
	t.Helper()
	doc := printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.Code128})
	out, err := escpos.Encode(doc, p)
	if err != nil {
		t.Fatal(err)
	}
	machine := desk(p)
	machine.Draw = true
	paper, err := machine.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	return paper
}

func goldenPicture(t *testing.T, name string, got *printer.Picture) {
	t.Helper()
	const margin = 16
	path := filepath.Join("testdata", name)
	if *update {
		b, err := raster.PNG(got, margin)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if size := want.Bounds().Size(); size.X != got.Width+2*margin || size.Y != got.Height+2*margin {
		t.Fatalf("%d by %d dots, and the picture has %v", got.Width, got.Height, size)
	}
	for y := range got.Height {
		for x := range got.Width {
			if r, _, _, _ := want.At(x+margin, y+margin).RGBA(); (r == 0) != got.Black(x, y) {
				t.Fatalf("dot %d, %d is another (run with -update and look at the picture)", x, y)
			}
		}
	}
}

// TestRasterPaper: with the charset raster the strips, laid together, are what
// package raster drew, but for the dots that keep DLE sequences out.
func TestRasterPaper(t *testing.T) {
	for _, paper := range []int{58, 80} {
		p := profile(t, paper, escpos.Raster)
		for _, language := range printertest.Languages {
			r := printertest.Receipt("copy", language)
			got := paperOf(t, r, p)
			if text := strings.Join(got.Lines, ""); got.Strips < 4 || text != "" {
				t.Errorf("%d strips, and %q as text", got.Strips, text)
			}
			doc := printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.Code128})
			n := 0
			for doc.Elements[n].Kind != printer.Symbol {
				n++
			}
			want, err := raster.Draw(printer.Document{Columns: doc.Columns, Elements: doc.Elements[:n]}, p.Dots)
			if err != nil {
				t.Fatal(err)
			}
			more := 0
			for y := range want.Height {
				for x := range want.Width {
					switch {
					case want.Black(x, y) && !got.Picture.Black(x, y):
						t.Fatalf("%s on %d mm: dot %d, %d is lost", language, paper, x, y)
					case !want.Black(x, y) && got.Picture.Black(x, y):
						more++
					}
				}
			}
			if more > want.Height/4 {
				t.Errorf("%s on %d mm: %d dots too many", language, paper, more)
			}
		}
	}
}

// TestSymbolsScan reads the bars and the QR codes off the paper again, those that
// the printer draws and those that are sent as pictures.
func TestSymbolsScan(t *testing.T) {
	const no = "2026112216200010312345678903" // 16 20 in a row: see code128
	for _, c := range []struct {
		name   string
		paper  int
		bar    printer.Barcode
		change func(*escpos.Profile)
	}{
		{"bars", 80, printer.Code128, func(*escpos.Profile) {}},
		{"QR", 80, printer.QR, func(*escpos.Profile) {}},
		{"QR on 58 mm", 58, printer.Code128, func(*escpos.Profile) {}},
		{"QR as a picture", 58, printer.QR, func(p *escpos.Profile) { p.NativeQR = false }},
	} {
		p := profile(t, c.paper, escpos.GB18030)
		c.change(&p)
		doc := printer.Document{Columns: p.Columns, Elements: []printer.Element{{Kind: printer.Symbol, Text: no, Barcode: c.bar}}}
		out, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		machine := desk(p)
		machine.Draw = true
		paper, err := machine.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		read := escpostest.QR
		if c.name == "bars" {
			read = func(p *printer.Picture) (string, error) { return escpostest.Code128(p, 40, 2) }
		}
		if text, err := read(paper.Picture); text != no || err != nil {
			t.Errorf("%s: %q, %v", c.name, text, err)
		}
		if c.name == "QR on 58 mm" {
			continue // raster draws what it is told; Layout would have told it a QR code
		}
		drawn, err := raster.Draw(doc, p.Dots) // what raster draws can be read too
		if err != nil {
			t.Fatal(err)
		}
		if text, err := read(drawn); text != no || err != nil {
			t.Errorf("%s, drawn: %q, %v", c.name, text, err)
		}
	}
}

// TestLongQR reads versions with an alignment pattern and with two and four blocks.
func TestLongQR(t *testing.T) {
	p := profile(t, 58, escpos.GB18030)
	p.NativeQR = false
	text := ""
	for len(text) < 80 {
		text += "weixin://wxpay/bizpayurl?pr="
		doc := printer.Document{Columns: p.Columns, Elements: []printer.Element{{Kind: printer.Symbol, Text: text, Barcode: printer.QR}}}
		out, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		machine := desk(p)
		machine.Draw, machine.Strip = true, 0
		paper, err := machine.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := escpostest.QR(paper.Picture); got != text || err != nil {
			t.Errorf("%d characters: %q, %v", len(text), got, err)
		}
	}
}
