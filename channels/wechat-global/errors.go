package wechatglobal

import (
	"encoding/json"
	"net/http"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// meaning is what a code says about one call.
type meaning struct {
	outcome channels.Outcome
	reason  channels.Reason
	// ofOrder: the refusal is of the order number as such, so that it holds for
	// a replay as well. Any other refusal of a replay speaks of the replay
	// alone: the first request may have been the one that used the code.
	ofOrder bool
}

// payCodes is §14.3 for pay, of 4xx answers. A code that is not here is
// Unknown: the engine queries, and at the deadline revokes.
var payCodes = map[string]meaning{
	"USERPAYING": {channels.Paying, channels.NoReason, false},

	"TRADEERROR":          {channels.Declined, channels.TradeFailed, true},
	"NOTENOUGH":           {channels.Declined, channels.InsufficientFunds, true},
	"RULELIMIT":           {channels.Declined, channels.LimitExceeded, true},
	"ACCOUNTERROR":        {channels.Declined, channels.TradeFailed, true},
	"USERACCOUNTABNORMAL": {channels.Declined, channels.TradeFailed, true},
	"NOTSUPPORTCARD":      {channels.Declined, channels.CardNotSupported, true},
	"NOTSUPORTCARD":       {channels.Declined, channels.CardNotSupported, true}, // v2's spelling
	"BUYERMISMATCH":       {channels.Declined, channels.OtherCustomer, false},
	"ORDERCLOSED":         {channels.Declined, channels.TradeFailed, true},
	"ORDERREVERSED":       {channels.Declined, channels.TradeFailed, true},

	"AUTHCODEINVALID": {channels.Declined, channels.CodeInvalid, false},
	"AUTHCODEERROR":   {channels.Declined, channels.CodeInvalid, false},
	"AUTHCODEEXPIRE":  {channels.Declined, channels.CodeExpired, false},

	// The set-up is wrong; nothing was processed.
	"INVALIDREQUEST":     {channels.Declined, channels.MerchantConfig, false},
	"PARAMERROR":         {channels.Declined, channels.MerchantConfig, false},
	"SIGNERROR":          {channels.Declined, channels.BadSignature, false},
	"NOAUTH":             {channels.Declined, channels.MerchantConfig, false},
	"APPIDMCHIDNOTMATCH": {channels.Declined, channels.MerchantConfig, false},
	"MCHNOTEXISTS":       {channels.Declined, channels.MerchantConfig, false},
	"REQUESTBLOCKED":     {channels.Declined, channels.MerchantConfig, false},

	// Look before deciding: the number may be paid.
	"OUTTRADENOUSED": {channels.Unknown, channels.DuplicateOrder, false},
	"ORDERPAID":      {channels.Unknown, channels.DuplicateOrder, false},
}

// queryCodes is §6 and §14.3 for query.
var queryCodes = map[string]meaning{
	"USERPAYING":        {outcome: channels.Paying},
	"ORDERNOTEXIST":     {outcome: channels.NotFound},
	"NOTFOUND":          {outcome: channels.NotFound},
	"RESOURCENOTEXISTS": {outcome: channels.NotFound},
}

// revokeCodes is §7. ORDER_PAID, TRADE_ERROR and their like stay Unknown: a
// query tells what to do.
var revokeCodes = map[string]meaning{
	"USERPAYING":        {outcome: channels.Paying},
	"ORDERNOTEXIST":     {outcome: channels.NotFound},
	"NOTFOUND":          {outcome: channels.NotFound},
	"RESOURCENOTEXISTS": {outcome: channels.NotFound},
	"REVERSEEXPIRE":     {channels.Refused, channels.TooLate, false}, // v2's word
	"TRADEOVERDUE":      {channels.Refused, channels.TooLate, false},
}

// refundCodes is §8.1. What may have been taken, or will be taken later under
// the same number, is Unknown.
var refundCodes = map[string]meaning{
	"NOTENOUGH":           {channels.Unknown, channels.NotEnoughMoney, false},
	"OUTREFUNDNOUSED":     {channels.Unknown, channels.DuplicateOrder, false},
	"TRADEOVERDUE":        {channels.Refused, channels.TooLate, false},
	"USERACCOUNTABNORMAL": {channels.Refused, channels.AccountClosed, false},
	"INVALIDREQUEST":      {channels.Refused, channels.TradeFailed, false}, // sum too large, not paid
	"PARAMERROR":          {channels.Refused, channels.MerchantConfig, false},
	"ORDERNOTEXIST":       {channels.NotFound, channels.MerchantConfig, false},
	"NOTFOUND":            {channels.NotFound, channels.MerchantConfig, false},
	"RESOURCENOTEXISTS":   {channels.NotFound, channels.MerchantConfig, false},
}

// reasons says why an answer is Unknown, where a call's own table is silent.
var reasons = map[string]channels.Reason{
	"SYSTEMERROR":          channels.PlatformBusy,
	"BANKERROR":            channels.PlatformBusy,
	"ERROR":                channels.PlatformBusy,
	"SERVICEUNAVAILABLE":   channels.PlatformBusy,
	"BIZERRNEEDRETRY":      channels.PlatformBusy,
	"FREQUENCYLIMITED":     channels.RateLimited,
	"FREQUENCYLIMITEXCEED": channels.RateLimited,
	"RATELIMITEXCEEDED":    channels.RateLimited,
	"RATELIMITED":          channels.RateLimited,
	"INVALIDREQTOOMUCH":    channels.RateLimited,
	"INVALIDREQUEST":       channels.MerchantConfig,
	"PARAMERROR":           channels.MerchantConfig,
	"SIGNERROR":            channels.BadSignature,
	"NOAUTH":               channels.MerchantConfig,
	"APPIDMCHIDNOTMATCH":   channels.MerchantConfig,
	"MCHNOTEXISTS":         channels.MerchantConfig,
	"REQUESTBLOCKED":       channels.MerchantConfig,
	"INVALIDTRANSACTIONID": channels.MerchantConfig,
	"ORDERPAID":            channels.DuplicateOrder,
	"TRADEERROR":           channels.TradeFailed,
}

// internalReasons is §14.5: what the platform's return code tells more exactly
// than its error code does.
var internalReasons = map[string]channels.Reason{
	"270283348": channels.BadSignature,
	"268501011": channels.CodeInvalid,
	"268501784": channels.CodeUsed,
	"88430113":  channels.InsufficientFunds,
	"268443704": channels.MerchantConfig,
	"268443701": channels.MerchantConfig,
	"268447845": channels.MerchantConfig,
	"268443838": channels.MerchantConfig,
	"268435461": channels.MerchantConfig,
	"268501838": channels.MerchantConfig,
	"268449304": channels.MerchantConfig,
}

// internalPaying is §14.5: return codes that lead to USERPAYING.
var internalPaying = map[string]bool{
	"268501834": true, "1000001021": true, "268576361": true, "270279174": true,
}

const (
	internalTooLate    = "268449386" // revoke window passed
	internalNotAllowed = "268449304" // not for this product
)

// normal is §14.1: one spelling of a code.
func normal(code string) string {
	return strings.ReplaceAll(strings.ToUpper(code), "_", "")
}

// refusal is the error body of §14.1.
type refusal struct {
	code, message, key string // key is code in its one spelling
	signInformation    string
}

// readRefusal accepts only the platform's form: a proxy's page is no refusal.
func (a answer) readRefusal() (refusal, bool) {
	o, err := wire.ParseObject(a.body)
	if err != nil || o.Text("code") == "" {
		return refusal{}, false
	}
	f := refusal{code: wire.Cut(o.Text("code"), 64), message: wire.Cut(o.Text("message"), 512)}
	f.key = normal(f.code)
	d := o.Object("detail")
	// The parameter's place and fault help support; its value is never kept,
	// as it may be the customer's code.
	for _, name := range [...]string{"field", "issue"} {
		if v := d.Text(name); v != "" {
			f.message += "; " + name + ": " + wire.Cut(v, 256)
		}
	}
	f.signInformation = wire.Cut(d.Object("sign_information").Text("truncated_sign_message"), 1024)
	return f, true
}

// explain turns an error answer into a Reply by a call's table. Only what is in
// the table, and only in a 4xx, is more than Unknown.
func (a answer) explain(table map[string]meaning) (channels.Reply, meaning) {
	if a.proof == broken { // §3.2 step 7
		return a.unproven(), meaning{}
	}
	r := a.reply()
	f, ok := a.readRefusal()
	if !ok {
		r.Reason = reasonOfStatus(a.status)
		r.Message = http.StatusText(a.status)
		return r, meaning{}
	}
	r.Code, r.Message = f.code, f.message
	m, known := table[f.key]
	switch {
	case known && (a.status < 500 || m.outcome == channels.Paying):
	case known:
		m = meaning{reason: reasonOfStatus(a.status)}
	default:
		if m.reason = reasons[f.key]; m.reason == channels.NoReason {
			m.reason = reasonOfStatus(a.status)
		}
	}
	if sharper, ok := internalReasons[a.internal()]; ok && m.outcome != channels.Paying && m.outcome != channels.NotFound {
		m.reason = sharper
	}
	r.Outcome, r.Reason = m.outcome, m.reason
	return r, m
}

func reasonOfStatus(status int) channels.Reason {
	switch {
	case status == http.StatusUnauthorized:
		return channels.BadSignature
	case status == http.StatusTooManyRequests:
		return channels.RateLimited
	case status >= 500:
		return channels.PlatformBusy
	}
	return channels.ReasonUnknown
}

// signDetail keeps the string that the platform verified (§14.1). Not of a
// pay, whose body holds the customer's code.
func (a answer) signDetail() json.RawMessage {
	f, ok := a.readRefusal()
	if !ok || f.signInformation == "" {
		return nil
	}
	return wire.Encode(map[string]string{"truncated_sign_message": f.signInformation})
}
