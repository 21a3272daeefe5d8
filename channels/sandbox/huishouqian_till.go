package sandbox

import "strings"

// huishouqianTillChannel is the [[channel]] of a till for the first account. Its
// endpoint is the whole gateway address: the path is added to a bare host. What
// is not here has the dossier's default (§13).
func huishouqianTillChannel(a Account, endpoint string) string {
	if !strings.HasSuffix(endpoint, hsqPath) {
		endpoint = strings.TrimRight(endpoint, "/") + hsqPath
	}
	var b strings.Builder
	section(&b, "[[channel]]", "name", "huishouqian", "driver", a.Platform, "endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem",
		"merchant_no", a.MchID, "sub_merchant_no", a.SubMchID,
		"private_key_file", "keys/huishouqian_key.pem", "platform_certificate_file", "keys/huishouqian_platform.cer",
		"sign_key_file", "keys/huishouqian_sign.key", "notify_url", "https://shop.example/v1/notify/huishouqian")
	return b.String()
}

// huishouqianTillFiles are the key files that the channel names.
func huishouqianTillFiles(a Account) map[string][]byte {
	return map[string][]byte{
		"keys/huishouqian_key.pem":      a.PrivateKeyPEM,
		"keys/huishouqian_platform.cer": a.PlatformCertificatePEM,
		"keys/huishouqian_sign.key":     []byte(a.APIKey + "\n"),
	}
}
