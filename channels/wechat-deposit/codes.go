package wechatdeposit

import (
	"strings"

	"tillpay/channels"
)

// meaning is what an error code says about one call.
type meaning struct {
	outcome channels.Outcome
	reason  channels.Reason
	// ofOrder: the refusal is of the order number as such, so that it holds for
	// a replay as well. Any other refusal of a replay speaks of the replay
	// alone: the first request may have been the one that used the code.
	ofOrder bool
}

// codes is the seed's table and §13, the first line that fits. Both refuse in
// words of ordinary v2 (B-2). A code that is not here is Unknown: the engine
// queries, and at the deadline reverses. What may have been done already under
// the same number is Unknown too.
var codes = [...]struct {
	code string // in one spelling: see normal
	of   kind
	meaning
}{
	{"USERPAYING", pay | query | reverse, meaning{outcome: channels.Paying}},

	// Of the customer, or of his code.
	{"AUTHCODEEXPIRE", pay, meaning{channels.Declined, channels.CodeExpired, false}},
	{"AUTHCODEERROR", pay, meaning{channels.Declined, channels.CodeUsed, false}},
	{"AUTHCODEINVALID", pay, meaning{channels.Declined, channels.CodeInvalid, false}},
	{"NOTENOUGH", pay | create, meaning{channels.Declined, channels.InsufficientFunds, true}},
	{"NOTENOUGH", refund, meaning{channels.Unknown, channels.NotEnoughMoney, false}}, // same number again, later
	{"NOTSUPORTCARD", pay, meaning{channels.Declined, channels.CardNotSupported, true}},
	{"NOTSUPPORTCARD", pay, meaning{channels.Declined, channels.CardNotSupported, true}},
	{"BUYERMISMATCH", pay, meaning{channels.Declined, channels.OtherCustomer, false}},
	{"RULELIMIT", pay, meaning{channels.Declined, channels.LimitExceeded, true}},
	{"TRADEERROR", pay, meaning{channels.Declined, channels.TradeFailed, true}},

	// Of the order.
	{"ORDERPAID", every, meaning{channels.Unknown, channels.DuplicateOrder, false}},
	{"OUTTRADENOUSED", every, meaning{channels.Unknown, channels.DuplicateOrder, false}},
	{"ORDERCLOSED", pay | create, meaning{channels.Declined, channels.TradeFailed, true}},
	{"ORDERREVERSED", pay | create, meaning{channels.Declined, channels.TradeFailed, true}},
	{"ORDERNOTEXIST", query | reverse | refundQuery, meaning{outcome: channels.NotFound}},
	{"ORDERNOTEXIST", consume | refund, meaning{channels.NotFound, channels.MerchantConfig, false}},
	{"REFUNDNOTEXIST", refundQuery, meaning{outcome: channels.NotFound}},
	{"REVERSEEXPIRE", reverse, meaning{channels.Refused, channels.TooLate, false}},
	{"TRADEOVERDUE", refund | reverse, meaning{channels.Refused, channels.TooLate, false}},
	{"USERACCOUNTABNORMAL", refund, meaning{channels.Refused, channels.AccountClosed, false}},
	{"ERROR", refund, meaning{channels.Unknown, channels.TradeFailed, false}}, // its text says what

	// Of the platform: later again.
	{"SYSTEMERROR", every, meaning{channels.Unknown, channels.PlatformBusy, false}},
	{"BANKERROR", every, meaning{channels.Unknown, channels.PlatformBusy, false}},
	{"BIZERRNEEDRETRY", every, meaning{channels.Unknown, channels.PlatformBusy, false}},
	{"INVALIDREQTOOMUCH", every, meaning{channels.Unknown, channels.RateLimited, false}},
	{"FREQUENCYLIMITED", every, meaning{channels.Unknown, channels.RateLimited, false}},

	// Of the set-up. A payment is refused before it is processed; what undoes,
	// settles or refunds can be asked again once the set-up is mended.
	{"SIGNERROR", pay | create, meaning{channels.Declined, channels.BadSignature, false}},
	{"SIGNERROR", every, meaning{channels.Unknown, channels.BadSignature, false}},
	{"NOAUTH", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"NOAUTH", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"INVALIDREQUEST", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"INVALIDREQUEST", every, meaning{channels.Unknown, channels.MerchantConfig, false}}, // a repetition as well
	{"INVALIDTRANSACTIONID", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"APPIDNOTEXIST", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"APPIDNOTEXIST", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"MCHIDNOTEXIST", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"MCHIDNOTEXIST", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"APPIDMCHIDNOTMATCH", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"APPIDMCHIDNOTMATCH", every, meaning{channels.Unknown, channels.MerchantConfig, false}},

	// Of the program.
	{"PARAMERROR", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"PARAMERROR", consume | refund, meaning{channels.Refused, channels.MerchantConfig, false}},
	{"PARAMERROR", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"LACKPARAMS", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"LACKPARAMS", consume | refund, meaning{channels.Refused, channels.MerchantConfig, false}},
	{"LACKPARAMS", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"XMLFORMATERROR", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"XMLFORMATERROR", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"REQUIREPOSTMETHOD", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"REQUIREPOSTMETHOD", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"POSTDATAEMPTY", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"POSTDATAEMPTY", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
	{"NOTUTF8", pay | create, meaning{channels.Declined, channels.MerchantConfig, false}},
	{"NOTUTF8", every, meaning{channels.Unknown, channels.MerchantConfig, false}},
}

// meaningOf is what code says about a call.
func meaningOf(k kind, code string) meaning {
	code = normal(code)
	for i := range codes {
		if codes[i].code == code && codes[i].of&k != 0 {
			return codes[i].meaning
		}
	}
	return meaning{reason: channels.ReasonUnknown}
}

// normal is §13: one spelling of a code.
func normal(code string) string {
	return strings.ReplaceAll(strings.ToUpper(code), "_", "")
}

// returnText is something that return_msg is known to say.
type returnText struct {
	text    string
	reason  channels.Reason
	refuses bool // a payment; see notTaken
}

// says: a text that refuses must come first, so that no other is taken for it.
func (t returnText) says(msg string) bool {
	if t.refuses {
		return strings.HasPrefix(msg, t.text)
	}
	return strings.Contains(msg, t.text)
}

// returnTexts is §5, §8 and §13, the first that fits.
var returnTexts = [...]returnText{
	{"签名失败", channels.BadSignature, true}, // seed
	{"签名错误", channels.BadSignature, true}, // the same, as the platform words it in err_code_des
	{"参数格式校验错误", channels.MerchantConfig, true},
	{"无效请求", channels.MerchantConfig, false}, // §13: rights of refunds and consumes
	{"权限", channels.MerchantConfig, false},
	{"证书", channels.MerchantConfig, false}, // §3: the client certificate
	{"系统", channels.PlatformBusy, false},   // §8: "system error", with money moving
	{"频率", channels.RateLimited, false},
}
