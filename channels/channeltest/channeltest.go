// Package channeltest is what every driver must pass: the promises of
// channels.Channel, tried against a simulated platform whose books tell what
// really happened to the customer's money.
package channeltest

import (
	"fmt"
	"maps"
	"net/http"
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

// What undoing meets.
const (
	PaysDuringRevoke Behaviour = "pays as the undo arrives"
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
	// Spoil makes the next answer to a query of the order, or of its refunds, bad in
	// this way; false if the platform's answers cannot be.
	Spoil(outTradeNo string, ofRefund bool, b Bad) bool
	// Callback is what the platform sends about the order, or about its refund where
	// it calls back about refunds alone, bad in this way.
	Callback(outTradeNo, refundNo string, b Bad) (*http.Request, error)
	// Secrets may never be seen in a reply; codes need not be among them.
	Secrets() []string
}

// Suite is a driver, and how its platform differs from the others.
type Suite struct {
	// New makes the platform and a channel in front of it. It is called inside the
	// case's bubble, at late morning in Beijing of a day of today's.
	New func(t *testing.T) Platform
	// Left are the cases that this platform honestly cannot do, by name, each with
	// the reason. A case that lacks a code and is not named here fails.
	Left Exceptions
	// Pays and Undos are the platform's own table: what no other platform does.
	Pays  []PayCase
	Undos []UndoCase
}

// newCase is one case before it runs.
type newCase struct {
	name string
	run  func(*testing.T, *till)
}

// Run is the whole suite.
func Run(t *testing.T, s Suite) {
	left := maps.Clone(s.Left)
	for _, c := range s.cases() {
		t.Run(c.name, func(t *testing.T) {
			if reason, ok := left[c.name]; ok {
				delete(left, c.name)
				t.Skip("left out: " + reason)
			}
			synctest.Test(t, func(t *testing.T) {
				// The bubble's clock begins in 2000: no certificate and no platform knows that day.
				time.Sleep(time.Until(time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)))
				p := s.New(t)
				c.run(t, &till{t: t, Platform: p, ch: p.Channel()})
			})
		})
	}
	for name := range left {
		t.Errorf("left out, and no case of the suite: %q", name)
	}
}

func (s Suite) cases() []newCase {
	var all []newCase
	for _, c := range payCases {
		all = append(all, newCase{c.On.Pay(), func(_ *testing.T, k *till) { c.run(k) }})
	}
	for _, c := range undoCases {
		all = append(all, newCase{c.On.Undo(), func(_ *testing.T, k *till) { c.run(k) }})
	}
	for _, c := range s.Pays {
		all = append(all, newCase{"own " + c.On.Pay(), func(_ *testing.T, k *till) { c.run(k) }})
	}
	for _, c := range s.Undos {
		all = append(all, newCase{"own " + c.On.Undo(), func(_ *testing.T, k *till) { c.run(k) }})
	}
	for _, b := range Bads {
		all = append(all, newCase{b.Query(), func(_ *testing.T, k *till) { badQuery(k, b) }},
			newCase{b.RefundQuery(), func(_ *testing.T, k *till) { badRefundQuery(k, b) }},
			newCase{b.Callback(), func(_ *testing.T, k *till) { badCallback(k, b) }})
	}
	return append(all,
		newCase{"callback", goodCallback},
		newCase{"sheet", sheet},
		newCase{"gate refuses", gateRefuses},
		newCase{"gate is asked once, before anything arrives", gateFirst},
		newCase{"network is away", networkAway},
		newCase{"context ended before", contextEnded},
		newCase{"order that never was", neverWas},
		newCase{"replay after nothing arrived", replay},
		newCase{"clock is wrong", clockWrong},
		newCase{"unknown option", unknownOption},
		newCase{"warm", warm},
		newCase{"many at once", manyAtOnce},
		newCase{"refund", refund},
		newCase{"refund in parts", refundInParts},
		newCase{RefundedOrder, refundedOrder},
		newCase{RefundByOurNumber, refundByOurNumber},
		newCase{"refund twice is once", refundTwice},
		newCase{"refund too large", refundTooLarge},
		newCase{"refund that never was", refundNeverWas},
	)
}

// till is one case's hands: it makes payments and holds every reply against
// what is always true of one.
type till struct {
	Platform
	t    *testing.T
	ch   channels.Channel
	made int
	gave bool // money was given back: an order may go on saying that it is paid
}

// payment is a fresh payment of a customer with this behaviour.
func (k *till) payment(b Behaviour) channels.Payment {
	k.t.Helper()
	code, ok := k.Code(b)
	if !ok {
		k.t.Fatalf("this platform has no code for it: %q; name the case in Left, with the reason", b)
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
		if charged != p.Amount.Amount && !k.gave {
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

// pays is a payment that was paid at once and can be refunded: of a deposit,
// captured in whole.
func (k *till) pays() (channels.Payment, channels.Reply) {
	k.t.Helper()
	p := k.payment(PaysAtOnce)
	paid := k.pay(p)
	k.want("pay", paid, channels.Paid)
	if c, ok := k.ch.(channels.Capturer); ok {
		o := orderOf(p)
		o.PlatformID = paid.PlatformID
		k.want("capture", c.Capture(k.t.Context(), o, p.Amount), channels.Accepted)
		time.Sleep(time.Minute)
		if r := k.query(p); r.Captured != p.Amount.Amount {
			k.t.Fatalf("captured %d of %d", r.Captured, p.Amount.Amount)
		}
	}
	return p, paid
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
