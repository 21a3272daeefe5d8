package payment

import (
	"fmt"
	"time"

	"tillpay/channels"
)

// State of a payment, as in the API.
type State string

const (
	Submitting State = "submitting" // its row is made; the Pay leaves at once, once
	Paying     State = "paying"     // the customer is asked, or we do not know
	Paid       State = "paid"       // verified
	Declined   State = "declined"   // nothing will be charged
	Revoking   State = "revoking"   // being undone
	Revoked    State = "revoked"    // undone, and a query says so
	Attention  State = "attention"  // a person must decide
)

// Over are the states of payments beside which their sale may start another one.
var Over = [...]string{string(Declined), string(Revoked), string(Revoking)}

// known tells a state that this program wrote from what a damaged disk made of one.
func known(s State) bool {
	switch s {
	case Submitting, Paying, Paid, Declined, Revoking, Revoked, Attention:
		return true
	}
	return false
}

// States in the order of a payment's life.
func States() []State {
	return []State{Submitting, Paying, Paid, Declined, Revoking, Revoked, Attention}
}

// Event is what can happen to a payment.
type Event string

const (
	GotPaid            Event = "got paid"
	GotPaying          Event = "got paying"
	GotDeclined        Event = "got declined"
	GotUnsignedRefusal Event = "got unsigned refusal"
	GotClockRefusal    Event = "got clock refusal"
	GotNotSent         Event = "got not sent"
	GotNotFound        Event = "got not found"
	GotUndone          Event = "got undone"        // revoked, closed or refunded, told by a query
	GotAccepted        Event = "got accepted"      // the undo was taken
	GotRefused         Event = "got refused"       // the undo was refused for good
	GotContradiction   Event = "got contradiction" // verified, and not our order
	GotUnknown         Event = "got unknown"
	Cancelled          Event = "cancelled" // by the cashier
	Nudged             Event = "nudged"    // ask now: a key, a platform's hint, the network is back
	Restarted          Event = "restarted"
	SaidPaid           Event = "person said paid"
	SaidRevoked        Event = "person said revoked"
	SaidUndo           Event = "person said undo again"
	SaidStop           Event = "person said stop undoing"
	Any                Event = "any other" // in rules only
)

// Events that can happen, without Any.
func Events() []Event {
	return []Event{GotPaid, GotPaying, GotDeclined, GotUnsignedRefusal, GotClockRefusal, GotNotSent, GotNotFound, GotUndone,
		GotAccepted, GotRefused, GotContradiction, GotUnknown, Cancelled, Nudged, Restarted, SaidPaid, SaidRevoked, SaidUndo, SaidStop}
}

// Action is what a move owes.
type Action string

const (
	Nothing  Action = "nothing"
	Pay      Action = "pay"       // submit the business bytes (again, in a replay)
	Query    Action = "query"     // at the schedule's next time
	QueryNow Action = "query now" // a second or more after the last
	Check    Action = "check"     // query at the undo's earliest time, then undo
	Undo     Action = "undo"      // at once when old enough, else Check
	NextWay  Action = "next way"  // the sheet's next way to undo
	Confirm  Action = "confirm"   // query at once: did the undo work?
	Wait     Action = "wait"      // Check after the backoff
	Look     Action = "look"      // a late query of a payment that is over, and tell
	Receipt  Action = "receipt"   // print, and tell
	Tell     Action = "tell"
	Call     Action = "call" // a person
)

// Step is what is owed next: an exchange at a time, or None.
type Step struct {
	Do Exchange
	At time.Time
}

// Exchange is the call that a step makes.
type Exchange string

const (
	None      Exchange = ""
	DoPay     Exchange = "pay"
	DoQuery   Exchange = "query"
	DoUndo    Exchange = "undo"
	DoConfirm Exchange = "confirm" // a query, right behind an undo
)

// RuleError is a pair that no rule covers: a mistake in the table.
type RuleError struct {
	State State
	On    Event
}

func (e *RuleError) Error() string {
	return fmt.Sprintf("payment: no rule for %q in state %q", e.On, e.State)
}

// Understand turns a channel's reply into an event. What was asked matters: only
// a query may say that a payment is undone, and an unverified word moves nothing
// but a refusal of the Pay that the sheet lets us show.
func Understand(did Exchange, r channels.Reply, sheet channels.Sheet) Event {
	switch {
	case r.Reason == channels.Mismatch:
		return GotContradiction
	case did == DoPay && r.Outcome == channels.NotSent:
		return GotNotSent
	case did == DoPay && r.Outcome == channels.Declined && r.Reason == channels.ClockSkew:
		return GotClockRefusal
	case did == DoPay && r.Outcome == channels.Declined && !r.Verified && sheet.UnsignedDecline:
		return GotUnsignedRefusal
	case !r.Verified && sheet.Unsigned && r.Outcome == channels.NotFound && did != DoPay,
		!r.Verified && sheet.Unsigned && r.Outcome == channels.Refused && did == DoUndo:
	case !r.Verified:
		return GotUnknown
	}
	switch r.Outcome {
	case channels.Paid:
		if did == DoUndo {
			return GotUnknown // an undo proves nothing, not even that
		}
		return GotPaid
	case channels.Paying:
		return GotPaying
	case channels.Declined:
		if did == DoUndo {
			return GotUnknown
		}
		return GotDeclined
	case channels.NotFound:
		switch did {
		case DoUndo:
			return GotAccepted // nothing to undo, says the undo; the query decides
		case DoPay:
			return GotUnknown // only queries count
		}
		return GotNotFound
	case channels.Revoked, channels.Closed, channels.Refunded:
		if did == DoQuery || did == DoConfirm {
			return GotUndone
		}
		return GotAccepted
	case channels.Accepted:
		return GotAccepted
	case channels.Refused:
		if did == DoUndo || did == DoConfirm { // of the latter: the refund that undoes
			return GotRefused
		}
	}
	return GotUnknown
}
