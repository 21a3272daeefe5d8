package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
)

// together runs fns as callers that arrive while a commit runs, in their order,
// and answers what each was told.
func together(t *testing.T, db *DB, fns ...func(*Tx) error) []error {
	t.Helper()
	errs := make([]error, len(fns))
	var wg sync.WaitGroup
	db.writer.Lock()
	for i, fn := range fns {
		wg.Go(func() { errs[i] = db.Update(ctx, fn) })
		for db.waiting() <= i {
		}
	}
	db.writer.Unlock()
	wg.Wait()
	return errs
}

func creating(reference string) func(*Tx) error {
	return func(tx *Tx) error {
		s := tea(reference)
		_, err := tx.CreateSale(&s)
		return err
	}
}

func references(t *testing.T, db *DB) (all string) {
	t.Helper()
	found, err := db.Find(ctx, Search{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i := len(found) - 1; i >= 0; i-- {
		all += found[i].Reference + " "
	}
	return strings.TrimSpace(all)
}

func verified(t *testing.T, db *DB, entries int64) {
	t.Helper()
	v, err := Verify(ctx, db.Path())
	if err != nil || v.Entries != entries {
		t.Errorf("%+v %v, want %d entries", v, err, entries)
	}
}

func TestCommitsAreShared(t *testing.T) {
	db := open(t, t.TempDir())
	var fns []func(*Tx) error
	for i := range 50 {
		fns = append(fns, creating(fmt.Sprint("r", i)))
	}
	before := db.Commits()
	for _, err := range together(t, db, fns...) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := db.Commits() - before; got != 1 {
		t.Errorf("%d commits for 50 callers", got)
	}
	verified(t, db, 50)
}

// Who arrives while a commit runs is in the next one, led by the first of them.
func TestTheLeadGoesOn(t *testing.T) {
	db := open(t, t.TempDir())
	before := db.Commits()
	var wg sync.WaitGroup
	late := func(reference string) {
		wg.Go(func() {
			if err := db.Update(ctx, creating(reference)); err != nil {
				t.Error(err)
			}
		})
	}
	for range 3 {
		update(t, db, func(tx *Tx) error {
			for i := range 5 {
				late(fmt.Sprint("r", db.Commits(), i))
			}
			for db.waiting() < 5 {
			}
			return nil
		})
		wg.Wait()
	}
	if got := db.Commits() - before; got != 6 {
		t.Errorf("%d commits of three callers and those behind them", got)
	}
	verified(t, db, 15)
}

// Free-running callers: nobody is lost, and each is told the truth.
func TestManyCallers(t *testing.T) {
	db := open(t, t.TempDir())
	var wg sync.WaitGroup
	boom := errors.New("boom")
	for i := range 200 {
		wg.Go(func() {
			err := db.Update(ctx, func(tx *Tx) error {
				if err := creating(fmt.Sprint("r", i))(tx); err != nil || i%4 != 0 {
					return err
				}
				return boom
			})
			if (i%4 == 0) != errors.Is(err, boom) || i%4 != 0 && err != nil {
				t.Errorf("caller %d was told %v", i, err)
			}
		})
	}
	wg.Wait()
	if got := len(strings.Fields(references(t, db))); got != 150 {
		t.Errorf("%d sales", got)
	}
	verified(t, db, 150)
	t.Logf("%d commits for 200 callers", db.Commits())
}

func TestAFailureIsItsOwn(t *testing.T) {
	db := open(t, t.TempDir())
	boom := errors.New("boom")
	told := ""
	errs := together(t, db,
		creating("r1"),
		func(tx *Tx) error {
			tx.OnCommit(func() { told += "failed " })
			return errors.Join(creating("r2")(tx), boom)
		},
		func(tx *Tx) error {
			tx.OnCommit(func() { told += "panicked " })
			if err := creating("r3")(tx); err != nil {
				return err
			}
			panic("nil map")
		},
		func(tx *Tx) error { _, err := tx.Exec(`INSERT INTO nowhere VALUES (1)`); return err },
		func(tx *Tx) error {
			tx.OnCommit(func() { told += "stored" })
			return creating("r4")(tx)
		},
	)
	for i, want := range []string{"", "boom", "panic", "nowhere", ""} {
		if errs[i] == nil != (want == "") || want != "" && !strings.Contains(errs[i].Error(), want) {
			t.Errorf("caller %d: %v", i, errs[i])
		}
	}
	if told != "stored" {
		t.Errorf("told %q", told)
	}
	if got := references(t, db); got != "r1 r4" {
		t.Errorf("stored %q", got)
	}
	verified(t, db, 2)

	before := db.Commits()
	if err := db.Update(ctx, func(*Tx) error { return boom }); !errors.Is(err, boom) {
		t.Error(err)
	}
	if err := db.Update(ctx, func(*Tx) error { panic("alone") }); err == nil {
		t.Error("a panic was swallowed")
	}
	if db.Commits() != before {
		t.Error("a failure was committed")
	}
	addSale(t, db, "r5")
	verified(t, db, 3)
}

// The chain goes on behind a restart, and behind a panic in the middle of rows.
func TestChainGoesOn(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	addSale(t, db, "r1")
	if err := db.Update(ctx, func(tx *Tx) error {
		rows, err := tx.Query(`SELECT seq FROM journal`)
		if err != nil {
			return err
		}
		defer rows.Close()
		rows.Next()
		panic("rows are open")
	}); err == nil {
		t.Error("a panic was swallowed")
	}
	addSale(t, db, "r2")
	db.Prepare()
	addSale(t, db, "r3")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	addSale(t, db, "r4")
	verified(t, db, 4)
	if n, err := db.LastSeq(ctx); n != 4 || err != nil {
		t.Error(n, err)
	}
}

// A disk that failed is not trusted again, by anybody.
func TestBrokenDiskIsFinal(t *testing.T) {
	db := open(t, t.TempDir())
	broken := sqlite3.Error{Code: sqlite3.ErrIoErr}
	errs := together(t, db, creating("r1"), func(*Tx) error { return fmt.Errorf("ledger: %w", broken) })
	if !errors.As(errs[1], &sqlite3.Error{}) {
		t.Error(errs)
	}
	if err := db.Err(); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
	if err := db.Update(ctx, creating("r2")); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

// Nor by those who waited for their turn when it failed.
func TestBrokenDiskIsFinalForThoseWhoWait(t *testing.T) {
	db := open(t, t.TempDir())
	var wg sync.WaitGroup
	_ = db.Update(ctx, func(*Tx) error {
		for i := range 3 {
			wg.Go(func() {
				if err := db.Update(ctx, creating(fmt.Sprint("r", i))); !errors.Is(err, ErrBroken) {
					t.Error(err)
				}
			})
		}
		for db.waiting() < 3 {
		}
		return sqlite3.Error{Code: sqlite3.ErrIoErr}
	})
	wg.Wait()
	verified(t, db, 0)
}

// A full disk is passing: what failed left nothing, and the next try is stored.
func TestFullDiskIsNot(t *testing.T) {
	db := open(t, t.TempDir())
	addSale(t, db, "r1")
	var pages int
	if err := db.conn.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := db.conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	big := tea("big")
	big.Description = strings.Repeat("x", 100_000)
	filling := func(tx *Tx) error { s := big; _, err := tx.CreateSale(&s); return err }
	if err := db.Update(ctx, filling); !Full(err) {
		t.Error(err)
	}
	for i, err := range together(t, db, creating("r2"), filling, creating("r3")) {
		if i == 1 && !Full(err) {
			t.Error(err)
		}
		if err != nil && !strings.Contains(err.Error(), "full") && !strings.Contains(err.Error(), "part") {
			t.Error(err)
		}
	}
	if db.Err() != nil {
		t.Error(db.Err())
	}
	limit(1 << 20)
	update(t, db, filling)
	if _, err := Verify(ctx, db.Path()); err != nil {
		t.Error(err)
	}
}

func TestUpdateOfACallerWhoLeft(t *testing.T) {
	db := open(t, t.TempDir())
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.Update(gone, creating("r1")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	verified(t, db, 0)
}

func TestCreateSaleOnce(t *testing.T) {
	db := open(t, t.TempDir())
	var wg sync.WaitGroup
	var mu sync.Mutex
	fresh, ids := 0, map[string]bool{}
	for range 100 {
		wg.Go(func() {
			s, first := tea("r1"), false
			if err := db.Update(ctx, func(tx *Tx) (err error) { first, err = tx.CreateSale(&s); return err }); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[s.ID()] = true
			if first {
				fresh++
			}
		})
	}
	wg.Wait()
	if fresh != 1 || len(ids) != 1 {
		t.Errorf("made %d times, as %v", fresh, ids)
	}
	other := tea("r1")
	other.Fingerprint = []byte("another body")
	if err := db.Update(ctx, func(tx *Tx) error { _, err := tx.CreateSale(&other); return err }); !errors.Is(err, ErrConflict) {
		t.Error(err)
	}
	verified(t, db, 1)
}

func TestInsertPaymentGuards(t *testing.T) {
	db := open(t, t.TempDir())
	s := addSale(t, db, "r1")
	n := 0
	insert := func(sale int64) (stored bool) {
		n++
		update(t, db, func(tx *Tx) (err error) {
			stored, err = tx.InsertPayment(Payment{OutTradeNo: fmt.Sprint("p", n), Sale: sale, State: "submitting", SubmittedAt: tx.Now()}, over)
			return err
		})
		return stored
	}
	if !insert(s.N) {
		t.Fatal("an open sale takes no payment")
	}
	for state, want := range map[string]bool{"submitting": false, "paying": false, "paid": false, "attention": false, "declined": true, "revoked": true, "revoking": true} {
		update(t, db, func(tx *Tx) error { _, err := tx.Exec(`UPDATE payment SET state = ?`, state); return err })
		if got := insert(s.N); got != want {
			t.Errorf("beside a payment that is %s: %v", state, got)
		}
	}
	for _, state := range []string{SalePaid, SaleCancelled, SaleRefunded} {
		s := addSale(t, db, state)
		s.State = state
		update(t, db, func(tx *Tx) error { return tx.SaveSale(s) })
		if insert(s.N) {
			t.Errorf("a sale that is %s takes a payment", state)
		}
	}
	if insert(12345) {
		t.Error("no sale takes a payment")
	}
}
