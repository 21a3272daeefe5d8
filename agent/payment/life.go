package payment

import (
	"encoding/json"
	"slices"
	"time"

	"tillpay/channels"
	"tillpay/queue"
)

// Life is what the rules know of a payment. What a restart must not forget is
// in its JSON; the rest counts from anew, which is never too early.
type Life struct {
	State       State     `json:"-"`
	SubmittedAt time.Time `json:"-"`
	// Deadline is when the last query is one second old; set when the first
	// exchange of the Pay ended.
	Deadline time.Time `json:"-"`
	// EndedAt is when the Pay's last exchange ended: ages count from here. Zero
	// while one is under way.
	EndedAt time.Time `json:"-"`
	// ScannedAt is when the code that is still in memory was read; zero when it
	// is gone. Only a fresh code may be replayed.
	ScannedAt time.Time `json:"-"`

	Replayed bool `json:"replayed,omitempty"`
	Way      int  `json:"way,omitempty"`  // which of the sheet's ways to undo
	Seen     bool `json:"seen,omitempty"` // while undoing: the platform said paid
	// Prompted: the platform said that the customer is being asked.
	Prompted bool `json:"prompted,omitempty"`
	// Prepared: the customer pays an order in an app; no code is submitted.
	Prepared bool `json:"prepared,omitempty"`
	// ExpiresAt is when the platform was told to end a prepared order.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// RefundSentAt is when the refund that undoes the payment was first sent under
	// its number, where the sheet dates refunds.
	RefundSentAt time.Time `json:"refund_sent_at,omitzero"`
	// Params start a prepared order in the customer's app, while it can be paid.
	Params json.RawMessage `json:"params,omitempty"`
	// Since is when undoing began.
	Since time.Time `json:"since,omitzero"`
	// Looks are the ages of late queries that are still to be made.
	Looks []time.Duration `json:"looks,omitempty"`

	Begun          bool      `json:"-"` // a Pay, or what creates an order: a byte of it may have left
	AskedAt        time.Time `json:"-"` // the last query's start
	Asked          int       `json:"-"` // queries since the last Pay
	NotFound       int       `json:"-"` // queries in a row that found nothing
	Contradictions int       `json:"-"` // in a row
	Rounds         int       `json:"-"` // undos that no query confirmed
	step           Step
	did            Exchange // that ended just now; what is owed may have changed meanwhile
}

// Plan is the data that the rules read: a channel's timing and its ways to undo.
type Plan struct {
	Schedule      []time.Duration // ages at which to query, the last one the deadline's
	Deadline      time.Duration
	Undo          []channels.Undo
	LateLooks     []time.Duration
	NotFoundProof time.Duration
	LateNotFound  time.Duration
	CodeLife      time.Duration
}

// lastQuery is how long before the deadline the last query is sent: the undo
// goes out right behind its answer.
const lastQuery = time.Second

// nudgeGap is the least time between two queries, whoever asks for them.
const nudgeGap = time.Second

// NewPlan makes a channel's plan. schedule is "advised" or "quick"; a deadline
// that is not the sheet's cuts the schedule off, or goes on with its last gap.
// The last query keeps the schedule's gap too.
func NewPlan(sheet channels.Sheet, schedule string, deadline time.Duration) Plan {
	t := sheet.Timing
	ages := t.Advised
	if schedule == "quick" {
		ages = t.Quick
	}
	last, least := deadline-lastQuery, (Plan{Schedule: ages}).gap()
	var plan []time.Duration
	for _, age := range ages {
		if age+least <= last {
			plan = append(plan, age)
		}
	}
	if n := len(ages); n > 1 && len(plan) == n { // the deadline lies beyond the schedule
		gap := ages[n-1] - ages[n-2]
		for age := ages[n-1] + gap; age+least <= last; age += gap {
			plan = append(plan, age)
		}
	}
	return Plan{
		Schedule: append(plan, last), Deadline: deadline, Undo: sheet.Undo, LateLooks: t.LateLooks,
		NotFoundProof: t.NotFoundProof, LateNotFound: t.LateNotFound, CodeLife: t.CodeLife,
	}
}

