package printer

import (
	"strings"
	"testing"
	"time"
)

// An order slip shows the one code that is to be scanned, for how much and until when.
func TestOrderSlip(t *testing.T) {
	r := Receipt{Kind: Order, Language: "en", Store: "Shop", Till: "T01", Currency: "CNY", Amount: 8800, OrderNo: "2026072800010000112345678907",
		ScanText: "weixin://wxpay/bizpayurl?pr=AbCd123", At: time.Date(2026, 7, 28, 6, 5, 0, 0, time.UTC), Until: time.Date(2026, 7, 28, 6, 10, 0, 0, time.UTC)}
	for language, title := range map[string]string{"en": "SCAN TO PAY", "zh-CN": "扫码付款", "zh-HK": "掃碼付款"} {
		for _, columns := range []int{32, 48} {
			r.Language = language
			doc := Layout(r, Options{Columns: columns, Barcode: Code128})
			var symbols []string
			for _, e := range doc.Elements {
				if e.Kind == Symbol {
					symbols = append(symbols, string(e.Barcode)+" "+e.Text)
				}
			}
			if len(symbols) != 1 || symbols[0] != "qr "+r.ScanText {
				t.Errorf("%s: %q", language, symbols)
			}
			text := Text(doc, doc.Columns)
			if !strings.Contains(strings.SplitN(text, "\n", 2)[0], title) || !strings.Contains(text, "06:10:00") || !strings.Contains(text, "88.00") {
				t.Errorf("%s:\n%s", language, text)
			}
		}
	}
}
