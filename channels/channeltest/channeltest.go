// Package channeltest is what every driver must pass: the promises of
// channels.Channel, tried against a simulated platform whose books tell what
// really happened to the customer's money.
package channeltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
)

// Behaviour is how a customer and a platform act on one payment code.
type Behaviour string

// What customers do.
const (
	PaysAtOnce      Behaviour = "pays at once"
	AsksThenPays    Behaviour = "is asked, and pays within 15 s"
	AsksForever     Behaviour = "is asked, and never answers"
	AsksThenCancels Behaviour = "is asked, and cancels"
	BankFails       Behaviour = "is asked, and the bank fails"
)

// What refusals say.
const (
	DeclinesInvalid  Behaviour = "code is invalid"
	DeclinesExpired  Behaviour = "code is expired"
	DeclinesUsed     Behaviour = "code was used"
	DeclinesFunds    Behaviour = "not enough money"
	DeclinesLimit    Behaviour = "limit exceeded"
	DeclinesCard     Behaviour = "card not supported"
	DeclinesOther    Behaviour = "another customer"
	DeclinesFailed   Behaviour = "trade failed"
	DeclinesConfig   Behaviour = "merchant has no right"
	RefusesSignature Behaviour = "our signature is refused"
	UnsignedRefusal  Behaviour = "refused, unsigned, and not paid"
	ForgedRefusal    Behaviour = "refused under a wrong signature, and paid"
	UnknownRefusal   Behaviour = "a refusal that no table has, and paid"
	NumberUsed       Behaviour = "number is used, and paid"
)

// What goes wrong on the way.
const (
	AnswerLost      Behaviour = "paid, and the answer lost"
	LaggingQuery    Behaviour = "paid, the answer lost, and queries lag"
	NeverArrives    Behaviour = "never arrives"
	SlowAnswer      Behaviour = "paid, and the answer takes too long"
	ResetAfter      Behaviour = "paid, and the connection reset"
	HalfAnswer      Behaviour = "paid, and half the answer comes"
	SystemError     Behaviour = "system error, and paid"
	GatewayPage     Behaviour = "a gateway's page, and paid"
	TooFast         Behaviour = "too many calls, and nothing done"
	TooFastEmpty    Behaviour = "too many calls, without a body"
	LostOnce        Behaviour = "the first pay does not arrive, the same again pays"
	AcceptedNotDone Behaviour = "accepted, not yet done, and paid"
)

// What is wrong with a SUCCESS. The order is paid in the books all the same.
const (
	ForgedAnswer     Behaviour = "wrong signature"
	UnsignedAnswer   Behaviour = "no signature"
	ProbeAnswer      Behaviour = "the platform's probe"
	StaleAnswer      Behaviour = "signed long ago"
	ReplayedAnswer   Behaviour = "an earlier answer"
	UnpublishedKey   Behaviour = "signed by an unpublished key"
	WrongAmount      Behaviour = "wrong amount"
	WrongCurrency    Behaviour = "wrong currency"
	WrongMerchant    Behaviour = "wrong merchant"
	WrongOrder       Behaviour = "wrong order"
	OversizeAnswer   Behaviour = "more than 1 MiB"
	UnknownState     Behaviour = "unknown state"
	DuplicateMembers Behaviour = "members twice"
	WrongClock       Behaviour = "another hour's clock"
	OddMembers       Behaviour = "unknown, null and re-ordered members" // to be believed
	KeyRotated       Behaviour = "signed by a key of this moment"       // to be believed
)

// What revokes meet.
const (
	PaysDuringRevoke Behaviour = "pays as the revoke arrives"
	RevokeBusy       Behaviour = "revoke: the customer is being asked, twice"
	RevokeTooLate    Behaviour = "revoke: its window has passed"
	RevokeFails      Behaviour = "revoke: system error, three times"
	RevokeLost       Behaviour = "revoke: done, and its answer lost"
	RevokeForged     Behaviour = "revoke: done, under a wrong signature"
)

// Platform is a simulated platform and a channel in front of it, both made in
// the synctest bubble of one case: their clocks run while the case sleeps.
type Platform interface {
	Channel() channels.Channel
	// Code mints a code with a behaviour; false if this platform has none such.
	Code(Behaviour) (channels.Code, bool)
	// Money is an amount that this account may ask for.
	Money() channels.Money
	// Charged is what an order's customer is out of pocket now.
	Charged(outTradeNo string) int64
	// Arrived counts the pays of an order that the platform ever saw.
	Arrived(outTradeNo string) int
	// Ahead puts the platform's clock ahead of the till's.
	Ahead(time.Duration)
	// Cut takes the network away, so that nothing can be sent.
	Cut(bool)
	// Secrets may never be seen in a reply; codes need not be among them.
	Secrets() []string
}

