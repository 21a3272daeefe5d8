package huifu

import (
	"encoding/json"
	"testing"
)

// A mini program's start parameters are for the app; an address is a code to show.
func TestScanText(t *testing.T) {
	for params, want := range map[string]string{
		`{"pay_info":"weixin://wxpay/bizpayurl?pr=x"}`: "weixin://wxpay/bizpayurl?pr=x",
		`{"pay_info":"{\"timeStamp\":\"1\"}"}`:         "",
		`{"qr_code":"https://qr.alipay.com/bax1"}`:     "https://qr.alipay.com/bax1",
		`{"qr_code":"not an address"}`:                 "",
		`"weixin://x"`:                                 "", ``: "",
	} {
		if got := (&Channel{}).ScanText(json.RawMessage(params)); got != want {
			t.Errorf("%s: %q", params, got)
		}
	}
}
