package payment

import (
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/queue"
)

// SettleState of a capture or release, as in the API.
type SettleState string

const (
	SettleAsked     SettleState = "asked"    // owed; the platform may or may not know
	SettleAccepted  SettleState = "accepted" // the platform took it; no query has shown it
	SettleDone      SettleState = "done"
	SettleRefused   SettleState = "refused" // for good: it did nothing
	SettleAttention SettleState = "attention"
)

// settleRules is the whole life of a capture or release, a move a line, first
// match. It begins with a query, and no ask is repeated without one that showed
// the deposit still held: what is repeated are the same bytes (wechat-deposit.md
// B-3). Only a query ends it.
var settleRules = []settleRule{
	{SettleAsked, sawDone, SettleDone, settleOver},
	{SettleAsked, sawOther, SettleAttention, settleOver}, // settled, and not as asked
	{SettleAsked, sawReturned, SettleRefused, settleOver},
	{SettleAsked, sawUntouched, SettleRefused, settleOver},
	{SettleAsked, sawHeld, SettleAsked, settleAsk},
	{SettleAsked, sawForgotten, SettleAsked, settleAsk},
	{SettleAsked, saidTaken, SettleAccepted, settleQuery},
	{SettleAsked, saidNever, SettleAsked, settleQuery}, // an ask before it may have worked
	{SettleAsked, sawNothing, SettleAsked, settleQuery},
	{SettleAccepted, sawDone, SettleDone, settleOver},
	{SettleAccepted, sawOther, SettleAttention, settleOver},
	{SettleAccepted, sawReturned, SettleRefused, settleOver},
	{SettleAccepted, sawUntouched, SettleRefused, settleOver},
	{SettleAccepted, sawHeld, SettleAccepted, settleQuery},
	{SettleAccepted, sawForgotten, SettleAccepted, settleAsk},
	{SettleAccepted, saidTaken, SettleAccepted, settleQuery},
	{SettleAccepted, saidNever, SettleAccepted, settleQuery},
	{SettleAccepted, sawNothing, SettleAccepted, settleQuery},
}

type settleRule struct {
	from SettleState
	on   settleEvent
	to   SettleState
	do   settleStep
}

// settleEvent is what an exchange told: an ask says, a query sees.
type settleEvent string

const (
	sawDone      settleEvent = "done"      // settled as asked
	sawOther     settleEvent = "other"     // captured, and not what was asked
	sawReturned  settleEvent = "returned"  // a capture was asked, and all went back
	sawHeld      settleEvent = "held"      // nothing has happened yet
	sawUntouched settleEvent = "untouched" // held, behind a refusal: the refusal is believed
	sawForgotten settleEvent = "forgotten" // held, long after the last ask
	saidTaken    settleEvent = "taken"
	saidNever    settleEvent = "never"
	sawNothing   settleEvent = "nothing" // no answer that may be believed
)

// settleStep is what a settlement owes next.
type settleStep string

const (
	settleOver  settleStep = "over"
	settleAsk   settleStep = "ask"
	settleQuery settleStep = "query"
)

// nextSettle is pure.
func nextSettle(from SettleState, on settleEvent) (SettleState, settleStep) {
	for _, r := range settleRules {
		if r.from == from && r.on == on {
			return r.to, r.do
		}
	}
	return from, settleOver // done, refused and attention have no way on
}

// settling is what the queue's handler remembers of a settlement between its
// runs. Losing it is harmless: a settlement begins anew with a query.
type settling struct {
	step    settleStep
	at      time.Time
	queries int             // since the last one that brought news
	refusal *channels.Reply // of the last ask, until a query tells whether to believe it
	// doubt: an ask before the last one may still arrive, or be booked and not shown.
	doubt  bool
	raised time.Time // when a person was last told that it takes too long
}

// certain is how many queries after a doubtful refusal must bring no news: by
// settleWait 21 s, the platform's own 15 s for a late pay and some.
const certain = 3

// patience is how many queries may find the deposit held after the platform took
// the request, before it is asked for again: with settleWait about an hour.
const patience = 11

// settleWait spaces queries that bring no news, n from 1: 3 s, 6 s, and on to an hour.
var settleWait = queue.Exponential(3*time.Second, time.Hour)

// understandSettle turns a reply to what w owed into an event. Only a query may
// say what became of the deposit, and only a verified reply anything.
func understandSettle(s ledger.Settlement, w settling, r channels.Reply) settleEvent {
	if !r.Verified || r.Reason == channels.Mismatch {
		return sawNothing
	}
	if w.step == settleAsk {
		return understandAsk(r)
	}
	switch r.Outcome {
	case channels.Paid:
		switch {
		case r.Captured > 0 && s.Kind == ledger.Capture && r.Captured == s.Amount:
			return sawDone
		case r.Captured > 0:
			return sawOther
		case w.refusal != nil && w.doubt && w.queries < certain:
			return sawNothing
		case w.refusal != nil:
			return sawUntouched
		case w.queries >= patience:
			return sawForgotten
		}
		return sawHeld
	case channels.Refunded, channels.Revoked, channels.Closed:
		if s.Kind == ledger.Release {
			return sawDone
		}
		return sawReturned
	}
	return sawNothing
}

// understandAsk reads the answer to a capture or a reverse, which proves nothing.
func understandAsk(r channels.Reply) settleEvent {
	switch r.Outcome {
	case channels.Accepted, channels.Revoked, channels.Closed, channels.Refunded:
		return saidTaken
	case channels.Refused, channels.Declined:
		return saidNever
	}
	return sawNothing
}

// learn makes w what is owed after on, at now.
func (w settling) learn(on settleEvent, next settleStep, moved bool, r channels.Reply, now time.Time) settling {
	asked := w.step == settleAsk
	switch {
	case on == saidNever:
		w.refusal = &r
	case asked:
		w.refusal, w.doubt = nil, true
	}
	w.step, w.at = next, now
	switch {
	case on == saidNever, on == saidTaken && moved:
		w.queries = 0 // the query that proves it follows at once
	case next == settleQuery:
		w.queries++
		w.at = now.Add(settleWait(w.queries))
	}
	return w
}
