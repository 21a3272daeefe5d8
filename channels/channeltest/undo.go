package channeltest

import (
	"time"

	"tillpay/channels"
)

// UndoCase is a payment whose result is not wanted, and that must be undone by
// the ways of the sheet, proven by a query.
type UndoCase struct {
	On Behaviour
	// First is what the first revoke may say; other ways are not held to it.
	First []channels.Outcome
}

var undoCases = []UndoCase{
	{PaysAtOnce, one(channels.Accepted)},
	{AsksForever, one(channels.Accepted)},
	{AsksThenCancels, one(channels.Accepted)},
	{AnswerLost, one(channels.Accepted)},
	{PaysDuringRevoke, one(channels.Accepted)},
	{RevokeBusy, one(channels.Paying, channels.Unknown)},
	{RevokeLost, one(channels.Unknown)},
	{RevokeForged, one(channels.Unknown)},
	{RevokeFails, one(channels.Unknown)},
	{RevokeTooLate, one(channels.Refused)},
}

func (c UndoCase) run(k *till) {
	k.t.Helper()
	p := k.payment(c.On)
	k.pay(p)
	u := undoing{till: k, payment: p, order: orderOf(p), ways: k.ch.Sheet().Undo, first: c.First, ended: time.Now()}
	if !u.done() {
		k.t.Errorf("never undone: at last %+v", u.last)
	}
	time.Sleep(2 * time.Hour) // a refund may take its time
	if n := k.Charged(p.OutTradeNo); n != 0 {
		k.t.Errorf("in the end the customer is charged %d", n)
	}
}

// undoing does what the engine does: asks, undoes by the sheet's present way, and
// asks whether it worked.
type undoing struct {
	*till
	payment channels.Payment
	order   channels.Order
	ways    []channels.Undo
	first   []channels.Outcome
	ended   time.Time // of the Pay's exchange

	way, tries, rounds, missing int
	seen                        bool // the platform said paid
	last                        channels.Reply
}

// undoRounds is enough for every platform's closing times and retries.
const undoRounds = 14

func (u *undoing) done() bool {
	for ; u.rounds < undoRounds; u.rounds++ {
		time.Sleep(time.Until(u.ended.Add(u.ways[u.way].MinAge + time.Second)))
		u.last = u.query(u.payment)
		switch u.last.Outcome {
		case channels.Paid:
			u.seen = true
		case channels.Revoked, channels.Closed, channels.Declined, channels.Refunded:
			return u.last.Verified
		case channels.NotFound:
			u.missing++
			if u.missing > 1 && time.Since(u.ended) > u.ch.Sheet().Timing.NotFoundProof {
				return true
			}
		}
		if u.ways[u.way].How != channels.ByRefund || u.seen {
			if u.undo(); u.last.Outcome == channels.Refunded {
				return true // the refund's own query said so
			}
		}
		time.Sleep(5 * time.Second << min(u.rounds, 7))
	}
	return false
}

// undo is one exchange by the present way; of a refund with its query.
func (u *undoing) undo() {
	u.t.Helper()
	ctx, way := u.t.Context(), u.ways[u.way]
	var r channels.Reply
	switch way.How {
	case channels.ByRevoke:
		r = u.ch.(channels.Revoker).Revoke(ctx, u.order)
		if u.rounds == 0 && u.first != nil {
			u.want("first revoke", r, u.first...)
		}
	case channels.ByClose:
		r = u.ch.(channels.Closer).Close(ctx, u.order)
	case channels.ByRefund:
		u.gave = true
		refund := u.refundOf(u.payment, u.last.PlatformID, "U")
		r = u.ch.Refund(ctx, refund)
		time.Sleep(time.Hour)
		u.last = u.ch.QueryRefund(ctx, refund)
		u.proven(u.last)
	}
	u.keepsQuiet(r, u.payment)
	if u.tries++; way.Tries > 0 && u.tries >= way.Tries && u.way+1 < len(u.ways) && u.query(u.payment).Outcome == channels.Paid {
		u.way, u.tries = u.way+1, 0
		return
	}
	switch r.Outcome {
	case channels.Revoked, channels.Closed:
		u.t.Errorf("%s: %v, which only a query can prove", way.How, r.Outcome)
	case channels.Accepted:
		if !r.Verified {
			u.t.Errorf("%s: accepted by an answer that proves nothing", way.How)
		}
	case channels.Refused:
		if u.way+1 < len(u.ways) {
			u.way++
		}
	}
}

func (k *till) proven(r channels.Reply) {
	k.t.Helper()
	if r.Outcome == channels.Refunded && !r.Verified {
		k.t.Error("refunded, by an answer that proves nothing")
	}
}

// refunded gives all of p back and waits for it.
func (k *till) refunded(p channels.Payment, platformID string) {
	k.t.Helper()
	k.giveBack(k.refundOf(p, platformID, "9"))
}

// giveBack asks for r and follows it to its end.
func (k *till) giveBack(r channels.Refund) channels.Reply {
	k.t.Helper()
	k.gave = true
	asked := k.ch.Refund(k.t.Context(), r)
	k.want("refund", asked, channels.Accepted, channels.Refunded)
	k.proven(asked)
	var got channels.Reply
	for range 24 {
		time.Sleep(5 * time.Minute)
		if got = k.ch.QueryRefund(k.t.Context(), r); got.Outcome == channels.Refunded {
			break
		}
		k.want("query of the refund", got, channels.Accepted)
	}
	k.want("query of the refund", got, channels.Refunded)
	k.proven(got)
	k.keepsQuiet(got, channels.Payment{})
	return got
}

func (k *till) refundOf(p channels.Payment, platformID, no string) channels.Refund {
	o := orderOf(p)
	o.PlatformID = platformID
	return channels.Refund{Order: o, RefundNo: "R" + p.OutTradeNo + no, Amount: p.Amount, Reason: "returned"}
}
