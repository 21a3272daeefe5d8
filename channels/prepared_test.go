package channels

import (
	"strings"
	"testing"
)

func TestScanText(t *testing.T) {
	for text, want := range map[string]bool{
		"weixin://wxpay/bizpayurl?pr=AbCd123":                               true,
		"https://qr.alipay.com/bax03431":                                    true,
		"HTTPS://QR.ALIPAY.COM/BAX03431":                                    true,
		"alipays://platformapi/startapp?x=1":                                true,
		`{"mp_appid":"wx1","mp_path":"pages/checkout/counter?q=https://x"}`: false,
		"http://example.com/pay":                                            false, // no wallet opens a page in the clear
		"javascript://x":                                                    false,
		"https://":                                                          false,
		"":                                                                  false,
		"prepay_id=wx2612":                                                  false,
		"https://example.com/" + strings.Repeat("x", 300):                   false,
		"https://example.com/付款":                                            false,
		"https://example.com/a b":                                           false,
	} {
		if got := ScanText(text); (got != "") != want || got != "" && got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}
