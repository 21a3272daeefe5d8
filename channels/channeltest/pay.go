package channeltest

import "tillpay/channels"

// PayCase is what a Pay must say to a behaviour, and what queries then find.
type PayCase struct {
	On      Behaviour
	Says    []channels.Outcome // any of these
	Reason  channels.Reason    // of the Pay; empty: any
	Settles []channels.Outcome // any of these, after a reply that is not final; empty: not asked
}

func one(o ...channels.Outcome) []channels.Outcome { return o }

var (
	unsure = one(channels.Unknown, channels.Paying)
	paid   = one(channels.Paid)
)

// payCases is the platforms' dossiers in general words. "unsure" is what a
// driver may say while it does not know: never that the customer has not paid.
var payCases = []PayCase{
	{PaysAtOnce, paid, "", nil},
	{OddMembers, paid, "", nil},
	{KeyRotated, paid, "", nil},
	{AsksThenPays, one(channels.Paying), "", paid},
	{AsksThenCancels, one(channels.Paying), "", one(channels.Paying, channels.Closed, channels.Declined, channels.Revoked)},
	{BankFails, one(channels.Paying), "", one(channels.Declined, channels.Closed)},

	{DeclinesInvalid, one(channels.Declined), channels.CodeInvalid, nil},
	{DeclinesExpired, one(channels.Declined), channels.CodeExpired, nil},
	{DeclinesUsed, one(channels.Declined), channels.CodeUsed, nil},
	{DeclinesFunds, one(channels.Declined), channels.InsufficientFunds, nil},
	{DeclinesLimit, one(channels.Declined), channels.LimitExceeded, nil},
	{DeclinesCard, one(channels.Declined), channels.CardNotSupported, nil},
	{DeclinesOther, one(channels.Declined), channels.OtherCustomer, nil},
	{DeclinesFailed, one(channels.Declined), channels.TradeFailed, nil},
	{DeclinesConfig, one(channels.Declined), channels.MerchantConfig, nil},
	{RefusesSignature, one(channels.Declined), channels.BadSignature, nil},
	{UnsignedRefusal, one(channels.Declined, channels.Unknown), "", nil},
	{ForgedRefusal, unsure, "", paid},
	{UnknownRefusal, unsure, "", paid},
	{NumberUsed, unsure, channels.DuplicateOrder, paid},

	{AnswerLost, unsure, "", paid},
	{LaggingQuery, unsure, "", paid},
	{NeverArrives, unsure, "", one(channels.NotFound)},
	{SlowAnswer, unsure, "", paid},
	{ResetAfter, unsure, "", paid},
	{HalfAnswer, unsure, "", paid},
	{SystemError, unsure, "", paid},
	{GatewayPage, unsure, "", paid},
	{TooFast, unsure, channels.RateLimited, one(channels.NotFound)},
	{TooFastEmpty, unsure, channels.RateLimited, one(channels.NotFound)},
	{AcceptedNotDone, unsure, "", paid},

	{ForgedAnswer, unsure, channels.BadSignature, paid},
	{UnsignedAnswer, unsure, channels.Unverified, paid},
	{ProbeAnswer, unsure, channels.BadSignature, paid},
	{StaleAnswer, unsure, "", paid},
	{ReplayedAnswer, unsure, "", paid},
	{UnpublishedKey, unsure, "", paid},
	{WrongAmount, unsure, channels.Mismatch, paid},
	{WrongCurrency, unsure, channels.Mismatch, paid},
	{WrongMerchant, unsure, channels.Mismatch, paid},
	{WrongOrder, unsure, channels.Mismatch, paid},
	{OversizeAnswer, unsure, "", paid},
	{UnknownState, unsure, "", paid},
	{DuplicateMembers, unsure, "", paid},
	{WrongClock, unsure, "", paid},
}

func (c PayCase) run(k *till) {
	k.t.Helper()
	if c.On == ReplayedAnswer { // there must be an earlier one
		k.want("an earlier pay", k.pay(k.payment(PaysAtOnce)), channels.Paid)
	}
	p := k.payment(c.On)
	r := k.pay(p)
	k.want("pay", r, c.Says...)
	if r.Outcome != channels.Paid && r.Outcome != channels.Paying && r.Code == "" && r.Message == "" {
		k.t.Errorf("pay: %v, and not a word for support", r.Outcome)
	}
	if c.Reason != channels.NoReason && r.Reason != c.Reason {
		k.t.Errorf("pay: reason %q, want %q", r.Reason, c.Reason)
	}
	if n := k.Arrived(p.OutTradeNo); n > 1 {
		k.t.Errorf("one Pay arrived %d times", n)
	}
	if c.Settles != nil {
		k.want("queries", k.settle(p), c.Settles...)
	}
	if n := k.Arrived(p.OutTradeNo); n > 1 {
		k.t.Errorf("one Pay arrived %d times in the end", n)
	}
}
