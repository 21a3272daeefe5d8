package payment

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write docs/payment-states.md from the rules")

const statesIntro = `# A payment's states

One payment is one try at paying a sale. Its whole life is the table ` + "`rules`" + ` in
` + "`agent/payment/rules.go`" + `; this page is made from it (` + "`go test ./agent/payment -run TestStatesPage -update`" + `),
and a test fails when the two differ.

A payment is *over* in paid, declined and revoked; *attention* waits for a person. A code is submitted once, and
once more at most: the same bytes, when the first try surely booked nothing. Only a verified answer says paid or
revoked, an undo's own answer never does, and an undo goes out no earlier than the platform's minimum age.

`

// The page in the documents is the rules' own.
func TestStatesPage(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "payment-states.md")
	want := statesIntro + "```mermaid\n" + Diagram() + "```\n\n" +
		"The first line that fits counts. *Any other* is every event that no line above it took.\n\n" + Table()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run this test with -update", path)
	}
}
