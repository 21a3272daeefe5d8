//go:build unix

package disktest

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sector is what a disk writes whole.
const sector = 512

// power is what a disk keeps when its power is cut.
type power struct {
	files  map[string]*node
	ghosts map[string]*node // deleted, and the folder not synced since
	left   int              // recorded calls until the plug is pulled; negative: never
	dead   bool
	writes int
}

// node is one file: what is on the platter, and what was written since.
type node struct {
	durable []byte
	pending []write
	born    bool // its name is on the platter
}

type write struct {
	offset int64
	data   []byte
	trim   bool // a truncation to offset
}

// Power begins to record what is written and synced. What the folder holds now
// is on the platter. Syncs are no longer the system's: only the record counts.
func (d *Disk) Power(t testing.TB) {
	t.Helper()
	p := &power{files: map[string]*node{}, ghosts: map[string]*node{}, left: -1}
	for path, content := range d.contents(t) {
		p.files[path] = &node{durable: content, born: true}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.power = p
}

func (d *Disk) contents(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(d.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(d.Dir, e.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = b
	}
	return all
}

// CutAfter pulls the plug after n more calls that write, sync, truncate or
// delete: from then on every call fails.
func (d *Disk) CutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.power.left = n
}

// Writes is how many calls wrote, synced, truncated or deleted since Power.
func (d *Disk) Writes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.power.writes
}

// Dead tells whether the plug is pulled.
func (d *Disk) Dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.power.dead
}

// FolderSynced tells the record that the program synced the folder: what was
// deleted stays deleted, what was made stays.
func (d *Disk) FolderSynced() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.power == nil || d.power.dead {
		return
	}
	clear(d.power.ghosts)
	for _, n := range d.power.files {
		n.born = true
	}
}

// record notes one call that goes on. d.mu is held.
func (p *power) record(op Op, path string, data []byte, offset int64) Code {
	if p.dead {
		return IOErr
	}
	switch op {
	case Write, Truncate, Sync, Delete:
		if p.left == 0 {
			p.dead = true
			return IOErr
		}
		p.left--
		p.writes++
	case Open:
		if p.files[path] == nil {
			p.files[path] = &node{}
		}
	}
	n := p.files[path]
	switch op {
	case Write:
		n.pending = append(n.pending, write{offset: offset, data: slices.Clone(data)})
	case Truncate:
		n.pending = append(n.pending, write{offset: offset, trim: true})
	case Sync:
		for _, w := range n.pending {
			n.durable = w.apply(n.durable, always)
		}
		n.pending, n.born = nil, true
		return done
	case Delete:
		if n != nil && n.born && offset == 0 { // offset: whether the folder is synced behind it
			p.ghosts[path] = n
		}
		delete(p.files, path)
	}
	return 0
}

func always(int64) bool { return true }

// apply writes w, of it the sectors that keep lets live; -1 asks for a truncation.
func (w write) apply(b []byte, keep func(sector int64) bool) []byte {
	if w.trim {
		if !keep(-1) {
			return b
		}
		return resize(b, w.offset)
	}
	for at := int64(0); at < int64(len(w.data)); {
		n := min(sector-(w.offset+at)%sector, int64(len(w.data))-at)
		if keep((w.offset + at) / sector) {
			if end := w.offset + at + n; int64(len(b)) < end {
				b = resize(b, end)
			}
			copy(b[w.offset+at:], w.data[at:at+n])
		}
		at += n
	}
	return b
}

func resize(b []byte, size int64) []byte {
	if int64(len(b)) >= size {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// Cut is the power failure: it leaves in dir what the disk kept. A sector that
// was written since the last sync holds what some number of those writes left in
// it; how many is drawn for each sector by itself, so writes tear and overtake
// each other. Names that were never synced may be gone, deletions undone. Files
// that are not SQLite's, which the record does not see, hold in each sector what
// is there now or what was there when the record began.
func (d *Disk) Cut(t testing.TB, r *rand.Rand, dir string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.power
	p.dead = true
	lives := []float64{0, .25, .5, .75, 1}[r.IntN(5)]
	put := func(path string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		n := p.files[path]
		switch {
		case len(n.pending) == 0 && n.born:
			put(path, n.beside(path, r, lives))
		case n.born || r.Float64() < lives:
			put(path, n.survivor(r, lives))
		}
	}
	now := d.contents(t)
	for _, path := range slices.Sorted(maps.Keys(now)) {
		b := now[path] // what was made since, and synced before it got its name
		if p.files[path] == nil && p.ghosts[path] == nil && !sqliteName(path) && r.Float64() < lives {
			put(path, b)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.ghosts)) {
		if p.files[path] == nil && r.Float64() < lives {
			put(path, p.ghosts[path].durable)
		}
	}
}

// sqliteName tells the files that only SQLite makes.
func sqliteName(path string) bool {
	return strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-journal")
}

// survivor is a file behind the cut.
func (n *node) survivor(r *rand.Rand, lives float64) []byte {
	touched := map[int64]int{}
	for _, w := range n.pending {
		w.apply(nil, func(s int64) bool { touched[s]++; return false })
	}
	kept := map[int64]int{}
	for _, s := range slices.Sorted(maps.Keys(touched)) {
		if kept[s] = touched[s]; r.Float64() >= lives {
			kept[s] = r.IntN(touched[s] + 1)
		}
	}
	b := slices.Clone(n.durable)
	for _, w := range n.pending {
		b = w.apply(b, func(s int64) bool { kept[s]--; return kept[s] >= 0 })
	}
	return b
}

// beside is a file that SQLite never wrote: what is there now, sector by sector,
// or what was there.
func (n *node) beside(path string, r *rand.Rand, lives float64) []byte {
	now, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(now) != len(n.durable) {
		return n.durable
	}
	b := slices.Clone(n.durable)
	for at := 0; at < len(b); at += sector {
		if r.Float64() < lives {
			copy(b[at:min(at+sector, len(b))], now[at:])
		}
	}
	return b
}
