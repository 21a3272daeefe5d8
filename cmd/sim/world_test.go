package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/ledger/disktest"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/escpos"
	"tillpay/scanner"
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

// name is an order as the simulation calls it.
type name struct {
	sale, try int
	order     int       // see numbered: a code that comes twice makes two orders
	part      int       // of a refund: its amount, which tells two of one order apart
	sent      time.Time // when the till last sent its Pay
	pays      int
}

type counted struct {
	sale, try, order, part int
	kind                   kind
}

// numbered is the part of an order's number that is not drawn: its day, by the
// till's clock, and its place in it.
func numbered(no string) int {
	n, _ := strconv.Atoi(no[:8] + no[12:17])
	return n
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

func (w *world) name(no string) (name, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.names[strings.TrimPrefix(no, "U")]
	return n, ok
}

func (w *world) called(no string) string {
	n, _ := w.name(no)
	return fmt.Sprintf("sale %d, try %d (%s)", n.sale, n.try, no)
}

// identify finds whose a call is: a Pay by its code, what follows by its number.
func (w *world) identify(r *run, c *call) name {
	if n, ok := w.named(c); ok {
		return n
	}
	if c.no == "" {
		for _, b := range []*bank{w.bank, w.vault} {
			if no, ok := b.nameOf(c.id); ok {
				n, _ := w.name(no)
				return n
			}
		}
	}
	var n name
	if c.no == "" { // a refund that never left: the ledger knows whose it is
		if f, err := r.db.Refund(context.Background(), c.refundNo); err == nil {
			n, _ = w.name(f.OutTradeNo)
			n.part = int(f.Amount)
			w.mu.Lock()
			w.names[c.refundNo] = n
			w.mu.Unlock()
		}
		return n
	}
	// Its Pay never left, or has no code: the ledger says whose it is.
	if n, err := w.stored(r, c.no); err == nil {
		return n
	}
	return n
}

// prepareds is the first try's number of a sale's orders that have no code.
const prepareds = 50

// stored finds whose an order is by the ledger: by its code's last digits, and
// without a code by its sale, as whose next order it counts.
func (w *world) stored(r *run, no string) (n name, err error) {
	ctx := context.Background()
	p, err := r.db.Payment(ctx, no)
	if err != nil {
		return n, err
	}
	n.order = numbered(no)
	if p.CodeLast4 != "" {
		_, err = fmt.Sscanf(p.CodeLast4, "%03d%d", &n.sale, &n.try)
	} else {
		var s ledger.Sale
		if s, err = r.db.Sale(ctx, p.Sale); err == nil {
			_, err = fmt.Sscanf(s.Reference, "r%d", &n.sale)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.CodeLast4 == "" {
		n.try = prepareds + w.prepared[n.sale]
		w.prepared[n.sale]++
	}
	w.names[no] = n
	return n, err
}

// named is what the simulation itself knows of a call.
func (w *world) named(c *call) (name, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.kind == pay && strings.HasPrefix(c.code, marker) && len(c.code) == 18 {
		n := w.names[c.no]
		fmt.Sscanf(c.code[14:], "%03d%d", &n.sale, &n.try)
		n.order = numbered(c.no)
		w.names[c.no] = n
		return n, true
	}
	for _, no := range []string{c.no, strings.TrimPrefix(c.refundNo, "U")} {
		if n, ok := w.names[no]; ok && no != "" {
			if c.kind == refund && !strings.HasPrefix(c.refundNo, "U") {
				n.part = int(c.refund)
				w.names[c.refundNo] = n
			} else if r, ok := w.names[c.refundNo]; ok {
				n.part = r.part
			}
			return n, true
		}
	}
	return name{}, false
}

// exchange counts the calls of a kind about an order.
func (w *world) exchange(who name, k kind) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tally.exchanges++; w.tally.exchanges > 2000*(10+w.sales) { // time stands still: nobody could end this
		panic(fmt.Sprintf("seed=%d: the till asks without end, at %v", w.number, time.Since(w.begin)))
	}
	c := counted{who.sale, who.try, who.order, who.part, k}
	w.counts[c]++
	return w.counts[c]
}

func (w *world) codeShown(n name) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown[[2]int{n.sale, n.try}]
}

// paying is told of every Pay as its first byte leaves: its row must be durable.
func (w *world) paying(r *run, who name, c call) {
	p, err := r.db.Payment(context.Background(), c.no)
	w.checked("1 no Pay before its row")
	if !r.dead() && (err != nil || p.State == "") {
		w.fail("invariant 1: the Pay of %s leaves and the ledger does not have it: %v", w.called(c.no), err)
	}
	w.mu.Lock()
	who = w.names[c.no]
	who.sent = time.Now()
	who.pays++
	w.names[c.no] = who
	w.mu.Unlock()
	if w.checked("1 a Pay leaves twice at most"); who.pays > 2 {
		w.fail("the Pay of %s leaves for the %d. time", w.called(c.no), who.pays)
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

// run is the till from a start to a stop or a crash.
type run struct {
	w     *world
	n     int
	till  *agent.Till
	db    *ledger.DB
	store *store
	stop  context.CancelFunc
	ended chan error

	alive  context.Context // ends as the till is stopped, or dies
	cease  context.CancelFunc
	wire   *wire // to a POS that speaks HTTP; nil: it calls the till's methods
	served chan error

	gone  chan struct{} // closed when the process died
	once  sync.Once
	calls sync.WaitGroup // of the POS, in this process
	asked chan fault     // crash or stop
}

func (r *run) dead() bool {
	select {
	case <-r.gone:
		return true
	default:
		return false
	}
}

// crash is the end of the process, now: nothing it does later reaches disk,
// network or paper.
func (r *run) crash(f fault) {
	r.once.Do(func() {
		r.store.dead.Store(true)
		disktest.Kill(r.w.dir)
		close(r.gone)
		r.cease()
		if r.wire != nil {
			r.wire.cut()
		}
		r.restart(f)
	})
}

// start opens the till over whatever is on disk.
func (w *world) start(n int) (*run, error) {
	r := &run{w: w, n: n, gone: make(chan struct{}), asked: make(chan fault, 1), ended: make(chan error, 1), served: make(chan error, 1)}
	r.alive, r.cease = context.WithCancel(context.Background())
	r.store = &store{onFault: func(f fault) { w.upsets(); w.met(0, f) }, crash: func(f fault) { w.met(0, f); r.crash(f) }}
	stores.Store(w.dir, r.store)
	ctx := context.Background()
	var err error
	if r.db, err = ledger.OpenThrough(ctx, throughStore, w.dir, w.clock.now); err != nil {
		return nil, err
	}
	accounts := map[string]*payment.Account{}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	for driver, d := range w.doors {
		ch, err := open(driver, channels.Env{Now: w.clock.now, Log: log, Version: "sim", Transport: &network{w, r, d.front}})
		if err != nil {
			return nil, errors.Join(err, r.db.Close())
		}
		sheet, schedule := ch.Sheet(), "advised"
		if w.seed%4 == 0 {
			schedule = "quick"
		}
		accounts[driver] = &payment.Account{Name: driver, Driver: driver, Channel: ch, Plan: payment.NewPlan(sheet, schedule, 45*time.Second),
			Prepared: payment.NewPreparedPlan(sheet, 5*time.Minute)}
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		return nil, errors.Join(err, r.db.Close())
	}
	routes := map[string]string{"deposit": "wechat-deposit", "wechat": w.driver}
	c := agent.Config{
		Place: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Corner Tea House"}, Currency: "CNY", Language: "en", Zone: time.UTC,
		DB: r.db, Accounts: accounts, Routes: routes, Codes: scanner.Default(), CodeWait: 20 * time.Second,
		Printer: &paper{w, r}, Profile: profile, Log: log, Now: w.clock.now,
	}
	if w.beside {
		c.SlowCommit = -1 // every commit counts as slow
	}
	if r.till, err = agent.New(ctx, c); err != nil {
		return nil, errors.Join(err, r.db.Close())
	}
	ctx, r.stop = context.WithCancel(ctx)
	if w.remote {
		r.listen(r.alive, log)
	}
	go func() { r.ended <- r.till.Run(ctx) }()
	return r, nil
}

// keepRunning starts the till, and starts it again whenever it died or was
// stopped, until the world is over.
func (w *world) keepRunning() {
	defer close(w.over)
	for n := 0; ; n++ {
		r, err := w.start(n)
		if err != nil {
			w.fail("the till does not start: %v", err)
			w.mu.Lock()
			r, w.run = nil, nil
			w.mu.Unlock()
			return
		}
		w.upsets()
		w.mu.Lock()
		w.run = r
		close(w.running)
		w.mu.Unlock()
		d := throw(w.seed, aboutChaos, -1, n)
		if n > 0 && w.troubled() && d.chance(0.15) {
			time.AfterFunc(d.between(time.Millisecond, 400*time.Millisecond), func() {
				if w.troubled() && !r.dead() {
					w.met(0, crashTwice)
					r.crash(crashTwice)
				}
			})
		}
		why := <-r.asked
		w.say(name{}, "ends", n, string(why))
		w.mu.Lock()
		w.running = make(chan struct{})
		w.mu.Unlock()
		r.end(why)
		if why == theEnd {
			return
		}
		time.Sleep(d.between(time.Second, 20*time.Second))
	}
}

// theEnd is no fault.
const theEnd fault = "the end"

// serverStops is more than net/http takes to stop, which it lets chance decide.
const serverStops = 4 * time.Second

// end winds a run up. A stop lets the till finish what it does; a crash has
// taken disk, network and paper away already.
func (r *run) end(why fault) {
	began := time.Now()
	r.stop()
	r.cease()
	if err := <-r.ended; err != nil {
		r.w.fail("the till's Run answered %v", err)
	}
	if r.wire != nil {
		if err := <-r.served; err != nil && !r.dead() {
			r.w.fail("the till's API answered %v", err)
		}
		r.wire.cut()
		time.Sleep(serverStops - time.Since(began))
	}
	r.calls.Wait()
	r.w.mu.Lock()
	r.w.tally.commits += int(r.store.commits.Load())
	r.w.tally.restarts++
	r.w.mu.Unlock()
	if err := r.db.Close(); err != nil && !r.dead() {
		r.w.fail("the ledger does not close: %v", err)
	}
}

// with calls f with the till that runs. It answers false when none does, having
// waited for one, and when the till died meanwhile: whoever called then knows
// nothing of what became of it. Callers let a moment of their own go by before
// they come again, so that no two meet at the instant of a start.
func (w *world) with(f func(r *run)) bool {
	w.mu.Lock()
	r, running := w.run, w.running
	up := false
	select {
	case <-running:
		up = true
		r.calls.Add(1)
	default:
	}
	w.mu.Unlock()
	if !up {
		select {
		case <-running:
		case <-w.over:
		}
		return false
	}
	defer r.calls.Done()
	f(r)
	return !r.dead()
}

// surely is with, again and again.
func (w *world) surely(f func(r *run)) {
	for !w.with(f) {
		select {
		case <-w.over:
			return
		default:
			time.Sleep(time.Second)
		}
	}
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
