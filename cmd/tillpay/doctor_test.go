package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/agent/doctor"
	"tillpay/channels/sandbox"
)

// The four mainland platforms over real TLS: every account and the deposits'
// client certificate are proven, and one wrong number is found.
func TestDoctor(t *testing.T) {
	keys, err := mainlandKeys()
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(sandbox.Config{Keys: keys, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- box.Serve(ctx, ln, nil) }()
	dir := t.TempDir()
	if err := box.WriteMainlandTill(dir, "https://"+ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, sandbox.MainlandTill)
	code, out := typed(t, "doctor", "-config", file, "--json")
	var r doctor.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitDone || r.Broken != 0 {
		t.Fatalf("%d %v\n%s", code, err, out)
	}
	for _, what := range []string{"account huifu", "account huishouqian", "account fubei", "account deposit", "certificate deposit", "clock", "disk"} {
		if !strings.Contains(out, `"what": "`+what+`",`+"\n      \"level\": \"ok\"") {
			t.Errorf("%s is not proven:\n%s", what, out)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), `huifu_id = "6666000000000002"`, `huifu_id = "6666000000000009"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out = typed(t, "doctor", "-config", file)
	if code != exitFailed || !strings.Contains(out, "broken   account huifu") || !strings.Contains(out, "数据权限认证失败") || !strings.Contains(out, "1 broken") {
		t.Errorf("%d\n%s", code, out)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// Nobody answers, and the file is no file.
	if code, out = typed(t, "doctor", "-config", file); code != exitFailed || !strings.Contains(out, "cannot be reached") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out = typed(t, "doctor", "-config", filepath.Join(dir, "nothing.toml")); code != exitFailed || !strings.Contains(out, "nothing.toml") {
		t.Errorf("%d\n%s", code, out)
	}
}
