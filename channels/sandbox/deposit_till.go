package sandbox

import (
	"fmt"
	"strings"
)

// TillChannel is the [[channel]] of a till's configuration for the first account
// of a platform, at endpoint, or nothing for one it does not know. The files it
// names are TillFiles.
func (s *Sandbox) TillChannel(platform, endpoint string) string {
	switch platform {
	case "wechat-deposit":
		return s.depositTillChannel(endpoint)
	case fubeiPlatform:
		return s.fubeiTillChannel(endpoint)
	case "huishouqian":
		return s.huishouqianTillChannel(endpoint)
	}
	return ""
}

// TillFiles are the key files of TillChannel, by their path beside the
// configuration. The CA's is not among them.
func (s *Sandbox) TillFiles(platform string) map[string][]byte {
	switch platform {
	case "wechat-deposit":
		a := s.depositAccount()
		return map[string][]byte{
			"keys/deposit_api.key":  []byte(a.APIKey + "\n"),
			"keys/deposit_cert.pem": a.CertificatePEM,
			"keys/deposit_key.pem":  a.PrivateKeyPEM,
		}
	case fubeiPlatform:
		return s.fubeiTillFiles()
	case "huishouqian":
		return s.huishouqianTillFiles()
	}
	return nil
}

func (s *Sandbox) depositAccount() Account {
	for _, a := range s.accts {
		if a.Platform == "wechat-deposit" {
			return a
		}
	}
	panic("sandbox: the deposits have no account")
}

// depositTillChannel has every key of the dossier's Settings.
func (s *Sandbox) depositTillChannel(endpoint string) string {
	a := s.depositAccount()
	var b strings.Builder
	b.WriteString("\n[[channel]]\n")
	for _, pair := range [][2]string{
		{"name", "deposit"}, {"driver", a.Platform},
		{"endpoint", endpoint}, {"ca_file", "keys/sandbox-ca.pem"},
		{"appid", a.AppID}, {"mch_id", a.MchID}, {"sub_appid", a.SubAppID}, {"sub_mch_id", a.SubMchID},
		{"api_key_file", "keys/deposit_api.key"}, {"sign_type", depositHMAC},
		{"client_certificate_file", "keys/deposit_cert.pem"}, {"client_key_file", "keys/deposit_key.pem"},
		{"notify_url", "https://shop.example/notify/wechat-deposit"}, {"min_revoke_age", "15s"},
	} {
		fmt.Fprintf(&b, "%s = %s\n", pair[0], tomlValue(pair[1]))
	}
	return b.String()
}
