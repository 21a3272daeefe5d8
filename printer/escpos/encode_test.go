package escpos_test

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/escpos/escpostest"
	"tillpay/printer/internal/printertest"
)

// read prints the bytes on the paper of a profile.
func read(out []byte, p escpos.Profile) (*escpostest.Paper, error) {
	return desk(p).Read(out)
}

// desk is the machine that a profile describes, as far as the reader asks.
func desk(p escpos.Profile) escpostest.Printer {
	return escpostest.Printer{Columns: p.Columns, Dots: p.Dots, Strip: 128, Big5: p.Charset == escpos.Big5}
}

var update = flag.Bool("update", false, "write the golden files anew")

func profile(t testing.TB, paper int, charset escpos.Charset) escpos.Profile {
	t.Helper()
	p, err := escpos.Generic(paper, string(charset))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden pins the bytes of every slip in every language and both widths, and
// lets the reader print them: the paper must say what the plain text says.
func TestGolden(t *testing.T) {
	for _, paper := range []int{58, 80} {
		p := profile(t, paper, escpos.GB18030)
		for _, slip := range printertest.Slips {
			for _, language := range printertest.Languages {
				name := fmt.Sprintf("%s-%s-%d", slip, language, p.Columns)
				t.Run(name, func(t *testing.T) { checkSlip(t, name, printertest.Receipt(slip, language), p) })
			}
		}
	}
}

func checkSlip(t *testing.T, name string, r printer.Receipt, p escpos.Profile) {
	doc := printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.Code128})
	out, err := escpos.Encode(doc, p)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, name+".escpos", hex.Dump(out))
	paper, err := read(out, p)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fields(strings.Join(paper.Lines, "\n")), fields(printer.Text(doc, p.Columns)); !slices.Equal(got, want) {
		t.Errorf("the paper says\n%q\nand the text\n%q", got, want)
	}
	if !slices.Equal(paper.Symbols, []string{r.OrderNo}) {
		t.Errorf("symbols %q, want the order number %s", paper.Symbols, r.OrderNo)
	}
	if paper.Widest != p.Columns {
		t.Errorf("the widest line has %d columns, want %d: right edges do not meet", paper.Widest, p.Columns)
	}
}

// fields are the words of a slip, without rules and the names of symbols.
func fields(s string) []string {
	s = strings.NewReplacer("[QR code]", "", "[bar code]", "").Replace(s)
	return slices.DeleteFunc(strings.Fields(s), func(f string) bool { return strings.Trim(f, "-") == "" })
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
		t.Errorf("%s differs (run with -update and read the difference)", name)
	}
}

// TestCharsets: what a charset lacks is '?', or two for a wide character, and the
// right edges still meet.
func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		charset escpos.Charset
		name    string
		want    string
	}{
		{escpos.GB18030, "茶 €5 Café", "茶 €5 Café"},
		{escpos.GB18030, "𠮷野家 🧋 Öl ñ", "𠮷野家 ?? Ol n"},
		{escpos.GB18030, "สวัสดี", "????"},
		{escpos.Big5, "凍檸茶 冻", "凍檸茶 ??"},
		{escpos.ASCII, "Café 茶 “A” ２×１", `Cafe ?? "A" 2x1`},
		{escpos.UTF8, "凍檸茶 冻 é", "凍檸茶 冻 é"},
	} {
		doc := printer.Layout(printer.Receipt{Description: c.name}, printer.Options{Columns: 48})
		p := profile(t, 80, c.charset)
		out, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		paper, err := read(out, p)
		if err != nil {
			t.Fatalf("%s: %v", c.charset, err)
		}
		if !slices.Contains(paper.Lines, c.want) {
			t.Errorf("%s: %q prints as %q, want %q", c.charset, c.name, paper.Lines, c.want)
		}
	}
}