// gap is the least time between two queries of the schedule.
func (p Plan) gap() time.Duration {
	least := time.Duration(0)
	for i := 1; i < len(p.Schedule); i++ {
		if gap := p.Schedule[i] - p.Schedule[i-1]; i == 1 || gap < least {
			least = gap
		}
	}
	return least
}

// condition narrows a rule.
type condition string

const (
	always         condition = ""
	mayReplay      condition = "the code is fresh and nothing was replayed"
	askedLast      condition = "the last query was asked"
	looksLeft      condition = "a late look is left"
	notBegun       condition = "no Pay was begun"
	neverSent      condition = "no Pay ever left"
	notFoundProven condition = "twice, the second late enough"
	closes         condition = "it was closed"
	thirdTime      condition = "the third time running"
	anotherWay     condition = "the sheet has another way"
	triedEnough    condition = "asked for the sheet's number of tries, and it has another way"
	windowOver     condition = "the last way's window is over, and it was asked in vain"
	undoAsked      condition = "the undo was just asked"
	mayUndo        condition = "just checked"
)

func (c condition) holds(p Life, now time.Time, plan Plan) bool {
	switch c {
	case mayReplay:
		first := p.State == Submitting || p.Asked == 1
		return first && !p.Replayed && !p.ScannedAt.IsZero() && now.Sub(p.ScannedAt) < plan.CodeLife
	case askedLast:
		return !p.AskedAt.IsZero() && !p.AskedAt.Before(p.Deadline.Add(-lastQuery))
	case looksLeft:
		return len(p.Looks) > 0 && !tooLate(p, now, plan)
	case notBegun:
		return !p.Begun
	case neverSent:
		return !p.Replayed
	case notFoundProven:
		return p.NotFound >= 2 && !p.EndedAt.IsZero() && now.Sub(p.EndedAt) >= plan.NotFoundProof
	case closes:
		return p.Way < len(plan.Undo) && plan.Undo[p.Way].How == channels.ByClose
	case thirdTime:
		return p.Contradictions >= 3
	case anotherWay:
		return p.Way+1 < len(plan.Undo)
	case triedEnough:
		return p.did == DoConfirm && p.Way+1 < len(plan.Undo) && plan.Undo[p.Way].Tries > 0 && p.Rounds+1 >= plan.Undo[p.Way].Tries
	case windowOver:
		return p.Way >= len(plan.Undo) || p.Way == len(plan.Undo)-1 && p.givenUp(plan.Undo[p.Way], now)
	case undoAsked:
		return p.did == DoUndo
	case mayUndo:
		return (p.did == DoQuery || p.did == DoPay) && (plan.Undo[p.Way].How != channels.ByRefund || p.Seen)
	}
	return true
}

// learn counts what on tells beside the state it moves to.
func (p Life) learn(on Event, now time.Time) Life {
	switch on {
	case GotNotFound:
		p.NotFound++
	case GotPaid, GotPaying, GotDeclined, GotUndone:
		p.NotFound = 0
	case Restarted:
		p = p.restart(now)
	case Nudged:
		p.Rounds = 0 // what was waited while nobody could answer counts no more
	case SaidUndo:
		p.Way, p.Rounds, p.NotFound, p.Contradictions = 0, 0, 0, 0
	}
	switch on {
	case GotContradiction:
		if p.State == Revoking || len(p.Looks) > 0 {
			p.Contradictions++
		}
	case Cancelled, Nudged, Restarted, GotUnknown, GotAccepted, GotNotSent:
	default:
		p.Contradictions = 0
	}
	if p.looked(on) {
		p.Looks, p.Rounds = p.Looks[1:], 0
	}
	if p.State == Revoking && on == GotPaid {
		p.Seen = true
	}
	if on == GotPaying {
		p.Prompted = true
	}
	return p
}

