package escpos

import (
	"strings"
	"testing"

	"tillpay/printer"
)

// A long address fits narrow paper, drawn by the printer or as a picture, and the
// picture keeps DLE out.
func TestLongCodesFit(t *testing.T) {
	doc := printer.Document{Columns: 32, Elements: []printer.Element{{Kind: printer.Symbol, Barcode: printer.QR, Text: "https://pay.example.com/" + strings.Repeat("a1B", 58)}}}
	for _, native := range []bool{true, false} {
		p, err := Generic(58, "gb18030")
		if err != nil {
			t.Fatal(err)
		}
		p.NativeQR = native
		out, err := Encode(doc, p)
		if err != nil {
			t.Fatalf("native %t: %v", native, err)
		}
		if native && !strings.Contains(string(out), "1C\x04") {
			t.Errorf("modules of %q", out[:40])
		}
		if picture := string(out); !native && strings.Contains(picture[strings.Index(picture, "\x1dv0")+8:], "\x10") {
			t.Error("the picture holds DLE")
		}
	}
}
