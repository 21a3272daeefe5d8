//go:build unix

package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shop is a ledger with history and with something of everything under way, as
// the files of a till whose power was cut.
type shop struct {
	files   map[string][]byte
	entries map[int64][]byte // hashes
	open    []string         // orders and refunds that are not over
	all     []string         // every order and refund
}

func makeShop(t *testing.T) *shop {
	t.Helper()
	dir := inMemory(t)
	db := open(t, dir)
	s := &shop{files: map[string][]byte{}, entries: map[int64][]byte{}}
	for i := range 150 {
		no := fmt.Sprintf("%028d", i)
		sale := addPaid(t, db, fmt.Sprint("r", i), no)
		s.all = append(s.all, no)
		if i%10 == 0 {
			addRefund(t, db, sale, "f"+no, 800)
			s.all = append(s.all, "f"+no)
		}
		if i == 100 {
			if err := db.checkpoint(ctx, db.conn, "TRUNCATE"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, state := range []string{"submitting", "paying", "revoking"} {
		no := fmt.Sprintf("%028d", 1000+i)
		sale := addSale(t, db, "open "+state)
		update(t, db, func(tx *Tx) error {
			_, err := tx.InsertPayment(Payment{OutTradeNo: no, Sale: sale.N, Channel: "wechat", Wallet: "wechat", State: "submitting", SubmittedAt: tx.Now()}, over)
			_, jobErr := tx.Exec(`INSERT INTO job (kind, key, due, payload) VALUES ('payment', ?, 0, x'')`, no)
			return errors.Join(err, jobErr, tx.Journal("payment.submitted", sale.N, no, map[string]any{"channel": "wechat", "wallet": "wechat", "amount": 8800, "currency": "HKD"}))
		})
		if state != "submitting" {
			update(t, db, func(tx *Tx) error {
				return errors.Join(tx.SavePayment(Payment{OutTradeNo: no, State: state}), tx.Journal("payment."+state, sale.N, no, nil))
			})
		}
		s.open, s.all = append(s.open, no), append(s.all, no)
	}
	for _, name := range []string{FileName, FileName + "-wal", MarkName} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		s.files[name] = b
	}
	entries, err := db.Entries(ctx, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		s.entries[e.Seq] = e.hash()
	}
	return s
}

// hurt damages files and says how.
func hurt(r *rand.Rand, files map[string][]byte) string {
	db, wal := files[FileName], files[FileName+"-wal"]
	page := func(b []byte) int { return r.IntN(len(b)/4096) * 4096 }
	garbage := func(b []byte) {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
	}
	switch kind := r.IntN(11); kind {
	case 0:
		at := page(db)
		garbage(db[at : at+4096])
		return fmt.Sprintf("page %d is garbage", at/4096)
	case 1:
		at := page(db)
		clear(db[at : at+4096])
		return fmt.Sprintf("page %d is zeros", at/4096)
	case 2:
		n := r.IntN(len(db))
		files[FileName] = db[:n]
		return fmt.Sprintf("the file ends at %d of %d", n, len(db))
	case 3:
		clear(db[:100])
		return "the header is zeros"
	case 4:
		delete(files, FileName+"-wal")
		return "the log is gone"
	case 5:
		files[FileName+"-wal"] = wal[:r.IntN(len(wal))]
		return "the log is cut short"
	case 6:
		n := 1 + r.IntN(50)
		for range n {
			db[r.IntN(len(db))] ^= 1 << r.IntN(8)
		}
		return fmt.Sprintf("%d bits flipped", n)
	case 7:
		a, b := page(db), page(db)
		for i := range 4096 {
			db[a+i], db[b+i] = db[b+i], db[a+i]
		}
		return fmt.Sprintf("pages %d and %d changed about", a/4096, b/4096)
	case 8:
		db[60+r.IntN(3)] ^= 1 << r.IntN(8)
		delete(files, FileName+"-wal") // which has the first page too
		return "of another version"
	case 9:
		for range 1 + r.IntN(6) {
			at := page(db)
			garbage(db[at : at+4096])
		}
		garbage(wal[r.IntN(len(wal)):])
		return "pages and the log are garbage"
	default:
		delete(files, FileName)
		return "the file is gone"
	}
}

// verdict is what became of a damaged till.
type verdict struct{ intact, told, onReading, foundByVerify int }

// judge starts a damaged till and asks for everything it knew.
func (s *shop) judge(t *testing.T, files map[string][]byte, how string, v *verdict) {
	t.Helper()
	dir := inMemory(t)
	defer os.RemoveAll(dir)
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Errorf("%s: does not start: %v", how, err)
		return
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("%s: started after %v", how, took)
	}
	found := db.Found()
	for _, f := range found {
		if f.Kept != "" && len(files[FileName]) > 0 {
			if info, err := os.Stat(filepath.Join(dir, f.Kept)); err != nil || info.Size() < int64(len(files[FileName])) {
				t.Errorf("%s: the damaged file is not kept: %v", how, err)
			}
		}
	}
	s.followed(t, db, how)
	silent := s.silent(t, db)
	if errors.Is(db.Err(), ErrBroken) { // reading found what the start did not need: the till starts anew
		_ = db.Close()
		if db, err = Open(ctx, dir, time.Now); err != nil {
			t.Errorf("%s: does not start anew: %v", how, err)
			return
		}
		if found = db.Found(); len(found) == 0 {
			t.Errorf("%s: broken, and nothing is found", how)
		}
		v.onReading++
		s.followed(t, db, how)
		silent = s.silent(t, db)
	}
	_, verifyErr := Verify(ctx, db.Path())
	switch {
	case len(found) > 0:
		v.told++
		if verifyErr != nil && !strings.Contains(verifyErr.Error(), "was changed") && !strings.Contains(verifyErr.Error(), "not as the journal") {
			t.Errorf("%s: told (%+v), and the books do not add up: %v", how, found, verifyErr)
		}
	case verifyErr != nil:
		v.foundByVerify++
	case silent != "":
		t.Errorf("%s: %s, and nobody says so", how, silent)
	default:
		v.intact++
	}
	if err := db.Update(ctx, creating("a new sale")); err != nil {
		t.Errorf("%s: no new sale: %v", how, err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("%s: close: %v", how, err)
	}
	again, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Errorf("%s: does not start again: %v", how, err)
		return
	}
	if len(again.Found()) > 0 {
		t.Errorf("%s: found again: %+v", how, again.Found())
	}
	again.Close()
}

// followed: everything that was under way has its row, and a job that asks.
func (s *shop) followed(t *testing.T, db *DB, how string) {
	t.Helper()
	for _, no := range s.open {
		p, err := db.Payment(ctx, no)
		var jobs int
		if e := db.read.QueryRowContext(ctx, `SELECT count(*) FROM job WHERE kind = 'payment' AND key = ? AND due IS NOT NULL`, no).Scan(&jobs); e != nil || err != nil || jobs != 1 {
			t.Errorf("%s: order %s is %q with %d jobs: %v %v; found %+v", how, no, p.State, jobs, err, e, db.Found())
			continue
		}
		if sale, err := db.Sale(ctx, p.Sale); err != nil || sale.N == 0 {
			t.Errorf("%s: order %s has no sale: %v", how, no, err)
		}
	}
}

// silent names something that is gone, or other than it was.
func (s *shop) silent(t *testing.T, db *DB) string {
	t.Helper()
	entries, err := db.Entries(ctx, 0, 1_000_000)
	if err != nil {
		return ""
	}
	have := map[int64]string{}
	for _, e := range entries {
		have[e.Seq] = string(e.hash())
	}
	for seq, hash := range s.entries {
		if have[seq] != string(hash) {
			return fmt.Sprintf("entry %d is gone or changed", seq)
		}
	}
	for _, no := range s.all {
		if _, err := db.Lookup(ctx, no); err != nil {
			return "order " + no + " is gone"
		}
	}
	return ""
}

func (s *shop) clone() map[string][]byte {
	files := map[string][]byte{}
	for name, b := range s.files {
		files[name] = append([]byte(nil), b...)
	}
	return files
}

// Whatever happens to the file, the till starts, keeps what is damaged, asks
// about everything that was under way, takes new sales, and says what is gone.
func TestDamagedFiles(t *testing.T) {
	n := count(t, "TILLPAY_DAMAGES", 25)
	s := makeShop(t)
	kinds := map[string]int{}
	var v verdict
	for i := range n {
		files := s.clone()
		how := hurt(rand.New(rand.NewPCG(7, uint64(i))), files)
		kinds[strings.Trim(how, "0123456789 ")]++
		s.judge(t, files, fmt.Sprintf("damage %d (%s)", i, how), &v)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d damaged files: %d told at the start (%d of them at the one behind the first reading of the damaged part), %d found by verify alone, %d had hurt nothing",
		n, v.told, v.onReading, v.foundByVerify, v.intact)
}

// A flipped bit anywhere in the last 64 KiB of the log or of the file is told,
// or found by verify, or has hurt nothing; and what was under way is followed.
func TestFlippedBits(t *testing.T) {
	n := count(t, "TILLPAY_FLIPS", 40)
	s := makeShop(t)
	for _, name := range []string{FileName, FileName + "-wal"} {
		size := len(s.files[name])
		first := max(0, size-64<<10)
		var v verdict
		for i := range n {
			files := s.clone()
			at := first + i*(size-first)/n + i%7
			files[name][min(at, size-1)] ^= 1 << (i % 8)
			s.judge(t, files, fmt.Sprintf("bit %d of byte %d of %s", i%8, at, name), &v)
			if t.Failed() {
				return
			}
		}
		t.Logf("%s: %d bytes of the last %d flipped: %d told at the start, %d found by verify alone, %d had hurt nothing", name, n, size-first, v.told, v.foundByVerify, v.intact)
	}
}

// A salvage that is stopped at any of its steps is ended, or begun again, by the
// next start: nothing of the damaged file is lost on the way, and nothing twice.
func TestSalvageIsCut(t *testing.T) {
	s := makeShop(t)
	for step := 1; ; step++ {
		dir := inMemory(t)
		files := s.clone()
		clear(files[FileName][:4096])
		delete(files, FileName+"-wal") // which has the first page too
		for name, b := range files {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		calls := 0
		stopped := errors.New("stopped here")
		db, err := openOn(ctx, SQLite, dir, time.Now, system{func(string) error {
			if calls++; calls == step {
				return stopped
			}
			return nil
		}, freeBytes})
		if err == nil {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if step < 4 {
				t.Errorf("a salvage of %d steps", calls)
			}
			t.Logf("stopped at each of %d steps", step-1)
			return
		}
		if !errors.Is(err, stopped) {
			t.Fatalf("step %d: %v", step, err)
		}
		db = open(t, dir)
		s.followed(t, db, fmt.Sprint("stopped at step ", step))
		if v, err := Verify(ctx, db.Path()); err != nil || v.Payments < 100 {
			t.Errorf("step %d: %+v %v", step, v, err)
		}
		if _, err := os.Stat(db.Path() + keptSuffix + "1"); err != nil {
			t.Errorf("step %d: the damaged file is not kept: %v", step, err)
		}
		if _, err := os.Stat(db.Path() + keptSuffix + "2"); err == nil {
			t.Errorf("step %d: something was kept twice", step)
		}
	}
}

func BenchmarkMark(b *testing.B) {
	m, err := openMark(b.TempDir(), 1, make([]byte, firstSize))
	if err != nil {
		b.Fatal(err)
	}
	defer m.file.Close()
	e := Entry{Seq: 1, At: time.Now(), Kind: "payment.submitted", Sale: 1785247621000, Number: strings.Repeat("7", 28), Data: []byte(`{"channel":"wechat","wallet":"wechat","code_last4":"1395","amount":8800,"currency":"HKD"}`)}
	m.learn([]Entry{e}, func(int64) (Entry, error) { return e, nil })
	b.ResetTimer()
	for i := range b.N {
		if err := m.write(tail{int64(i + 1), make([]byte, 32)}); err != nil {
			b.Fatal(err)
		}
	}
}
