package sandbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// WriteTill writes a complete till into dir: a tillpay.toml for this sandbox at
// endpoint, with its keys and CA beside it, all by relative paths. It replaces
// what is there.
func (s *Sandbox) WriteTill(dir, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fmt.Errorf("sandbox: write till: endpoint %q: want https:// and a host", endpoint)
	}
	a := s.accts[0] // the institution
	for _, sub := range []string{"", "keys", "data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return fmt.Errorf("sandbox: write till: %w", err)
		}
	}
	for _, f := range []struct {
		name string
		body []byte
		mode os.FileMode
	}{
		{"keys/apiclient_key.pem", a.PrivateKeyPEM, 0o600},
		{"keys/apiv3.key", []byte(a.APIv3Key + "\n"), 0o600},
		{"keys/sandbox-ca.pem", s.ca, 0o644},
		{"tillpay.toml", []byte(tillConfig(a, "https://"+u.Host)), 0o644},
	} {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.WriteFile(path, f.body, f.mode); err != nil {
			return fmt.Errorf("sandbox: write till: %w", err)
		}
		// An older file keeps its mode when it is written over.
		if err := os.Chmod(path, f.mode); err != nil {
			return fmt.Errorf("sandbox: write till: %w", err)
		}
	}
	return nil
}

func tillConfig(a Account, endpoint string) string {
	var b strings.Builder
	b.WriteString("# A till for the sandbox; no money moves. Written by tillpay sandbox.\n")
	section := func(name string, pairs ...any) {
		fmt.Fprintf(&b, "\n%s\n", name)
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&b, "%s = %s\n", pairs[i], tomlValue(pairs[i+1]))
		}
	}
	section("[till]", "id", "T01", "store_id", "SZTX001", "store_name", "Sandbox Branch",
		"store_address", "1 Example Street, Hong Kong", "currency", a.Currency, "language", "en", "time_zone", "Asia/Hong_Kong")
	section("[api]", "listen", "127.0.0.1:7313", "token_file", "pos.token")
	section("[data]", "dir", "data")
	section("[printer]", "driver", "file", "path", "receipts.bin", "paper", 80, "charset", "gb18030")
	section("[[channel]]", "name", "wechat", "driver", a.Platform, "mode", a.Mode,
		"endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem",
		"sp_mchid", a.SpMchID, "sp_appid", a.SpAppID, "sub_mchid", a.SubMchID,
		"merchant_category_code", a.MerchantCategoryCode,
		"private_key_file", "keys/apiclient_key.pem", "certificate_serial", a.Serial,
		"api_v3_key_file", "keys/apiv3.key", "min_revoke_age", "15s")
	section("[route]", "wechat", "wechat")
	return b.String()
}

// tomlValue: a JSON string of these values is a TOML string too.
func tomlValue(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return string(text)
}