// Run is the whole suite. newPlatform is called inside the case's bubble.
func Run(t *testing.T, newPlatform func(t *testing.T) Platform) {
	in := func(t *testing.T, name string, f func(*testing.T, *till)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				f(t, &till{t: t, Platform: p, ch: p.Channel()})
			})
		})
	}
	for _, c := range payCases {
		in(t, "pay/"+string(c.on), func(t *testing.T, k *till) { c.run(k) })
	}
	for _, c := range undoCases {
		in(t, "undo/"+string(c.on), func(t *testing.T, k *till) { c.run(k) })
	}
	in(t, "sheet", sheet)
	in(t, "gate refuses", gateRefuses)
	in(t, "gate is asked once, before anything arrives", gateFirst)
	in(t, "network is away", networkAway)
	in(t, "context ended before", contextEnded)
	in(t, "order that never was", neverWas)
	in(t, "replay after nothing arrived", replay)
	in(t, "clock is wrong", clockWrong)
	in(t, "unknown option", unknownOption)
	in(t, "warm", warm)
	in(t, "many at once", manyAtOnce)
	in(t, "refund", refund)
	in(t, "refund twice is once", refundTwice)
	in(t, "refund too large", refundTooLarge)
	in(t, "refund that never was", refundNeverWas)
}

// till is one case's hands: it makes payments and holds every reply against
// what is always true of one.
type till struct {
	Platform
	t    *testing.T
	ch   channels.Channel
	made int
}

// payment is a fresh payment, or a skipped case if the platform has no such code.
func (k *till) payment(b Behaviour) channels.Payment {
	k.t.Helper()
	code, ok := k.Code(b)
	if !ok {
		k.t.Skipf("this platform has no code that %q", b)
	}
	k.made++
	return channels.Payment{
		OutTradeNo: fmt.Sprintf("20261124%020d", k.made), Amount: k.Money(), Code: code,
		Description: "conformance", Cashier: "C1",
	}
}

func orderOf(p channels.Payment) channels.Order {
	return channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount, SubmittedAt: time.Now()}
}

// pay pays, and checks what must hold whatever the answer.
func (k *till) pay(p channels.Payment) channels.Reply {
	k.t.Helper()
	return k.always(k.ch.Pay(k.t.Context(), p), p)
}

func (k *till) query(p channels.Payment) channels.Reply {
	k.t.Helper()
	return k.always(k.ch.Query(k.t.Context(), orderOf(p)), p)
}

// always is what holds for every reply about p.
func (k *till) always(r channels.Reply, p channels.Payment) channels.Reply {
	k.t.Helper()
	charged := k.Charged(p.OutTradeNo)
	switch r.Outcome {
	case channels.Paid:
		if charged != p.Amount.Amount {
			k.t.Errorf("paid, and the customer was charged %d of %d", charged, p.Amount.Amount)
		}
		if r.PlatformID == "" || r.PaidAt.IsZero() {
			k.t.Errorf("paid, without number or time: %+v", r)
		}
		fallthrough
	case channels.Revoked, channels.Closed, channels.Refunded:
		if !r.Verified {
			k.t.Errorf("%v, not verified", r.Outcome)
		}
		if r.Outcome != channels.Paid && charged != 0 {
			k.t.Errorf("%v, and the customer is charged %d", r.Outcome, charged)
		}
	case channels.Declined:
		if charged != 0 && r.Verified {
			k.t.Errorf("declined, and the customer is charged %d", charged)
		}
		if !r.Verified && !k.ch.Sheet().UnsignedDecline {
			k.t.Error("declined by an answer that proves nothing, and the sheet does not allow it")
		}
		if r.Reason == channels.NoReason {
			k.t.Error("declined without a reason")
		}
	}
	k.keepsQuiet(r, p)
	return r
}

// keepsQuiet looks for the code and the platform's secrets in a reply.
func (k *till) keepsQuiet(r channels.Reply, p channels.Payment) {
	k.t.Helper()
	all := fmt.Sprintf("%+v %#v %s", r, r, r.Detail)
	for _, s := range append(slices.Clone(k.Secrets()), p.Code.Reveal()) {
		if s != "" && strings.Contains(all, s) {
			k.t.Errorf("a secret is in the reply: %s", strings.ReplaceAll(all, s, "<secret>"))
		}
	}
}

// settle asks on the sheet's schedule, as the engine would, until a reply is final.
func (k *till) settle(p channels.Payment) channels.Reply {
	k.t.Helper()
	start := time.Now()
	var r channels.Reply
	for _, at := range k.ch.Sheet().Timing.Advised {
		time.Sleep(time.Until(start.Add(at)))
		if r = k.query(p); final(r.Outcome) {
			return r
		}
	}
	return r
}

func final(o channels.Outcome) bool {
	switch o {
	case channels.Paid, channels.Declined, channels.Revoked, channels.Closed, channels.Refunded:
		return true
	}
	return false
}

func (k *till) want(what string, got channels.Reply, among ...channels.Outcome) {
	k.t.Helper()
	if !slices.Contains(among, got.Outcome) {
		k.t.Errorf("%s: %v (%s, %s %s), want %v", what, got.Outcome, got.Reason, got.Code, got.Message, among)
	}
}
