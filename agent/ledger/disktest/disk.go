//go:build unix

// Package disktest fails the disk under a real SQLite file: any call of SQLite's
// may be answered with an error, and power may be cut, which keeps what was
// synced and lets every other sector live or die by itself. It is for tests
// alone: it makes itself SQLite's default VFS, and leaves every file that is not
// in a Disk's folder to the system.
package disktest

/*
#include "vfs.h"
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // the SQLite that this is a VFS of
)

// Op is a call that SQLite makes to its disk.
type Op int

// The calls, as vfs.c numbers them.
const (
	Open Op = iota
	Read
	Write
	Truncate
	Sync
	Delete
	Size
	Lock
	ShmMap
	ShmLock
)

func (o Op) String() string {
	return [...]string{"open", "read", "write", "truncate", "sync", "delete", "size", "lock", "shm map", "shm lock"}[o]
}

// Call is one call, before it happens.
type Call struct {
	Op     Op
	Path   string
	N      int // of this call, from 1, since the Disk was made or Count was called
	Offset int64
	Size   int
}

// Code is what a call is answered with: 0 lets it happen.
type Code int

// SQLite's codes (sqlite3.h).
const (
	Busy        Code = 5
	IOErr       Code = 10
	Corrupt     Code = 11
	Full        Code = 13
	CantOpen    Code = 14
	IOErrRead   Code = 10 | 1<<8
	IOErrWrite  Code = 10 | 3<<8
	IOErrSync   Code = 10 | 4<<8
	IOErrMemory Code = 10 | 12<<8 // SQLITE_IOERR_NOMEM
)

// done answers a call as if it had happened.
const done Code = -1

// Disk is a folder whose files a test has a say in. Safe for concurrent use.
type Disk struct {
	Dir string

	mu    sync.Mutex
	n     int
	fault func(Call) Code
	power *power // nil: nothing is recorded
}

var (
	once   sync.Once
	table  sync.Mutex
	disks  = map[string]*Disk{} // by folder
	files  = map[int64]*open{}  // by handle
	handle int64
)

type open struct {
	disk *Disk
	path string
}

// New takes over a folder until the test ends.
func New(t testing.TB, dir string) *Disk {
	t.Helper()
	d, err := Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Leave)
	return d
}

// Take takes over a folder until Leave, where a test is another process.
func Take(dir string) (*Disk, error) {
	var rc C.int
	once.Do(func() { rc = C.disktest_register() })
	if rc != 0 {
		return nil, fmt.Errorf("disktest: SQLite takes no VFS: %d", rc)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("disktest: %w", err)
	}
	d := &Disk{Dir: dir}
	table.Lock()
	defer table.Unlock()
	if disks[dir] != nil {
		return nil, fmt.Errorf("disktest: %s is taken over already", dir)
	}
	disks[dir] = d
	return d, nil
}

// Leave gives the folder back to the system; files that are open stay.
func (d *Disk) Leave() {
	table.Lock()
	defer table.Unlock()
	if disks[d.Dir] == d {
		delete(disks, d.Dir)
	}
}

// Fail has every call ask f first, which must not use SQLite. nil ends it.
func (d *Disk) Fail(f func(Call) Code) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n, d.fault = 0, f
}

// Awake has SQLite wait for a busy file without sleeping, in the whole process: its
// five seconds are over at once.
func Awake(on bool) {
	C.disktest_awake = 0
	if on {
		C.disktest_awake = 1
	}
}

// Suits tells whether a disk could answer op with this code.
func (c Code) Suits(op Op) bool {
	switch c {
	case Full:
		return op == Write || op == ShmMap
	case Busy:
		return op == Lock || op == ShmLock
	case Corrupt:
		return op == Read
	case IOErrSync:
		return op == Sync
	}
	return true
}

// Calls is how many calls there were since the last Fail.
func (d *Disk) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// ask decides one call and, where power may be cut, records it.
func (d *Disk) ask(op Op, path string, data []byte, size int, offset int64) Code {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	if d.fault != nil {
		if code := d.fault(Call{op, path, d.n, offset, size}); code != 0 {
			return code
		}
	}
	if d.power == nil {
		return 0
	}
	return d.power.record(op, path, data, offset)
}

func diskOf(path string) *Disk {
	table.Lock()
	defer table.Unlock()
	return disks[filepath.Dir(path)]
}

func fileOf(id C.int64_t) *open {
	table.Lock()
	defer table.Unlock()
	return files[int64(id)]
}

//export disktestOpen
func disktestOpen(name *C.char, rc *C.int) C.int64_t {
	path := C.GoString(name)
	d := diskOf(path)
	if d == nil {
		return 0
	}
	*rc = C.int(d.ask(Open, path, nil, 0, 0))
	table.Lock()
	defer table.Unlock()
	handle++
	if *rc == 0 {
		files[handle] = &open{d, path}
	}
	return C.int64_t(handle)
}

//export disktestClose
func disktestClose(id C.int64_t) {
	table.Lock()
	defer table.Unlock()
	delete(files, int64(id))
}

//export disktestAsk
func disktestAsk(id C.int64_t, op C.int, p unsafe.Pointer, n C.int, offset C.int64_t) C.int {
	f := fileOf(id)
	if f == nil {
		panic(fmt.Sprintf("disktest: call %v on no file", Op(op)))
	}
	var data []byte
	if p != nil {
		data = unsafe.Slice((*byte)(p), int(n))
	}
	return C.int(f.disk.ask(Op(op), f.path, data, int(n), int64(offset)))
}

//export disktestDelete
func disktestDelete(name *C.char, sync C.int) C.int {
	path := C.GoString(name)
	d := diskOf(path)
	if d == nil {
		return 0
	}
	return C.int(d.ask(Delete, path, nil, int(sync), int64(sync)))
}
