// Package ledger is the till's memory: sales, payments, refunds and the
// journal, in one SQLite file with one writer. A commit that it reports is on
// stable storage; it opens no file that cannot promise that.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3" // the driver; its error codes sort what a failed commit means
)

// FileName is the ledger's file in the data folder.
const FileName = "tillpay.db"

// ErrBroken is what every Update answers after the disk failed in the middle of
// one: the handle can no longer be trusted, and only a restart reads what is
// really on disk.
var ErrBroken = errors.New("ledger: the disk failed; restart tillpay to read what is on it")

// DB is the open file. Safe for concurrent use.
type DB struct {
	path    string
	lock    *folderLock
	read    *sql.DB
	writeDB *sql.DB
	now     func() time.Time

	writer  sync.Mutex // held by the leader of a batch
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	tail    tail
	commits atomic.Int64
	broken  atomic.Bool

	batch   sync.Mutex // guards pending
	pending []*request

	slow commitTimer
}

// Open opens the ledger in dir, makes it on a first start, and brings an older
// one up to date after a backup. It fails rather than run without durability.
func Open(ctx context.Context, dir string, now func() time.Time) (_ *DB, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	db := &DB{path: filepath.Join(dir, FileName), lock: lock, now: now, stmts: map[string]*sql.Stmt{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if err = makeFile(db.path); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if db.writeDB, err = sql.Open("sqlite3", dsn(db.path, "")); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	db.writeDB.SetMaxOpenConns(1)
	if db.conn, err = db.writeDB.Conn(ctx); err != nil {
		return nil, fmt.Errorf("ledger: open %s: %w", db.path, err)
	}
	if err = db.assertDurable(ctx); err != nil {
		return nil, err
	}
	if err = db.migrate(ctx); err != nil {
		return nil, err
	}
	// A first start is ready only once file and folder are on disk: a journal
	// resurrected by a power cut would be rolled into the new file.
	if err = syncFolder(dir); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err = db.loadTail(ctx); err != nil {
		return nil, err
	}
	if db.read, err = sql.Open("sqlite3", dsn(db.path, "&_query_only=1")); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	db.read.SetMaxOpenConns(2)
	db.read.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

// dsn sets what the driver's defaults get wrong: it opens every connection with
// synchronous=NORMAL, which forgets acknowledged commits in a power cut.
func dsn(path, more string) string {
	return "file:" + uriPath.Replace(path) + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_txlock=immediate" + more
}

// uriPath writes a path into SQLite's URI.
var uriPath = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

// makeFile makes the file before SQLite does, readable by nobody else: the
// write-ahead log and its index take over its mode.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// assertDurable reads back what was set: a file system that cannot do WAL
// leaves another mode behind without an error.
func (db *DB) assertDurable(ctx context.Context) error {
	var mode string
	var level int
	if err := db.conn.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		return fmt.Errorf("ledger: %s: %w", db.path, err)
	}
	if err := db.conn.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level); err != nil {
		return fmt.Errorf("ledger: %s: %w", db.path, err)
	}
	if mode != "wal" || level != 2 {
		return fmt.Errorf("ledger: %s: journal_mode is %q and synchronous %d, not wal and 2 (FULL): no money is taken on a disk that may forget it; put the data folder on a local disk", db.path, mode, level)
	}
	return nil
}

// Close checkpoints and closes the file. No Update may be running.
func (db *DB) Close() error {
	var errs []error
	for _, s := range db.stmts {
		errs = append(errs, s.Close())
	}
	if db.conn != nil {
		errs = append(errs, db.conn.Close())
	}
	for _, d := range []*sql.DB{db.read, db.writeDB} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(append(errs, db.lock.release())...)
}

// Path is the file's name.
func (db *DB) Path() string { return db.path }

// Commits is the number of durable commits since Open; tests count them.
func (db *DB) Commits() int64 { return db.commits.Load() }

// CommitTime is what a durable commit costs here, as a moving average.
func (db *DB) CommitTime() time.Duration { return db.slow.average() }

// Err tells whether the ledger still takes sales.
func (db *DB) Err() error {
	if db.broken.Load() {
		return ErrBroken
	}
	return nil
}

// failedDisk tells an error after which the handle's state is unknown (I/O,
// corruption) from one that a later try may not meet (full, busy).
func failedDisk(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrIoErr || e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}

// Full tells a full disk, so that it can be said in words.
func Full(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrFull
}
