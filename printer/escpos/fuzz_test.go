package escpos_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tillpay/printer"
	"tillpay/printer/escpos"
)

var charsets = []escpos.Charset{escpos.GB18030, escpos.Big5, escpos.UTF8, escpos.ASCII, escpos.Raster}

// FuzzSlip: whatever a POS sends, the printer gets text and the few commands of a
// slip. The reader refuses all else, a drawer kick above all.
func FuzzSlip(f *testing.F) {
	f.Add("\x1bp\x00\x19\xfa", "茶\x10\x14\x01\x00\x05", "20261620012204160516", int64(3), uint8(0))
	f.Add("\x1c&\x81\x1b@", "ñé×…“", "2026112200010000312345678903", int64(-7), uint8(1))
	f.Add("\u0085\u009b🧋𠮷", "\xff\x1dV\x00", "{A{B{C~", int64(1)<<60, uint8(2))
	f.Add("ǹǹǹ ḿ ɡ", strings.Repeat("畵", 60), "x y", int64(0), uint8(7))
	f.Fuzz(func(t *testing.T, a, b, no string, n int64, mode uint8) {
		r := printer.Receipt{
			Kind: printer.Attention, Language: "zh-HK", Merchant: a, Store: b, Cashier: a, Till: b,
			Items:    []printer.Item{{Name: a, Quantity: n, Price: 7}, {Name: b, Quantity: 2, Price: n}},
			Currency: "HKD", Amount: n, Wallet: b, OrderNo: no, PlatformNo: a, Reason: b, Copy: 1, CopyBy: a,
		}
		paper := 58
		if mode&4 != 0 {
			paper = 80
		}
		p := profile(t, paper, charsets[int(mode)%len(charsets)])
		p.NativeQR, p.NativeCode128, p.Tabs = mode&8 != 0, mode&16 != 0, mode&32 != 0
		out, err := escpos.Encode(printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.Code128}), p)
		if err != nil {
			t.Fatal(err) // Layout's slips are always printable
		}
		if _, err := read(out, p); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzElement goes past Layout: a text with a control character is refused, all
// others are safe.
func FuzzElement(f *testing.F) {
	f.Add("ok", "\x1bp0", uint8(0))
	f.Add("茶", "\u0080", uint8(1))
	f.Fuzz(func(t *testing.T, left, right string, mode uint8) {
		p := profile(t, 80, charsets[int(mode)%len(charsets)])
		doc := printer.Document{Columns: 48, Elements: []printer.Element{
			{Kind: printer.Pair, Text: left, Right: right, Style: printer.Style(mode >> 2 & 7)},
			{Kind: printer.Feed, Lines: int(mode)},
		}}
		out, err := escpos.Encode(doc, p)
		if err != nil {
			return
		}
		wide := desk(p)
		wide.Columns = 1 << 20
		if _, err := wide.Read(out); err != nil {
			t.Fatal(err)
		}
	})
}

var slips = flag.Int("slips", 3000, "random slips for TestManySlips")

// nasty are what a text is put together from: command bytes, their parts as
// digits, half characters, and what looks harmless.
var nasty = []string{
	"\x1b", "\x1d", "\x1c", "\x10", "\x14", "\x04", "p", "@", "\x00", "\x9b", "\u0085", "\x7f", "\xff", "\x81", "1620", "16", "04",
	"茶", "凍", "𠮷", "é", "ǹ", "×", "🧋", "\u202e", "\u0301", "ｶ", "（", "，", " ", "a", "Zz", "0", "\n", "\t",
}

// TestManySlips is the fuzz target's sibling with a seed: run it with -slips
// 1000000 before a release.
func TestManySlips(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range rnd.IntN(24) {
			b.WriteString(nasty[rnd.IntN(len(nasty))])
		}
		return b.String()
	}
	for n := range *slips {
		r := printer.Receipt{
			Kind: printer.Refund, Language: "zh-CN", Merchant: text(), Address: text(), Cashier: text(), Till: text(),
			Currency: "CNY", Amount: rnd.Int64(), Wallet: text(), OrderNo: fmt.Sprintf("%014d%014d", rnd.Int64N(1e14), rnd.Int64N(1e14)),
			PlatformNo: text(), Reason: text(), Reference: text(), RefundNo: text(),
		}
		for range rnd.IntN(6) {
			r.Items = append(r.Items, printer.Item{Name: text(), Quantity: rnd.Int64N(200), Price: rnd.Int64N(1e6)})
		}
		charset := charsets[n/2%4]
		if n%50 == 0 {
			charset = escpos.Raster // a hundred times the work
		}
		p := profile(t, []int{58, 80}[n%2], charset)
		out, err := escpos.Encode(printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.Code128}), p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(out, p); err != nil {
			t.Fatalf("slip %d of %+v: %v", n, r, err)
		}
	}
}
