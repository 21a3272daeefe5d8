package payment

import (
	"testing"
	"time"

	"tillpay/channels"
)

var testPlan = NewPlan(testSheet, "advised", 45*time.Second)

// closingPlan undoes as Huifu does.
var closingPlan = func() Plan {
	p := testPlan
	p.Undo = []channels.Undo{{How: channels.ByClose, MinAge: 61 * time.Second}, {How: channels.ByRefund, Window: 360 * 24 * time.Hour}}
	return p
}()

// testSheet has WeChat Pay Global's figures, and Fubei's tries.
var testSheet = channels.Sheet{
	UnsignedDecline: true,
	Undo: []channels.Undo{
		{How: channels.ByRevoke, MinAge: 15 * time.Second, Window: 24 * time.Hour, Tries: 3},
		{How: channels.ByRefund, Window: 365 * 24 * time.Hour},
	},
	Timing: channels.Timing{
		Advised:  []time.Duration{3500e6, 6500e6, 9500e6, 12500e6, 15500e6, 18500e6, 21500e6, 24500e6, 27500e6, 31000e6, 34750e6, 39000e6, 44000e6},
		Quick:    []time.Duration{3250e6, 4750e6, 6250e6, 7750e6, 9500e6, 11250e6, 13250e6, 15250e6, 17500e6, 20000e6, 23000e6, 26250e6, 29750e6, 33750e6, 38500e6, 44000e6},
		Deadline: 45 * time.Second, LateLooks: []time.Duration{30 * time.Second, 120 * time.Second},
		NotFoundProof: 30 * time.Second, LateNotFound: 120 * time.Second, CodeLife: time.Minute,
	},
}

// Every state meets every event, in every situation that the conditions tell
// apart: each pair has a rule, only a Pay that is owed pays, and no state that
// is final for the till has a way to paid.
func TestEveryStateMeetsEveryEvent(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	used := map[int]bool{}
	for _, plan := range []Plan{testPlan, closingPlan} {
		for _, s := range States() {
			for _, on := range Events() {
				for _, l := range situations(s, now) {
					after, step, err := Next(l, on, now, plan)
					if err != nil {
						t.Fatalf("%s, %s: %v", s, on, err)
					}
					used[ruleFor(t, l, on, now, plan)] = true
					checkMove(t, l, on, after, step, now, plan)
				}
			}
		}
	}
	for i, r := range rules {
		if !used[i] {
			t.Errorf("no situation reaches the rule %v", r)
		}
	}
}

// A till whose battery was empty made the payment in 1970 and is restarted with
// the right time: nothing is given up for its age before the platform was asked.
func TestOldClockGivesNothingUp(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	l := Life{State: Revoking, SubmittedAt: now.AddDate(-56, 0, 0), Deadline: now.AddDate(-56, 0, 0)}
	l, step, err := Next(l, Restarted, now, testPlan)
	if err != nil || l.State != Revoking || l.Way != 0 || step.Do != DoQuery {
		t.Fatalf("%s, way %d, %v, %v", l.State, l.Way, step, err)
	}
	now = step.At
	l = l.began(DoQuery, now).ended(DoQuery, now, testPlan)
	if l, step, err = Next(l, GotPaying, now, testPlan); err != nil || step.Do != DoUndo || l.Way != 0 {
		t.Fatalf("%s, way %d, %v, %v", l.State, l.Way, step, err)
	}
	looks := Life{State: Declined, SubmittedAt: now.AddDate(-56, 0, 0), Looks: []time.Duration{30 * time.Second}}
	if _, step, err = Next(looks, Restarted, now, testPlan); err != nil || step.Do != DoQuery {
		t.Fatalf("the late look is lost: %v, %v", step, err)
	}
}

// An order that the platform does not know is asked about at the moment from which
// that proves it undone, however far apart the questions have come to be.
func TestNotFoundIsProvenOnTime(t *testing.T) {
	plan := testPlan
	plan.Undo = []channels.Undo{{How: channels.ByRefund, Window: 365 * 24 * time.Hour}}
	plan.NotFoundProof = 11 * time.Minute // Huishouqian's
	ended := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	now := ended.Add(45 * time.Second)
	l := Life{State: Revoking, SubmittedAt: ended, EndedAt: ended, Since: now}
	for l.State == Revoking {
		l = l.began(DoQuery, now).ended(DoQuery, now, plan)
		var step Step
		var err error
		if l, step, err = Next(l, GotNotFound, now, plan); err != nil {
			t.Fatal(err)
		}
		if l.State == Revoking {
			now = step.At
		}
	}
	if age := now.Sub(ended); l.State != Revoked || age != plan.NotFoundProof {
		t.Errorf("%s after %v", l.State, age)
	}
}

