package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

func sheet(t *testing.T, k *till) {
	s := k.ch.Sheet()
	if s.Driver == "" || len(s.Wallets) == 0 || s.Proof == "" || s.UndoProof == "" || len(s.Undo) == 0 {
		t.Errorf("sheet is not filled in: %+v", s)
	}
	for _, u := range s.Undo {
		if u.Source == "" {
			t.Errorf("undo by %s has no source", u.How)
		}
	}
	for _, c := range s.Currencies {
		if _, ok := channels.Exponent(c); !ok {
			t.Errorf("currency %s has no exponent", c)
		}
	}
	for _, plan := range [][]time.Duration{s.Timing.Advised, s.Timing.Quick} {
		if len(plan) == 0 || plan[len(plan)-1] >= s.Timing.Deadline {
			t.Errorf("schedule %v does not end before the deadline %v", plan, s.Timing.Deadline)
		}
		for i := 1; i < len(plan); i++ {
			if plan[i] <= plan[i-1] {
				t.Errorf("schedule does not rise: %v", plan)
			}
		}
	}
	if s.Timing.Source == "" {
		t.Error("timing has no source")
	}
	s.Currencies[0] = "changed"
	if k.ch.Sheet().Currencies[0] == "changed" {
		t.Error("the sheet can be changed from outside")
	}
}

func gateRefuses(t *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	p.Durable = func(context.Context) error { return errors.New("disk full") }
	k.want("pay", k.pay(p), channels.NotSent)
	if k.Arrived(p.OutTradeNo) != 0 {
		t.Error("it arrived all the same")
	}
}

func gateFirst(t *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	asked := 0
	p.Durable = func(context.Context) error {
		asked++
		if k.Arrived(p.OutTradeNo) != 0 {
			t.Error("it arrived before it was durable")
		}
		return nil
	}
	k.want("pay", k.pay(p), channels.Paid)
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func networkAway(t *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	k.Cut(true)
	k.want("pay", k.pay(p), channels.NotSent)
	k.want("query", k.query(p), channels.NotSent, channels.Unknown)
	k.Cut(false)
	if k.Arrived(p.OutTradeNo) != 0 {
		t.Error("it arrived all the same")
	}
	k.want("query", k.query(p), channels.NotFound)
	k.want("pay, the network being back", k.pay(p), channels.Paid)
}

func contextEnded(t *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k.want("pay", k.always(k.ch.Pay(ctx, p), p), channels.NotSent)
	if k.Arrived(p.OutTradeNo) != 0 {
		t.Error("it arrived all the same")
	}
}

func neverWas(_ *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	k.want("query", k.query(p), channels.NotFound)
}

// replay is the one permitted repetition: nothing had arrived.
func replay(_ *testing.T, k *till) {
	p := k.payment(LostOnce)
	k.want("pay", k.pay(p), unsure...)
	time.Sleep(4 * time.Second)
	k.want("query", k.query(p), channels.NotFound)
	p.Replay = true
	k.want("replay", k.pay(p), channels.Paid)
}

// clockWrong: a platform that refuses for the time says so, and the one permitted
// replay pays, as the answer taught the time. One that does not look at the
// till's time may take it, or refuse what follows from it; the next code pays then.
func clockWrong(t *testing.T, k *till) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		k.Ahead(ahead)
		p := k.payment(PaysAtOnce)
		switch r := k.pay(p); {
		case r.Outcome == channels.Paid:
		case r.Reason == channels.ClockSkew:
			k.want("pay", r, channels.Declined)
			p.Replay = true
			k.want("replay", k.pay(p), channels.Paid)
		default:
			k.want("pay", r, channels.Declined)
			p = k.payment(PaysAtOnce)
			k.want("the next pay", k.pay(p), channels.Paid)
		}
		k.want("query", k.query(p), channels.Paid)
	}
}

func unknownOption(t *testing.T, k *till) {
	p := k.payment(PaysAtOnce)
	p.Options = map[string]json.RawMessage{"no_such_option": json.RawMessage(`"x"`)}
	if o, ok := k.ch.(channels.Optioner); !ok {
		t.Error("the channel does not check options")
	} else if err := o.CheckOptions(p.Options); err == nil || !strings.Contains(err.Error(), "no_such_option") {
		t.Errorf("error = %v", err)
	} else if err := o.CheckOptions(nil); err != nil {
		t.Errorf("no options: %v", err)
	}
	k.want("pay", k.pay(p), channels.NotSent)
}

