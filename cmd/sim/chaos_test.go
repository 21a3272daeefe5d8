package main

import (
	"context"
	"time"

	"tillpay/channels"
)

// chaos is what goes wrong beside the exchanges: the disk, the clock, the
// network as a whole, the power, and the platform's callbacks.
func (w *world) chaos(ctx context.Context) {
	menu := []fault{diskBusy, diskBusy, diskFull, diskFull, diskFailed, diskLied, clockSecond, clockMinute, clockDay, clockBack, clock1970, clockHour,
		clockRight, clockRight, crashBefore, crashBehind, crashAny, stopStart, hintTrue, hintTrue, hintTrue, outage, outage}
	for n := 0; ; n++ {
		d := throw(w.seed, aboutChaos, n)
		select {
		case <-ctx.Done():
			return
		case <-time.After(d.between(3*time.Second, time.Duration(120 / *trouble)*time.Second)):
		}
		f := menu[d.pick(len(menu))]
		w.say(name{}, "chaos", n, string(f))
		w.strike(f, d)
	}
}

// ahead is how far a clock fault puts the till's wall clock.
var ahead = map[fault]time.Duration{clockSecond: -time.Second, clockMinute: 61 * time.Second, clockDay: 24 * time.Hour, clockBack: -24 * time.Hour,
	clockHour: time.Hour, clockRight: 0, clock1970: -56 * 365 * 24 * time.Hour}

func (w *world) strike(f fault, d *dice) {
	if by, ok := ahead[f]; ok {
		w.met(0, f)
		w.clock.set(by)
		return
	}
	w.mu.Lock()
	r := w.run
	w.mu.Unlock()
	if r == nil || r.dead() {
		return
	}
	switch f {
	case diskBusy, diskFull, crashBefore, crashBehind:
		r.store.arm(f)
	case diskFailed, diskLied:
		r.store.arm(f)
		// Whoever runs the till starts it again when it says that its disk failed.
		time.AfterFunc(d.between(5*time.Second, 25*time.Second), func() { r.restart(stopStart) })
	case crashAny:
		w.met(0, f)
		r.crash(f)
	case stopStart:
		w.met(0, f)
		r.restart(f)
	case outage:
		w.down.Store(true)
		time.AfterFunc(d.between(time.Second, 40*time.Second), func() { w.down.Store(false) })
	case hintTrue:
		w.hint(r, d)
	}
}

// restart asks for an orderly stop and a new start.
func (r *run) restart(f fault) {
	select {
	case r.asked <- f:
	default:
	}
}

// hint is a platform's callback about an order it knows, or did.
func (w *world) hint(r *run, d *dice) {
	sale := 1 + d.pick(w.sales)
	for driver, door := range w.doors {
		for _, o := range door.bank.books(sale, time.Now()) {
			w.met(sale, hintTrue)
			w.with(func(r *run) {
				if _, err := r.till.Hint(context.Background(), driver, channels.Notice{OutTradeNo: o.no}); err != nil && !r.dead() && r.db.Err() == nil && !isStorage(err) {
					w.fail("a callback about %s answered %v", w.called(o.no), err)
				}
			})
		}
	}
}
