package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// Tx is one durable transaction. It is valid inside the function it was given to.
type Tx struct {
	db    *DB
	hooks []func()
	tail  tail    // the journal's end as this transaction sees it
	wrote []Entry // for the mark
}

// Exec runs one statement, kept prepared for the next time.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	s, err := tx.db.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

// Query runs one query, kept prepared for the next time.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	s, err := tx.db.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

// row is Query for one row.
func (tx *Tx) row(query string, args ...any) scannable {
	s, err := tx.db.prepared(query)
	if err != nil {
		return failedRow{err}
	}
	return s.QueryRowContext(context.Background(), args...)
}

// OnCommit registers f to run once the transaction is durable.
func (tx *Tx) OnCommit(f func()) { tx.hooks = append(tx.hooks, f) }

// Now is the time that this transaction's rows carry.
func (tx *Tx) Now() time.Time { return tx.db.now() }

type scannable interface{ Scan(...any) error }

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

func (db *DB) prepared(query string) (*sql.Stmt, error) {
	if s := db.stmts[query]; s != nil {
		return s, nil
	}
	s, err := db.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	db.stmts[query] = s
	return s, nil
}

// request is one caller's part of a shared commit.
type request struct {
	fn    func(*Tx) error
	hooks []func()
	wrote []Entry
	err   error
	told  chan bool // true: the lead is yours; false: it is committed, or failed
}

// Update runs fn in a durable transaction: when it returns nil, what fn wrote
// is on stable storage. Callers that arrive while a commit runs share the next
// one, so fn must take no lock and touch nothing that is not its own. An error
// from fn undoes fn alone. fn may run twice: a full disk has all of them run anew.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if db.broken.Load() {
		return ErrBroken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{fn: fn, told: make(chan bool, 1)}
	if db.join(r) || <-r.told {
		db.lead()
	}
	if r.err == nil {
		for _, f := range r.hooks {
			f()
		}
	}
	return r.err
}

// join has r wait for the next commit, and tells whether its caller must lead it:
// somebody does while anybody waits.
func (db *DB) join(r *request) (leads bool) {
	db.batch.Lock()
	defer db.batch.Unlock()
	db.pending = append(db.pending, r)
	leads, db.led = !db.led, true
	return leads
}

// lead commits for all who wait, its caller among them, and gives the lead to the
// first who came meanwhile.
func (db *DB) lead() {
	db.writer.Lock()
	db.gather()
	db.batch.Lock()
	batch := db.pending
	db.pending = nil
	db.batch.Unlock()
	db.commit(batch)
	db.crowd = len(batch)
	db.writer.Unlock()
	db.batch.Lock()
	defer db.batch.Unlock()
	if db.led = len(db.pending) > 0; db.led {
		db.pending[0].told <- true
	}
}

// gather lets those run first who shared the last commit: they are about to come
// back, and would each wait for a commit more. Nobody waits for a lone caller.
func (db *DB) gather() {
	for tries := 0; tries < 3 && db.waiting() < db.crowd; tries++ {
		runtime.Gosched()
	}
}

func (db *DB) waiting() int {
	db.batch.Lock()
	defer db.batch.Unlock()
	return len(db.pending)
}

// commit runs a batch as one transaction and reports to every part of it. What
// finds the disk full is stored from the reserve.
func (db *DB) commit(batch []*request) {
	start := time.Now()
	err := ErrBroken // while they waited
	if !db.broken.Load() {
		err = db.transaction(batch)
	}
	for full(batch, err) && db.reserve.give(reserveStep, db.now()) {
		for _, r := range batch {
			r.err = nil
		}
		err = db.transaction(batch)
	}
	if err == nil {
		db.commits.Add(1)
		db.slow.add(time.Since(start))
		db.remember(batch)
	}
	for _, r := range batch {
		if r.err == nil && err != nil {
			r.err = err
		}
		if failedDisk(r.err) {
			db.fail(r.err)
		}
		r.told <- false // to the leader's own nobody listens
	}
	if n := db.unlogged.Add(1); err == nil && n >= checkpointAtLast {
		if err := db.checkpoint(context.Background(), db.conn, "PASSIVE"); err != nil {
			db.fail(err)
		}
	}
	db.upkeep.soon(db.keepUp)
}

// full tells a batch that failed for want of room. SQLite may have undone all of
// it, so that a part of it failed for want of its savepoint.
func full(batch []*request, err error) bool {
	for _, r := range batch {
		if sqliteFull(r.err) {
			return true
		}
	}
	return sqliteFull(err)
}

