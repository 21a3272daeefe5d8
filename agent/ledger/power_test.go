//go:build unix

package ledger

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tillpay/agent/ledger/disktest"
)

// inMemory is a folder on a disk of memory, where there is one: what is written
// there is lost in a real power cut, and in a simulated one only as it should be.
func inMemory(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "tillpay")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// count is how many rounds a test makes: few in passing, more where asked for.
func count(t *testing.T, name string, fewest int) int {
	t.Helper()
	if s := os.Getenv(name); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return fewest
}

// tally is what a run of power cuts came to.
type tally struct {
	cuts, facts     int // acknowledged
	lost, cutsLost  int
	noticed         int // cuts that lost something and whose next start said so
	corrupt, broken int // files that did not open; books that do not add up
	falseAlarms     int
	inStart         int // cuts while a start recovered from the one before
}

func (c tally) String() string {
	return fmt.Sprintf("%d power cuts (%d of them in the start behind another), %d acknowledged facts: %d lost in %d cuts (%d said so at the next start), %d files corrupt, %d books that do not add up, %d false alarms",
		c.cuts, c.inStart, c.facts, c.lost, c.cutsLost, c.noticed, c.corrupt, c.broken, c.falseAlarms)
}

// century is one till's ledger through many lives, each of which ends with the
// plug being pulled. Each life begins on what the cut before left.
type century struct {
	t      *testing.T
	r      *rand.Rand
	base   string
	level  string // synchronous
	dir    string
	lives  int
	facts  []tail // acknowledged, oldest first
	tally  *tally
	number int
}

// live opens what is there, works, and has the plug pulled somewhere.
func (c *century) live() {
	c.lives++
	d := disktest.New(c.t, c.dir)
	defer d.Leave()
	d.Power(c.t)
	d.CutAfter(c.r.IntN(1 + c.r.IntN(1500)))
	sys := system{func(string) error { d.FolderSynced(); return nil }, freeBytes}
	db, err := openOn(ctx, SQLite, c.dir, time.Now, sys)
	if err == nil {
		c.work(db)
		_ = db.Close()
	} else {
		c.tally.inStart++
		if !d.Dead() {
			c.t.Fatalf("life %d does not start, with no cut: %v", c.lives, err)
		}
	}
	next := filepath.Join(c.base, fmt.Sprint(c.lives))
	if err := os.Mkdir(next, 0o700); err != nil {
		c.t.Fatal(err)
	}
	d.Cut(c.t, c.r, next)
	if err := os.RemoveAll(c.dir); err != nil {
		c.t.Fatal(err)
	}
	c.dir = next
	c.tally.cuts++
}

// work books payments until the plug is pulled, or the day is over.
func (c *century) work(db *DB) {
	if c.level != "FULL" {
		if _, err := db.conn.ExecContext(ctx, `PRAGMA synchronous = `+c.level); err != nil {
			return
		}
	}
	for range 30 {
		c.number++
		no := fmt.Sprint("p", c.number)
		s := tea("r" + no)
		p := Payment{OutTradeNo: no, Channel: "wechat", Wallet: "wechat", State: "submitting", SubmittedAt: time.Now()}
		for _, step := range []func(*Tx) error{
			func(tx *Tx) error { _, err := tx.CreateSale(&s); return err },
			func(tx *Tx) error {
				p.Sale = s.N
				_, err := tx.InsertPayment(p, over)
				return errors.Join(err, tx.Journal("payment.submitted", s.N, no, map[string]any{"channel": "wechat", "amount": 8800, "currency": "HKD"}))
			},
			func(tx *Tx) error {
				s.State, s.PaidBy, p.State = SalePaid, no, "paid"
				return errors.Join(tx.SavePayment(p), tx.SaveSale(s), tx.Journal("payment.paid", s.N, no, nil))
			},
		} {
			if db.Update(ctx, step) != nil {
				return
			}
			c.facts = append(c.facts, db.tail)
			c.tally.facts++
			if c.r.IntN(20) == 0 {
				db.keepUp()
				if db.checkpoint(ctx, db.read.DB, "PASSIVE") != nil {
					return
				}
			}
		}
	}
}

