package queue_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/queue"

	_ "github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// store is a real SQLite file with one writer, and as much of a ledger as a
// queue needs.
type store struct {
	db    *sql.DB
	mu    sync.Mutex
	calls atomic.Int64
	fail  atomic.Pointer[error] // what each transaction answers in the place of a commit
	late  chan struct{}         // if set, the first transaction tells its hooks when this closes
}

type storeTx struct {
	*sql.Tx
	hooks []func()
}

func (t *storeTx) OnCommit(f func()) { t.hooks = append(t.hooks, f) }

func openStore(t testing.TB, dir string) *store {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "jobs.db")+"?_journal_mode=WAL&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	var n int
	if db.QueryRow(`SELECT count(*) FROM sqlite_master WHERE name = 'job'`).Scan(&n); n == 0 {
		if _, err := db.Exec(queue.Schema); err != nil {
			t.Fatal(err)
		}
	}
	return &store{db: db}
}

func (s *store) update(_ context.Context, fn func(queue.Tx) error) error {
	s.calls.Add(1)
	hooks, err := s.commit(fn)
	if err != nil {
		return err
	}
	if late := s.late; late != nil {
		s.late = nil
		<-late
	}
	for _, f := range hooks {
		f()
	}
	return nil
}

func (s *store) commit(fn func(queue.Tx) error) ([]func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx, err := s.db.Begin()
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	t := &storeTx{Tx: tx}
	if err := fn(t); err != nil {
		return nil, err
	}
	if err := s.fail.Load(); err != nil {
		return nil, *err
	}
	return t.hooks, tx.Commit()
}

// count is how many jobs on disk are so.
func (s *store) count(t testing.TB, where string) (n int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.db.QueryRow(`SELECT count(*) FROM job WHERE ` + where).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// work is a queue at work over a store.
type work struct {
	*queue.Queue
	store *store
	stop  func()
}

// start loads and runs a queue; stop ends it and answers once every handler has.
func start(t testing.TB, s *store, kinds map[string]queue.Kind) *work {
	t.Helper()
	q := queue.New(s.update, kinds, quiet, time.Now)
	if err := q.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return &work{q, s, stop}
}

func (w *work) put(t testing.TB, jobs ...queue.Job) {
	t.Helper()
	err := w.store.update(context.Background(), func(tx queue.Tx) error {
		for _, j := range jobs {
			if err := w.Put(tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// diary records what handlers saw, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.lines...)
}