func warm(t *testing.T, k *till) {
	w, ok := k.ch.(channels.Warmer)
	if !ok {
		t.Fatal("this channel has nothing to warm")
	}
	for range 3 {
		if err := w.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p := k.payment(PaysAtOnce)
	if k.Arrived(p.OutTradeNo) != 0 {
		t.Error("warming sent an order")
	}
	k.want("pay", k.pay(p), channels.Paid)
}

// manyAtOnce is the interface's "safe for concurrent use"; run it with -race.
func manyAtOnce(t *testing.T, k *till) {
	var wg sync.WaitGroup
	for range 8 {
		p := k.payment(PaysAtOnce)
		wg.Go(func() {
			k.want("pay", k.pay(p), channels.Paid)
			k.want("query", k.query(p), channels.Paid)
			if n := k.Arrived(p.OutTradeNo); n != 1 {
				t.Errorf("arrived %d times", n)
			}
		})
	}
	wg.Wait()
}

func refund(t *testing.T, k *till) {
	p, paid := k.pays()
	k.refunded(p, paid.PlatformID)
	if n := k.Charged(p.OutTradeNo); n != 0 {
		t.Errorf("in the end the customer is charged %d", n)
	}
}

// refundInParts gives a part back, then the rest, and no more than that.
func refundInParts(t *testing.T, k *till) {
	p, paid := k.pays()
	part, rest := k.refundOf(p, paid.PlatformID, "1"), k.refundOf(p, paid.PlatformID, "2")
	part.Amount.Amount = p.Amount.Amount / 4
	rest.Amount.Amount -= part.Amount.Amount
	k.giveBack(part)
	if n := k.Charged(p.OutTradeNo); n != rest.Amount.Amount {
		t.Errorf("after the first part the customer is charged %d, want %d", n, rest.Amount.Amount)
	}
	k.giveBack(rest)
	if n := k.Charged(p.OutTradeNo); n != 0 {
		t.Errorf("in the end the customer is charged %d", n)
	}
	more := k.refundOf(p, paid.PlatformID, "3")
	more.Amount.Amount = 1
	k.want("one too many", k.ch.Refund(t.Context(), more), channels.Refused, channels.Unknown)
	if n := k.Charged(p.OutTradeNo); n != 0 {
		t.Errorf("the customer was given %d too much", -n)
	}
}

// refundedOrder is a query of an order that was given back whole.
func refundedOrder(_ *testing.T, k *till) {
	p, paid := k.pays()
	k.refunded(p, paid.PlatformID)
	k.gave = false
	k.want("query", k.query(p), channels.Refunded)
}

// refundTwice asks with the same number again, as after a lost answer.
func refundTwice(t *testing.T, k *till) {
	p, paid := k.pays()
	r := k.refundOf(p, paid.PlatformID, "1")
	r.Amount.Amount = p.Amount.Amount / 4
	k.gave = true
	for range 3 {
		k.want("refund", k.ch.Refund(t.Context(), r), channels.Accepted, channels.Refunded, channels.Unknown)
		time.Sleep(2 * time.Minute)
	}
	time.Sleep(2 * time.Hour)
	k.want("query of the refund", k.ch.QueryRefund(t.Context(), r), channels.Refunded)
	if n, want := k.Charged(p.OutTradeNo), p.Amount.Amount-r.Amount.Amount; n != want {
		t.Errorf("in the end the customer is charged %d, want %d", n, want)
	}
}

// refundByOurNumber: what is known of an order may differ between tries, and the
// platform's number may never have come.
func refundByOurNumber(t *testing.T, k *till) {
	p, _ := k.pays()
	k.giveBack(k.refundOf(p, "", "1"))
	if n := k.Charged(p.OutTradeNo); n != 0 {
		t.Errorf("in the end the customer is charged %d", n)
	}
}

func refundTooLarge(t *testing.T, k *till) {
	p, paid := k.pays()
	r := k.refundOf(p, paid.PlatformID, "1")
	r.Amount.Amount++
	k.want("refund", k.ch.Refund(t.Context(), r), channels.Refused, channels.Unknown, channels.NotSent)
	if n := k.Charged(p.OutTradeNo); n != p.Amount.Amount {
		t.Errorf("the customer is charged %d", n)
	}
}

func refundNeverWas(t *testing.T, k *till) {
	p, paid := k.pays()
	k.want("query of the refund", k.ch.QueryRefund(t.Context(), k.refundOf(p, paid.PlatformID, "1")), channels.NotFound)
}
