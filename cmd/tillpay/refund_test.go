package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"tillpay/agent"
)

// A refund whose answer is lost may have been taken: the command says so, and how it
// is repeated without being another one. What was refused, or never left, is no such.
func TestARefundWhoseAnswerIsLost(t *testing.T) {
	var mu sync.Mutex
	var taken []agent.NewRefund
	var answer http.HandlerFunc
	says := func(how http.HandlerFunc) {
		mu.Lock()
		defer mu.Unlock()
		answer = how
	}
	lost := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/sales/s1", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(agent.Sale{ID: "s1", Currency: "HKD"})
	})
	mux.HandleFunc("POST /v1/sales/s1/refunds", func(w http.ResponseWriter, r *http.Request) {
		var n agent.NewRefund
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		mu.Lock()
		taken = append(taken, n)
		how := answer
		mu.Unlock()
		how(w, r)
	})
	proxy := httptest.NewServer(mux)
	defer proxy.Close()
	file := sandboxTill(t, "127.0.0.1:7313", proxy.Listener.Addr().String())
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "pos.token"), []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"refund", "s1", "8.00", "--reason", "it's cold", "-config", file}
	for name, how := range map[string]http.HandlerFunc{
		"cut off": lost,
		"a failure of the agent's": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"code": "internal", "status": 500}`))
		},
		"another program's": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	} {
		says(how)
		code, out := typed(t, args...)
		found := regexp.MustCompile(`(?m)^  tillpay refund -reference (cli-\S+) (.*)$`).FindStringSubmatch(out)
		if code != exitFailed || len(found) == 0 || !strings.Contains(out, "may have been taken") {
			t.Fatalf("%s: exit %d\n%s", name, code, out)
		}
		if want := `s1 8.00 --reason 'it'\''s cold' -config ` + file; os.PathSeparator == '/' && found[2] != want {
			t.Errorf("%s: repeat %s, want %s", name, found[2], want)
		}
		says(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(agent.Sale{ID: "s1", State: "paid"})
		})
		if code, out := typed(t, append(args, "-reference", found[1])...); code != exitDone {
			t.Errorf("%s, again: exit %d\n%s", name, code, out)
		}
		mu.Lock()
		if len(taken) != 2 || taken[0] != taken[1] || taken[0].Reference != found[1] {
			t.Errorf("%s: %+v", name, taken)
		}
		taken = nil
		mu.Unlock()
	}
	says(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code": "sale_not_paid", "status": 409}`))
	})
	if code, out := typed(t, args...); code != exitFailed || strings.Contains(out, "may have been taken") {
		t.Errorf("refused: exit %d\n%s", code, out)
	}
}
