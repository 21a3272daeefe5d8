package huishouqian

import (
	"encoding/json"
	"testing"
)

// A mini program's arguments are for the app; an address is a code to show.
func TestScanText(t *testing.T) {
	for params, want := range map[string]string{
		`"https://sandbox.businesspay.qq.com/mse/wx/checkout?p=1"`:   "https://sandbox.businesspay.qq.com/mse/wx/checkout?p=1",
		`"{\"mp_appid\":\"wx1\",\"mp_path\":\"pages?q=https://x\"}"`: "",
		`{}`: "", `null`: "", ``: "",
	} {
		if got := (&Channel{}).ScanText(json.RawMessage(params)); got != want {
			t.Errorf("%s: %q", params, got)
		}
	}
}