// check opens what the cut left, on a disk that works, and asks for everything
// that was acknowledged. It answers whether to go on from there.
func (c *century) check() bool {
	dir := filepath.Join(c.base, "check")
	if err := os.CopyFS(dir, os.DirFS(c.dir)); err != nil {
		c.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		c.tally.corrupt++
		c.t.Logf("life %d: %v", c.lives, err)
		return false
	}
	defer db.Close()
	found := db.Found()
	if len(found) > 0 && found[0].Kept != "" {
		c.tally.corrupt++
		c.t.Logf("life %d: %+v", c.lives, found)
		return false
	}
	lost := c.lostIn(db)
	switch {
	case lost > 0:
		c.tally.lost += lost
		c.tally.cutsLost++
		if len(found) > 0 {
			c.tally.noticed++
		}
	case len(found) > 0:
		c.tally.falseAlarms++
		c.t.Logf("life %d: %+v", c.lives, found)
	}
	if _, err := Verify(ctx, db.path); err != nil {
		c.tally.broken++
		c.t.Logf("life %d: %v", c.lives, err)
	}
	return lost == 0 && len(found) == 0
}

func (c *century) lostIn(db *DB) (lost int) {
	entries, err := db.Entries(ctx, 0, 1_000_000)
	if err != nil {
		c.t.Fatal(err)
	}
	hashes := map[int64][]byte{}
	for _, e := range entries {
		hashes[e.Seq] = e.hash()
	}
	for _, f := range c.facts {
		if !bytes.Equal(hashes[f.seq], f.hash) {
			lost++
		}
	}
	return lost
}

// add counts another's cuts too.
func (c *tally) add(o tally) {
	c.cuts += o.cuts
	c.facts += o.facts
	c.lost += o.lost
	c.cutsLost += o.cutsLost
	c.noticed += o.noticed
	c.corrupt += o.corrupt
	c.broken += o.broken
	c.falseAlarms += o.falseAlarms
	c.inStart += o.inStart
}

// cuts pulls the plug n times and tells what became of it.
func cuts(t *testing.T, seed uint64, level string, n int) (sum tally) {
	const shards = 4 // one core waits for files while another one works
	parts := make([]tally, shards)
	t.Run(level, func(t *testing.T) {
		for i := range parts {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				parts[i] = shard(t, seed+uint64(i), level, n/shards)
			})
		}
	})
	for _, p := range parts {
		sum.add(p)
	}
	return sum
}

func shard(t *testing.T, seed uint64, level string, n int) (sum tally) {
	for sum.cuts < n {
		c := &century{t: t, r: rand.New(rand.NewPCG(seed, uint64(sum.cuts))), base: inMemory(t), level: level, tally: &sum}
		c.dir = filepath.Join(c.base, "0")
		if db, err := Open(ctx, c.dir, time.Now); err != nil || db.Close() != nil {
			t.Fatal(err)
		}
		for range min(20, n-sum.cuts) {
			c.live()
			if !c.check() {
				break
			}
		}
		os.RemoveAll(c.base)
	}
	return sum
}

// What the ledger acknowledged is there behind every power cut, also behind one
// in the start that recovers from another.
func TestPowerCuts(t *testing.T) {
	n := count(t, "TILLPAY_POWERCUTS", 80)
	level := cmp.Or(os.Getenv("TILLPAY_SYNCHRONOUS"), "FULL") // of make break BUG=sync
	began := time.Now()
	sum := cuts(t, 1, level, n)
	t.Logf("synchronous=%s: %v; %.0f cuts a second", level, sum, float64(n)/time.Since(began).Seconds())
	if sum.lost+sum.corrupt+sum.broken+sum.falseAlarms > 0 || sum.facts == 0 {
		t.Error("the disk kept its promise, and the ledger did not")
	}
}

// The same cuts find what go-sqlite3's own setting loses: the harness bites.
func TestPowerCutsBite(t *testing.T) {
	sum := cuts(t, 1, "NORMAL", max(60, count(t, "TILLPAY_POWERCUTS", 200)/10))
	t.Logf("synchronous=NORMAL: %v", sum)
	if sum.lost == 0 {
		t.Error("nothing was lost with synchronous=NORMAL: this proves nothing")
	}
}