// A late look whose answers are the platform's own and contradict the order means
// that something was charged, and not as asked: it is undone, and a person hears
// of it should that not be seen to work.
func TestLateLookMeetsAContradiction(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, from := range []State{Declined, Revoked} {
		l := Life{State: from, SubmittedAt: now.Add(-time.Minute), EndedAt: now.Add(-time.Minute), Looks: []time.Duration{30 * time.Second}}
		var step Step
		var err error
		for i := range 3 {
			l = l.began(DoQuery, now).ended(DoQuery, now, testPlan)
			if l, step, err = Next(l, GotContradiction, now, testPlan); err != nil {
				t.Fatal(err)
			}
			if want := i == 2; (l.State == Revoking && step.Do == DoUndo) != want {
				t.Fatalf("contradiction %d: %s, %v", i+1, l.State, step)
			}
			now = step.At
		}
		l = l.ended(DoUndo, now, testPlan)
		if l, step, err = Next(l, GotAccepted, now, testPlan); err != nil || step.Do != DoConfirm {
			t.Fatal(step, err)
		}
		l = l.ended(DoConfirm, now, testPlan)
		if l, _, err = Next(l, GotContradiction, now, testPlan); err != nil || l.State != Attention {
			t.Fatalf("%s, %v", l.State, err)
		}
	}
}

// situations are lives in s that differ in what the conditions read.
func situations(s State, now time.Time) []Life {
	base := Life{State: s, SubmittedAt: now.Add(-50 * time.Second), EndedAt: now.Add(-40 * time.Second), Deadline: now.Add(5 * time.Second)}
	var all []Life
	for _, change := range []func(*Life){
		func(*Life) {},
		func(l *Life) { l.ScannedAt, l.Asked = now.Add(-5*time.Second), 1 },
		func(l *Life) { l.AskedAt = l.Deadline.Add(-500 * time.Millisecond) },
		func(l *Life) { l.Looks = []time.Duration{120 * time.Second} },
		func(l *Life) { l.NotFound = 1 },
		func(l *Life) { l.Rounds = 2 },
		func(l *Life) { l.Contradictions, l.Looks = 2, []time.Duration{120 * time.Second} },
		func(l *Life) { l.Way = 1 },
		func(l *Life) { l.Way, l.Seen = 1, true },
		func(l *Life) { l.Way, l.Rounds, l.SubmittedAt = 1, vain, now.Add(-400*24*time.Hour) },
		func(l *Life) { l.Replayed = true },
		func(l *Life) { l.EndedAt = time.Time{} },
		func(l *Life) { l.Begun, l.EndedAt = true, time.Time{} },
	} {
		for _, do := range []Exchange{None, DoPay, DoQuery, DoUndo, DoConfirm} {
			l := base
			change(&l)
			l.step, l.did = Step{do, now}, do
			all = append(all, l)
		}
	}
	return all
}

func ruleFor(t *testing.T, l Life, on Event, now time.Time, plan Plan) int {
	t.Helper()
	l = l.learn(on, now)
	for i, r := range rules {
		if r.from == l.State && (r.on == on || r.on == Any) && r.when.holds(l, now, plan) {
			return i
		}
	}
	t.Fatalf("no rule for %s in %s", on, l.State)
	return -1
}

