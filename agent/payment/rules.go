// Package payment is the life of a payment: its rules, pure and in one table,
// and the engine that runs them against a ledger, a queue and a channel.
package payment

import "time"

// rules is a payment's whole life, a move a line, first match. The action in
// the last column is what the till owes next, stored with the new state in one
// commit. Only a new row and the one permitted replay pay, so nothing else here
// can charge a customer.
var rules = []rule{
	{Submitting, GotPaid, always, Paid, Receipt},
	{Submitting, GotPaying, always, Paying, Query},
	{Submitting, GotDeclined, always, Declined, Tell},
	{Submitting, GotUnsignedRefusal, always, Declined, Look}, // shown, and looked at again later
	{Submitting, GotClockRefusal, mayReplay, Submitting, Pay},
	{Submitting, GotClockRefusal, always, Declined, Look},
	{Submitting, GotNotSent, neverSent, Declined, Tell},
	{Submitting, GotNotSent, always, Declined, Look}, // the replay; the first left, and nobody signed its refusal
	{Submitting, Cancelled, notBegun, Revoked, Tell}, // nothing left, and nothing will
	{Submitting, Cancelled, always, Revoking, Check},
	{Submitting, Restarted, always, Paying, QueryNow},
	{Submitting, Any, always, Paying, Query}, // it may have been charged, so ask

	{Paying, GotPaid, always, Paid, Receipt}, // also at the deadline's last query
	{Paying, GotDeclined, always, Declined, Tell},
	{Paying, GotUndone, always, Revoked, Tell},    // the platform closed it by itself
	{Paying, GotNotFound, mayReplay, Paying, Pay}, // the Pay never arrived, and the code is fresh
	{Paying, Cancelled, always, Revoking, Check},  // a last query, then the undo
	{Paying, Nudged, always, Paying, QueryNow},    // the cashier's key, or a platform's hint
	{Paying, Restarted, always, Paying, QueryNow}, // time has passed: ask at once
	{Paying, Any, askedLast, Revoking, Undo},      // the deadline, right behind its query
	{Paying, Any, always, Paying, Query},          // on the schedule

	{Declined, GotPaid, always, Revoking, Undo},             // the late look: the refusal was none
	{Declined, GotPaying, always, Revoking, Undo},           // and the customer is still being asked
	{Declined, GotContradiction, thirdTime, Revoking, Undo}, // it was charged, and not as asked
	{Declined, Any, looksLeft, Declined, Look},
	{Declined, Any, always, Declined, Nothing},

	{Paid, Any, always, Paid, Nothing}, // refunds hang off it; nothing moves it

	{Revoking, GotUndone, closes, Revoked, Look},   // a payment may still arrive behind a closing (huifu.md §8)
	{Revoking, GotDeclined, closes, Revoked, Look}, // which platforms tell as a failure
	{Revoking, GotUndone, always, Revoked, Tell},   // a query's word, never the undo's own answer
	{Revoking, GotDeclined, always, Revoked, Tell}, // nothing will ever be charged
	{Revoking, GotNotSent, neverSent, Revoked, Tell},
	{Revoking, GotNotFound, notFoundProven, Revoked, Look},
	{Revoking, GotContradiction, thirdTime, Attention, Call},
	{Revoking, GotRefused, anotherWay, Revoking, NextWay},
	{Revoking, GotPaid, triedEnough, Revoking, NextWay},
	{Revoking, GotRefused, always, Attention, Call},
	{Revoking, Cancelled, always, Revoking, Check},
	{Revoking, Nudged, always, Revoking, Check},
	{Revoking, Restarted, always, Revoking, Check},
	{Revoking, SaidStop, always, Attention, Call}, // a person settles it by hand
	{Revoking, Any, windowOver, Attention, Call},
	{Revoking, Any, undoAsked, Revoking, Confirm}, // ask at once whether it worked
	{Revoking, Any, mayUndo, Revoking, Undo},      // even GotPaid: the customer was told "not paid"
	{Revoking, Any, always, Revoking, Wait},       // with backoff, then check again

	{Revoked, GotPaid, always, Revoking, Undo}, // a late Pay arrived after all
	{Revoked, GotPaying, always, Revoking, Undo},
	{Revoked, GotContradiction, thirdTime, Revoking, Undo},
	{Revoked, Any, looksLeft, Revoked, Look},
	{Revoked, Any, always, Revoked, Nothing},

	{Attention, SaidPaid, always, Paid, Receipt}, // a person, journaled
	{Attention, SaidRevoked, always, Revoked, Tell},
	{Attention, SaidUndo, always, Revoking, Check}, // what stood in the way is mended: from the first way on
	{Attention, Any, always, Attention, Nothing},
}

// rule is one move: from a state, on an event, under a condition, to a state,
// with what is owed next.
type rule struct {
	from State
	on   Event
	when condition
	to   State
	do   Action
}

// Next is pure. It answers what becomes of p when on happens at now, and the
// step that is owed then. A pair that no rule covers changes nothing and is a
// *RuleError; the test walks them all.
func Next(p Life, on Event, now time.Time, plan Plan) (Life, Step, error) {
	p = p.learn(on, now)
	for _, r := range rules {
		if r.from == p.State && (r.on == on || r.on == Any) && r.when.holds(p, now, plan) {
			from := p.State
			p.State = r.to
			if p.State == Revoking && from != Revoking {
				p.Since = now
			}
			p, step := p.owe(r.do, from, now, plan)
			return p, step, nil
		}
	}
	return p, Step{}, &RuleError{p.State, on}
}
