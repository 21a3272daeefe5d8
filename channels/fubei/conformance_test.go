package fubei_test

import (
	"net/http"
	"testing"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/fubei"
	"tillpay/channels/sandbox"
	"tillpay/channels/sandboxtest"
)

// What only Fubei does. It signs nothing, so that an error proves nothing: each is
// unknown with a reason, until a query tells (§11).
const (
	fundsError   ct.Behaviour = "not enough money, as an error"
	expiredError ct.Behaviour = "code is expired, as an error"
	invalidError ct.Behaviour = "code is invalid, as an error"
	limitError   ct.Behaviour = "limit exceeded, as an error"
	hiddenStore  ct.Behaviour = "the store is hidden"
	noRealName   ct.Behaviour = "the shop's real name is missing"
	noRight      ct.Behaviour = "no right, as an error"
	keyRefused   ct.Behaviour = "a wrong signature, as an error"
	tooManyError ct.Behaviour = "too many calls, as 9999"
	nothingSaid  ct.Behaviour = "success, and neither number nor amount"
	noAmount     ct.Behaviour = "success, and no amount"
	noData       ct.Behaviour = "success, and no data"
	textAmounts  ct.Behaviour = "amounts are texts"
	captive      ct.Behaviour = "a network's log-in page, and paid"
	successTrue  ct.Behaviour = "9999 beside success true"
	queriesFalse ct.Behaviour = "queries are a page, another order and another amount"
	ignored      ct.Behaviour = "two reverses are answered, and not taken"
	tooLate      ct.Behaviour = "reverses are refused for good"
	neverDone    ct.Behaviour = "reverses are answered, and never done"
	revokeSlow   ct.Behaviour = "REVOKING for 20 s"
	revokeError  ct.Behaviour = "REVOKED_ERROR, and a second reverse does it"
	saysClosed   ct.Behaviour = "the money is back, and the order says CLOSED"
	dropped      ct.Behaviour = "two reverses do not arrive"
)

func platform(level string) sandboxtest.Platform {
	return sandboxtest.Platform{
		Name: "fubei", Mode: level, Driver: fubei.New, Currency: "CNY",
		Digits: map[ct.Behaviour]string{
			ct.BankFails: "", ct.UnsignedRefusal: "", ct.ProbeAnswer: "", ct.StaleAnswer: "", ct.UnpublishedKey: "", ct.WrongCurrency: "",
			ct.WrongClock: "", ct.KeyRotated: "", ct.ForgedAnswer: "", ct.UnsignedAnswer: "", ct.RevokeBusy: "", ct.RevokeTooLate: "",
			fundsError: "22", expiredError: "21", invalidError: "20", limitError: "25", hiddenStore: "28", noRealName: "29", noRight: "30",
			keyRefused: "48", tooManyError: "46", nothingSaid: "50", noAmount: "51", noData: "64", textAmounts: "63", captive: "69",
			successTrue: "65", queriesFalse: "93",
			ignored: "70", tooLate: "72", neverDone: "76", revokeSlow: "73", revokeError: "78", saysClosed: "91", dropped: "79",
		},
		Callback: func(box *sandbox.Sandbox, outTradeNo, _ string, what sandbox.Kind) (*http.Request, error) {
			return box.FubeiCallback(outTradeNo, "https://shop.example/v1/notify/fubei", what)
		},
	}
}

func TestOverTLS(t *testing.T) { sandboxtest.OverTLS(t, platform(sandbox.FubeiMerchant)) }

func TestConformance(t *testing.T) {
	sandboxtest.Keys(t)
	for _, level := range []string{sandbox.FubeiMerchant, sandbox.FubeiVendor} {
		t.Run(level, func(t *testing.T) { ct.Run(t, suite(level)) })
	}
}

