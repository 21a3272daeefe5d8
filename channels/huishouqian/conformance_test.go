package huishouqian_test

import (
	"net/http"
	"testing"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/huishouqian"
	"tillpay/channels/sandbox"
	"tillpay/channels/sandboxtest"
)

// What only Huishouqian does.
const (
	cancelled      ct.Behaviour = "the trade was cancelled"
	dayLimit       ct.Behaviour = "the day's limit"
	blackList      ct.Behaviour = "the customer is on the black list"
	riskStops      ct.Behaviour = "risk control stops it"
	notOpened      ct.Behaviour = "the kind of payment is not opened"
	addressUnknown ct.Behaviour = "our address is on no list"
	keyRefused     ct.Behaviour = "an illegal trade, as a wrong signature is told"
	otherSignKey   ct.Behaviour = "signed with another merchant's sign key"
	capitalTrue    ct.Behaviour = "signed over success=True"
	textSuccess    ct.Behaviour = "success is a text"
	nullResult     ct.Behaviour = "success, and no result"
	initial        ct.Behaviour = "INIT, and paid within 10 s"
	waitForScan    ct.Behaviour = "waits for the customer"
	contradicts    ct.Behaviour = "queries say FAIL beside 100200, and paid"
	missingInside  ct.Behaviour = "queries say 100206 without a state, and paid"
	queryRefused   ct.Behaviour = "queries are refused, and paid"
	exists100205   ct.Behaviour = "100205, and paid"
	exists200116   ct.Behaviour = "200116, and paid"
	exists300401   ct.Behaviour = "300401, and paid"
	saysRevoked    ct.Behaviour = "the order says REVOKED"
	undoBusy       ct.Behaviour = "paid late, and the refund is busy twice"
	undoLost       ct.Behaviour = "paid late, and the refund's answer is lost"
	undoForged     ct.Behaviour = "paid late, and the refund's answer is forged"
	undoDropped    ct.Behaviour = "paid late, and two refunds do not arrive"
	expiresLate    ct.Behaviour = "its end shows 30 s late"
)

var platform = sandboxtest.Platform{
	Name: "huishouqian", Driver: huishouqian.New, Currency: "CNY",
	Digits: map[ct.Behaviour]string{
		ct.DeclinesInvalid: "", ct.DeclinesCard: "", ct.DeclinesOther: "", ct.RefusesSignature: "", ct.ProbeAnswer: "", ct.StaleAnswer: "",
		ct.WrongCurrency: "", ct.WrongMerchant: "", ct.WrongClock: "", ct.KeyRotated: "",
		ct.RevokeBusy: "", ct.RevokeFails: "", ct.RevokeTooLate: "", ct.RevokeLost: "", ct.RevokeForged: "",
		cancelled: "24", dayLimit: "26", blackList: "27", riskStops: "29", notOpened: "28", addressUnknown: "31", keyRefused: "48",
		otherSignKey: "57", capitalTrue: "52", textSuccess: "53", nullResult: "64", initial: "43", waitForScan: "94",
		contradicts: "90", missingInside: "95", queryRefused: "96", exists100205: "91", exists200116: "92", exists300401: "93",
		saysRevoked: "78", undoBusy: "72", undoLost: "74", undoForged: "75", undoDropped: "79", expiresLate: "71",
	},
	Callback: func(box *sandbox.Sandbox, outTradeNo, _ string, what sandbox.Kind) (*http.Request, error) {
		return box.HuishouqianCallback(outTradeNo, "https://shop.example/v1/notify/huishouqian", what)
	},
}

func TestOverTLS(t *testing.T) { sandboxtest.OverTLS(t, platform) }

