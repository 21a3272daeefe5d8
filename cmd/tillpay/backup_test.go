package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tillpay/agent/ledger"
)

// A backup made while sales go on, put back after the till went on selling: the
// till knows what it does not know, says so to the manager, and goes on.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	c := openCounterOn(t, data)
	first := c.becomes(c.pay("r1", "00"), "paid", "paid")
	store := t.TempDir()
	out, code := c.command("backup", store, "-json")
	var made struct {
		File string `json:"file"`
		ledger.Verdict
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != exitDone || made.Payments != 1 {
		t.Fatalf("%s %v", out, err)
	}
	if out, code := c.command("backup", made.File); code != exitFailed || !strings.Contains(out, "overwrites") {
		t.Errorf("over a backup: %d %s", code, out)
	}
	if out, code := c.command("verify", "-file", made.File); code != exitDone || !strings.Contains(out, made.Hash) {
		t.Errorf("verify: %d %s", code, out)
	}
	noSecrets(t, c, made.File)
	exported(t, c, made)

	c.becomes(c.pay("r2", "00"), "paid", "paid") // which the backup does not know
	c.agent.kill()
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(filepath.Join(data, ledger.FileName+suffix)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(made.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, ledger.FileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := c.command("verify"); code != exitFailed || !strings.Contains(out, "are gone") {
		t.Errorf("verify of the older copy: %d %s", code, out)
	}
	c.run()
	if s := c.sale(first.ID); s.State != "paid" {
		t.Errorf("%+v", s)
	}
	if out, code := c.command("attention"); code != exitDone || !strings.Contains(out, "entries of the till's journal are gone") {
		t.Errorf("attention: %d %s", code, out)
	}
	c.becomes(c.pay("r3", "00"), "paid", "paid")
	out, code = c.command("verify")
	if code != exitDone || !strings.Contains(out, "as the journal itself tells") {
		t.Errorf("verify: %d %s", code, out)
	}
	t.Logf("restored to entry %d: %s", made.Last, out)
}

// noSecrets: no key, token or payment code is in the copy.
func noSecrets(t *testing.T, c *counter, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"code": fmt.Sprintf("13465072086%05d", codes.Load())}
	files, err := filepath.Glob(filepath.Join(c.dir, "keys", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no keys", err)
	}
	token, err := filepath.Glob(filepath.Join(c.dir, "*token*"))
	if err != nil || len(token) == 0 {
		t.Fatal("no token", err)
	}
	for _, name := range append(files, token...) {
		secret, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(secret)) {
			if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "-----") {
				secrets[filepath.Base(name)] = line
			}
		}
	}
	if len(secrets) < 3 {
		t.Fatalf("looked for %d secrets only", len(secrets))
	}
	for name, secret := range secrets {
		if strings.Contains(string(b), secret) {
			t.Errorf("the backup holds the secret %s", name)
		}
	}
}

// exported: the journal's lines say what verify says, from the copy too.
func exported(t *testing.T, c *counter, made struct {
	File string `json:"file"`
	ledger.Verdict
}) {
	t.Helper()
	out, code := c.command("journal", "export", "-file", made.File)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitDone || int64(len(lines)) != made.Entries {
		t.Fatalf("%d: %d lines, not %d", code, len(lines), made.Entries)
	}
	var last ledger.Line
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Hash != made.Hash || last.Seq != made.Last {
		t.Errorf("the last line is %+v %v", last, err)
	}
	if out, code := c.command("journal", "export", "-after", fmt.Sprint(made.Last)); code != exitDone || strings.Contains(out, fmt.Sprintf(`{"seq":%d,`, made.Last)) {
		t.Errorf("after %d: %s", made.Last, out)
	}
	if _, code := c.command("journal", "shred"); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}