func suite(level string) ct.Suite {
	one := func(o ...channels.Outcome) []channels.Outcome { return o }
	unsure, paid := one(channels.Unknown, channels.Paying), one(channels.Paid)
	over := one(channels.Revoked, channels.Closed, channels.NotFound)
	return ct.Suite{
		New: platform(level).New,
		Left: ct.Left("an unsigned error is Unknown by design until a query tells (§11): see the own table",
			ct.DeclinesInvalid.Pay(), ct.DeclinesExpired.Pay(), ct.DeclinesUsed.Pay(), ct.DeclinesFunds.Pay(), ct.DeclinesLimit.Pay(), ct.DeclinesCard.Pay(),
			ct.DeclinesOther.Pay(), ct.DeclinesFailed.Pay(), ct.DeclinesConfig.Pay(), ct.RefusesSignature.Pay(), ct.UnsignedRefusal.Pay(), ct.TooFast.Pay()).
			And("there is no word for a payment that failed: it turns REVOKED (§9)", ct.BankFails.Pay()).
			And("it signs nothing (§3); what an answer lacks instead is in the own table", ct.ForgedAnswer.Pay(), ct.UnsignedAnswer.Pay(), ct.ProbeAnswer.Pay(),
				ct.StaleAnswer.Pay(), ct.WrongClock.Pay(), ct.KeyRotated.Pay(), ct.UnpublishedKey.Pay()).
			And("no call has a currency: it is RMB alone (§1)", ct.WrongCurrency.Pay()).
			And("a reverse answers numbers alone, whatever it did (§8): see the own table", ct.RevokeBusy.Undo(), ct.RevokeTooLate.Undo()).
			And("its query goes on saying SUCCESS; the refund's own query tells (§8)", ct.RefundedOrder).
			And("a refund's answer names neither store nor merchant (§8): TLS and the refund's number are its proof", ct.OtherShop.RefundQuery()),
		Pays: []ct.PayCase{
			{On: fundsError, Says: one(channels.Unknown), Reason: channels.InsufficientFunds, Settles: over},
			{On: expiredError, Says: one(channels.Unknown), Reason: channels.CodeExpired, Settles: over},
			{On: invalidError, Says: one(channels.Unknown), Reason: channels.CodeInvalid, Settles: over},
			{On: limitError, Says: one(channels.Unknown), Settles: over},
			{On: hiddenStore, Says: one(channels.Unknown), Reason: channels.MerchantConfig, Settles: over},
			{On: noRealName, Says: one(channels.Unknown), Reason: channels.MerchantConfig, Settles: over},
			{On: noRight, Says: one(channels.Unknown), Reason: channels.MerchantConfig, Settles: over},
			{On: keyRefused, Says: one(channels.Unknown), Reason: channels.MerchantConfig, Settles: over},
			{On: tooManyError, Says: one(channels.Unknown), Reason: channels.PlatformBusy, Settles: over},
			{On: nothingSaid, Says: unsure, Reason: channels.Unverified, Settles: paid},
			{On: noAmount, Says: unsure, Reason: channels.Unverified, Settles: paid},
			{On: noData, Says: unsure, Settles: paid},
			{On: textAmounts, Says: paid},
			{On: captive, Says: unsure, Settles: paid},
			{On: successTrue, Says: unsure, Settles: over},
			{On: queriesFalse, Says: one(channels.Paying), Settles: paid},
		},
		Undos: []ct.UndoCase{
			{On: ignored}, {On: tooLate}, {On: neverDone}, {On: revokeSlow}, {On: revokeError}, {On: saysClosed}, {On: dropped},
		},
	}
}

// Every field of the seed in one order.
func TestSandboxTakesTheSeed(t *testing.T) {
	sandboxtest.Takes(t, platform(sandbox.FubeiMerchant), channels.Preparation{Description: "矿泉水",
		Payer:   ct.Given("sub_openid", `"oODbw0Aiss8lP5aPvFq9-_F4H9LA"`),
		Options: ct.Given("cashier_id", `34566`, "attach", `"订单:123456"`, "body", `"abcd"`)})
}
