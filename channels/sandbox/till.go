package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tillpay/channels/private"
)

// WriteTill writes a complete till into dir: tillpay.toml, of a shop in Hong
// Kong that takes WeChat Pay Global at this sandbox's endpoint, with its keys and
// CA beside it, all by relative paths. It replaces what is there.
func (s *Sandbox) WriteTill(dir, endpoint string) error {
	return s.writeTill(dir, endpoint, till{
		file: "tillpay.toml", api: "127.0.0.1:7313", beside: "",
		name: "Sandbox Branch", address: "1 Example Street, Hong Kong", currency: "HKD", zone: "Asia/Hong_Kong",
		platforms: []string{"wechat-global"}, routes: [][2]string{{"wechat", "wechat"}},
	})
}

// MainlandTill is the file that WriteMainlandTill writes.
const MainlandTill = "mainland.toml"

// WriteMainlandTill writes a second till into dir, beside WriteTill's and able to
// run at the same time: of a shop that prices in CNY and takes the four platforms
// that do. Each wallet goes to another of them, deposits to WeChat's.
func (s *Sandbox) WriteMainlandTill(dir, endpoint string) error {
	return s.writeTill(dir, endpoint, till{
		file: MainlandTill, api: "127.0.0.1:7314", beside: "mainland-",
		name: "Sandbox Branch", address: "1 Example Road, Shenzhen", currency: "CNY", zone: "Asia/Shanghai",
		platforms: []string{huifuPlatform, "huishouqian", fubeiPlatform, "wechat-deposit"},
		routes:    [][2]string{{"wechat", "huifu"}, {"alipay", "huishouqian"}, {"unionpay", "fubei"}, {"deposit", "deposit"}},
	})
}

// till is what a configuration says besides its channels' own settings.
type till struct {
	file, api, beside             string // beside begins the names of its own files
	name, address, currency, zone string
	platforms                     []string
	routes                        [][2]string
}

func (s *Sandbox) writeTill(dir, endpoint string, k till) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return fmt.Errorf("sandbox: write till: endpoint %q: want https:// and a host", endpoint)
	}
	for _, sub := range []string{"", "keys", k.beside + "data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return fmt.Errorf("sandbox: write till: %w", err)
		}
	}
	secret := map[string][]byte{}
	for _, platform := range k.platforms {
		maps.Copy(secret, s.TillFiles(platform))
	}
	for name, body := range secret {
		if err := writeFile(dir, name, body, 0o600); err != nil {
			return err
		}
	}
	if err := writeFile(dir, "keys/sandbox-ca.pem", s.ca, 0o644); err != nil {
		return err
	}
	return writeFile(dir, k.file, []byte(s.tillConfig(k, "https://"+u.Host)), 0o644)
}

func writeFile(dir, name string, body []byte, mode os.FileMode) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.WriteFile(path, body, mode); err != nil {
		return fmt.Errorf("sandbox: write till: %w", err)
	}
	keep := os.Chmod // an older file keeps its mode when it is written over
	if mode == 0o600 {
		keep = private.Keep
	}
	if err := keep(path, mode); err != nil {
		return fmt.Errorf("sandbox: write till: %w", err)
	}
	return nil
}

func (s *Sandbox) tillConfig(k till, endpoint string) string {
	var b strings.Builder
	b.WriteString("# A till for the sandbox; no money moves. Written by tillpay sandbox.\n")
	section(&b, "[till]", "id", "T01", "store_id", "SZTX001", "store_name", k.name,
		"store_address", k.address, "currency", k.currency, "language", "en", "time_zone", k.zone)
	section(&b, "[api]", "listen", k.api, "token_file", k.beside+"pos.token")
	section(&b, "[data]", "dir", k.beside+"data")
	section(&b, "[printer]", "driver", "file", "path", k.beside+"receipts.bin", "paper", 80, "charset", "gb18030")
	for _, platform := range k.platforms {
		b.WriteString(s.TillChannel(platform, endpoint))
	}
	var routes []any
	for _, r := range k.routes {
		routes = append(routes, r[0], r[1])
	}
	section(&b, "[route]", routes...)
	return b.String()
}

// globalTillChannel names the numbers of the account's mode.
func globalTillChannel(a Account, endpoint string) string {
	numbers := []any{"sp_mchid", a.SpMchID, "sp_appid", a.SpAppID, "sub_mchid", a.SubMchID}
	if a.Mode == Direct {
		numbers = []any{"mchid", a.MchID, "appid", a.AppID}
	}
	var b strings.Builder
	section(&b, "[[channel]]", slices.Concat(
		[]any{"name", "wechat", "driver", a.Platform, "mode", a.Mode, "endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem"}, numbers,
		[]any{"merchant_category_code", a.MerchantCategoryCode,
			"private_key_file", "keys/apiclient_key.pem", "certificate_serial", a.Serial,
			"api_v3_key_file", "keys/apiv3.key", "min_revoke_age", "15s"})...)
	return b.String()
}

// section writes a table of keys and values, two by two.
func section(b *strings.Builder, name string, pairs ...any) {
	fmt.Fprintf(b, "\n%s\n", name)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(b, "%s = %s\n", pairs[i], tomlValue(pairs[i+1]))
	}
}

// tomlValue: a JSON string of these values is a TOML string too.
func tomlValue(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return string(text)
}