// looked tells a late look that brought an answer; one that did not is made again.
func (p Life) looked(on Event) bool {
	switch on {
	case GotUnknown, GotContradiction, Cancelled, Nudged, Restarted:
		return false
	}
	return (p.State == Declined || p.State == Revoked) && len(p.Looks) > 0
}

// restart forgets what a new process cannot know: ages count from now, and a
// deadline that a jump of the clock put far away is brought back.
func (p Life) restart(now time.Time) Life {
	p.EndedAt, p.ScannedAt = now, time.Time{}
	return p
}

// began and ended mark one exchange.
func (p Life) began(do Exchange, now time.Time) Life {
	switch do {
	case DoPay:
		p.Begun, p.EndedAt, p.Asked, p.NotFound = true, time.Time{}, 0, 0
	case DoQuery, DoConfirm:
		p.AskedAt = now
		p.Asked++
	}
	return p
}

func (p Life) ended(do Exchange, now time.Time, plan Plan) Life {
	p.did = do
	if do == DoPay {
		p.EndedAt = now
		if p.Deadline.IsZero() {
			p.Deadline = now.Add(plan.Deadline)
		}
	}
	return p
}

// owe turns an action into the step that is owed, with its time.
func (p Life) owe(do Action, from State, now time.Time, plan Plan) (Life, Step) {
	step := Step{}
	switch do {
	case Pay:
		p.Replayed = true
		step = Step{DoPay, now}
	case Query, QueryNow:
		p = p.bounded(now, plan)
		step = Step{DoQuery, p.nextQuery(now, plan)}
		if do == QueryNow {
			step.At = later(now, p.AskedAt.Add(nudgeGap))
		}
	case Confirm:
		step = Step{DoConfirm, now}
	case Undo:
		p = p.openWay(now, plan)
		step = p.undo(now, plan)
	case Check:
		p = p.openWay(now, plan)
		step = Step{DoQuery, later(p.undoFrom(now, plan), p.AskedAt.Add(nudgeGap))}
	case NextWay:
		p.Way++
		step = Step{DoQuery, p.undoFrom(now, plan)}
	case Wait:
		p.Rounds++
		step = Step{DoQuery, p.notBeyond(now, now.Add(undoWait(p.Rounds)), plan)}
	case Look:
		p, step = p.look(from, now, plan)
	}
	p.step = step
	return p, step
}

// openWay passes over a way to undo that is given up, if another is left.
func (p Life) openWay(now time.Time, plan Plan) Life {
	for p.Way+1 < len(plan.Undo) && p.givenUp(plan.Undo[p.Way], now) {
		p.Way++
	}
	return p
}

// undo goes out at once from a payment that is old enough; a younger one is
// looked at again right before.
func (p Life) undo(now time.Time, plan Plan) Step {
	if at := p.undoFrom(now, plan); at.After(now) {
		return Step{DoQuery, at}
	}
	switch {
	case p.Way >= len(plan.Undo): // no way at all: the query's answer calls a person
		return Step{DoQuery, now}
	case plan.Undo[p.Way].How == channels.ByRefund && !p.Seen:
		return Step{DoQuery, now.Add(undoWait(1))}
	}
	return Step{DoUndo, now}
}

// undoFrom is when the present way to undo may first be used.
func (p Life) undoFrom(now time.Time, plan Plan) time.Time {
	if p.Way >= len(plan.Undo) || p.EndedAt.IsZero() {
		return now
	}
	return later(now, p.EndedAt.Add(plan.Undo[p.Way].MinAge))
}

// look owes the next late query of a payment that is over for the till.
func (p Life) look(from State, now time.Time, plan Plan) (Life, Step) {
	if from != p.State { // it has just come here
		p.Looks = plan.LateLooks
		if p.State == Revoked {
			p.Looks = []time.Duration{plan.LateNotFound}
		}
	}
	if len(p.Looks) == 0 {
		return p, Step{}
	}
	at := p.EndedAt.Add(p.Looks[0])
	if from == p.State && !at.After(now) { // its time has been, and nobody answered
		p.Rounds++
		at = now.Add(undoWait(p.Rounds))
	}
	if at.Before(now) { // it took longer than that to come here: what is late counts from now
		at = now.Add(p.Looks[0])
	}
	return p, Step{DoQuery, at}
}

