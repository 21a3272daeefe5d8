package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tillpay/printer"
	"tillpay/printer/escpos"
)

// TestPrintersPage: the page has every profile as it is, every field of a template
// and every part that can be hidden.
func TestPrintersPage(t *testing.T) {
	const begin, end = "<!-- profiles: written by go test ./cmd/tillpay -run TestPrintersPage -update -->\n", "<!-- end -->"
	file := filepath.Join("..", "..", "docs", "printers.md")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	head, rest, ok := strings.Cut(page, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/printers.md has lost its marks")
	}
	var table strings.Builder
	table.WriteString("| profile | models | paper | columns, dots | charset | cut | QR | bars |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, p := range escpos.Profiles() {
		fmt.Fprintf(&table, "| `%s` | %s | %d mm | %d, %d | %s | %s | %s | %s |\n", p.Name, p.Models, p.Paper, p.Columns, p.Dots, p.Charset, p.Cut,
			drawnBy(p.NativeQR, "picture"), drawnBy(p.NativeCode128, "QR instead"))
	}
	made := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if made != page {
		t.Error("docs/printers.md has other profiles than the program (run with -update)")
	}
	for _, word := range slices.Concat(printer.Fields(), printer.Parts()) {
		if !strings.Contains(page, "`"+word+"`") {
			t.Errorf("docs/printers.md does not name %s", word)
		}
	}
	for _, k := range printer.Kinds() {
		if !strings.Contains(page, string(k)) {
			t.Errorf("docs/printers.md does not name the slip %s", k)
		}
	}
}

func drawnBy(printer bool, otherwise string) string {
	if printer {
		return "its own"
	}
	return otherwise
}
