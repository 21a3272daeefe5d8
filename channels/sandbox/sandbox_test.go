package sandbox_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels/private/privatetest"
	"tillpay/channels/sandbox"
)

func TestKeysLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	first, err := sandbox.KeysIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sandbox.KeysIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	accounts := func(k *sandbox.Keys) []sandbox.Account {
		box, err := sandbox.New(sandbox.Config{Keys: k})
		if err != nil {
			t.Fatal(err)
		}
		return box.Accounts()
	}
	a, b := accounts(first), accounts(second)
	for i := range a {
		if !bytes.Equal(a[i].PrivateKeyPEM, b[i].PrivateKeyPEM) || a[i].APIv3Key != b[i].APIv3Key || a[i].Platform != "huifu" && len(a[i].APIv3Key+a[i].APIKey) != 32 || a[i].Serial != b[i].Serial {
			t.Error("another account after a restart", a[i].Mode)
		}
	}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			privatetest.Check(t, path)
		}
		return err
	})
	if err := os.WriteFile(filepath.Join(dir, "tls.key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.KeysIn(dir); err == nil {
		t.Error("a broken key is replaced in silence")
	}
}

func TestWriteTill(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	dir := t.TempDir()
	for range 2 {
		if err := tl.box.WriteTill(dir, "https://127.0.0.1:8443"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "tillpay.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), dir) {
		t.Error("an absolute path:", string(text))
	}
	var cfg struct {
		Data    struct{ Dir string }
		Channel []struct {
			Endpoint       string
			CAFile         string `toml:"ca_file"`
			PrivateKeyFile string `toml:"private_key_file"`
			APIv3KeyFile   string `toml:"api_v3_key_file"`
			Serial         string `toml:"certificate_serial"`
		}
		Route map[string]string
	}
	if err := toml.Unmarshal(text, &cfg); err != nil {
		t.Fatal(err)
	}
	c := cfg.Channel[0]
	if c.Endpoint != "https://127.0.0.1:8443" || c.Serial != tl.acct.Serial || cfg.Route["wechat"] != "wechat" {
		t.Errorf("%+v", cfg)
	}
	for name, want := range map[string][]byte{
		c.CAFile: tl.box.CA(), c.PrivateKeyFile: tl.acct.PrivateKeyPEM, c.APIv3KeyFile: []byte(tl.acct.APIv3Key + "\n"),
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Error(name, err)
		}
	}
	for _, bad := range []string{"", "http://127.0.0.1:1", "127.0.0.1:1", "https://127.0.0.1/x"} {
		if tl.box.WriteTill(dir, bad) == nil {
			t.Error("took", bad)
		}
	}
}
