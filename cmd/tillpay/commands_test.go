package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tillpay/channels/sandbox"
)

// typed runs a command line in this process and answers exit code and output.
func typed(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out strings.Builder
	code := dispatch(context.Background(), args, terminal{strings.NewReader(""), &out, &out})
	return code, out.String()
}

// sandboxTill writes a till for a sandbox and answers its configuration file,
// with text replaced in it.
func sandboxTill(t *testing.T, replace ...string) string {
	t.Helper()
	box, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := box.WriteTill(dir, "https://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "tillpay.toml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.NewReplacer(replace...).Replace(string(b))), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExitCodes(t *testing.T) {
	file := sandboxTill(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "usage: tillpay COMMAND"},
		{[]string{"help"}, exitDone, "reprint SALE"},
		{[]string{"version"}, exitDone, "tillpay dev"},
		{[]string{"version", "--json"}, exitDone, `"version": "dev"`},
		{[]string{"vesion"}, exitUsage, `no command "vesion"`},
		{[]string{"pay"}, exitUsage, "0 arguments were given, not 1 to 1"},
		{[]string{"pay", "-price", "3"}, exitUsage, "flag provided but not defined: -price"},
		{[]string{"pay", "-h"}, exitDone, "-reference"},
		{[]string{"pay", "8.888", "-currency", "HKD", "-config", file}, exitNoAgent, "has never run"},
		{[]string{"devices", "forget"}, exitUsage, `"forget": write`},
		{[]string{"devices", "restore", "-config", file}, exitDone, ""},
		{[]string{"devices", "-config", file + ".gone"}, exitFailed, "there is no such file"},
		{[]string{"capture", "s1"}, exitUsage, "1 arguments were given, not 2 to 2"},
		{[]string{"release", "s1", "5"}, exitUsage, "2 arguments were given, not 1 to 1"},
		{[]string{"capture", "s1", "5.00", "-config", file}, exitNoAgent, "has never run"},
		{[]string{"pay", "-h"}, exitDone, "-deposit"},
		{[]string{"sales", "-config", file}, exitNoAgent, "start it with tillpay run"},
		{[]string{"config", "chek", "-config", file}, exitUsage, "is not check, init or show"},
		{[]string{"config", "check", "-config", file}, exitDone, "is fine: 1 channels"},
		{[]string{"config", "show", "-config", file}, exitDone, "# default"},
		{[]string{"config", "init", "-config", file}, exitFailed, "is there already"},
		{[]string{"run", "-log", "loud", "-config", file}, exitUsage, "write debug, info, warn or error"},
		{[]string{"run", "-config", file + ".not"}, exitFailed, "tillpay.toml.not"},
		{[]string{"verify", "-file", file}, exitFailed, "file is not a database"},
	} {
		code, out := typed(t, c.args...)
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("tillpay %v: exit %d, want %d with %q:\n%s", c.args, code, c.code, c.says, out)
		}
	}
}

// One error, naming file, line, key, value and mend.
func TestBadConfigurations(t *testing.T) {
	for _, c := range []struct{ old, with, says string }{
		{`mode = "institution"`, `mode = "institutional"`, `channel[0].mode = "institutional"`},
		{`sp_mchid`, `sp_mch_id`, `did you mean`},
		{`paper = 80`, `paper = "80"`, `printer.paper`},
		{`"keys/apiclient_key.pem"`, `"keys/gone.pem"`, `channel[0].private_key_file`},
		{`certificate_serial = "`, `certificate_serial = "XYZ`, `channel[0].certificate_serial`},
		{`driver = "wechat-global"`, `driver = "wechat-globl"`, `channel[0].driver`},
		{`wechat = "wechat"`, `wechat = "huifu"`, `route.wechat = "huifu"`},
	} {
		file := sandboxTill(t, c.old, c.with)
		code, out := typed(t, "config", "check", "-config", file)
		if code != exitFailed || !strings.Contains(out, c.says) || !strings.Contains(out, file+":") {
			t.Errorf("%s: exit %d, want %q:\n%s", c.with, code, c.says, out)
		}
	}
	file := sandboxTill(t)
	key := filepath.Join(filepath.Dir(file), "keys", "apiclient_key.pem")
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out := typed(t, "run", "-config", file); code != exitFailed || !strings.Contains(out, "chmod") {
		t.Errorf("a key that all can read: exit %d:\n%s", code, out)
	}
}

func TestAmountsAreReadWithoutFloats(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		want           int64
	}{
		{"88", "HKD", 8800}, {"88.5", "HKD", 8850}, {"0.01", "HKD", 1}, {"100", "JPY", 100}, {"1.234", "KWD", 1234},
		{"90071992547409.93", "HKD", 9007199254740993},
	} {
		if got, err := parseAmount(c.text, c.currency); err != nil || got != c.want {
			t.Errorf("%s %s: %d, %v", c.text, c.currency, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.", ".5", "1.234", "1e3", "１２", "9223372036854775808", "1,5"} {
		if got, err := parseAmount(text, "HKD"); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}
