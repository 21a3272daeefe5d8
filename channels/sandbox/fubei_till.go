package sandbox

import (
	"fmt"
	"strings"
)

// fubeiSecretFile is where TillChannel's text looks for the secret.
const fubeiSecretFile = "keys/fubei_app.secret"

// fubeiTillFiles are the key files that fubeiTillChannel names.
func (s *Sandbox) fubeiTillFiles() map[string][]byte {
	return map[string][]byte{fubeiSecretFile: []byte(s.fubeiAccount().APIKey + "\n")}
}

// fubeiAccount is the merchant level's, the seed's.
func (s *Sandbox) fubeiAccount() Account {
	for _, a := range s.accts {
		if a.Platform == fubeiPlatform {
			return a
		}
	}
	panic("sandbox: Fubei has no account")
}

// fubeiTillChannel has §14's keys, as far as they are not another level's or
// the driver's own tables. An endpoint that is a host alone gets 1.0's path: for
// Fubei it is the whole gateway address.
func (s *Sandbox) fubeiTillChannel(endpoint string) string {
	a := s.fubeiAccount()
	if strings.Count(endpoint, "/") == 2 {
		endpoint += fubeiPath1
	}
	var b strings.Builder
	b.WriteString("\n[[channel]]\n")
	for _, pair := range []struct {
		key   string
		value any
	}{
		{"name", "fubei"}, {"driver", a.Platform}, {"api", "1.0"},
		{"endpoint", endpoint}, {"ca_file", "keys/sandbox-ca.pem"},
		{"app_id", a.AppID}, {"app_secret_file", fubeiSecretFile},
		{"store_id", a.StoreID}, {"cashier_id", a.CashierID},
		{"notify_url", "https://shop.example/v1/notify/fubei"},
	} {
		fmt.Fprintf(&b, "%s = %s\n", pair.key, tomlValue(pair.value))
	}
	return b.String()
}
