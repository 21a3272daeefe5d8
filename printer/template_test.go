package printer_test

import (
	"strings"
	"testing"
	"time"

	"tillpay/printer"
	"tillpay/printer/internal/printertest"
)

func TestTemplateLines(t *testing.T) {
	for line, wrong := range map[string]string{
		"Tel 2345 6789":          "",
		"^*<{store} {till}":      "",
		"{{not a field}}":        "",
		"---":                    "",
		"":                       "",
		"{stor}":                 "names {stor}",
		"{}":                     "names {}",
		"a } b":                  "stands alone",
		"{store":                 "stands alone",
		"{order_no}{platform_no": "stands alone",
	} {
		err := printer.Check(line)
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v, want %q", line, err, wrong)
		}
	}
}

// TestTemplate: the shop's lines stand where they should, with its fields, and text
// from a POS in a field cannot become a mark or a command.
func TestTemplate(t *testing.T) {
	r := printertest.Receipt("sale", "en")
	r.Cashier, r.Reference = "^A{store}\x1bp", "" // a reference that is not there
	doc := printer.Layout(r, printer.Options{Columns: 48, Templates: &printer.Templates{Default: printer.Template{
		Header: []string{"Tel 2345", "Ref {reference}", "{reference}"},
		Footer: []string{"^Sale", "*Bye {cashier}", "---", "<left {{{till}}}", ""},
		Hide:   []string{"rate", "time"},
	}}})
	text := printer.Text(doc, 48)
	if i, j := strings.Index(text, "Tel 2345"), strings.Index(text, "Till T01"); i < 0 || j < i {
		t.Errorf("the header is not at the head:\n%s", text)
	}
	for _, want := range []string{"Bye ^A{store} p\n", "\nleft {T01}\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	for _, not := range []string{"Rate", "14:03:15", "Ref", "\n\n\n\n"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is there:\n%s", not, text)
		}
	}
	last := doc.Elements[len(doc.Elements)-6:]
	if last[0].Style != printer.Bold|printer.Tall|printer.Wide || last[1].Style != printer.Bold || last[2].Kind != printer.Rule || last[3].Align != printer.Left || last[5].Kind != printer.Cut {
		t.Errorf("%+v", last)
	}
}

// TestHidden: with all hidden that can be, a slip still says what it is, how much,
// and its number.
func TestHidden(t *testing.T) {
	all := &printer.Templates{Default: printer.Template{Hide: printer.Parts()}}
	for _, slip := range printertest.Slips {
		for _, language := range printertest.Languages {
			r := printertest.Receipt(slip, language)
			bare := printer.Text(printer.Layout(r, printer.Options{Columns: 48, Templates: all}), 48)
			full := printer.Text(printer.Layout(r, printer.Options{Columns: 48}), 48)
			for _, must := range []string{r.OrderNo, printer.Amount(r.Amount, r.Currency)} {
				if !strings.Contains(bare, must) {
					t.Errorf("%s %s lacks %s:\n%s", slip, language, must, bare)
				}
			}
			title, _, _ := strings.Cut(full, "\n")
			if slip != "sale" && slip != "captured" && !strings.HasPrefix(bare, title+"\n") {
				t.Errorf("%s %s begins with %.40q, want %q", slip, language, bare, title)
			}
			for _, gone := range []string{r.Merchant, r.Address, r.Till, r.Cashier, r.Reference, "[QR", "****"} {
				if gone != "" && strings.Contains(strings.ReplaceAll(bare, r.OrderNo, ""), gone) {
					t.Errorf("%s %s still has %q:\n%s", slip, language, gone, bare)
				}
			}
		}
	}
}

func TestForShop(t *testing.T) {
	r := printertest.Receipt("refund", "zh-HK")
	r.ForShop = true
	text := printer.Text(printer.Layout(r, printer.Options{Columns: 32}), 32)
	if first, _, _ := strings.Cut(text, "\n"); strings.TrimSpace(first) != "商戶存根 - 退款" || strings.Contains(text, "款項將退回") {
		t.Errorf("%s", text)
	}
}

func TestDayReport(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	r := printer.DayReport{Language: "en", Store: "Shop", Till: "T01", Date: "2026-11-22", At: at, TimeZone: time.UTC, Totals: []printer.DayTotal{
		{Channel: "wechat", Currency: "HKD", Payments: 42, Paid: 369600, Refunds: 2, Refunded: 1600, NotReturned: 800},
		{Channel: "huifu", Currency: "CNY", Payments: 1, Paid: 100, Unsettled: 1},
		{Channel: "deposits", Currency: "HKD", Payments: 1, Paid: 20000},
	}}
	for _, columns := range []int{32, 48} {
		text := printer.Text(printer.LayoutDay(r, printer.Options{Columns: columns}), columns)
		for _, want := range []string{"DAY REPORT", "2026-11-22", "wechat HKD", "HKD 3,680.00", "HKD -8.00", "Not settled yet", "All channels HKD", "HKD 3,880.00", "HKD 3,896.00"} {
			if !strings.Contains(text, want) {
				t.Errorf("%d columns: %q is missing:\n%s", columns, want, text)
			}
		}
		if strings.Contains(text, "All channels CNY") {
			t.Errorf("one channel is added up:\n%s", text)
		}
	}
	r.Totals = nil
	if text := printer.Text(printer.LayoutDay(r, printer.Options{Columns: 48}), 48); !strings.Contains(text, "Nothing was paid or refunded.") {
		t.Errorf("%s", text)
	}
}
