package payment

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels"

	"pgregory.net/rapid"
)

// Whatever is lost, delayed, forged, cancelled, nudged and restarted on the
// way: once the platform's answers arrive again the payment ends, as the
// platform's own books say; it is submitted at most twice, never undone too
// young, and asked about no more often than the schedule allows.
func TestEveryLifeEndsInTheTruth(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt)
		for w.life.step.Do != None {
			w.turn()
		}
		w.settled()
	})
}

// fate is what the platform does with a Pay that reached it.
type fate string

const (
	pays     fate = "pays"
	asks     fate = "asks"     // and the customer pays later
	ignores  fate = "ignores"  // asked, and never answers
	declines fate = "declines" // signed, for good
	refuses  fate = "refuses"  // unsigned, and true
	clock    fate = "clock"    // unsigned: the till's clock is wrong
)

// world is a platform's books, the network to it, and the till's life of one
// payment, in simulated time.
type world struct {
	rt     *rapid.T
	now    time.Time
	start  time.Time
	healed time.Time // from here on every exchange tells the truth

	order    channels.Outcome // NotFound, Paying, Paid, Declined or Revoked
	fate     fate
	arrives  time.Time // a Pay that is still on its way
	paysAt   time.Time
	tooLate  bool // this platform revokes nothing that is paid
	life     Life
	disk     Life
	diskJSON []byte

	pays      int
	payEnded  time.Time // as the till may count it
	lastAsked time.Time
	pressed   bool // somebody asked since the last query
	log       []string
}

func newWorld(rt *rapid.T) *world {
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	seconds := func(name string, most int) time.Duration {
		return time.Duration(rapid.IntRange(0, most*1000).Draw(rt, name)) * time.Millisecond
	}
	w := &world{
		rt: rt, now: start, start: start, order: channels.NotFound,
		healed:  start.Add(seconds("healed after", 600)),
		fate:    rapid.SampledFrom([]fate{pays, asks, ignores, declines, refuses, clock}).Draw(rt, "fate"),
		paysAt:  start.Add(seconds("pays at", 90)),
		tooLate: rapid.Bool().Draw(rt, "too late"),
	}
	w.life = Life{State: Submitting, SubmittedAt: start, ScannedAt: start.Add(-seconds("code age", 70))}
	w.life.step = Step{DoPay, start}
	w.save()
	return w
}

func (w *world) save() {
	w.disk = w.life
	b, err := json.Marshal(w.life)
	if err != nil {
		w.rt.Fatal(err)
	}
	w.diskJSON = b
}

func (w *world) say(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%v ", w.now.Sub(w.start))+fmt.Sprintf(format, args...))
}

func (w *world) fatal(format string, args ...any) {
	w.rt.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(w.log, "\n"))
}

// turn is one wait and one exchange, or what comes between.
func (w *world) turn() {
	if w.now.After(w.healed.Add(3 * time.Hour)) {
		w.fatal("no end: %s", w.life.State)
	}
	if len(w.log) > 2000 {
		w.fatal("too busy")
	}
	if at := w.life.step.At; at.After(w.now) {
		if between := w.now.Add(at.Sub(w.now) / 2); w.chaos() && w.disturb(between) {
			return
		}
		w.advance(at)
	}
	do := w.life.step.Do
	w.check(do)
	w.life = w.life.began(do, w.now)
	reply, took := w.exchange(do)
	if w.chaos() && w.disturb(w.now.Add(took/2)) && w.life.EndedAt.Equal(w.now) {
		return // the process died in the middle of it
	}
	w.advance(w.now.Add(max(0, took-took/2)))
	if do == DoPay {
		w.payEnded = w.now
	}
	w.life = w.life.ended(do, w.now, testPlan)
	w.move(Understand(do, reply, testSheet))
}

func (w *world) chaos() bool { return w.now.Before(w.healed) }

// disturb lets the cashier, a hint or a restart come in at a time.
func (w *world) disturb(at time.Time) bool {
	what := rapid.SampledFrom([]Event{"", "", "", "", Cancelled, Nudged, Restarted}).Draw(w.rt, "disturbance")
	s := w.life.State
	switch {
	case what == Cancelled && s != Submitting && s != Paying,
		what == Nudged && s != Paying && s != Revoking, what == "":
		return false
	}
	w.advance(at)
	w.pressed = true
	if what == Restarted {
		var l Life
		if err := json.Unmarshal(w.diskJSON, &l); err != nil {
			w.rt.Fatal(err)
		}
		l.State, l.SubmittedAt, l.Deadline = w.disk.State, w.disk.SubmittedAt, w.disk.Deadline
		if l.Deadline.IsZero() {
			l.Deadline = w.now.Add(testPlan.Deadline)
		}
		w.life, w.payEnded = l, w.now
	}
	w.move(what)
	return true
}

func (w *world) move(on Event) {
	before := w.life
	after, step, err := Next(before, on, w.now, testPlan)
	if err != nil {
		w.fatal("%v", err)
	}
	w.life = after
	w.say("%s: %s → %s, %s at %v", on, before.State, after.State, step.Do, step.At.Sub(w.start))
	if after.State != w.disk.State || after.durable() != w.disk.durable() {
		w.save()
	}
}

