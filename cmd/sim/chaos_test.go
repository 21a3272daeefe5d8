package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"tillpay/agent/httpapi"
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
		w.hint(d)
	}
}

// restart asks for an orderly stop and a new start.
func (r *run) restart(f fault) {
	select {
	case r.asked <- f:
	default:
	}
}

// hint is a platform's callback about an order it knows, or did. Where the world
// plays the platform's own words it goes through the till's listener.
func (w *world) hint(d *dice) {
	sale := 1 + d.pick(w.sales)
	for driver, door := range w.doors {
		for _, o := range door.bank.books(sale, time.Now()) {
			n, speaks := door.front.(notifier)
			f := hintTrue
			if speaks && d.chance(0.4) {
				f = hintForged
			}
			w.met(sale, f)
			w.with(func(r *run) {
				if speaks {
					w.notify(r, driver, n, o, f == hintForged)
				} else if _, err := r.till.Hint(context.Background(), driver, channels.Notice{OutTradeNo: o.no}); err != nil && !r.dead() && r.db.Err() == nil && !again(word(err)) {
					w.fail("a callback about %s answered %v", w.called(o.no), err)
				}
			})
		}
	}
}

// notifier is a front that calls back: with a form, and what it wants to hear.
type notifier interface {
	notice(o order, forged bool, now time.Time) (form url.Values, answer string)
}

// notify calls back.
func (w *world) notify(r *run, driver string, n notifier, o order, forged bool) {
	form, want := n.notice(o, forged, w.platformNow())
	req := httptest.NewRequest("POST", "/v1/notify/"+driver, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := httptest.NewRecorder()
	httpapi.NewCallbacks(httpapi.CallbacksConfig{Channels: r.till.Notifiees(), Hint: r.till.Hint, Now: w.clock.now}).ServeHTTP(got, req)
	w.checked("6 a callback in the platform's words")
	switch {
	case forged && got.Code == http.StatusUnauthorized, got.Code == http.StatusServiceUnavailable, r.dead():
	case forged, got.Code != http.StatusOK, got.Body.String() != want:
		w.fail("a callback about %s (forged: %v) is answered %d %s, not %q", w.called(o.no), forged, got.Code, got.Body, want)
	}
}
