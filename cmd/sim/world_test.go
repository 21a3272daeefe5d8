package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
)

// world is one shop for one simulated hour or two: a till in all its runs, its
// platforms, its cashiers, and all that goes wrong.
type world struct {
	t      testing.TB
	number uint64 // as a person writes the seed
	seed   uint64
	sales  int
	dir    string
	begin  time.Time
	tally  *tally

	clock  clock
	driver string // of the platform that sales go to
	bank   *bank  // of sales
	vault  *bank  // of deposits
	doors  map[string]door
	beside bool // signs beside the commit
	remote bool // its POS speaks HTTP

	calm  atomic.Bool  // nothing goes wrong any more
	upset atomic.Int64 // when the till last started or its disk failed, as a bubble's unix time
	down  atomic.Bool  // no network

	mu       sync.Mutex
	names    map[string]name // by order number, and by refund number
	counts   map[counted]int
	prepared map[int]int          // a sale's orders without a code
	shown    map[[2]int]time.Time // when a customer's code came up
	meetings map[int]*meeting     // by sale
	active   map[int]*meeting     // of them, while the cashier works on them
	stale    map[string]bool      // codes that customers showed twice
	ids      map[int]string       // a sale's id at the till
	seen     map[int]*agent.Sale  // as its cashier saw it last
	said     map[string][]reply   // true answers, for replays
	slips    []slip
	hash     uint64
	trace    []string
	failures []string

	run     *run
	running chan struct{} // closed when run is set; made anew when it is gone
	over    chan struct{}
	log     *diary
}

// door is a platform with its protocol.
type door struct {
	front front
	bank  *bank
}

// meeting is what a sale met.
type meeting struct {
	faults int
	last   time.Time
	double bool
}

// diary is the till's log. It is searched for secrets, and told when a world fails.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(p)
}

// marker begins every payment code of the simulation, so that one search of a
// file finds them all. What may be kept of a code are its last four digits.
const marker = "1390412765"

// codeOf is what a customer shows for a try at a sale.
func codeOf(sale, try int) string { return fmt.Sprintf("%s7231%03d%d", marker, sale, try) }

// overlapping are two faults so close.
const overlapping = 30 * time.Second

// troubled: things may still go wrong.
func (w *world) troubled() bool { return !w.calm.Load() }

func (w *world) downNow() bool { return w.down.Load() }

func (w *world) upsets() { w.upset.Store(time.Now().UnixNano()) }

func (w *world) platformNow() time.Time { return time.Now() }

func (w *world) fail(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.failures) < 20 {
		w.failures = append(w.failures, fmt.Sprintf(format, args...))
	}
}

func (w *world) checked(invariant string) {
	w.mu.Lock()
	w.tally.checks[invariant]++
	w.mu.Unlock()
}

// say is one event. The hash is a sum over events, each with its virtual time,
// so that it does not depend on which of two goroutines ran first.
func (w *world) say(who name, what string, n int, how string) {
	at := time.Since(w.begin)
	h := mix(uint64(at) ^ mix(uint64(who.part)<<48^uint64(who.sale)<<32^uint64(who.try)<<16^uint64(n)^mix(hashOf(what, how))))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hash += h
	if *traced {
		w.trace = append(w.trace, fmt.Sprintf("%14.6f sale %d.%d %s %d %s", at.Seconds(), who.sale, who.try, what, n, how))
	}
}

// met notes that a sale met a fault; sale 0 is every sale at work.
func (w *world) met(sale int, f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.fired[f]++
	now := time.Now()
	met := w.active
	if m := w.meetings[sale]; m != nil {
		met = map[int]*meeting{sale: m}
	}
	for _, m := range met {
		if m.faults++; m.faults > 1 && now.Sub(m.last) < overlapping {
			m.double = true
		}
		m.last = now
	}
}

// book lets the bank handle what arrived.
func (w *world) book(f front, c call, who name, nth int, met fault) answer {
	b := w.bank
	if c.deposit {
		b = w.vault
	}
	switch met {
	case platform5xx, platformBusy:
		return answer{verdict: isBusy, o: order{no: c.no}}
	}
	return b.handle(c, nth, time.Now())
}