func checkMove(t *testing.T, l Life, on Event, after Life, step Step, now time.Time, plan Plan) {
	t.Helper()
	if after.State == Paid && l.State != Paid && on != GotPaid && on != SaidPaid {
		t.Errorf("%s on %s became paid", l.State, on)
	}
	if l.State == Submitting && on == Cancelled && after.State == Revoked && l.Begun {
		t.Error("cancelled, and what was begun is forgotten")
	}
	if after.State == Revoked && l.State != Revoked && (l.State != Submitting || on != Cancelled) && on != GotUndone && on != GotDeclined && on != GotNotFound && on != GotNotSent && on != SaidRevoked {
		t.Errorf("%s on %s became revoked without proof", l.State, on)
	}
	if step.Do == DoPay && (l.Replayed || l.ScannedAt.IsZero()) {
		t.Errorf("%s on %s pays again", l.State, on)
	}
	if step.Do == DoUndo && after.State != Revoking {
		t.Errorf("%s on %s undoes in %s", l.State, on, after.State)
	}
	if step.Do == DoUndo && !after.EndedAt.IsZero() && now.Sub(after.EndedAt) < plan.Undo[after.Way].MinAge {
		t.Errorf("%s on %s undoes too early", l.State, on)
	}
	if step.Do != None && step.At.Before(now) && step != l.step {
		t.Errorf("%s on %s owes %v in the past", l.State, on, step)
	}
	switch after.State {
	case Submitting, Paying, Revoking: // not over: something must be owed
		if step.Do == None {
			t.Errorf("%s on %s is %s and owes nothing", l.State, on, after.State)
		}
	case Paid, Attention:
		if step.Do != None {
			t.Errorf("%s on %s is %s and owes %v", l.State, on, after.State, step)
		}
	}
}

// Whatever the platform answers, a payment comes to an end when the answers stop
// being nonsense, and the revoke keeps its minimum age.
func TestScheduleAndDeadline(t *testing.T) {
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	l := Life{State: Submitting, SubmittedAt: start, step: Step{DoPay, start}}
	now := start
	var ages []time.Duration
	on := GotPaying
	for l.State == Submitting || l.State == Paying {
		l = l.began(l.step.Do, now).ended(l.step.Do, now, testPlan)
		var err error
		if l, _, err = Next(l, on, now, testPlan); err != nil {
			t.Fatal(err)
		}
		if l.State == Paying {
			now = l.step.At
			ages = append(ages, now.Sub(start))
		}
	}
	if l.State != Revoking || l.step.Do != DoUndo || !l.step.At.Equal(now) {
		t.Fatalf("after the deadline: %s, owing %v at %v", l.State, l.step.Do, l.step.At.Sub(start))
	}
	want := testSheet.Timing.Advised
	if len(ages) != len(want) {
		t.Fatalf("queries at %v, want %v", ages, want)
	}
	for i := range want {
		if ages[i] != want[i] {
			t.Errorf("query %d at %v, want %v", i, ages[i], want[i])
		}
	}
}

// Timers and answers are late by a little on every machine: the schedule must
// neither skip a query for it nor bring two closer than its gap.
func TestLateTimersKeepTheSchedule(t *testing.T) {
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	l := Life{State: Submitting, SubmittedAt: start, step: Step{DoPay, start}}
	now := start
	var asked []time.Duration
	for l.State == Submitting || l.State == Paying {
		l = l.began(l.step.Do, now)
		now = now.Add(40 * time.Millisecond) // the exchange
		l = l.ended(l.step.Do, now, testPlan)
		var err error
		if l, _, err = Next(l, GotPaying, now, testPlan); err != nil {
			t.Fatal(err)
		}
		now = l.step.At.Add(7 * time.Millisecond) // the timer
		asked = append(asked, now.Sub(start))
	}
	asked = asked[:len(asked)-1]
	if len(asked) != len(testSheet.Timing.Advised) {
		t.Fatalf("queries at %v", asked)
	}
	for i := 1; i < len(asked); i++ {
		if gap := asked[i] - asked[i-1]; gap < 3*time.Second {
			t.Errorf("queries %v apart at %v", gap, asked[i])
		}
	}
}

func TestPlanFollowsTheDeadline(t *testing.T) {
	for _, c := range []struct {
		deadline time.Duration
		last     time.Duration
		queries  int
	}{{45 * time.Second, 44 * time.Second, 13}, {15 * time.Second, 14 * time.Second, 4}, {5 * time.Second, 4 * time.Second, 1}, {60 * time.Second, 59 * time.Second, 16}} {
		p := NewPlan(testSheet, "advised", c.deadline)
		if got := p.Schedule[len(p.Schedule)-1]; got != c.last || len(p.Schedule) != c.queries {
			t.Errorf("deadline %v: %v", c.deadline, p.Schedule)
		}
	}
}
