package sandbox

import (
	"fmt"
	"strings"
)

func (s *Sandbox) huishouqianAccount() Account {
	for _, a := range s.accts {
		if a.Platform == "huishouqian" {
			return a
		}
	}
	panic("sandbox: Huishouqian has no account")
}

// huishouqianTillChannel is the [[channel]] of a till for the first account. Its
// endpoint is the whole gateway address: the path is added to a bare host. What
// is not here has the dossier's default (§13).
func (s *Sandbox) huishouqianTillChannel(endpoint string) string {
	a := s.huishouqianAccount()
	if !strings.HasSuffix(endpoint, hsqPath) {
		endpoint = strings.TrimRight(endpoint, "/") + hsqPath
	}
	var b strings.Builder
	b.WriteString("\n[[channel]]\n")
	for _, pair := range [][2]string{
		{"name", "huishouqian"}, {"driver", a.Platform},
		{"endpoint", endpoint}, {"ca_file", "keys/sandbox-ca.pem"},
		{"merchant_no", a.MchID}, {"sub_merchant_no", a.SubMchID},
		{"private_key_file", "keys/huishouqian_key.pem"}, {"platform_certificate_file", "keys/huishouqian_platform.cer"},
		{"sign_key_file", "keys/huishouqian_sign.key"},
		{"notify_url", "https://shop.example/v1/notify/huishouqian"},
	} {
		fmt.Fprintf(&b, "%s = %s\n", pair[0], tomlValue(pair[1]))
	}
	return b.String()
}

// huishouqianTillFiles are the key files that the channel names.
func (s *Sandbox) huishouqianTillFiles() map[string][]byte {
	a := s.huishouqianAccount()
	return map[string][]byte{
		"keys/huishouqian_key.pem":      a.PrivateKeyPEM,
		"keys/huishouqian_platform.cer": a.PlatformCertificatePEM,
		"keys/huishouqian_sign.key":     []byte(a.APIKey + "\n"),
	}
}