func TestConformance(t *testing.T) {
	sandboxtest.Keys(t)
	one := func(o ...channels.Outcome) []channels.Outcome { return o }
	unsure, paid := one(channels.Unknown, channels.Paying), one(channels.Paid)
	ct.Run(t, ct.Suite{
		New: platform.New,
		Left: ct.Left("the seed's codes know no such refusal", ct.DeclinesInvalid.Pay(), ct.DeclinesUsed.Pay(), ct.DeclinesCard.Pay(), ct.DeclinesOther.Pay()).
			And("a wrong signature has no code of its own: see the own table", ct.RefusesSignature.Pay()).
			And("it signs no time, sends no probe and has one certificate (§3)", ct.ProbeAnswer.Pay(), ct.StaleAnswer.Pay(), ct.WrongClock.Pay(), ct.KeyRotated.Pay()).
			And("no answer has a currency: it is RMB alone (§1)", ct.WrongCurrency.Pay()).
			And("another merchant's answer is one with another sign key: see the own table", ct.WrongMerchant.Pay()).
			And("it revokes and closes nothing (§8); undoing by refund is in the own table",
				ct.RevokeBusy.Undo(), ct.RevokeFails.Undo(), ct.RevokeTooLate.Undo(), ct.RevokeLost.Undo(), ct.RevokeForged.Undo()).
			And("its query goes on saying SUCCESS; the refund's own query tells (§8)", ct.RefundedOrder),
		Pays: []ct.PayCase{
			{On: cancelled, Says: one(channels.Declined), Reason: channels.CustomerCancelled},
			{On: dayLimit, Says: one(channels.Declined), Reason: channels.LimitExceeded},
			{On: blackList, Says: one(channels.Declined), Reason: channels.TradeFailed},
			{On: riskStops, Says: one(channels.Declined), Reason: channels.TradeFailed},
			{On: notOpened, Says: one(channels.Declined), Reason: channels.MerchantConfig},
			{On: addressUnknown, Says: one(channels.Declined), Reason: channels.MerchantConfig},
			{On: keyRefused, Says: one(channels.Declined), Reason: channels.MerchantConfig},
			{On: otherSignKey, Says: unsure, Reason: channels.BadSignature, Settles: paid},
			{On: capitalTrue, Says: unsure, Reason: channels.BadSignature, Settles: paid},
			{On: textSuccess, Says: paid},
			{On: nullResult, Says: unsure, Settles: paid},
			{On: initial, Says: one(channels.Paying), Settles: paid},
			{On: waitForScan, Says: one(channels.Paying), Settles: paid},
			{On: contradicts, Says: unsure, Settles: paid},
			{On: missingInside, Says: unsure, Settles: paid},
			{On: queryRefused, Says: unsure, Settles: paid},
			{On: exists100205, Says: unsure, Reason: channels.DuplicateOrder, Settles: paid},
			{On: exists200116, Says: unsure, Reason: channels.DuplicateOrder, Settles: paid},
			{On: exists300401, Says: unsure, Reason: channels.DuplicateOrder, Settles: paid},
		},
		Undos: []ct.UndoCase{{On: saysRevoked}, {On: undoBusy}, {On: undoLost}, {On: undoForged}, {On: undoDropped}, {On: expiresLate}},
	})
}

// Every field of the seed, in two orders: memo's 512 characters do not take all.
func TestSandboxTakesTheSeed(t *testing.T) {
	full := platform
	full.More = "payer_name_cipher = \"rsa_pub_hex\"\n"
	sandboxtest.Takes(t, full, channels.Preparation{Description: "微企付小程序商品信息",
		Payer: ct.Given("payer_options", `[{"assign_pay_type":"INDIVIDUAL","payer_name":"张三"}]`),
		Options: ct.Given("extend", `"222,11"`, "spbillCreateIp", `"2001:db8::1"`, "longitude", `"113.9"`, "latitude", `"22.5"`, "areaInfo", `"1565840"`,
			"channel_options", `{"include_bank_snames":["PAB"],"exclude_bank_snames":["ABC"],"include_pay_channels":["INDIVIDUAL"],"exclude_pay_channels":["ENTERPRISE"]}`,
			"front_callback_url", `{"mp_path":"p","mp_appid":"wx0","mp_username":"gh_0","mp_urlscheme":"weixin://t"}`)})
	full.More = `extra_fields = { transType = "2", totalOrderAmt = "{orderAmt}", unionInfo = "", bizOrderNo = "", "memo.timeStart" = "", "memo.idType" = "1", ` +
		`"memo.idName" = "", "memo.idNo" = "", "memo.openid" = "", "memo.appid" = "", "memo.paylimit" = "" }` + "\n"
	sandboxtest.Takes(t, full, channels.Preparation{Description: "微企付小程序商品信息"})
}
