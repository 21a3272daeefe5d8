package payment

import (
	"testing"
	"time"

	"tillpay/channels"
)

// What a reply means depends on what was asked, and on whether it is proven.
func TestUnderstand(t *testing.T) {
	type row struct {
		outcome                   channels.Outcome
		pay, query, undo          Event // verified
		payRaw, queryRaw, undoRaw Event // not
	}
	for _, c := range []row{
		{channels.Unknown, GotUnknown, GotUnknown, GotUnknown, GotUnknown, GotUnknown, GotUnknown},
		{channels.Paid, GotPaid, GotPaid, GotUnknown, GotUnknown, GotUnknown, GotUnknown},
		{channels.Paying, GotPaying, GotPaying, GotPaying, GotUnknown, GotUnknown, GotUnknown},
		{channels.Declined, GotDeclined, GotDeclined, GotUnknown, GotUnsignedRefusal, GotUnknown, GotUnknown},
		{channels.NotFound, GotUnknown, GotNotFound, GotAccepted, GotUnknown, GotUnknown, GotUnknown},
		{channels.Revoked, GotAccepted, GotUndone, GotAccepted, GotUnknown, GotUnknown, GotUnknown},
		{channels.Closed, GotAccepted, GotUndone, GotAccepted, GotUnknown, GotUnknown, GotUnknown},
		{channels.Refunded, GotAccepted, GotUndone, GotAccepted, GotUnknown, GotUnknown, GotUnknown},
		{channels.Accepted, GotAccepted, GotAccepted, GotAccepted, GotUnknown, GotUnknown, GotUnknown},
		{channels.Refused, GotUnknown, GotUnknown, GotRefused, GotUnknown, GotUnknown, GotUnknown},
		{channels.NotSent, GotNotSent, GotUnknown, GotUnknown, GotNotSent, GotUnknown, GotUnknown},
		{channels.Outcome(200), GotUnknown, GotUnknown, GotUnknown, GotUnknown, GotUnknown, GotUnknown},
	} {
		for _, v := range []struct {
			did      Exchange
			verified bool
			want     Event
		}{
			{DoPay, true, c.pay}, {DoQuery, true, c.query}, {DoConfirm, true, c.query}, {DoUndo, true, c.undo},
			{DoPay, false, c.payRaw}, {DoQuery, false, c.queryRaw}, {DoConfirm, false, c.queryRaw}, {DoUndo, false, c.undoRaw},
		} {
			if v.did == DoConfirm && v.verified && c.outcome == channels.Refused {
				v.want = GotRefused // of the refund that undoes a payment
			}
			if got := Understand(v.did, channels.Reply{Outcome: c.outcome, Verified: v.verified}, testSheet); got != v.want {
				t.Errorf("%s, verified %v, to a %s: %q, want %q", c.outcome, v.verified, v.did, got, v.want)
			}
		}
	}
	strict := testSheet
	strict.UnsignedDecline = false
	unsigned := channels.Reply{Outcome: channels.Declined, Reason: channels.CodeInvalid}
	if got := Understand(DoPay, unsigned, strict); got != GotUnknown {
		t.Errorf("an unsigned refusal where the sheet allows none: %q", got)
	}
	if got := Understand(DoPay, channels.Reply{Outcome: channels.Declined, Reason: channels.ClockSkew}, testSheet); got != GotClockRefusal {
		t.Errorf("a refusal for the clock: %q", got)
	}
	for _, did := range []Exchange{DoPay, DoQuery, DoUndo, DoConfirm} {
		if got := Understand(did, channels.Reply{Outcome: channels.Paid, Reason: channels.Mismatch, Verified: true}, testSheet); got != GotContradiction {
			t.Errorf("a contradiction to a %s: %q", did, got)
		}
	}
}

// One NotFound proves nothing, nor do two that are too early.
func TestNotFoundProof(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		before int
		age    time.Duration
		want   State
	}{{0, time.Hour, Revoking}, {1, 29 * time.Second, Revoking}, {1, 30 * time.Second, Revoked}} {
		l := Life{State: Revoking, SubmittedAt: now.Add(-2 * time.Hour), EndedAt: now.Add(-c.age), NotFound: c.before, did: DoConfirm}
		if l, step, err := Next(l, GotNotFound, now, testPlan); err != nil || l.State != c.want || step.Do == None {
			t.Errorf("%d before, after %v: %s, %v, %v", c.before, c.age, l.State, step, err)
		}
	}
}

