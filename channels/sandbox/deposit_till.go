package sandbox

import "strings"

// depositTillFiles are the key files that depositTillChannel names.
func depositTillFiles(a Account) map[string][]byte {
	return map[string][]byte{
		"keys/deposit_api.key":  []byte(a.APIKey + "\n"),
		"keys/deposit_cert.pem": a.CertificatePEM,
		"keys/deposit_key.pem":  a.PrivateKeyPEM,
	}
}

// depositTillChannel has every key of the dossier's Settings.
func depositTillChannel(a Account, endpoint string) string {
	var b strings.Builder
	section(&b, "[[channel]]", "name", "deposit", "driver", a.Platform, "endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem",
		"appid", a.AppID, "mch_id", a.MchID, "sub_appid", a.SubAppID, "sub_mch_id", a.SubMchID,
		"api_key_file", "keys/deposit_api.key", "sign_type", depositHMAC,
		"client_certificate_file", "keys/deposit_cert.pem", "client_key_file", "keys/deposit_key.pem",
		"notify_url", "https://shop.example/notify/wechat-deposit", "min_revoke_age", "15s")
	return b.String()
}
