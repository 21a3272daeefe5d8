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

	"tillpay/channels/private"

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
	driver  string
	path    string
	lock    *folderLock
	read    *reader
	writeDB *sql.DB
	now     func() time.Time
	sys     system
	found   []Loss

	writer   sync.Mutex // held by the leader of a batch
	conn     *sql.Conn
	stmts    map[string]*sql.Stmt
	tail     tail
	mark     *mark
	commits  atomic.Int64
	unlogged atomic.Int64 // commits since the last whole checkpoint

	broken    atomic.Bool
	breakOnce sync.Once
	brokenNow chan struct{}

	upkeep  upkeep
	reserve *reserve

	batch   sync.Mutex // guards pending and led
	pending []*request
	led     bool // somebody leads a commit, or is about to
	crowd   int  // shared the last commit; writer guards it

	slow commitTimer
}

// SQLite is the name that mattn's driver goes by.
const SQLite = "sqlite3"

// system is what the ledger asks of the operating system beside SQLite. Tests fail it.
type system struct {
	syncFolder func(dir string) error
	freeBytes  func(dir string) (int64, error)
}

// Open opens the ledger in dir, makes it on a first start, and brings an older
// one up to date after a backup. It fails rather than run without durability. A
// file that is damaged is kept under another name, and what can be read of it is
// in the one that is opened: Found tells of that, and of entries that are gone.
func Open(ctx context.Context, dir string, now func() time.Time) (*DB, error) {
	return OpenThrough(ctx, SQLite, dir, now)
}

// OpenThrough is Open through another driver of database/sql: a simulator's, which
// stands before SQLite's and makes calls fail.
func OpenThrough(ctx context.Context, driver, dir string, now func() time.Time) (*DB, error) {
	return openOn(ctx, driver, dir, now, system{syncFolder, freeBytes})
}