// The refunds' table, walked whole: every live state has an answer to every
// event, and what is over stays so.
func TestEveryRefundMeetsEveryEvent(t *testing.T) {
	events := []refundEvent{gotDone, gotTaken, gotNever, gotStuck, gotMissing, gotNothing}
	want := map[RefundState][]RefundState{
		RefundAsked:    {RefundDone, RefundAccepted, RefundRefused, RefundAttention, RefundAsked, RefundAsked},
		RefundAccepted: {RefundDone, RefundAccepted, RefundRefused, RefundAttention, RefundAccepted, RefundAccepted},
	}
	for _, s := range []RefundState{RefundAsked, RefundAccepted, RefundDone, RefundRefused, RefundAttention} {
		for i, on := range events {
			to, do := nextRefund(s, on)
			expect, live := s, want[s] != nil
			if live {
				expect = want[s][i]
			}
			if to != expect {
				t.Errorf("%s on %s: %s, want %s", s, on, to, expect)
			}
			if over := want[to] == nil; over != (do == refundOver) {
				t.Errorf("%s on %s: %s, and owes %s", s, on, to, do)
			}
			if do == refundAsk && (s != RefundAsked || on != gotMissing) {
				t.Errorf("%s on %s asks again", s, on)
			}
		}
	}
	for to, on := range refundWords { // only a person moves what is stuck, and nothing else
		for _, s := range []RefundState{RefundAsked, RefundAccepted, RefundDone, RefundRefused, RefundAttention} {
			want := s
			if s == RefundAttention {
				want = to
			}
			if got, do := nextRefund(s, on); got != want || (do == refundOver) != (got != RefundAsked || s != RefundAttention) {
				t.Errorf("%s on %s: %s, and owes %s", s, on, got, do)
			}
		}
	}
	if len(refundRules) != 2*len(events)+len(refundWords) {
		t.Errorf("%d rules", len(refundRules))
	}
}

func TestUnderstandRefund(t *testing.T) {
	for _, c := range []struct {
		outcome    channels.Outcome
		reason     channels.Reason
		ask, query refundEvent
	}{
		{channels.Unknown, "", gotNothing, gotNothing},
		{channels.Refunded, "", gotTaken, gotDone}, // the ask's own word is no proof
		{channels.Accepted, "", gotTaken, gotTaken},
		{channels.Paying, "", gotTaken, gotTaken},
		{channels.NotFound, "", gotNever, gotMissing},
		{channels.Refused, channels.TooLate, gotNever, gotNever},
		{channels.Declined, "", gotNever, gotNever},
		{channels.Refused, channels.AccountClosed, gotStuck, gotStuck},
		{channels.Refunded, channels.Mismatch, gotNothing, gotNothing},
		{channels.Paid, "", gotNothing, gotNothing},
		{channels.NotSent, "", gotNothing, gotNothing},
	} {
		r := channels.Reply{Outcome: c.outcome, Reason: c.reason, Verified: true}
		if ask, query := understandRefund(true, r, testSheet), understandRefund(false, r, testSheet); ask != c.ask || query != c.query {
			t.Errorf("%s %s: %s and %s", c.outcome, c.reason, ask, query)
		}
		r.Verified = false
		if ask, query := understandRefund(true, r, testSheet), understandRefund(false, r, testSheet); ask != gotNothing || query != gotNothing {
			t.Errorf("unverified %s %s: %s and %s", c.outcome, c.reason, ask, query)
		}
	}
}

func TestRefundWait(t *testing.T) {
	var age time.Duration
	for n := range 100 {
		wait := refundWait(n)
		if age += wait; wait < 3*time.Second || wait > 24*time.Hour {
			t.Errorf("query %d after %v", n, wait)
		}
		if n < len(refundAges) && age != refundAges[n] {
			t.Errorf("query %d at %v, want %v", n, age, refundAges[n])
		}
	}
}

// A platform that signs nothing is believed when it knows no such order, or will
// not undo; never when it says that money moved.
func TestUnderstandUnsignedPlatform(t *testing.T) {
	sheet := testSheet
	sheet.Unsigned = true
	for _, c := range []struct {
		did     Exchange
		outcome channels.Outcome
		want    Event
	}{
		{DoQuery, channels.NotFound, GotNotFound}, {DoConfirm, channels.NotFound, GotNotFound}, {DoPay, channels.NotFound, GotUnknown},
		{DoUndo, channels.Refused, GotRefused}, {DoQuery, channels.Refused, GotUnknown}, {DoQuery, channels.Paid, GotUnknown},
		{DoQuery, channels.Revoked, GotUnknown}, {DoConfirm, channels.Refunded, GotUnknown}, {DoPay, channels.Paid, GotUnknown},
	} {
		if got := Understand(c.did, channels.Reply{Outcome: c.outcome}, sheet); got != c.want {
			t.Errorf("%s to a %s: %q, want %q", c.outcome, c.did, got, c.want)
		}
	}
	if got := understandRefund(false, channels.Reply{Outcome: channels.NotFound}, sheet); got != gotMissing {
		t.Error(got)
	}
	if got := understandRefund(false, channels.Reply{Outcome: channels.Refunded}, sheet); got != gotNothing {
		t.Error(got)
	}
}
