package ledger

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// books is a ledger with some of everything.
func books(t *testing.T) *DB {
	t.Helper()
	db := open(t, t.TempDir())
	addRefund(t, db, addPaid(t, db, "r1", "p1"), "f1", 800)
	addPaid(t, db, "r2", "p2")
	addSale(t, db, "r3")
	return db
}

// copied is the file as a technician copies it: after a backup, in one piece.
func copied(t *testing.T, db *DB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	db.writer.Lock()
	defer db.writer.Unlock()
	if _, err := db.conn.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	raw, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, s := range statements {
		r, err := raw.Exec(s)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.RowsAffected(); n == 0 {
			t.Fatalf("%s changed nothing", s)
		}
	}
}

func TestVerifyWhileInUseAndOnCopies(t *testing.T) {
	db := books(t)
	if v, err := Verify(ctx, db.Path()); err != nil || v != (Verdict{Last: 8, Hash: v.Hash, Entries: 8, Sales: 3, Payments: 2, Refunds: 1, Mark: 8}) {
		t.Errorf("in use: %+v %v", v, err)
	}
	path := copied(t, db)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(ctx, path); err != nil || v.Entries != 8 {
		t.Errorf("a copy: %+v %v", v, err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Error("Verify changed the file", err)
	}
	// The files as they lie there, copied together while the till runs.
	raw := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(db.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(raw, FileName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if v, err := Verify(ctx, filepath.Join(raw, FileName)); err != nil || v.Entries != 8 {
		t.Errorf("raw files: %+v %v", v, err)
	}
	if _, err := Verify(ctx, filepath.Join(raw, "none.db")); err == nil {
		t.Error("no file was found whole")
	}
}

// What was changed behind the till's back is found, and named.
func TestVerifyFinds(t *testing.T) {
	const stolen = `INSERT INTO payment (out_trade_no, sale, channel, wallet, code_last4, state, submitted_at)
		SELECT 'p9', n, 'wechat', 'wechat', '', 'paid', 1 FROM sale WHERE reference = 'r1'`
	for _, c := range []struct {
		what, says string
		seq        int64
		statements []string
	}{
		{"an edited entry", "entry 3", 4, []string{`UPDATE journal SET data = '{"amount":1}' WHERE seq = 3`}},
		{"an edited time", "entry 3", 4, []string{`UPDATE journal SET at = at + 1 WHERE seq = 3`}},
		{"an edited kind", "entry 5", 6, []string{`UPDATE journal SET kind = 'payment.declined' WHERE seq = 5`}},
		{"an entry moved to another sale", "entry 5", 6, []string{`UPDATE journal SET sale = sale + 1 WHERE seq = 5`}},
		{"a deleted entry", "entries are missing", 4, []string{`DELETE FROM journal WHERE seq = 3`}},
		{"a deleted first entry", "entries are missing", 2, []string{`DELETE FROM journal WHERE seq = 1`}},
		{"a deleted entry, closed up", "does not carry", 3, []string{`DELETE FROM journal WHERE seq = 3`, `UPDATE journal SET seq = -seq WHERE seq > 3`, `UPDATE journal SET seq = -seq - 1 WHERE seq < 0`}},
		{"two entries changed about", "does not carry", 3, []string{`UPDATE journal SET seq = 99 WHERE seq = 3`, `UPDATE journal SET seq = 3 WHERE seq = 4`, `UPDATE journal SET seq = 4 WHERE seq = 99`}},
		{"a deleted last entry", "the sale is not as the journal says", 0, []string{`DELETE FROM journal WHERE seq = 8`}},
		{"two paid payments", "two paid payments", 0, []string{stolen}},
		{"a refunded sum", "not the sum", 0, []string{`UPDATE sale SET refunded = 700 WHERE reference = 'r1'`}},
		{"a paid sale without its payment", "paid by no paid payment", 0, []string{`UPDATE sale SET state = 'paid', paid_by = 'p1' WHERE reference = 'r3'`}},
		{"a paid payment of a sale that says unpaid", "its sale does not say so", 0, []string{`UPDATE sale SET state = 'open', paid_by = '' WHERE reference = 'r2'`}},
		{"a payment made paid", "not in the journal", 0, []string{strings.Replace(stolen, "'r1'", "'r3'", 1), `UPDATE sale SET state = 'paid', paid_by = 'p9' WHERE reference = 'r3'`}},
		{"a paid payment made revoked", "paid by no paid payment", 0, []string{`UPDATE payment SET state = 'revoked' WHERE out_trade_no = 'p2'`}},
		{"another amount", "the sale is not as the journal says", 0, []string{`UPDATE sale SET amount = 880 WHERE reference = 'r2'`}},
		{"another currency", "the sale is not as the journal says", 0, []string{`UPDATE sale SET currency = 'JPY' WHERE reference = 'r2'`}},
		{"another refund", "the refund is not as the journal says", 0, []string{`UPDATE refund SET amount = 80`, `UPDATE sale SET refunded = 80 WHERE reference = 'r1'`}},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := copied(t, books(t))
			tamper(t, path, c.statements...)
			_, err := Verify(ctx, path)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatal(err)
			}
			var chain *ChainError
			if errors.As(err, &chain) != (c.seq != 0) || chain != nil && chain.Seq != c.seq {
				t.Error(err)
			}
		})
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	path := copied(t, books(t))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 4096; at < len(b); at += 4096 { // every page's header but the first
		b[at] ^= 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(ctx, path); err == nil {
		t.Error("a damaged file was found whole")
	}
}
