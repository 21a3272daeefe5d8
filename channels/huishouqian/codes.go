package huishouqian

import (
	"strings"

	"tillpay/channels"
)

// action is §11's word for what a code means to one call.
type action string

const (
	actAsk  action = "ask"  // Unknown: query now, never resubmit
	actDec  action = "dec"  // declined, final
	actCfg  action = "cfg"  // declined: somebody must set something right
	actWait action = "wait" // the customer is being asked
	actNone action = "none" // no such order
	actSlow action = "slow" // too many calls, or too busy
	actShut action = "shut" // closed
	actLow  action = "low"  // of a refund: the merchant's balance, later perhaps
	actStop action = "stop" // of a refund: never, a person must do it
)

// code is one row of §11: the action for a Pay, a query and a refund, why, and
// what the operator should know.
type code struct {
	pay, query, refund action
	reason             channels.Reason
	hint               string
}

// table is the codes of one channel: §11, and what its settings say otherwise.
type table map[string]code

// busyText tells the one busy answer that has no stable code (§11).
const busyText = "系统繁忙"

// row is what is known of a code; what no table knows is asked about.
func (t table) row(number, message string) code {
	if c, ok := t[number]; ok {
		return c
	}
	if strings.Contains(message, busyText) {
		return code{actSlow, actSlow, actSlow, channels.PlatformBusy, "waits by itself"}
	}
	return code{actAsk, actAsk, actAsk, channels.ReasonUnknown, ""}
}

// beingChecked are rows that speak of an order which may well be paid.
func beingChecked(hint string) code {
	return code{actAsk, actAsk, actAsk, channels.DuplicateOrder, hint}
}

func misset(hint string) code {
	return code{actCfg, actAsk, actCfg, channels.MerchantConfig, hint}
}

func missing(reason channels.Reason) code {
	return code{actAsk, actNone, actCfg, reason, ""}
}

func declined(refund action, reason channels.Reason, hint string) code {
	return code{actDec, actDec, refund, reason, hint}
}

func limit(hint string) code { return declined(actCfg, channels.LimitExceeded, hint) }

// codes is every code of §11: page A's table, and what was seen elsewhere.
var codes = table{
	"100004": misset("payType not opened for the merchant"),
	"100019": misset("ask the platform to open the channel"),
	"100200": beingChecked("do not charge again: being checked"),
	"100201": {actWait, actWait, actWait, channels.NoReason, "ask customer to finish on the phone"},
	"100203": declined(actDec, channels.TradeFailed, "try again or another method"),
	"100204": declined(actAsk, channels.CodeExpired, "scan again"),
	"100205": beingChecked("being checked"),
	"100206": missing(channels.MerchantConfig),
	"100207": declined(actAsk, channels.CustomerCancelled, "customer cancelled"),
	"100208": declined(actDec, channels.TradeFailed, ""),
	"100209": declined(actAsk, channels.TradeFailed, "other method"),
	"100210": declined(actAsk, channels.TradeFailed, "other method; white list mode is on"),
	"100211": missing(channels.MerchantConfig),
	"100212": declined(actCfg, channels.TradeFailed, "other method"),
	"100213": {actWait, actWait, actWait, channels.NoReason, "order made, waiting for the customer"}, // clients E and Q
	"100500": declined(actLow, channels.InsufficientFunds, "refund: merchant balance too low, retry next day"),
	"100501": limit("amount over limit"),
	"100502": limit("amount under limit"),
	"100503": misset("driver fault: amount format"),
	"100505": limit("day limit"),
	"100506": limit("single limit"),
	"100507": limit("month limit"),
	"100600": misset("product needs SMS; not usable at a till"),
	"100601": misset("product needs SMS; not usable at a till"),
	"100602": misset("product needs SMS; not usable at a till"),
	"200002": misset("illegal trade"),
	"200003": beingChecked("being checked"),
	"200004": missing(channels.MerchantConfig),
	"200005": misset("driver fault: origOrderAmt"),
	"200010": misset("not a till call"),
	"200011": misset("not a till call"),
	"200012": {actSlow, actSlow, actSlow, channels.RateLimited, "waits by itself"},
	"200015": misset("check paytype_*"),
	"200017": {actAsk, actShut, actAsk, channels.NoReason, "close succeeded"},
	"200018": {actAsk, actAsk, actAsk, channels.PlatformBusy, "close failed, try again"},
	"200107": misset("split not used by this till"),
	"200108": misset("split not used by this till"),
	"200109": missing(channels.MerchantConfig),
	"200110": {actAsk, actAsk, actAsk, channels.ReasonUnknown, ""},
	"200111": limit("pay amount over limit"),
	"200112": declined(actAsk, channels.CodeExpired, "scan again"),
	"200113": misset("no part payment for this order"),
	"200114": {actDec, actShut, actCfg, channels.TradeFailed, "business order closed"},
	"200115": misset("illegal trade"),
	"200116": beingChecked("being checked"),
	"200117": {actAsk, actAsk, actStop, channels.TradeFailed, "already split: refund by hand at the platform"},
	"200118": misset("marketing not used by this till"),
	"200119": misset("marketing not used by this till"),
	"200120": misset("marketing not used by this till"),
	"200201": misset("merchant account stopped"),
	"200203": misset("check sub_merchant_no"),
	"200204": misset("check sub_merchant_no"),
	"200205": misset("terminal merchant does not exist"),
	"200206": misset("give the platform this shop's public IP"),
	"200207": misset("account state abnormal"),
	"200209": misset("check sub_merchant_no"),
	"200210": misset("device does not exist"),
	"200302": misset("product channel empty"),
	"300401": beingChecked("being checked"),
	"300701": limit("raise the limit"),
}

// Hint is what an operator should know of a code of the platform, or "".
func (c *Channel) Hint(number string) string { return c.codes[number].hint }
