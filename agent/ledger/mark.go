package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// MarkName is a small file beside the ledger. It remembers how far the journal
// went and what was under way, for the day on which the ledger has forgotten:
// SQLite ends its write-ahead log at the first frame that is damaged, without a
// word, and a deleted tail leaves a shorter chain that is whole.
const MarkName = "tillpay.mark"

// Mark is what the file says.
type Mark struct {
	Schema  int    `json:"schema"`            // the ledger's version
	Words   []byte `json:"words,omitempty"`   // hash of its tables as they are declared
	Seq     int64  `json:"seq"`               // of the newest entry that was committed
	Hash    []byte `json:"hash"`              // of that entry
	Suspect bool   `json:"suspect,omitempty"` // the file was seen to be damaged
	Open    []Line `json:"open,omitempty"`    // the entries that began what was under way, and their sales'
	Omitted int    `json:"omitted,omitempty"` // there was more under way than has room

	first []byte // the ledger's first page, without which nothing of it can be read
}

// The file is two slots, written in turn, and a copy of the ledger's first page;
// all of it is there from the start, so that writing needs no room on the disk.
const (
	slotSize  = 16 << 10
	firstAt   = 2 * slotSize
	firstSize = 4096
	slotHead  = sha256.Size + 8
	maxOpen   = 40 // lines; at about 300 bytes each they fit a slot
)

// mark is the open file. The writer's lock guards what it learns.
type mark struct {
	file    *os.File
	writing sync.Mutex // guards the file, and what was said last
	end     tail
	said    []Line
	omitted int
	schema  int
	words   []byte
	turn    int64
	suspect bool
	under   map[string]Line // by topic and number
	begun   []begun         // what is under way and has been, oldest first
	created map[int64]Line  // of sales that may get a payment
	recent  []int64         // their numbers, oldest first
}

// begun is a key of mark.under, and the entry that it stood for then.
type begun struct {
	key string
	seq int64
}

// readMark reads what is beside a ledger, or nil where there is nothing that can
// be read: the file is a witness, and a ledger without one is not a damaged one.
func readMark(dir string) *Mark {
	b, err := os.ReadFile(filepath.Join(dir, MarkName))
	if err != nil {
		return nil
	}
	var best *Mark
	for slot := range 2 {
		if m := readSlot(b, slot*slotSize); m != nil && (best == nil || m.Seq > best.Seq || m.Seq == best.Seq && m.Suspect) {
			best = m
		}
	}
	if best != nil && len(b) >= firstAt+sha256.Size+firstSize {
		page := b[firstAt+sha256.Size:][:firstSize]
		if sum := sha256.Sum256(page); bytes.Equal(sum[:], b[firstAt:][:sha256.Size]) {
			best.first = page
		}
	}
	return best
}

func readSlot(b []byte, at int) *Mark {
	if len(b) < at+slotSize {
		return nil
	}
	b = b[at:][:slotSize]
	n := binary.BigEndian.Uint64(b[sha256.Size:])
	if n == 0 || n > slotSize-slotHead {
		return nil
	}
	if sum := sha256.Sum256(b[sha256.Size:][:8+n]); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil
	}
	var m Mark
	if json.Unmarshal(b[slotHead:][:n], &m) != nil {
		return nil
	}
	return &m
}

// openMark opens the file for writing, and makes it anew where it is missing or
// has another size.
func openMark(dir string, schema int, first []byte) (*mark, error) {
	path := filepath.Join(dir, MarkName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != firstAt+sha256.Size+firstSize {
		err = makeMark(path)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	m := &mark{file: f, schema: schema, under: map[string]Line{}, created: map[int64]Line{}}
	if err := m.keepFirst(first); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), f.Close())
	}
	return m, nil
}

// makeMark writes the file whole beside its place, so that a cut leaves the old
// one or the new one.
func makeMark(path string) error {
	part := path + ".part"
	if err := os.WriteFile(part, make([]byte, firstAt+sha256.Size+firstSize), 0o600); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// keepFirst stores the ledger's first page where it changed.
func (m *mark) keepFirst(page []byte) error {
	sum := sha256.Sum256(page)
	b := append(sum[:], page...)
	old := make([]byte, len(b))
	if _, err := m.file.ReadAt(old, firstAt); err == nil && bytes.Equal(old, b) {
		return nil
	}
	_, err := m.file.WriteAt(b, firstAt)
	return err
}

// write says where the journal ends now. It is not synced here: it may be older
// than the ledger, and is never newer.
func (m *mark) write(end tail) error {
	lines, omitted := m.open()
	m.writing.Lock()
	defer m.writing.Unlock()
	m.end, m.said, m.omitted = end, lines, omitted
	return m.put()
}

// doubt says that the ledger was seen to be damaged: the next start looks at all of it.
func (m *mark) doubt() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.suspect = true
	return m.put()
}

