package ledger

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// upkeepDelay is how long after a commit that nothing waits for the rest is
	// done: the mark synced, the log checkpointed.
	upkeepDelay = time.Second
	// checkpointAfter commits the write-ahead log is laid into the file when there
	// is time (a payment's commit is about eight pages, so about 4 MB of log), and
	// checkpointAtLast at once, so that a till that never rests has a log that ends.
	checkpointAfter  = 100
	checkpointAtLast = 400
)

// upkeep is what the ledger does behind its commits, at most once a second.
type upkeep struct {
	mu      sync.Mutex
	timer   *time.Timer
	ended   bool
	running sync.WaitGroup
}

// soon has work run after a while, unless it is to run already.
func (u *upkeep) soon(work func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.timer != nil || u.ended {
		return
	}
	u.running.Add(1)
	u.timer = time.AfterFunc(upkeepDelay, func() {
		defer u.running.Done()
		u.mu.Lock()
		u.timer = nil
		u.mu.Unlock()
		work()
	})
}

// end stops what has not begun, and waits for what has.
func (u *upkeep) end() {
	u.mu.Lock()
	u.ended = true
	if u.timer != nil && u.timer.Stop() {
		u.running.Done()
	}
	u.mu.Unlock()
	u.running.Wait()
}

// keepUp syncs the mark and, after many commits, checkpoints. What fails here
// failed on the disk that everything else depends on.
func (db *DB) keepUp() {
	if db.broken.Load() {
		return
	}
	if err := db.mark.file.Sync(); err != nil {
		db.fail(fmt.Errorf("ledger: %s: %w", MarkName, err))
		return
	}
	if db.unlogged.Load() >= checkpointAfter {
		if err := db.checkpoint(context.Background(), db.read.DB, "PASSIVE"); err != nil {
			db.fail(err)
		}
	}
	if !db.reserve.whole.Load() && db.reserve.wanted.Load() {
		if free, err := db.sys.freeBytes(filepath.Dir(db.path)); err == nil && free >= 2*leastRoom {
			_ = db.reserve.fill(db.now()) // the next upkeep tries again, and Room looks for itself
		}
	}
}

// checkpoint lays the write-ahead log into the file and reads how that went:
// SQLite's own checkpoints, which a commit makes on its way, keep their errors to
// themselves. A full disk is no error here, since the log keeps what it has.
func (db *DB) checkpoint(ctx context.Context, q querier, how string) error {
	before := db.unlogged.Load()
	var busy, log, done int
	err := q.QueryRowContext(ctx, `PRAGMA wal_checkpoint(`+how+`)`).Scan(&busy, &log, &done)
	switch {
	case err == nil && busy == 0 && log == done:
		db.unlogged.Add(-before)
	case sqliteFull(err):
		db.reserve.give(reserveStep, db.now())
	case is(err, sqlite3.ErrBusy), is(err, sqlite3.ErrLocked), err == nil: // a reader is in the way: later
	default:
		return fmt.Errorf("ledger: checkpoint: %w", err)
	}
	return nil
}
