package printer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tillpay/printer"
	"tillpay/printer/internal/printertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden draws every slip in every language and both widths.
func TestGolden(t *testing.T) {
	for _, columns := range []int{32, 48} {
		for _, slip := range printertest.Slips {
			for _, language := range printertest.Languages {
				r := printertest.Receipt(slip, language)
				o := printer.Options{Columns: columns, Barcode: printer.QR}
				if slip != "sale" {
					o.Barcode = printer.Code128
				}
				doc := printer.Layout(r, o)
				name := fmt.Sprintf("%s-%s-%d", slip, language, columns)
				golden(t, name+".txt", printer.Text(doc, columns))
				golden(t, name+".html", printer.HTML(doc))
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update and read the difference):\n%s", name, got)
	}
}
