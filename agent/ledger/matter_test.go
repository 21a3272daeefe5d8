package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stuckPayment books a payment that needs a person, with or without its matter.
func stuckPayment(t *testing.T, db *DB, reference, no string, also func(*Tx, Sale) error) {
	t.Helper()
	s := addSale(t, db, reference)
	update(t, db, func(tx *Tx) error {
		p := Payment{OutTradeNo: no, Sale: s.N, Channel: "wechat", Wallet: "wechat", State: "submitting", SubmittedAt: tx.Now()}
		_, err := tx.InsertPayment(p, over)
		p.State, p.EndedAt = "attention", tx.Now()
		return errors.Join(err, tx.SavePayment(p), tx.Journal("payment.attention", s.N, no, nil), also(tx, s))
	})
}

func TestMattersAreRaisedOnceAndClosedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, t.TempDir())
		raise := func(quiet time.Duration) {
			update(t, db, func(tx *Tx) error {
				return tx.Raise(Matter{Kind: "undo", Number: "p1", Data: json.RawMessage(`{"x":1}`)}, quiet)
			})
		}
		one := func() Matter {
			t.Helper()
			all, err := db.Matters(ctx)
			if err != nil || len(all) != 1 {
				t.Fatalf("%d matters, %v", len(all), err)
			}
			return all[0]
		}
		raise(0)
		raise(0)
		m := one()
		if n, err := ParseMatterID(m.ID()); err != nil || n != m.N || string(m.Data) != `{"x":1}` || !m.Open() {
			t.Errorf("%+v %v", m, err)
		}
		closed := func() error {
			return db.Update(ctx, func(tx *Tx) error {
				return tx.CloseMatter(m.N, Closing{Choice: "wait", By: "Chan", Note: "so", Platform: "paid"})
			})
		}
		if err := closed(); err != nil {
			t.Fatal(err)
		}
		if err := closed(); !errors.Is(err, ErrClosed) {
			t.Errorf("closed twice: %v", err)
		}
		if m, err := db.Matter(ctx, m.N); err != nil || m.Open() || m.Choice != "wait" || m.By != "Chan" || m.Note != "so" {
			t.Errorf("%+v %v", m, err)
		}
		raise(time.Hour) // the person who chose to wait is left in peace
		if n, err := db.Attentions(ctx); err != nil || n != 0 {
			t.Errorf("%d matters, %v", n, err)
		}
		time.Sleep(2 * time.Hour)
		raise(time.Hour)
		if again := one(); again.N == m.N {
			t.Error("the closed matter was opened again")
		}
		update(t, db, func(tx *Tx) error { return tx.Mended("undo", "p1", "till") })
		raise(time.Hour) // what settled itself silences nobody
		one()
		if _, err := Verify(context.Background(), db.Path()); err != nil {
			t.Error(err)
		}
	})
	for _, id := range []string{"", "a", "s1", "a0x!", "A1", "a01"} {
		if _, err := ParseMatterID(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// What needed a person before there was a list is on it after the migration.
func TestMigrationListsWhatWaited(t *testing.T) {
	dir := t.TempDir()
	shipped := migrations
	t.Cleanup(func() { migrations = shipped })
	migrations = shipped[:2]
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	stuckPayment(t, db, "r1", "p1", func(tx *Tx, _ Sale) error {
		_, err := tx.Exec(`INSERT INTO job (kind, key, payload, error) VALUES ('print', 'sale/p1/0', x'', 'no such slip')`)
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	migrations = shipped
	db = open(t, dir)
	all, err := db.Matters(ctx)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, m := range all {
		switch m.Kind {
		case "payment":
			if m.Number != "p1" || m.Sale == 0 || time.Since(m.RaisedAt) > time.Minute {
				t.Errorf("%+v", m)
			}
		case "job":
			if m.Number != "print/sale/p1/0" || string(m.Data) != `{"reason":"no such slip"}` {
				t.Errorf("%+v", m)
			}
		default:
			t.Errorf("%+v", m)
		}
	}
	for _, name := range []string{FileName, FileName + ".v2.backup"} { // of which the second knows no list
		if _, err := Verify(ctx, filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyFindsInMatters(t *testing.T) {
	db := open(t, t.TempDir())
	stuckPayment(t, db, "r1", "p1", func(*Tx, Sale) error { return nil })
	if _, err := Verify(ctx, db.Path()); err == nil || !strings.Contains(err.Error(), "p1: the payment needs a person") {
		t.Errorf("a payment that nobody is told of: %v", err)
	}
	db = open(t, t.TempDir())
	stuckPayment(t, db, "r1", "p1", func(tx *Tx, s Sale) error { return tx.Raise(Matter{Kind: "payment", Number: "p1", Sale: s.N}, 0) })
	if _, err := Verify(ctx, db.Path()); err != nil {
		t.Fatal(err)
	}
	path := copied(t, db)
	tamper(t, path, `UPDATE payment SET state = 'submitting'`, `INSERT INTO matter (kind, number, sale, data, raised_at, closed_at, choice, by_whom) VALUES ('refund', 'f1', 0, '{}', 1, 2, 'given_back', 'Chan')`)
	if _, err := Verify(ctx, path); err == nil {
		t.Error("a closing that is not in the journal was not found")
	}
}
