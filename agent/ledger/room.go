package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// ErrFull: the disk has no room for another charge and what may follow from it.
// What is owed already is stored from the reserve.
var ErrFull = errors.New("ledger: the disk is full: make room on it")

// reserveName is a file that only takes room. When the disk is full it is cut
// down bit by bit, so that what is owed (a revoke, an answer) can be stored.
const reserveName = "tillpay.reserve"

const (
	// leastRoom is how much must be free, or reserved, for a charge to start: a
	// payment with all that may follow from it takes less than 100 kB, a
	// checkpoint of the whole write-ahead log 4 MB.
	leastRoom = 8 << 20
	// reserveStep is given up at a time: enough for hundreds of moves, and little
	// enough that whoever fills the disk does not get all of it.
	reserveStep = 512 << 10
	// refillAfter is how long a disk must not have been full: what says that it has
	// room again may not know of a quota.
	refillAfter = time.Minute
)

// reserve is the room that is kept. Safe for concurrent use.
type reserve struct {
	mu    sync.Mutex
	path  string
	size  int64
	whole atomic.Bool
	// wanted: there is time to make it whole.
	wanted  atomic.Bool
	givenAt time.Time // when the disk was last seen full
}

func openReserve(dir string) *reserve {
	r := &reserve{path: filepath.Join(dir, reserveName)}
	if info, err := os.Stat(r.path); err == nil {
		r.size = info.Size()
		r.whole.Store(r.size >= leastRoom)
	}
	return r
}

// fill makes the reserve whole again. It writes zeros: a file with holes keeps
// no room.
func (r *reserve) fill(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.whole.Load() || now.Sub(r.givenAt) < refillAfter {
		return nil
	}
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	zeros := make([]byte, 64<<10)
	for at := r.size &^ (64<<10 - 1); err == nil && at < leastRoom; at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros, at)
		r.size = at + int64(len(zeros))
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	r.whole.Store(true)
	return nil
}

// give gives a step of the room back to the disk, and tells whether there was any.
func (r *reserve) give(step int64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.givenAt = now
	if r.size <= 0 {
		return false
	}
	r.whole.Store(false)
	r.size = max(0, r.size-step)
	if err := os.Truncate(r.path, r.size); err != nil {
		r.size = 0
		return errors.Is(os.Remove(r.path), fs.ErrNotExist)
	}
	return true
}

// Room answers ErrFull where no charge may start any more.
func (db *DB) Room() error {
	if db.reserve.whole.Load() {
		return nil
	}
	if free, err := db.sys.freeBytes(filepath.Dir(db.path)); err == nil && free < leastRoom {
		return ErrFull
	}
	return nil
}

// Full tells an error that means a full disk, so that it can be said in words.
func Full(err error) bool { return errors.Is(err, ErrFull) || sqliteFull(err) }
