package printer_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"tillpay/printer"
	"tillpay/printer/internal/printertest"
)

// lines are a slip's plain text lines, trimmed.
func lines(r printer.Receipt, columns int) []string {
	out := strings.Split(printer.Text(printer.Layout(r, printer.Options{Columns: columns}), columns), "\n")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// TestFirstLine: every slip but an original sale says what it is, first of all.
func TestFirstLine(t *testing.T) {
	returned := func(r printer.Receipt) printer.Receipt { r.PaidAt = r.At; return r }
	copied := func(r printer.Receipt) printer.Receipt { r.Copy = 3; return r }
	slip := printertest.Receipt
	for _, c := range []struct {
		r    printer.Receipt
		want string
	}{
		{slip("sale", "en"), "Corner Tea House"},
		{slip("copy", "en"), "COPY 2"},
		{slip("copy", "zh-CN"), "补打 2"},
		{slip("copy", "zh-HK"), "重印 2"},
		{slip("refund", "en"), "REFUND"},
		{slip("refund", "zh-CN"), "退款"},
		{copied(slip("refund", "zh-HK")), "重印 3 - 退款"},
		{slip("cancelled", "en"), "CANCELLED - NOT CHARGED"},
		{slip("cancelled", "zh-CN"), "已取消 - 未扣款"},
		{copied(slip("cancelled", "en")), "COPY 3 - CANCELLED - NOT CHARGED"},
		{returned(slip("cancelled", "en")), "CANCELLED - MONEY RETURNED"},
		{slip("attention", "en"), "RESULT NOT KNOWN"},
		{slip("attention", "zh-HK"), "付款結果未能確認"},
		{printer.Receipt{Kind: "new", Language: "en"}, "RESULT NOT KNOWN"},
	} {
		for _, columns := range []int{32, 48} {
			if got := lines(c.r, columns)[0]; got != c.want {
				t.Errorf("%d columns: first line %q, want %q", columns, got, c.want)
			}
		}
	}
}

// TestEverythingFits: whatever the texts, no element is wider than the paper and
// none holds a control character.
func TestEverythingFits(t *testing.T) {
	for _, columns := range []int{24, 32, 42, 48} {
		for _, slip := range printertest.Slips {
			for _, language := range printertest.Languages {
				checkFits(t, printer.Layout(printertest.Receipt(slip, language), printer.Options{Columns: columns}))
			}
		}
	}
}

func checkFits(t *testing.T, doc printer.Document) {
	t.Helper()
	for _, e := range doc.Elements {
		width := printer.Columns(e.Text)
		if e.Kind == printer.Pair && e.Right != "" {
			width += 1 + printer.Columns(e.Right)
		}
		if e.Kind != printer.Symbol && width*e.Style.Scale() > doc.Columns {
			t.Errorf("%d columns: %q %q takes %d", doc.Columns, e.Text, e.Right, width*e.Style.Scale())
		}
		if strings.ContainsFunc(e.Text+e.Right, unicode.IsControl) {
			t.Errorf("control character in %q %q", e.Text, e.Right)
		}
	}
}

// FuzzLayout throws any text at every field.
func FuzzLayout(f *testing.F) {
	f.Add("ok", "\x1bp\x00\x19\xfa", "茶\u202e\x10\x14\x01", int64(3), 32)
	f.Add("a\nb\tc", "\u009b0m\x7f", strings.Repeat("長", 70), int64(-1), 48)
	f.Add("e\u0301\u200d\ufe0f🧋", "\xff\xfe", "<script>&\"", int64(1)<<62, 24)
	f.Fuzz(func(t *testing.T, a, b, c string, n int64, columns int) {
		r := printer.Receipt{
			Kind: printer.Kind(a), Language: b, Merchant: a, Store: b, Address: c, Till: a, Cashier: b,
			Items:    []printer.Item{{Name: c, Quantity: n, Price: n}, {Name: a, Quantity: 1, Price: 100}},
			Currency: b, Amount: n, Payer: &printer.Paid{Amount: n, Currency: c}, Wallet: c, CodeLast4: a,
			OrderNo: b, PlatformNo: c, RefundNo: a, Reference: b, Reason: c, Copy: int(n % 3), CopyBy: a,
			Exchange: c, Discounts: []printer.Discount{{Name: b, Amount: n}}, PaidAt: time.Unix(n%1e9, 0),
		}
		doc := printer.Layout(r, printer.Options{Columns: columns % 64, Barcode: printer.Code128})
		checkFits(t, doc)
		if html := printer.HTML(doc); strings.Contains(html, "<script") {
			t.Error("a text became markup")
		}
		printer.Text(doc, doc.Columns)
	})
}

// TestInvisibleCharactersGo: a right-to-left override cannot make a screen show another
// amount than the paper.
func TestInvisibleCharactersGo(t *testing.T) {
	r := printer.Receipt{Kind: printer.Sale, Description: "a\u202e00.1\u200b\u00adb"}
	if got := lines(r, 32); !slices.Contains(got, "a00.1b") {
		t.Errorf("%q", got)
	}
}

// TestBarcode: bars where they fit with their quiet zones, else a QR code.
func TestBarcode(t *testing.T) {
	for _, c := range []struct {
		no      string
		columns int
		want    printer.Barcode
	}{
		{"2026112200010000312345678903", 48, printer.Code128},
		{"2026112200010000312345678903", 32, printer.QR},
		{"20261122", 32, printer.Code128},
		{"A2026112200010000312345678903", 48, printer.QR},
	} {
		doc := printer.Layout(printer.Receipt{OrderNo: c.no}, printer.Options{Columns: c.columns, Barcode: printer.Code128})
		i := slices.IndexFunc(doc.Elements, func(e printer.Element) bool { return e.Kind == printer.Symbol })
		if i < 0 || doc.Elements[i].Barcode != c.want {
			t.Errorf("%s on %d columns: want %s", c.no, c.columns, c.want)
		}
	}
}

func TestTimesAreTheShops(t *testing.T) {
	r := printertest.Receipt("refund", "en")
	got := strings.Join(lines(r, 48), "\n")
	for _, want := range []string{"2026-11-23 16:03:15", "2026-11-22 14:03:21"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	r.TimeZone = nil // as the time itself says
	if got := strings.Join(lines(r, 48), "\n"); !strings.Contains(got, "2026-11-23 08:03:15") {
		t.Errorf("without a zone:\n%s", got)
	}
}

// TestReceiptStaysWhole: Layout is pure.
func TestReceiptStaysWhole(t *testing.T) {
	r, again := printertest.Receipt("copy", "zh-HK"), printertest.Receipt("copy", "zh-HK")
	a, b := printer.Layout(r, printer.Options{}), printer.Layout(r, printer.Options{})
	again.TimeZone = r.TimeZone
	if !reflect.DeepEqual(r, again) || !reflect.DeepEqual(a, b) {
		t.Error("Layout changed its receipt, or answered twice differently")
	}
}
