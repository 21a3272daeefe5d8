package huifu_test

import (
	"net/http"
	"testing"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/huifu"
	"tillpay/channels/sandbox"
	"tillpay/channels/sandboxtest"
)

// What only Huifu does.
const (
	cardLimit     ct.Behaviour = "one payment's limit"
	riskStops     ct.Behaviour = "risk control stops it"
	keyRefused    ct.Behaviour = "the gateway refuses our signature"
	notSigned     ct.Behaviour = "the gateway could not sign its reply, and paid"
	unsorted      ct.Behaviour = "sent in another order than signed"
	escaped       ct.Behaviour = "escapes that were not signed"
	otherDay      ct.Behaviour = "another day's order of this number"
	initial       ct.Behaviour = "state I, and paid within 10 s"
	notBooked     ct.Behaviour = "paid, and not booked"
	coupon        ct.Behaviour = "paid less, by a coupon"
	noState       ct.Behaviour = "refused without trans_stat"
	oddText       ct.Behaviour = "refused with a text that no table has"
	closeSaysP    ct.Behaviour = "closed, and goes on saying P until it expires"
	closeRefused  ct.Behaviour = "cannot be closed"
	closeThenPaid ct.Behaviour = "closed, and paid all the same"
	closeTakes    ct.Behaviour = "the close takes 20 s"
	closePaid     ct.Behaviour = "paid as the close arrives, which is refused"
	closeDropped  ct.Behaviour = "two closes do not arrive"
)

var platform = sandboxtest.Platform{
	Name: "huifu", Driver: huifu.New, Currency: "CNY",
	Digits: map[ct.Behaviour]string{
		ct.DeclinesUsed: "29", ct.DeclinesCard: "", ct.DeclinesOther: "", ct.RefusesSignature: "", ct.AcceptedNotDone: "",
		ct.ProbeAnswer: "", ct.StaleAnswer: "", ct.WrongCurrency: "", ct.WrongClock: "", ct.KeyRotated: "",
		cardLimit: "28", riskStops: "26", keyRefused: "48", notSigned: "49", unsorted: "52", escaped: "53", otherDay: "56",
		initial: "90", notBooked: "91", coupon: "06", noState: "93", oddText: "94",
		closeTakes: "70", closeRefused: "72", closeSaysP: "73", closePaid: "76", closeThenPaid: "78", closeDropped: "79",
	},
	Callback: func(box *sandbox.Sandbox, outTradeNo, _ string, what sandbox.Kind) (*http.Request, error) {
		return box.HuifuCallback(outTradeNo, 1, "https://shop.example/v1/notify/huifu", what)
	},
}

func TestOverTLS(t *testing.T) { sandboxtest.OverTLS(t, platform) }

func TestConformance(t *testing.T) {
	sandboxtest.Keys(t)
	one := func(o ...channels.Outcome) []channels.Outcome { return o }
	unsure, paid := one(channels.Unknown, channels.Paying), one(channels.Paid)
	ct.Run(t, ct.Suite{
		New: platform.New,
		Left: ct.Left("its texts know no such refusal (§11)", ct.DeclinesCard.Pay(), ct.DeclinesOther.Pay()).
			And("the gateway refuses it without signing, which proves nothing: see the own table", ct.RefusesSignature.Pay()).
			And("its replies always have a body; what the gateway cannot sign is in the own table", ct.AcceptedNotDone.Pay()).
			And("it signs no time, sends no probe and has one key (§3)", ct.ProbeAnswer.Pay(), ct.StaleAnswer.Pay(), ct.WrongClock.Pay(), ct.KeyRotated.Pay()).
			And("no call has a currency: it is RMB alone (§1)", ct.WrongCurrency.Pay()).
			And("its query goes on saying S; the refund's own query tells (§7)", ct.RefundedOrder),
		Pays: []ct.PayCase{
			{On: cardLimit, Says: one(channels.Declined), Reason: channels.LimitExceeded},
			{On: riskStops, Says: one(channels.Declined), Reason: channels.TradeFailed},
			{On: keyRefused, Says: one(channels.Unknown), Reason: channels.BadSignature, Settles: one(channels.NotFound)},
			{On: notSigned, Says: unsure, Settles: paid},
			{On: unsorted, Says: paid},
			{On: escaped, Says: paid},
			{On: otherDay, Says: unsure, Reason: channels.Mismatch, Settles: paid},
			{On: initial, Says: one(channels.Paying), Settles: paid},
			{On: notBooked, Says: paid},
			{On: coupon, Says: paid},
			{On: noState, Says: one(channels.Declined), Reason: channels.InsufficientFunds},
			{On: oddText, Says: unsure, Settles: one(channels.NotFound)},
		},
		Undos: []ct.UndoCase{
			{On: closeTakes}, {On: closeRefused}, {On: closeSaysP}, {On: closePaid}, {On: closeDropped},
		},
	})
}

// The seed's order, with openid alone and with the merchant's own app.
func TestSandboxTakesTheSeed(t *testing.T) {
	full := platform
	full.More = "notify_url = \"https://shop.example:8443/n\"\n"
	sandboxtest.Takes(t, full, channels.Preparation{Description: "会员储值", Payer: ct.Given("openid", `"oTEST0000000000000000000000"`)})
	sandboxtest.Takes(t, full, channels.Preparation{Description: "会员储值", Payer: ct.Given("sub_openid", `"oTEST0000000000000000000000"`)})
	for _, kind := range []string{`"T_NATIVE"`, `"A_NATIVE"`, `"U_NATIVE"`} {
		sandboxtest.Takes(t, full, channels.Preparation{Description: "会员储值", Options: ct.Given("trade_type", kind)})
	}
}
