package sandbox

import (
	"slices"
	"strings"
)

// fubeiSecretFile is where TillChannel's text looks for the secret.
const fubeiSecretFile = "keys/fubei_app.secret"

// fubeiTillFiles are the key files that fubeiTillChannel names.
func fubeiTillFiles(a Account) map[string][]byte {
	return map[string][]byte{fubeiSecretFile: []byte(a.APIKey + "\n")}
}

// fubeiTillChannel has §14's keys, as far as they are not another level's or
// the driver's own tables: a shop's own credentials speak 1.0, a vendor's 2.0. An
// endpoint that is a host alone gets the generation's path: for Fubei it is the
// whole gateway address.
func fubeiTillChannel(a Account, endpoint string) string {
	api, path := "1.0", fubeiPath1
	caller := []any{"app_id", a.AppID, "app_secret_file", fubeiSecretFile}
	if a.Mode == FubeiVendor {
		api, path = "2.0-vendor", fubeiPath2
		caller = []any{"vendor_sn", a.VendorSN, "vendor_secret_file", fubeiSecretFile, "merchant_id", a.MerchantID}
	}
	if strings.Count(endpoint, "/") == 2 {
		endpoint += path
	}
	var b strings.Builder
	section(&b, "[[channel]]", slices.Concat(
		[]any{"name", "fubei", "driver", a.Platform, "api", api, "endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem"}, caller,
		[]any{"store_id", a.StoreID, "cashier_id", a.CashierID, "notify_url", "https://shop.example/v1/notify/fubei"})...)
	return b.String()
}