func openOn(ctx context.Context, driver, dir string, now func() time.Time, sys system) (_ *DB, err error) {
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	db := &DB{driver: driver, path: filepath.Join(dir, FileName), lock: lock, now: now, sys: sys, stmts: map[string]*sql.Stmt{},
		reserve: openReserve(dir), brokenNow: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if db.Room() != nil {
		db.reserve.give(2*reserveStep, time.Time{}) // to start needs a little itself
	}
	if err = installSalvage(dir, sys); err != nil {
		return nil, err
	}
	witness := readMark(dir)
	if err = db.begin(ctx, witness); damaged(err) {
		if err = db.salvage(ctx, witness, err); err == nil {
			err = db.begin(ctx, readMark(dir))
		}
	}
	return db, err
}

// begin opens the file that is there, or makes one, and compares it with what
// the mark beside it remembers.
func (db *DB) begin(ctx context.Context, witness *Mark) (err error) {
	dir := filepath.Dir(db.path)
	crashed := notEmpty(db.path + "-wal")
	if witness != nil && witness.Seq > 0 && !notEmpty(db.path) {
		return fmt.Errorf("ledger: %s: %w: it is empty, and had %d entries", db.path, errDamaged, witness.Seq)
	}
	if err := makeFile(db.path); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := db.openWriter(ctx, db.path); err != nil {
		return err
	}
	if err := db.assertDurable(ctx); err != nil {
		return err
	}
	if crashed {
		// A sync that failed may have left in memory what is not on the disk, and a
		// later one would not write it (fsync(2) tells an error once). What is read
		// from the log now is written again before anything builds on it.
		if err := db.checkpoint(ctx, db.conn, "RESTART"); err != nil {
			return err
		}
	}
	changed, err := db.migrate(ctx, witness)
	if err == nil && changed { // the mark keeps the first page as it lies in the file
		err = db.checkpoint(ctx, db.conn, "PASSIVE")
	}
	if err != nil {
		return err
	}
	// A first start is ready only once file and folder are on disk: a journal
	// resurrected by a power cut would be rolled into the new file.
	if err := db.sys.syncFolder(dir); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := db.loadTail(ctx); err != nil {
		return err
	}
	if err := db.readable(ctx); err != nil {
		return err
	}
	read, err := sql.Open(db.driver, dsn(db.path, "&_query_only=1&_stmt_cache_size=24"))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	db.read = &reader{read, db.notice}
	db.read.SetMaxOpenConns(2)
	db.read.SetConnMaxIdleTime(time.Hour)
	return db.compare(ctx, witness)
}

// openWriter opens the one connection that writes.
func (db *DB) openWriter(ctx context.Context, path string) (err error) {
	if db.writeDB, err = sql.Open(db.driver, dsn(path, "")); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	db.writeDB.SetMaxOpenConns(1)
	if db.conn, err = db.writeDB.Conn(ctx); err != nil {
		return fmt.Errorf("ledger: open %s: %w", path, err)
	}
	if _, err := db.conn.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 0`); err != nil { // see checkpoint
		return fmt.Errorf("ledger: open %s: %w", path, err)
	}
	return nil
}

func notEmpty(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// dsn sets what the driver's defaults get wrong: it opens every connection with
// synchronous=NORMAL, which forgets acknowledged commits in a power cut. SQLite needs
// no lock of its own around a connection: database/sql gives it to one caller at a time.
func dsn(path, more string) string {
	return "file:" + uriPath.Replace(path) + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_txlock=immediate&_mutex=no" + more
}

// uriPath writes a path into SQLite's URI.
var uriPath = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

// makeFolder makes the folder, its owner's alone; one that is there stays as it is.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return private.Keep(dir, 0o700)
}

// makeFile makes the file before SQLite does, readable by nobody else: the
// write-ahead log and its index take over its mode.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), private.Keep(path, 0o600))
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
	db.upkeep.end()
	var errs []error
	if db.mark != nil && !db.broken.Load() {
		errs = append(errs, db.checkpoint(context.Background(), db.conn, "PASSIVE"), db.mark.file.Sync())
	}
	return errors.Join(append(errs, db.shut(), db.lock.release())...)
}

// shut lets go of the files, but not of the folder.
func (db *DB) shut() error {
	var errs []error
	for _, s := range db.stmts {
		errs = append(errs, s.Close())
	}
	clear(db.stmts)
	if db.conn != nil {
		errs = append(errs, db.conn.Close())
	}
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.writeDB != nil {
		errs = append(errs, db.writeDB.Close())
	}
	if db.mark != nil {
		errs = append(errs, db.mark.file.Close())
	}
	db.conn, db.read, db.writeDB, db.mark = nil, nil, nil, nil
	return errors.Join(errs...)
}

// Path is the file's name.
func (db *DB) Path() string { return db.path }

// Commits is the number of durable commits since Open; tests count them.
func (db *DB) Commits() int64 { return db.commits.Load() }

// CommitTime is what a durable commit costs here, as a moving average.
func (db *DB) CommitTime() time.Duration { return db.slow.average() }

// Err tells why the ledger takes no new sale, if it does not: ErrBroken, or ErrFull.
func (db *DB) Err() error {
	if db.broken.Load() {
		return ErrBroken
	}
	return db.Room()
}

// Broken is closed when the disk failed.
func (db *DB) Broken() <-chan struct{} { return db.brokenNow }

// fail makes an error of the disk final for this handle.
func (db *DB) fail(err error) {
	db.broken.Store(true)
	db.breakOnce.Do(func() { close(db.brokenNow) })
	if m := db.mark; damaged(err) && m != nil {
		_ = m.doubt() // if this fails too, the next start finds out by itself
	}
}

// notice is told of every error of a reader.
func (db *DB) notice(err error) {
	if err != nil && failedDisk(err) {
		db.fail(err)
	}
}

// is tells whether err is one of SQLite's with this code.
func is(err error, code sqlite3.ErrNo) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == code
}

// failedDisk tells an error after which the handle's state is unknown (I/O,
// corruption, a file that cannot be opened any more) from one that a later try
// may not meet (full, busy).
func failedDisk(err error) bool {
	return is(err, sqlite3.ErrIoErr) || is(err, sqlite3.ErrCantOpen) || damaged(err)
}

// errDamaged is what SQLite does not notice of a damaged file.
var errDamaged = errors.New("the file is damaged")

// damaged tells an error that means that the file holds nonsense.
func damaged(err error) bool {
	return is(err, sqlite3.ErrCorrupt) || is(err, sqlite3.ErrNotADB) || errors.Is(err, errDamaged)
}

// unreadable makes an error of reading back what this program wrote one of
// damage, where SQLite took nonsense for a value: a table that is not there, a
// text where a number was.
func unreadable(err error) error {
	var e sqlite3.Error
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, &e) && e.Code != sqlite3.ErrError {
		return err
	}
	return fmt.Errorf("%w: %w", errDamaged, err)
}

// Failed tells an error of the disk under an open ledger: closing it and opening
// it anew reads what is really there.
func Failed(err error) bool { return errors.Is(err, ErrBroken) || failedDisk(err) }

func sqliteFull(err error) bool { return is(err, sqlite3.ErrFull) }
