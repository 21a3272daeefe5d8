package escpos_test

import (
	"testing"

	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/internal/printertest"
)

// BenchmarkReceipt is a Chinese receipt of seven items and a QR code, from the
// Receipt to the bytes: paid in the shop's currency, and in the customer's own
// with a rate and a discount. The goal is 30 µs and 700 bytes for the first. The
// long one has 20 lines of goods: 60 µs and 1,100 bytes.
func BenchmarkReceipt(b *testing.B) {
	p := profile(b, 80, escpos.GB18030)
	for _, slip := range []string{"domestic", "sale", "long"} {
		b.Run(slip, func(b *testing.B) {
			r := printertest.Receipt(slip, "zh-CN")
			size := 0
			b.ReportAllocs()
			for b.Loop() {
				size = len(render(b, r, p))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/float64(b.N), "µs/receipt")
			b.ReportMetric(float64(size), "bytes/receipt")
		})
	}
}

func render(tb testing.TB, r printer.Receipt, p escpos.Profile) []byte {
	out, err := escpos.Encode(printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.QR}), p)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestBytes holds the goal: bytes are what a serial printer's user waits for.
func TestBytes(t *testing.T) {
	out := render(t, printertest.Receipt("domestic", "zh-CN"), profile(t, 80, escpos.GB18030))
	if len(out) > 700 {
		t.Errorf("%d bytes, want 700 at most", len(out))
	}
	if out = render(t, printertest.Receipt("long", "zh-CN"), profile(t, 80, escpos.GB18030)); len(out) > 1100 {
		t.Errorf("20 lines: %d bytes, want 1,100 at most", len(out))
	}
}

// BenchmarkRaster is the same slip drawn: the goal is 30 ms.
func BenchmarkRaster(b *testing.B) {
	p := profile(b, 80, escpos.Raster)
	r := printertest.Receipt("long", "zh-HK")
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		size = len(render(b, r, p))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/receipt")
	b.ReportMetric(float64(size), "bytes/receipt")
}
