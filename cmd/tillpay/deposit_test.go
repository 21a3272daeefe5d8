package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tillpay/agent"
)

// The commands send what the contract says, in the minor unit, and tell the answer.
func TestDepositCommands(t *testing.T) {
	var asked []string
	deposit := agent.Sale{ID: "s1", Currency: "CNY", State: "held", Message: "Wait."}
	till := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Method == http.MethodPost {
			asked = append(asked, r.URL.Path+" "+string(body))
		}
		if err := json.NewEncoder(w).Encode(deposit); err != nil {
			t.Error(err)
		}
	}))
	defer till.Close()
	file := sandboxTill(t, "127.0.0.1:7313", strings.TrimPrefix(till.URL, "http://"))
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "pos.token"), []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"capture", "s1", "120.50"}, {"release", "s1"}} {
		if code, out := typed(t, append(args, "-config", file)...); code != exitDone || !strings.Contains(out, "sale s1 is held: Wait.") {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	want := `/v1/sales/s1/capture {"amount":12050}, /v1/sales/s1/release `
	if got := strings.Join(asked, ", "); got != want {
		t.Errorf("%q instead of %q", got, want)
	}
}
