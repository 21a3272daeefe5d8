package transport

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/escpos/escpostest"
	"tillpay/printer/internal/printertest"
)

// TestTorn: a printer that stopped in the middle of a slip, wherever, takes the next
// one for what it is.
func TestTorn(t *testing.T) {
	for _, c := range []struct {
		paper   int
		charset string
		change  func(*escpos.Profile)
	}{
		{80, "raster", func(*escpos.Profile) {}},
		{58, "raster", func(p *escpos.Profile) { p.Strip = 64 }},
		{80, "gb18030", func(*escpos.Profile) {}},
		{58, "gb18030", func(p *escpos.Profile) { p.NativeQR = false }},
		{58, "utf-8", func(*escpos.Profile) {}},
	} {
		p, err := escpos.Generic(c.paper, c.charset)
		if err != nil {
			t.Fatal(err)
		}
		c.change(&p)
		doc := printer.Layout(printertest.Receipt("sale", "zh-CN"), printer.Options{Columns: p.Columns, Barcode: printer.QR})
		whole, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		desk := escpostest.Printer{Columns: p.Columns, Dots: p.Dots, Strip: 128, Draw: true}
		want, err := desk.Read(whole)
		if err != nil {
			t.Fatal(err)
		}
		for stops := 1; stops < len(whole); stops += 1 + len(whole)/40 {
			synctest.Test(t, func(t *testing.T) {
				b := healthy()
				b.stops = stops
				s, torn, _ := bubbled(b)
				s.known(Config{Longest: p.LongestData()})
				if got, err := s.Print(t.Context(), whole); got != Unknown || err == nil {
					t.Fatalf("%d bytes: %s, %v", stops, got, err)
				}
				mended, next, _ := bubbled(healthy())
				s.open = mended.open
				var behind [2][]byte
				for i := range behind {
					if got, err := s.Print(t.Context(), whole); got != Printed {
						t.Fatalf("behind %d bytes: %s, %v", stops, got, err)
					}
					behind[i] = <-next.jobs
				}
				desk := desk
				desk.Torn = stops
				got, err := desk.Read(slices.Concat(<-torn.jobs, behind[0]))
				if err != nil || !bytes.Equal(got.Picture.Bits, want.Picture.Bits) || !slices.Equal(got.Lines, want.Lines) || !slices.Equal(got.Symbols, want.Symbols) {
					t.Errorf("%d mm, %s, behind %d bytes: %v", c.paper, c.charset, stops, errors.Join(err, errOther))
				}
				if again := behind[1]; !bytes.Equal(again, whole) {
					t.Errorf("behind a printed slip %d bytes too many", len(again)-len(whole))
				}
			})
		}
	}
}

var errOther = errors.New("another slip came out")
