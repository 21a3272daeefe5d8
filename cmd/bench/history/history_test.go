package history

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tillpay/agent/ledger"
)

// What the bench writes past the ledger is what the ledger would have written.
func TestHistoryIsALedger(t *testing.T) {
	dir := t.TempDir()
	const n = 2*perStatement + 7
	if err := Fill(context.Background(), dir, n, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	v, err := ledger.Verify(context.Background(), filepath.Join(dir, ledger.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if want := (ledger.Verdict{Entries: 3 * n, Sales: n, Payments: n, Last: 3 * n, Hash: v.Hash}); v != want || len(v.Hash) != 64 {
		t.Errorf("%+v, want %+v", v, want)
	}
	db, err := ledger.Open(context.Background(), dir, time.Now) // and a till can go on from it
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Journal("test", 0, "", nil) }); err != nil {
		t.Error(err)
	}
	if _, err := ledger.Verify(context.Background(), db.Path()); err != nil {
		t.Error(err)
	}
}