// remember has the mark follow what was just committed, where that was journaled.
// Its write is not synced.
func (db *DB) remember(batch []*request) {
	for _, r := range batch {
		if r.err == nil {
			db.mark.learn(r.wrote, db.beginning)
		}
	}
	if db.mark.end.seq == db.tail.seq {
		return
	}
	if err := db.mark.write(db.tail); err != nil {
		db.fail(fmt.Errorf("ledger: %s: %w", MarkName, err))
	}
}

// beginning is the entry that a sale began with, if it can be read.
func (db *DB) beginning(sale int64) (Entry, error) {
	s, err := db.prepared(`SELECT ` + entryColumns + `WHERE sale = ? AND kind = '` + created + `' LIMIT 1`)
	if err != nil {
		return Entry{}, err
	}
	return scanEntry(s.QueryRowContext(context.Background(), sale))
}

func (db *DB) transaction(batch []*request) error {
	if err := db.do(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("ledger: begin: %w", err)
	}
	end := db.tail
	for _, r := range batch {
		var err error
		if end, err = db.part(r, end, len(batch) > 1); err != nil {
			db.rollback()
			return err
		}
	}
	if len(batch) == 1 && batch[0].err != nil {
		db.rollback()
		return batch[0].err
	}
	if err := db.do(`COMMIT`); err != nil {
		db.rollback()
		return fmt.Errorf("ledger: commit: %w", err)
	}
	db.tail = end
	return nil
}

// part runs one caller's function; when the commit is shared, inside a
// savepoint. Its own failure is its own; an error returned here fails all.
func (db *DB) part(r *request, end tail, shared bool) (tail, error) {
	if shared {
		if err := db.do(`SAVEPOINT part`); err != nil {
			return end, fmt.Errorf("ledger: %w", err)
		}
	}
	tx := &Tx{db: db, tail: end}
	if r.err = safely(tx, r.fn); r.err != nil {
		if shared {
			if err := db.do(`ROLLBACK TO part`); err != nil {
				return end, fmt.Errorf("ledger: %w", err)
			}
		}
		return end, nil
	}
	if shared {
		if err := db.do(`RELEASE part`); err != nil {
			return end, fmt.Errorf("ledger: %w", err)
		}
	}
	r.hooks, r.wrote = tx.hooks, tx.wrote
	return tx.tail, nil
}

// safely turns a panic in fn into its error: the other callers of the batch, and
// the file, must not pay for it.
func safely(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("ledger: panic in a transaction: %v", r)
		}
	}()
	return fn(tx)
}

func (db *DB) do(command string) error {
	s, err := db.prepared(command)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background())
	return err
}

// rollback may find nothing to roll back: SQLite does it by itself on some errors.
func (db *DB) rollback() { _ = db.do(`ROLLBACK`) }

// commitTimer is a moving average over about 16 commits.
type commitTimer struct{ ns atomic.Int64 }

func (t *commitTimer) add(d time.Duration) {
	old := t.ns.Load()
	if old == 0 {
		t.ns.Store(int64(d))
		return
	}
	t.ns.Store(old + (int64(d)-old)/16)
}

func (t *commitTimer) average() time.Duration { return time.Duration(t.ns.Load()) }

// Prepare grows the write-ahead log once, so that a till pays the steady price of a
// commit from its first sale: every sync of a growing file writes its size as well.
// Then it sets room aside for a full disk. Call it when there is time.
func (db *DB) Prepare() {
	if db.Room() != nil {
		return
	}
	if err := db.growLog(); err != nil {
		db.fail(fmt.Errorf("ledger: %s-wal: %w", db.path, err))
	}
	db.reserve.wanted.Store(true)
	db.upkeep.soon(db.keepUp)
}

// growLog writes zeros behind the log's end. SQLite overwrites them in time; whoever
// reads the log until then ends there, as a frame of zeros has none of its salts
// (https://sqlite.org/fileformat2.html#the_write_ahead_log).
func (db *DB) growLog() error {
	db.writer.Lock() // nobody else writes to the log
	defer db.writer.Unlock()
	f, err := os.OpenFile(db.path+"-wal", os.O_RDWR, 0)
	if err != nil {
		return nil // only speed is at stake
	}
	defer f.Close()
	const grown = 2 << 20
	zeros := make([]byte, 64<<10)
	at, err := f.Seek(0, io.SeekEnd)
	for at < grown && err == nil {
		var n int
		n, err = f.WriteAt(zeros, at)
		at += int64(n)
	}
	if err != nil {
		return nil
	}
	return f.Sync()
}