// advance lets the platform's side happen until a time.
func (w *world) advance(to time.Time) {
	w.now = to
	if !w.arrives.IsZero() && !w.arrives.After(to) {
		w.arrives = time.Time{}
		w.arrive()
	}
	if w.order == channels.Paying && w.fate == asks && w.paysAt.Before(to) {
		w.order = channels.Paid
	}
}

// arrive books a Pay, as an order number's only one.
func (w *world) arrive() {
	if w.order != channels.NotFound {
		return
	}
	switch w.fate {
	case pays:
		w.order = channels.Paid
	case asks, ignores:
		w.order = channels.Paying
	case declines:
		w.order = channels.Declined
	}
	w.say("the platform books: %s", w.order)
}

// exchange makes one call over a network that may do anything, until it heals.
func (w *world) exchange(do Exchange) (channels.Reply, time.Duration) {
	took := time.Duration(rapid.IntRange(0, 8000).Draw(w.rt, "took")) * time.Millisecond
	trouble := "none"
	if w.chaos() {
		trouble = rapid.SampledFrom([]string{"none", "none", "request lost", "answer lost", "forged", "refused on the way", "not sent", "late"}).Draw(w.rt, "trouble")
	}
	w.say("%s, trouble: %s", do, trouble)
	lost := channels.Reply{Reason: channels.Network}
	switch trouble {
	case "request lost":
		return lost, took
	case "not sent":
		return channels.Reply{Outcome: channels.NotSent, Reason: channels.Network}, took
	case "forged": // unsigned: paid, revoked, whatever a box in the shop says
		o := rapid.SampledFrom([]channels.Outcome{channels.Paid, channels.Revoked, channels.Refunded, channels.NotFound, channels.Refused}).Draw(w.rt, "forged")
		return channels.Reply{Outcome: o}, took
	case "refused on the way": // unsigned too, and the platform knows nothing of it
		w.truth(do)
		return channels.Reply{Outcome: channels.Declined, Reason: channels.PlatformBusy}, took
	case "late":
		if do != DoPay {
			return lost, took
		}
		w.arrives = w.now.Add(10 * time.Second).Add(time.Duration(rapid.IntRange(0, 90).Draw(w.rt, "late by")) * time.Second)
		return lost, 10 * time.Second
	}
	reply := w.truth(do)
	if trouble == "answer lost" {
		return lost, took
	}
	return reply, took
}

// truth acts, and answers as a sound platform does.
func (w *world) truth(do Exchange) channels.Reply {
	switch do {
	case DoPay:
		if w.order == channels.NotFound && w.arrives.IsZero() {
			switch w.fate {
			case refuses:
				return channels.Reply{Outcome: channels.Declined, Reason: channels.CodeInvalid}
			case clock:
				w.fate = rapid.SampledFrom([]fate{pays, asks, clock, refuses}).Draw(w.rt, "fate after the clock")
				return channels.Reply{Outcome: channels.Declined, Reason: channels.ClockSkew}
			}
			w.arrive()
		}
	case DoUndo:
		return w.undo()
	}
	return channels.Reply{Outcome: w.order, Verified: true}
}

func (w *world) undo() channels.Reply {
	revoke := testPlan.Undo[w.life.Way].How == channels.ByRevoke
	switch {
	case w.order == channels.NotFound:
		return channels.Reply{Outcome: channels.NotFound, Verified: true}
	case w.order == channels.Paid && revoke && w.tooLate:
		return channels.Reply{Outcome: channels.Refused, Reason: channels.TooLate, Verified: true}
	case w.order == channels.Paid, w.order == channels.Paying && revoke:
		w.order = channels.Revoked
	case !revoke && w.order != channels.Revoked: // the same refund again is safe
		w.fatal("a refund of what is not paid")
	}
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

// check holds what must be true of an exchange before it begins.
func (w *world) check(do Exchange) {
	switch do {
	case DoPay:
		if w.pays++; w.pays > 2 || w.pays == 2 && !w.disk.Replayed {
			w.fatal("Pay number %d", w.pays)
		}
		if w.pays == 2 && (w.life.ScannedAt.IsZero() || w.now.Sub(w.life.ScannedAt) > testPlan.CodeLife) {
			w.fatal("an old code is replayed")
		}
	case DoUndo:
		if age := w.now.Sub(w.payEnded); age < testPlan.Undo[w.life.Way].MinAge {
			w.fatal("undone at the age of %v", age)
		}
		if w.life.State != Revoking || w.disk.State != Revoking {
			w.fatal("undone while %s", w.disk.State)
		}
	case DoQuery:
		least := 3 * time.Second
		if w.pressed || !w.now.Before(w.life.Deadline.Add(-lastQuery)) {
			least = time.Second
		}
		if gap := w.now.Sub(w.lastAsked); w.life.State == Paying && gap < least && !w.life.AskedAt.IsZero() {
			w.fatal("asked again after %v", gap)
		}
		w.lastAsked, w.pressed = w.now, false
	}
}

// settled compares the end with the platform's books.
func (w *world) settled() {
	w.advance(w.now.Add(time.Hour))
	s := w.life.State
	ok := map[State]bool{
		Paid:     w.order == channels.Paid,
		Declined: w.order != channels.Paid && w.order != channels.Paying,
		Revoked:  w.order != channels.Paid && w.order != channels.Paying,
	}
	if !ok[s] {
		w.fatal("the till says %s, the platform %s", s, w.order)
	}
	if s != w.disk.State {
		w.fatal("the till says %s, its disk %s", s, w.disk.State)
	}
}
