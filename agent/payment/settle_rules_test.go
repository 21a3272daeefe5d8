package payment

import (
	"testing"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

var settleEvents = []settleEvent{sawDone, sawOther, sawReturned, sawHeld, sawUntouched, sawForgotten, saidTaken, saidNever, sawNothing}

// Every live state meets every event; what is over stays over; and only a query
// that saw the deposit held lets anything be asked.
func TestSettleRules(t *testing.T) {
	for _, from := range []SettleState{SettleAsked, SettleAccepted} {
		for _, on := range settleEvents {
			n := 0
			for _, r := range settleRules {
				if r.from == from && r.on == on {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s, %s: %d rules", from, on, n)
			}
			to, next := nextSettle(from, on)
			if next == settleAsk && on != sawHeld && on != sawForgotten {
				t.Errorf("%s, %s asks without a query that saw it held", from, on)
			}
			if live := to == SettleAsked || to == SettleAccepted; live == (next == settleOver) {
				t.Errorf("%s, %s: %s owes %s", from, on, to, next)
			}
			if to == SettleDone && on != sawDone {
				t.Errorf("%s is done on %s", from, on)
			}
		}
	}
	for _, over := range []SettleState{SettleDone, SettleRefused, SettleAttention} {
		for _, on := range settleEvents {
			if to, next := nextSettle(over, on); to != over || next != settleOver {
				t.Errorf("%s moves to %s on %s", over, to, on)
			}
		}
	}
}

func TestUnderstandSettle(t *testing.T) {
	capture := ledger.Settlement{Kind: ledger.Capture, Amount: 500}
	release := ledger.Settlement{Kind: ledger.Release, Amount: 800}
	ask, query := settling{step: settleAsk}, settling{step: settleQuery}
	refused := settling{step: settleQuery, refusal: &channels.Reply{}}
	doubtful := refused
	doubtful.doubt = true
	certainly := doubtful
	certainly.queries = certain
	long := settling{step: settleQuery, queries: patience}
	told := func(o channels.Outcome, captured int64) channels.Reply {
		return channels.Reply{Outcome: o, Verified: true, Captured: captured}
	}
	for _, c := range []struct {
		what string
		s    ledger.Settlement
		w    settling
		r    channels.Reply
		want settleEvent
	}{
		{"captured as asked", capture, query, told(channels.Paid, 500), sawDone},
		{"captured otherwise", capture, query, told(channels.Paid, 499), sawOther},
		{"captured, and a release was asked", release, query, told(channels.Paid, 800), sawOther},
		{"held", capture, query, told(channels.Paid, 0), sawHeld},
		{"held behind a refusal", capture, refused, told(channels.Paid, 0), sawUntouched},
		{"held behind a refusal, another ask may arrive", capture, doubtful, told(channels.Paid, 0), sawNothing},
		{"held long behind it", capture, certainly, told(channels.Paid, 0), sawUntouched},
		{"held long after it was taken", capture, long, told(channels.Paid, 0), sawForgotten},
		{"returned, and a capture was asked", capture, query, told(channels.Refunded, 0), sawReturned},
		{"returned", release, query, told(channels.Refunded, 0), sawDone},
		{"revoked", release, query, told(channels.Revoked, 0), sawDone},
		{"no such order", capture, query, told(channels.NotFound, 0), sawNothing},
		{"unverified", capture, query, channels.Reply{Outcome: channels.Paid, Captured: 500}, sawNothing},
		{"contradiction", capture, query, channels.Reply{Verified: true, Reason: channels.Mismatch}, sawNothing},
		{"an ask proves nothing", capture, ask, told(channels.Paid, 500), sawNothing},
		{"taken", capture, ask, told(channels.Accepted, 0), saidTaken},
		{"refused", capture, ask, told(channels.Refused, 0), saidNever},
		{"ask again (recall)", release, ask, told(channels.Paying, 0), sawNothing},
		{"an unverified refusal", capture, ask, channels.Reply{Outcome: channels.Refused}, sawNothing},
		{"not sent", capture, ask, channels.Reply{Outcome: channels.NotSent}, sawNothing},
	} {
		if got := understandSettle(c.s, c.w, c.r); got != c.want {
			t.Errorf("%s: %s, not %s", c.what, got, c.want)
		}
	}
}
