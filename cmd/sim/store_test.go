package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/ledger/disktest"
	"tillpay/channels"

	"github.com/mattn/go-sqlite3"
)

// throughStore is the database/sql driver that stands between the ledger and
// SQLite, and makes its commits fail. The file beneath is a real one.
const throughStore = "sqlite3-sim"

func init() { sql.Register(throughStore, storeDriver{}) }

// store is the disk as one run of the till sees it.
type store struct {
	mu sync.Mutex
	// armed is the fault of the next commit that is the first at its instant: of
	// those that follow in the same cascade the order is nobody's promise.
	armed   fault
	last    time.Time
	onFault func(fault)
	crash   func(fault) // called within a commit: the process is gone

	dead    atomic.Bool // the process is gone: nothing more reaches the file
	commits atomic.Int64
}

// stores by the folder of their file.
var stores sync.Map

func (s *store) arm(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = f
}

func (s *store) isArmed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.armed != ""
}

// take is the fault that this statement meets, if it is the one.
func (s *store) take(query string) fault {
	begin, commit := query == `BEGIN IMMEDIATE`, query == `COMMIT`
	if !begin && !commit {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	first := !now.Equal(s.last)
	if commit {
		s.last = now
	}
	if s.armed == "" || !first || (s.armed == diskBusy) != begin {
		return ""
	}
	f := s.armed
	s.armed = ""
	return f
}

var (
	errDead = sqlite3.Error{Code: sqlite3.ErrIoErr}
	errBusy = sqlite3.Error{Code: sqlite3.ErrBusy}
	errFull = sqlite3.Error{Code: sqlite3.ErrFull}
)

// exec runs one statement, with what the disk makes of it.
func (s *store) exec(query string, run func() (driver.Result, error)) (driver.Result, error) {
	if s.dead.Load() {
		return nil, errDead
	}
	f := s.take(query)
	if f != "" && f != crashBefore && f != crashBehind {
		s.onFault(f)
	}
	switch f {
	case diskBusy:
		return nil, errBusy
	case diskFull:
		return nil, errFull
	case diskFailed:
		return nil, errDead
	case diskLied:
		if _, err := run(); err != nil {
			return nil, err
		}
		return nil, errDead
	case crashBefore:
		s.crash(f)
		return nil, errDead
	case crashBehind:
		_, err := run()
		s.crash(f)
		return nil, errors.Join(errDead, err)
	}
	if query == `COMMIT` {
		s.commits.Add(1)
	}
	return run()
}

type storeDriver struct{}

func (storeDriver) Open(dsn string) (driver.Conn, error) {
	path, _, _ := strings.Cut(strings.TrimPrefix(dsn, "file:"), "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return nil, err
	}
	s, ok := stores.Load(filepath.Dir(path))
	if !ok {
		return nil, errors.New("sim: no such store: " + path)
	}
	vfs, err := disktest.Mapped()
	if err != nil {
		return nil, err
	}
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn + "&vfs=" + vfs)
	if err != nil {
		return nil, err
	}
	return &storeConn{c.(*sqlite3.SQLiteConn), s.(*store)}, nil
}

type storeConn struct {
	*sqlite3.SQLiteConn
	s *store
}

func (c *storeConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.SQLiteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &storeStmt{st.(*sqlite3.SQLiteStmt), c.s, query}, nil
}

func (c *storeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.s.exec(query, func() (driver.Result, error) { return c.SQLiteConn.ExecContext(ctx, query, args) })
}

func (c *storeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.s.dead.Load() {
		return nil, errDead
	}
	return c.SQLiteConn.QueryContext(ctx, query, args)
}

type storeStmt struct {
	*sqlite3.SQLiteStmt
	s     *store
	query string
}

func (t *storeStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return t.s.exec(t.query, func() (driver.Result, error) { return t.SQLiteStmt.ExecContext(ctx, args) })
}

func (t *storeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if t.s.dead.Load() {
		return nil, errDead
	}
	return t.SQLiteStmt.QueryContext(ctx, args)
}

// What a process wrote before it died is in its file, nothing behind that, and
// what SQLite tidies up as it closes cannot change it.
func TestKilledProcess(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	stores.Store(dir, &store{onFault: func(fault) {}})
	open := func() *ledger.DB {
		db, err := ledger.OpenThrough(ctx, throughStore, dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	add := func(db *ledger.DB, reference string) error {
		return db.Update(ctx, func(tx *ledger.Tx) error {
			_, err := tx.CreateSale(&ledger.Sale{Reference: reference, Fingerprint: []byte("x"), Kind: "sale", Amount: channels.Money{Amount: 1, Currency: "CNY"}, Day: "2026-11-24"})
			return err
		})
	}
	db := open()
	if err := add(db, "before"); err != nil {
		t.Fatal(err)
	}
	disktest.Kill(dir)
	if err := add(db, "behind"); err == nil {
		t.Error("a dead process stored something")
	}
	_ = db.Close()
	if info, err := os.Stat(filepath.Join(dir, ledger.FileName+"-wal")); err != nil || info.Size() == 0 {
		t.Errorf("the dead process tidied its log away: %v, %v", info, err)
	}
	db = open()
	if err := add(db, "again"); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	r, err := ledger.Verify(ctx, filepath.Join(dir, ledger.FileName)) // through the system's own VFS
	if err != nil || r.Sales != 2 {
		t.Errorf("%d sales are in the file, not 2: %v", r.Sales, err)
	}
}