// put writes the next slot. m.writing is held.
func (m *mark) put() error {
	said := Mark{Schema: m.schema, Words: m.words, Seq: m.end.seq, Hash: m.end.hash, Suspect: m.suspect, Open: m.said, Omitted: m.omitted}
	b, err := json.Marshal(said)
	for err == nil && len(b) > slotSize-slotHead { // lines longer than they ever were
		said.Omitted += len(said.Open)
		said.Open = nil
		b, err = json.Marshal(said)
	}
	if err != nil {
		return err
	}
	slot := make([]byte, slotHead, slotHead+len(b))
	binary.BigEndian.PutUint64(slot[sha256.Size:], uint64(len(b)))
	slot = append(slot, b...)
	sum := sha256.Sum256(slot[sha256.Size:])
	copy(slot, sum[:])
	m.turn++
	_, err = m.file.WriteAt(slot, m.turn%2*slotSize)
	return err
}

// open is what is under way, newest first, each behind its sale.
func (m *mark) open() (lines []Line, omitted int) {
	if len(m.under) == 0 {
		return nil, 0
	}
	sales := map[int64]bool{}
	told := 0
	for _, b := range slices.Backward(m.begun) { // a day's backlog may be thousands, and this is a part of each commit
		l, ok := m.under[b.key]
		if !ok || l.Seq != b.seq {
			continue
		}
		if len(lines)+2 > maxOpen {
			return lines, len(m.under) - told
		}
		told++
		if c, ok := m.created[l.Sale]; ok && !sales[l.Sale] {
			sales[l.Sale] = true
			lines = append(lines, c)
		}
		lines = append(lines, l)
	}
	return lines, 0
}

// learn takes in what was committed. beginning reads the entry of a sale that
// was made before this process.
func (m *mark) learn(entries []Entry, beginning func(sale int64) (Entry, error)) {
	for _, e := range entries {
		key := e.Topic() + " " + e.Number
		switch begins, known := underWay[e.Kind]; {
		case e.Kind == created:
			m.created[e.Sale] = e.Line()
			m.recent = append(m.recent, e.Sale)
		case begins:
			m.under[key] = e.Line()
			m.begun = append(m.begun, begun{key, e.Seq})
			if _, ok := m.created[e.Sale]; !ok {
				if c, err := beginning(e.Sale); err == nil {
					m.created[e.Sale] = c.Line()
					m.recent = append(m.recent, e.Sale)
				}
			}
		case known:
			delete(m.under, key)
		}
	}
	for len(m.recent) > 2*maxOpen {
		m.forgetSale()
	}
	if len(m.begun) > 2*len(m.under)+maxOpen {
		m.begun = slices.DeleteFunc(m.begun, func(b begun) bool { return m.under[b.key].Seq != b.seq })
	}
}

// forgetSale lets the oldest sale's beginning go, unless it has something under way.
func (m *mark) forgetSale() {
	n := m.recent[0]
	m.recent = m.recent[1:]
	for _, l := range m.under {
		if l.Sale == n {
			return
		}
	}
	delete(m.created, n)
}

// created is the kind of the entry that a sale begins with.
const created = "sale.created"

// underWay tells of the kinds of entry that begin something which must not be
// forgotten (true), and of those that end it.
var underWay = map[string]bool{
	"payment.submitted": true, "payment.paid": false, "payment.declined": false, "payment.revoked": false, "payment.attention": false,
	"refund.asked": true, "refund.done": false, "refund.refused": false, "refund.attention": false,
	"sale.capture_asked": true, "sale.capture_done": false, "sale.capture_refused": false, "sale.capture_attention": false,
	"sale.release_asked": true, "sale.release_done": false, "sale.release_refused": false, "sale.release_attention": false,
}