// record keeps true answers, for those who replay them.
func (w *world) record(f front, c call, a answer, r reply) {
	if a.verdict != isOrder && a.verdict != isRefund || c.prepared && !bytes.Contains(r.body, []byte(c.no)) {
		return // or what names no order: nobody could tell its replay
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	key := fmt.Sprintf("%T %s", f, c.kind)
	if len(w.said[key]) < 40 {
		w.said[key] = append(w.said[key], r)
	}
}

// recorded is an older answer: another order's, or one of this order.
func (w *world) recorded(f front, c call, which fault) (reply, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.said[fmt.Sprintf("%T %s", f, c.kind)] {
		of := c.no
		if of == "" {
			of = c.refundNo
		}
		if of != "" && bytes.Contains(r.body, []byte(of)) == (which == forgedOld) {
			return r, true
		}
	}
	return reply{}, false
}

// printed is told of every piece of paper.
func (w *world) printed(r *run, who name, s slip) {
	w.say(who, "paper "+s.title, 0, fmt.Sprint(s.copy))
	w.checked("2 paper behind what is durable")
	if s.title == "SALE" || s.title == "DEPOSIT HELD" {
		p, err := r.db.Payment(context.Background(), s.number)
		if err != nil || p.State != string(payment.Paid) {
			w.fail("invariant 2: a receipt is printed for %s, and the ledger says %q, %v", w.called(s.number), p.State, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slips = append(w.slips, s)
}

// play is a world from its first sale to the checker's last word. It is called
// in a bubble of virtual time.
func (w *world) play() {
	time.Sleep(time.Until(time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)))
	w.begin = time.Now()
	go w.keepRunning()
	lanes := 1 + int(w.seed>>8%3)
	var cashiers sync.WaitGroup
	for lane := range lanes {
		cashiers.Add(1)
		go func() {
			defer cashiers.Done()
			for sale := 1 + lane; sale <= w.sales; sale += lanes {
				newCashier(w, sale).serve()
			}
		}()
	}
	trouble, enough := context.WithCancel(context.Background())
	var chaos sync.WaitGroup
	chaos.Add(1)
	go func() { defer chaos.Done(); w.chaos(trouble) }()
	cashiers.Wait()
	enough()
	chaos.Wait()
	w.quiet()
}

// newWorld makes a world; its folder is the caller's to remove.
func newWorld(t testing.TB, seed uint64, sales int, dir string) (*world, error) {
	w := &world{t: t, number: seed, seed: mix(seed), sales: sales, dir: dir, tally: newTally(), names: map[string]name{}, counts: map[counted]int{}, prepared: map[int]int{},
		shown: map[[2]int]time.Time{}, meetings: map[int]*meeting{}, active: map[int]*meeting{}, stale: map[string]bool{}, ids: map[int]string{}, seen: map[int]*agent.Sale{}, said: map[string][]reply{},
		running: make(chan struct{}), over: make(chan struct{}), log: &diary{}}
	for sale := range sales {
		w.meetings[sale+1] = &meeting{}
	}
	d := throw(w.seed, aboutWorld)
	w.driver = "fubei"
	if d.chance(*rsaShare) {
		w.driver = []string{"wechat-global", "huifu", "huishouqian"}[d.pick(3)]
	}
	w.bank, w.vault = newBank(w, drivers[w.driver].house), newBank(w, drivers["wechat-deposit"].house)
	w.doors = map[string]door{w.driver: {frontOf(w.driver), w.bank}, "wechat-deposit": {frontOf("wechat-deposit"), w.vault}}
	w.beside, w.remote = d.chance(0.3), d.chance(*httpShare)
	w.tally.worlds, w.tally.sales = 1, sales
	return w, fresh(dir)
}

// fresh puts an empty ledger into dir: one that the production code made, once. The
// files of the world before are written over, as their pages are mapped already.
func fresh(dir string) error {
	b, err := emptyLedger()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, log := ledger.FileName, ledger.FileName+"-wal"
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range left {
		if name := f.Name(); name != db && name != log+"~" { // what disktest keeps of a deleted log
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	if err := os.Rename(filepath.Join(dir, log+"~"), filepath.Join(dir, log)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// What a till sets aside when there is time, as files with holes: the room for a
	// full disk, and a log that has grown. To fill them would be the dearest thing that
	// happens in a world. After a stop the till lays the log out anew.
	return errors.Join(
		overwrite(filepath.Join(dir, db), b, int64(len(b))),
		overwrite(filepath.Join(dir, log), make([]byte, 32), 2<<20), // a log without a header holds nothing
		overwrite(filepath.Join(dir, "tillpay.reserve"), nil, 8<<20),
	)
}

// overwrite makes a file begin so, and as long.
func overwrite(path string, begin []byte, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(begin, 0)
	return errors.Join(err, f.Truncate(size), f.Close())
}

var emptyLedger = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sim")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := ledger.Open(context.Background(), dir, time.Now)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, ledger.FileName))
})

// story is what a failed world tells: what is wrong, how to see it again, and
// the last of what happened.
func (w *world) story() string {
	var b strings.Builder
	for _, f := range w.failures {
		fmt.Fprintln(&b, " ", f)
	}
	if *traced {
		sort.Strings(w.trace)
		fmt.Fprintln(&b, strings.Join(w.trace, "\n"))
		fmt.Fprintln(&b, w.log.b.String())
	}
	return b.String()
}

// bubble plays a world in virtual time.
func bubble(t *testing.T, seed uint64, sales int, dir string) (w *world) {
	synctest.Test(t, func(t *testing.T) {
		var err error
		if w, err = newWorld(t, seed, sales, dir); err != nil {
			t.Fatal(err)
		}
		w.play()
	})
	return w
}