// bounded keeps the deadline where a clock's jump cannot put it out of reach.
func (p Life) bounded(now time.Time, plan Plan) Life {
	latest := now.Add(plan.Deadline)
	if p.Deadline.IsZero() || p.Deadline.After(latest) {
		p.Deadline = latest
	}
	return p
}

// nextQuery is the schedule's next time. A query that left late moves the next
// one, so that no two are closer than the schedule's gap; only the last one
// stays where it is, a second before the deadline.
func (p Life) nextQuery(now time.Time, plan Plan) time.Time {
	start := p.Deadline.Add(-plan.Deadline)
	last := later(later(now, p.Deadline.Add(-lastQuery)), p.AskedAt.Add(nudgeGap))
	gap := plan.gap()
	passed := now
	if !p.AskedAt.IsZero() {
		passed = later(now, p.AskedAt.Add(gap/2)) // the one that was just made, even if it was late
	}
	i, _ := slices.BinarySearchFunc(plan.Schedule, passed, func(age time.Duration, t time.Time) int { return start.Add(age).Compare(t) })
	if i >= len(plan.Schedule)-1 {
		return last
	}
	at := start.Add(plan.Schedule[i])
	if !p.AskedAt.IsZero() {
		at = later(at, p.AskedAt.Add(gap))
	}
	if at.After(last) {
		return last
	}
	return at
}

// undoWait spaces the rounds of an undo that no query confirms: 5, 10, 20 s, and
// on to an hour (the platforms' advice for revokes, then rare enough for days).
var undoWait = queue.Exponential(5*time.Second, time.Hour)

// longUndo is when an undo that no query confirms is a person's matter too: the
// platforms confirm within seconds and advise against asking beyond a quarter of
// an hour. The till goes on all the same.
const longUndo = 30 * time.Minute

// late is when that is: well before the last way's window ends.
func (p Life) late(plan Plan) time.Time {
	wait := longUndo
	if n := len(plan.Undo); n > 0 && plan.Undo[n-1].Window > 0 {
		wait = min(wait, plan.Undo[n-1].Window/4)
	}
	if p.Since.IsZero() { // it began before this was kept
		return p.SubmittedAt.Add(wait)
	}
	return p.Since.Add(wait)
}

// notBeyond brings a wait forward that would pass over the moment when a person is
// to be told, or the one from which an order that was not found is proven undone.
func (p Life) notBeyond(now, at time.Time, plan Plan) time.Time {
	wait, moments := at.Sub(now), []time.Time{p.late(plan)}
	if p.NotFound > 0 && !p.EndedAt.IsZero() {
		moments = append(moments, p.EndedAt.Add(plan.NotFoundProof))
	}
	for _, m := range moments {
		if left := m.Sub(now); left > 0 { // each by the clock that it has: a wall clock may be set
			wait = min(wait, left)
		}
	}
	return now.Add(wait)
}

// tooLate: whatever a late look finds, the platform undoes it no more.
func tooLate(p Life, now time.Time, plan Plan) bool {
	n := len(plan.Undo)
	return n > 0 && p.givenUp(plan.Undo[n-1], now)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// vain is how many rounds without an answer that counts go before an old payment
// is given up: by undoWait about twenty minutes.
const vain = 8

// givenUp tells an undo that the platform no longer takes. Windows are days, so
// only the wall clock can count them, and after a restart it may be years off (an
// empty battery says 1970): the platform is asked in any case, and its refusal is
// what ends a way. The window ends one only where nobody answers at all.
func (p Life) givenUp(u channels.Undo, now time.Time) bool {
	return u.Window > 0 && p.Rounds >= vain && now.Sub(p.SubmittedAt) > u.Window
}
