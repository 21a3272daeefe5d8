package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/ledger/disktest"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/escpos"
	"tillpay/scanner"
)

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
