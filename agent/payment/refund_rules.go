package payment

import (
	"time"

	"tillpay/channels"
)

// RefundState of a refund, as in the API.
type RefundState string

const (
	RefundAsked     RefundState = "asked"    // owed; the platform may or may not know
	RefundAccepted  RefundState = "accepted" // the platform took it and has not finished
	RefundDone      RefundState = "done"
	RefundRefused   RefundState = "refused" // for good: nothing was given back
	RefundAttention RefundState = "attention"
)

// refundRules is a refund's whole life, a move a line, first match. The same
// number may be asked again without harm, so an unknown answer asks again, after
// a query that may know better.
var refundRules = []refundRule{
	{RefundAsked, gotDone, RefundDone, refundOver},
	{RefundAsked, gotTaken, RefundAccepted, refundQuery},
	{RefundAsked, gotNever, RefundRefused, refundOver},
	{RefundAsked, gotStuck, RefundAttention, refundOver},
	{RefundAsked, gotMissing, RefundAsked, refundAsk},
	{RefundAsked, gotNothing, RefundAsked, refundQuery},
	{RefundAccepted, gotDone, RefundDone, refundOver},
	{RefundAccepted, gotNever, RefundRefused, refundOver},
	{RefundAccepted, gotStuck, RefundAttention, refundOver},
	{RefundAccepted, gotTaken, RefundAccepted, refundQuery},
	{RefundAccepted, gotMissing, RefundAccepted, refundQuery},
	{RefundAccepted, gotNothing, RefundAccepted, refundQuery},
	{RefundAttention, saidDone, RefundDone, refundOver}, // a person, journaled
	{RefundAttention, saidNot, RefundRefused, refundOver},
	{RefundAttention, saidAgain, RefundAsked, refundAsk},
}

type refundRule struct {
	from RefundState
	on   refundEvent
	to   RefundState
	do   refundStep
}

// refundEvent is what an exchange told about a refund.
type refundEvent string

const (
	gotDone    refundEvent = "done"    // a query says the money went back
	gotTaken   refundEvent = "taken"   // accepted, or in process
	gotNever   refundEvent = "never"   // refused for good
	gotStuck   refundEvent = "stuck"   // the customer's account cannot take it: a person
	gotMissing refundEvent = "missing" // the platform has no such refund
	gotNothing refundEvent = "nothing" // no answer that may be believed

	saidDone  refundEvent = "person said done" // given back in another way, or on the platform after all
	saidNot   refundEvent = "person said not given back"
	saidAgain refundEvent = "person said ask again"
)

// refundStep is what a refund owes next.
type refundStep string

const (
	refundOver  refundStep = "over"
	refundAsk   refundStep = "ask"
	refundQuery refundStep = "query"
)

// nextRefund is pure.
func nextRefund(from RefundState, on refundEvent) (RefundState, refundStep) {
	for _, r := range refundRules {
		if r.from == from && r.on == on {
			return r.to, r.do
		}
	}
	return from, refundOver // done and refused have no way on, attention none but a person's
}

// understandRefund turns a reply to an ask or a query into an event. Only a
// query may say that a refund is done, and only a verified reply anything.
func understandRefund(asked bool, r channels.Reply, sheet channels.Sheet) refundEvent {
	if !asked && sheet.Unsigned && r.Outcome == channels.NotFound {
		return gotMissing // asking again under the same number does no harm
	}
	if !r.Verified || r.Reason == channels.Mismatch {
		return gotNothing
	}
	switch r.Outcome {
	case channels.Refunded:
		if asked {
			return gotTaken
		}
		return gotDone
	case channels.Accepted, channels.Paying:
		return gotTaken
	case channels.NotFound:
		if asked { // no such order: asking again will not find it
			return gotNever
		}
		return gotMissing
	case channels.Refused, channels.Declined:
		if r.Reason == channels.AccountClosed {
			return gotStuck
		}
		return gotNever
	}
	return gotNothing
}

// refundAges is when an accepted refund is queried, from its acceptance: quick
// for balances (about 20 min at most), then rare enough for cards, which take
// days (WeChat dossier §8.2).
var refundAges = []time.Duration{3 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour}

// refundWait is the wait before the n-th query, n from 0, and before asking again.
func refundWait(n int) time.Duration {
	if n == 0 {
		return refundAges[0]
	}
	if n < len(refundAges) {
		return refundAges[n] - refundAges[n-1]
	}
	if n < len(refundAges)+23 {
		return time.Hour
	}
	return 24 * time.Hour
}
