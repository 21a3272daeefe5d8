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
	"time"

	"tillpay/agent"
)

// The command lists what needs a person with all that can be done, and sends a
// decision with its reason.
func TestAttentionCommand(t *testing.T) {
	m := agent.Matter{ID: "a1", Kind: "payment", Number: "2026", Sale: "s1", Reference: "r1", Amount: 8800, Currency: "HKD", Message: "Nobody knows.",
		RaisedAt: time.Now(), Platform: &agent.Answer{Answered: true, Outcome: "revoked", Message: "The platform says: revoked."},
		Choices: []agent.Choice{{Choice: "paid", Message: "It is paid", Standing: agent.StandsContradicted}, {Choice: "revoked", Message: "It is not", Standing: agent.StandsConfirm}}}
	asked := ""
	till := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = map[string]any{"matters": []agent.Matter{m}}
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			asked = r.URL.Path + " " + string(body)
			closed := m
			closed.Choice, closed.By = "revoked", "Chan (pos)"
			answer = closed
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer till.Close()
	file := sandboxTill(t, "127.0.0.1:7313", strings.TrimPrefix(till.URL, "http://"))
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "pos.token"), []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := typed(t, "attention", "-config", file)
	for _, want := range []string{"a1  payment  HKD 88.00  sale s1, reference r1", "Nobody knows.", "The platform says: revoked.",
		"paid             It is paid  (the platform proves otherwise)", "revoked          It is not  (needs --confirm)"} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("%d: %q is not in\n%s", code, want, out)
		}
	}
	if code, out := typed(t, "attention", "--json", "-config", file); code != exitDone || !strings.Contains(out, `"standing": "confirm"`) {
		t.Errorf("%d %s", code, out)
	}
	code, out = typed(t, "attention", "resolve", "a1", "revoked", "--note", "gave cash", "--by", "Chan", "--confirm", "-config", file)
	if want := `/v1/attention/a1/resolve {"choice":"revoked","note":"gave cash","by":"Chan","confirm":true}`; code != exitDone || asked != want ||
		!strings.Contains(out, "a1 payment: closed as revoked by Chan (pos)") {
		t.Errorf("%d %s\nasked %s", code, out, asked)
	}
	for _, args := range [][]string{{"resolve", "a1", "paid"}, {"resolve", "a1", "--note", "x"}, {"settle", "a1", "paid", "--note", "x"}} {
		if code, out := typed(t, append(append([]string{"attention"}, args...), "-config", file)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
