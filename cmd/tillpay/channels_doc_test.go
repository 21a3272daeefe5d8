package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/payment"
	"tillpay/channels"
)

var update = flag.Bool("update", false, "write docs/channels.md from the sheets")

// documented are the columns of docs/channels.md: a driver, and the settings that
// it cannot do without. A new platform is one line.
var documented = []struct {
	driver   string
	factory  channels.Factory
	settings string
}{
	{"wechat-global", drivers["wechat-global"], "endpoint = \"https://apihk.mch.weixin.qq.com\"\nmode = \"direct\"\nmchid = \"10000100\"\nappid = \"wxdace645e0bc2c424\"\nmerchant_category_code = \"4111\"\n" +
		"private_key_file = \"own.pem\"\ncertificate_serial = \"5157F09EFDC096DE15EBE81A47057A7232F1B8E1\"\napi_v3_key_file = \"api.key\"\n"},
	{"wechat-deposit", drivers["wechat-deposit"], "endpoint = \"https://api.mch.weixin.qq.com\"\nappid = \"wx2421b1c4370ec43b\"\nmch_id = \"10000100\"\nsub_mch_id = \"10000101\"\nspbill_create_ip = \"192.0.2.7\"\napi_key_file = \"api.key\"\n" +
		"client_certificate_file = \"own.cer\"\nclient_key_file = \"own.pem\"\n"},
	{"huifu", drivers["huifu"], "endpoint = \"https://api.huifu.com\"\nsys_id = \"6666000123123123\"\nproduct_id = \"MYPAY\"\nhuifu_id = \"6666000123123123\"\nip_addr = \"192.0.2.7\"\n" +
		"private_key_file = \"own.pem\"\nplatform_public_key_file = \"platform.pub\"\n"},
	{"huishouqian", drivers["huishouqian"], "endpoint = \"https://api.huishouqian.com/api/acquiring\"\nmerchant_no = \"8500000000001\"\nprivate_key_file = \"own.pem\"\nplatform_certificate_file = \"platform.cer\"\nsign_key_file = \"api.key\"\n"},
	{"fubei", drivers["fubei"], "endpoint = \"https://shq-api.51fubei.com/gateway\"\napp_id = \"20200101000001\"\napp_secret_file = \"api.key\"\nstore_id = 1001\n"},
}

// documentedKey is each platform's shared secret.
const documentedKey = "0123456789abcdef0123456789ABCDEF"

// documentedAccounts opens each of them, with keys that are made for the test.
func documentedAccounts(t *testing.T) []*payment.Account {
	t.Helper()
	dir := t.TempDir()
	keyFile(t, dir, "own")
	keyFile(t, dir, "platform")
	saveFile(t, dir, "api.key", documentedKey)
	var all []*payment.Account
	for _, d := range documented {
		text := "[till]\nid = \"T01\"\ncurrency = \"CNY\"\n[[channel]]\nname = \"a\"\ndriver = \"" + d.driver + "\"\n" + d.settings
		cfg, err := config.Parse(filepath.Join(dir, "tillpay.toml"), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.factory(cfg.Channels[0].Settings(cfg.Till, dir))
		if err != nil {
			t.Fatalf("%s: %v", d.driver, err)
		}
		all = append(all, &payment.Account{Name: d.driver, Driver: d.driver, Channel: c})
	}
	return all
}

// keyFile makes an RSA key and a certificate of it.
func keyFile(t *testing.T, dir, name string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	saveFile(t, dir, name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	pub, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	saveFile(t, dir, name+".pub", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub})))
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	saveFile(t, dir, name+".cer", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))
}

func saveFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const channelsHead = `# What each channel can and cannot do

Written by ` + "`go test ./cmd/tillpay -run TestChannelsDocument -update`" + ` from the drivers' sheets, with their default settings;
some settings change a line (see each driver's page). Of a configured till, ask ` + "`tillpay show channel NAME`" + ` or ` + "`GET /v1/channels`" + `.
Times count from the end of the Pay's exchange, windows from the payment.

`

// The table in the docs is what the sheets say.
func TestChannelsDocument(t *testing.T) {
	var sheets []agent.ChannelSheet
	for _, a := range documentedAccounts(t) {
		sheets = append(sheets, agent.NewChannelSheet(a))
	}
	var b strings.Builder
	b.WriteString(channelsHead)
	row := func(name string, cell func(agent.ChannelSheet) string) {
		b.WriteString("| " + name + " |")
		for _, s := range sheets {
			b.WriteString(" " + strings.ReplaceAll(cell(s), "|", `\|`) + " |")
		}
		b.WriteString("\n")
	}
	row("", func(s agent.ChannelSheet) string { return "`" + s.Driver + "`" })
	b.WriteString("| --- |" + strings.Repeat(" --- |", len(sheets)) + "\n")
	for i, r := range sheetRows(sheets[0]) {
		row(r[0], func(s agent.ChannelSheet) string { return sheetRows(s)[i][1] })
	}
	row("how it is undone", func(s agent.ChannelSheet) string { return waysWords(s.Undo) })
	row("how a prepared order is undone", func(s agent.ChannelSheet) string { return waysWords(s.UndoPrepared) })
	row("a reply is proven by", func(s agent.ChannelSheet) string { return s.Proof })
	row("an undo is proven by", func(s agent.ChannelSheet) string { return s.UndoProof })
	file := filepath.Join("..", "..", "docs", "channels.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Errorf("docs/channels.md does not say what the sheets say: run with -update\n%s", b.String())
	}
}

// Every driver of the program is in the table.
func TestEveryDriverIsDocumented(t *testing.T) {
	for name := range drivers {
		found := false
		for _, d := range documented {
			found = found || d.driver == name
		}
		if !found {
			t.Errorf("docs/channels.md lacks %s", name)
		}
	}
}