// TestWidthKept: in every charset the pairs of a Chinese slip end at the edge.
func TestWidthKept(t *testing.T) {
	for _, charset := range []escpos.Charset{escpos.GB18030, escpos.Big5, escpos.ASCII} {
		for _, tabs := range []bool{true, false} {
			p := profile(t, 80, charset)
			p.Tabs = tabs
			out, err := escpos.Encode(printer.Layout(printertest.Receipt("sale", "zh-CN"), printer.Options{Columns: 48}), p)
			if err != nil {
				t.Fatal(err)
			}
			paper, err := read(out, p)
			if err != nil {
				t.Fatalf("%s: %v", charset, err)
			}
			if paper.Widest != 48 || paper.Cuts != 1 {
				t.Errorf("%s, tabs %v: widest line %d, cuts %d", charset, tabs, paper.Widest, paper.Cuts)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	good := profile(t, 80, escpos.GB18030)
	ebcdic, noCut := good, good
	ebcdic.Charset, noCut.Cut = "ebcdic", "guillotine"
	line := func(s string) printer.Document {
		return printer.Document{Columns: 48, Elements: []printer.Element{{Kind: printer.Line, Text: s}}}
	}
	for _, c := range []struct {
		name string
		doc  printer.Document
		p    escpos.Profile
		want string
	}{
		{"charset", line("x"), ebcdic, "ebcdic"},
		{"cut", line("x"), noCut, "guillotine"},
		{"too wide", printer.Document{Columns: 56}, good, "56 columns"},
		{"ESC", line("a\x1bp\x00"), good, "control"},
		{"DLE", line("\x10\x14"), good, "control"},
		{"C1", line("a\u009bb"), good, "control"},
		{"DEL", line("\x7f"), good, "control"},
		{"new line", line("a\nb"), good, "control"},
		{"pair", printer.Document{Columns: 48, Elements: []printer.Element{{Kind: printer.Pair, Right: "\x1d"}}}, good, "control"},
		{"symbol", printer.Document{Columns: 48, Elements: []printer.Element{{Kind: printer.Symbol, Text: "茶"}}}, good, "ASCII"},
	} {
		out, err := escpos.Encode(c.doc, c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) || out != nil {
			t.Errorf("%s: %d bytes, error %v, want one with %q", c.name, len(out), err, c.want)
		}
	}
}

// TestNoRealTimeCommandInBars walks every pair of digit pairs: "16" "20" packed in
// set C would be DLE DC4, the cash drawer.
func TestNoRealTimeCommandInBars(t *testing.T) {
	p := profile(t, 80, escpos.GB18030)
	for n := range 10000 {
		no := fmt.Sprintf("20261122%04d0003123456789%04d", n, n)[:28]
		doc := printer.Document{Columns: 48, Elements: []printer.Element{{Kind: printer.Symbol, Text: no, Barcode: printer.Code128}}}
		out, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		paper, err := read(out, p)
		if err != nil {
			t.Fatalf("%s: %v", no, err)
		}
		if len(paper.Symbols) != 1 || paper.Symbols[0] != no {
			t.Fatalf("%s is drawn as %q", no, paper.Symbols)
		}
	}
}

// TestSymbolFallbacks: a printer without the command gets what it can do.
func TestSymbolFallbacks(t *testing.T) {
	const no = "2026112200010000312345678903"
	doc := printer.Document{Columns: 32, Elements: []printer.Element{{Kind: printer.Symbol, Text: no, Barcode: printer.Code128}}}
	p := profile(t, 58, escpos.GB18030)
	for _, c := range []struct {
		name   string
		change func(*escpos.Profile)
		want   string
	}{
		{"bars too wide: QR", func(*escpos.Profile) {}, no},
		{"no bars: QR", func(p *escpos.Profile) { p.NativeCode128, p.Dots = false, 576 }, no},
	} {
		p := p
		c.change(&p)
		out, err := escpos.Encode(doc, p)
		if err != nil {
			t.Fatal(err)
		}
		paper, err := read(out, p)
		if err != nil || len(paper.Symbols) != 1 || paper.Symbols[0] != c.want {
			t.Errorf("%s: %v, %v", c.name, paper, err)
		}
	}
}

func TestKick(t *testing.T) {
	for pin, m := range map[int]byte{2: 0, 5: 1} {
		for pulse := 2 * time.Millisecond; pulse <= 510*time.Millisecond; pulse += 2 * time.Millisecond {
			out, err := escpos.Kick(pin, pulse)
			if err != nil {
				t.Fatal(err)
			}
			paper, err := escpostest.Printer{Columns: 48, Drawer: true}.Read(out)
			if err != nil || len(paper.Kicks) != 1 || paper.Kicks[0][0] != m || time.Duration(paper.Kicks[0][1])*2*time.Millisecond != pulse {
				t.Fatalf("pin %d, %v: %v, %v", pin, pulse, paper, err)
			}
		}
	}
	for pin, pulse := range map[int]time.Duration{0: 100 * time.Millisecond, 2: time.Second, 5: time.Millisecond} {
		if out, err := escpos.Kick(pin, pulse); err == nil {
			t.Errorf("pin %d, %v: % x", pin, pulse, out)
		}
	}
}
