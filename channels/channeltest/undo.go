package channeltest

import (
	"time"

	"tillpay/channels"
)

// undoCase is a payment whose result is not wanted.
type undoCase struct {
	on Behaviour
	// first is what the first Revoke may say.
	first []channels.Outcome
	// void: revokes alone take the payment back. Else it stays paid and is
	// refunded.
	void bool
}

var undoCases = []undoCase{
	{PaysAtOnce, one(channels.Accepted), true},
	{AsksForever, one(channels.Accepted), true},
	{AsksThenCancels, one(channels.Accepted), true},
	{AnswerLost, one(channels.Accepted), true},
	{PaysDuringRevoke, one(channels.Accepted), true},
	{RevokeBusy, one(channels.Paying, channels.Unknown), true},
	{RevokeLost, one(channels.Unknown), true},
	{RevokeForged, one(channels.Unknown), true},
	{RevokeFails, one(channels.Unknown), true},
	{RevokeTooLate, one(channels.Refused), false},
}

func (c undoCase) run(k *till) {
	k.t.Helper()
	p := k.payment(c.on)
	undo, ok := k.ch.(channels.Revoker)
	if !ok {
		k.t.Skip("this channel revokes nothing")
	}
	k.pay(p)
	time.Sleep(k.ch.Sheet().Undo[0].MinAge + time.Second)
	var r channels.Reply
	for try := range 6 {
		revoke := undo.Revoke(k.t.Context(), orderOf(p))
		k.keepsQuiet(revoke, p)
		if try == 0 {
			k.want("first revoke", revoke, c.first...)
		}
		switch revoke.Outcome {
		case channels.Revoked, channels.Closed, channels.Refunded:
			k.t.Errorf("revoke: %v, which only a query can prove", revoke.Outcome)
		case channels.Accepted:
			if !revoke.Verified {
				k.t.Error("revoke: accepted by an answer that proves nothing")
			}
		}
		if r = k.query(p); final(r.Outcome) && r.Outcome != channels.Paid || revoke.Outcome == channels.Refused {
			break
		}
		time.Sleep(5 * time.Second << try)
	}
	if c.void {
		k.want("query", r, channels.Revoked, channels.Closed, channels.Declined, channels.Refunded)
	} else {
		k.want("query", r, channels.Paid)
		k.refunded(p, r.PlatformID)
	}
	if n := k.Charged(p.OutTradeNo); n != 0 {
		k.t.Errorf("in the end the customer is charged %d", n)
	}
}

// refunded gives all of p back and waits for it.
func (k *till) refunded(p channels.Payment, platformID string) {
	k.t.Helper()
	r := k.refundOf(p, platformID, "9")
	k.want("refund", k.ch.Refund(k.t.Context(), r), channels.Accepted, channels.Refunded)
	var got channels.Reply
	for range 24 {
		time.Sleep(5 * time.Minute)
		if got = k.ch.QueryRefund(k.t.Context(), r); got.Outcome == channels.Refunded {
			break
		}
		k.want("query of the refund", got, channels.Accepted)
	}
	k.want("query of the refund", got, channels.Refunded)
	k.keepsQuiet(got, p)
}

func (k *till) refundOf(p channels.Payment, platformID, no string) channels.Refund {
	o := orderOf(p)
	o.PlatformID = platformID
	return channels.Refund{Order: o, RefundNo: "R" + p.OutTradeNo + no, Amount: p.Amount, Reason: "returned"}
}
