package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/private/privatetest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// open opens a ledger that the test's end closes.
func open(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func update(t *testing.T, db *DB, fn func(*Tx) error) {
	t.Helper()
	if err := db.Update(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func tea(reference string) Sale {
	return Sale{Reference: reference, Fingerprint: []byte("f"), Kind: "sale", Amount: channels.Money{Amount: 8800, Currency: "HKD"}, Description: "tea", Day: "2026-11-24"}
}

func addSale(t *testing.T, db *DB, reference string) Sale {
	t.Helper()
	s := tea(reference)
	update(t, db, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err })
	return s
}

// addPaid books a sale as the engine does: its payment, paid, and the journal.
func addPaid(t *testing.T, db *DB, reference, no string) Sale {
	t.Helper()
	s := addSale(t, db, reference)
	update(t, db, func(tx *Tx) error {
		p := Payment{OutTradeNo: no, Sale: s.N, Channel: "wechat", Wallet: "wechat", State: "submitting", SubmittedAt: tx.Now()}
		_, err := tx.InsertPayment(p, over)
		return errors.Join(err, tx.Journal("payment.submitted", s.N, no, nil))
	})
	update(t, db, func(tx *Tx) error {
		s.State, s.PaidBy = SalePaid, no
		p := Payment{OutTradeNo: no, State: "paid", PlatformID: "P" + no, PaidAt: tx.Now()}
		return errors.Join(tx.SavePayment(p), tx.SaveSale(s), tx.Journal("payment.paid", s.N, no, nil))
	})
	return s
}

// addRefund books a refund that is done.
func addRefund(t *testing.T, db *DB, s Sale, no string, amount int64) Sale {
	t.Helper()
	update(t, db, func(tx *Tx) error {
		f := Refund{RefundNo: no, Sale: s.N, OutTradeNo: s.PaidBy, Reference: "ref " + no, Fingerprint: []byte("f"), Amount: amount, Note: "cold", State: "done"}
		_, err := tx.CreateRefund(&f)
		s.Refunded += amount
		return errors.Join(err, tx.SaveSale(s), tx.Journal("refund.done", s.N, no, map[string]any{"amount": amount}))
	})
	return s
}

var over = [3]string{"declined", "revoked", "revoking"}

func TestOpenIsDurable(t *testing.T) {
	db := open(t, t.TempDir())
	for _, d := range []struct {
		name string
		q    querier
	}{{"writer", db.conn}, {"reader", db.read.DB}} {
		var mode string
		var level, keys int
		if err := errors.Join(d.q.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode),
			d.q.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level),
			d.q.QueryRowContext(ctx, `PRAGMA foreign_keys`).Scan(&keys)); err != nil {
			t.Fatal(err)
		}
		if mode != "wal" || level != 2 || keys != 1 {
			t.Errorf("%s: journal_mode %s, synchronous %d, foreign_keys %d", d.name, mode, level, keys)
		}
	}
}

// Where WAL is impossible (a file in memory stands for it), or where a
// connection came up with the driver's NORMAL, no money is taken.
func TestOpenRefusesWhatForgets(t *testing.T) {
	for name, source := range map[string]string{
		"no WAL": "file::memory:?_journal_mode=WAL&_synchronous=FULL",
		"NORMAL": strings.Replace(dsn(filepath.Join(t.TempDir(), "x.db"), ""), "FULL", "NORMAL", 1),
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := sql.Open("sqlite3", source)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			conn, err := raw.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			err = (&DB{path: "x.db", conn: conn}).assertDurable(ctx)
			if err == nil || !strings.Contains(err.Error(), "local disk") {
				t.Error(err)
			}
		})
	}
}

func TestSecondAgentIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	if _, err := Open(ctx, dir, time.Now); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Error(err)
	}
	addSale(t, db, "r1") // and did the first one no harm
}

func TestNewerFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, len(migrations)+1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the refusal gives the folder back
		if _, err := Open(ctx, dir, time.Now); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), FileName) {
			t.Error(err)
		}
	}
}

// The next version's migration is made after a copy that has everything, also
// when an earlier try was cut short; one that fails changes nothing.
func TestMigrationBacksUp(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	addSale(t, db, "r1")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	shipped := migrations
	t.Cleanup(func() { migrations = shipped })
	backup := filepath.Join(dir, fmt.Sprintf("%s.v%d.backup", FileName, len(shipped)))
	if err := os.WriteFile(backup+".part", []byte("cut short"), 0o644); err != nil {
		t.Fatal(err)
	}
	migrations = append(shipped[:len(shipped):len(shipped)], []string{`CREATE TABLE fresh (x) STRICT`})
	if _, err := Open(ctx, dir, time.Now); err == nil {
		t.Fatal("a migration that cannot be was made")
	}
	migrations[len(shipped)] = []string{`ALTER TABLE sale ADD COLUMN fresh TEXT NOT NULL DEFAULT ''`}
	db = open(t, dir)
	addSale(t, db, "r2")
	if v, err := Verify(ctx, backup); err != nil || v.Sales != 1 {
		t.Errorf("backup: %+v %v", v, err)
	}
	privatetest.Check(t, backup)
	if v, err := Verify(ctx, db.Path()); err != nil || v.Sales != 2 {
		t.Errorf("migrated: %+v %v", v, err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till", "data")
	db := open(t, dir)
	addSale(t, db, "r1")
	privatetest.Check(t, dir)
	for _, name := range []string{FileName, FileName + "-wal", FileName + "-shm", "tillpay.lock"} {
		privatetest.Check(t, filepath.Join(dir, name))
	}
}

// An older file that was left open to everybody is closed to them.
func TestOldFileBecomesPrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	privatetest.Expose(t, path)
	open(t, dir)
	privatetest.Check(t, path)
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "50%25", "q?mode=memory", "no#1", "店"} {
		if runtime.GOOS == "windows" && strings.Contains(name, "?") {
			continue // no name there
		}
		dir := filepath.Join(t.TempDir(), name)
		db := open(t, dir)
		addSale(t, db, "r1")
		if info, err := os.Stat(filepath.Join(dir, FileName)); err != nil || info.Size() == 0 {
			t.Errorf("%q: the file is elsewhere: %v", name, err)
		}
		if v, err := Verify(ctx, db.Path()); err != nil || v.Sales != 1 {
			t.Errorf("%q: %+v %v", name, v, err)
		}
	}
}
