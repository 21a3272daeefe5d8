package wechatdeposit_test

import (
	"net/http"
	"testing"
	"time"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/sandbox"
	"tillpay/channels/sandboxtest"
	wechatdeposit "tillpay/channels/wechat-deposit"
)

// What only deposits do.
const (
	failOnce       ct.Behaviour = "return_code FAIL once, and paid"
	otherAlgorithm ct.Behaviour = "signed by MD5"
	unsignedInside ct.Behaviour = "an element that is not signed"
	doctype        ct.Behaviour = "a document type with an entity"
	nested         ct.Behaviour = "an element inside of another"
	recall         ct.Behaviour = "reverses say recall=Y twice"
	saysRevoked    ct.Behaviour = "the paid order says REVOKED"
	reverseSlow    ct.Behaviour = "queries lag behind the reverse"
	reverseDropped ct.Behaviour = "two reverses do not arrive"
)

var platform = sandboxtest.Platform{
	Name: "wechat-deposit", Driver: wechatdeposit.New, Currency: "CNY",
	Digits: map[ct.Behaviour]string{
		ct.ProbeAnswer: "", ct.StaleAnswer: "", ct.WrongClock: "", ct.KeyRotated: "", ct.UnpublishedKey: "", ct.RevokeTooLate: "",
		failOnce: "90", otherAlgorithm: "52", unsignedInside: "53", doctype: "63", nested: "64",
		recall: "69", saysRevoked: "78", reverseSlow: "73", reverseDropped: "79",
	},
	Callback: func(box *sandbox.Sandbox, _, refundNo string, what sandbox.Kind) (*http.Request, error) {
		return box.DepositRefundCallback(refundNo, "https://shop.example/v1/notify/deposit", what)
	},
}

func TestOverTLS(t *testing.T) { sandboxtest.OverTLS(t, platform) }

func TestConformance(t *testing.T) {
	sandboxtest.Keys(t)
	one := func(o ...channels.Outcome) []channels.Outcome { return o }
	unsure, paid := one(channels.Unknown, channels.Paying), one(channels.Paid)
	ct.Run(t, ct.Suite{
		New: platform.New,
		Left: ct.Left("v2 tells a used code as AUTH_CODE_INVALID or AUTH_CODE_ERROR, in the words of any other invalid one (§13)", ct.DeclinesUsed.Pay()).
			And("v2 signs with one shared key, no time and no probe (§4)", ct.ProbeAnswer.Pay(), ct.StaleAnswer.Pay(), ct.WrongClock.Pay(), ct.KeyRotated.Pay(), ct.UnpublishedKey.Pay()).
			And("nothing but the platform's own return after 30 days is left then (§10.2): the engine calls a person", ct.RevokeTooLate.Undo()).
			And("a captured deposit goes on saying so; the refund's own query tells (§10.4)", ct.RefundedOrder).
			And("its page lists transaction_id alone (§10.3), and a deposit that was captured has one", ct.RefundByOurNumber).
			And("a refund's callback is sealed, not signed (§12); a prepared deposit's is signed: see notice_test.go", ct.NoSignature.Callback()),
		Pays: []ct.PayCase{
			{On: failOnce, Says: unsure, Settles: paid},
			{On: otherAlgorithm, Says: unsure, Reason: channels.BadSignature, Settles: paid},
			{On: unsignedInside, Says: unsure, Reason: channels.BadSignature, Settles: paid},
			{On: doctype, Says: unsure, Settles: paid},
			{On: nested, Says: unsure, Settles: paid},
		},
		Undos: []ct.UndoCase{{On: recall, First: one(channels.Paying)}, {On: saysRevoked}, {On: reverseSlow}, {On: reverseDropped}},
	})
}

// Every field of the seed in one order.
func TestSandboxTakesTheSeed(t *testing.T) {
	start := time.Now().In(channels.Beijing())
	sandboxtest.Takes(t, platform, channels.Preparation{Description: "腾讯充值中心-QQ会员充值", Options: ct.Given(
		"device_info", `"013467007045764"`, "detail", `"Ipad mini  16G  白色"`, "attach", `"说明"`, "spbill_create_ip", `"2001:db8::1"`,
		"time_start", `"`+start.Format("20060102150405")+`"`, "time_expire", `"`+start.Add(5*time.Minute).Format("20060102150405")+`"`,
		"product_id", `"12235413214070356458058"`, "limit_pay", `"no_credit"`, "receipt", `"Y"`,
		"scene_info", `{"store_info":{"id":"SZTX001","name":"腾大餐厅","area_code":"440305","address":"科技园中一路腾讯大厦"}}`)})
}
