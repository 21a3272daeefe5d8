package fubei

import (
	"maps"
	"slices"
	"strings"

	"tillpay/channels"
)

// meaning is what a result_code says about each kind of call.
type meaning struct {
	pay, query, undo, refund channels.Outcome
	reason                   channels.Reason
	// orders: its message may be about an order that is not there.
	orders bool
}

var (
	// ask is §11: Unknown; query, never resubmit, undo at the deadline.
	ask = meaning{reason: channels.ReasonUnknown, orders: true}
	// setUp is §11: the set-up is wrong, and nothing was processed. Of a refund
	// nobody signed that it was not taken, so a query must tell.
	setUp = meaning{pay: channels.Declined, undo: channels.Refused, reason: channels.MerchantConfig}
)

func asking(why channels.Reason) meaning { return meaning{reason: why, orders: true} }

// resultCodes is §11. A code that is not here is ask, too.
var resultCodes = map[string]meaning{
	"400":   ask, // platform or channel error; sub_code may say which
	"1004":  setUp,
	"4006":  setUp,
	"9996":  setUp,
	"9999":  asking(channels.PlatformBusy),
	"12012": ask, // statement.go
	"60303": setUp,
	"-9999": ask, // not on the wire
}

// codeWords are what the setting codes may make of a result_code. None of them
// says that money moved.
var codeWords = map[string]meaning{
	"ask":             ask,
	"config":          setUp,
	"not_found":       {query: channels.NotFound, reason: channels.ReasonUnknown},
	"duplicate_order": asking(channels.DuplicateOrder),
	"rate_limited":    asking(channels.RateLimited),
	"platform_busy":   asking(channels.PlatformBusy),
}

// subCodes is §11, in one spelling: the wallet's own words. ASSUMED, so they
// give a reason and never an outcome.
var subCodes = map[string]channels.Reason{
	"AUTHCODEEXPIRE":  channels.CodeExpired,
	"AUTHCODEEXPIRED": channels.CodeExpired,
	"AUTHCODEINVALID": channels.CodeInvalid,
	"NOTENOUGH":       channels.InsufficientFunds,
	"ORDERPAID":       channels.DuplicateOrder,
	"OUTTRADENOUSED":  channels.DuplicateOrder,
	"SYSTEMERROR":     channels.PlatformBusy,
	"BANKERROR":       channels.PlatformBusy,
}

// subCodeReasons are the reasons that the setting sub_codes may give.
var subCodeReasons = []channels.Reason{
	channels.InsufficientFunds, channels.CodeInvalid, channels.CodeExpired, channels.CodeUsed, channels.CustomerCancelled,
	channels.LimitExceeded, channels.CardNotSupported, channels.OtherCustomer, channels.MerchantConfig,
	channels.DuplicateOrder, channels.RateLimited, channels.PlatformBusy, channels.TradeFailed,
}

// normal is one spelling of a sub_code.
func normal(code string) string {
	return strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(code)), "_", "")
}

func (cfg *Config) codeTable() (map[string]meaning, error) {
	table := maps.Clone(resultCodes)
	for _, code := range slices.Sorted(maps.Keys(cfg.Codes)) { // so that errors repeat
		m, ok := codeWords[cfg.Codes[code]]
		switch {
		case !ok:
			return nil, bad("codes", code+" = "+cfg.Codes[code], "is not a meaning",
				"write one of "+strings.Join(slices.Sorted(maps.Keys(codeWords)), ", "))
		case code == codeDone || !digits(strings.TrimPrefix(code, "-")):
			return nil, bad("codes", code, "is not the code of a failure", "write the number that the platform answers, not 200")
		}
		table[code] = m
	}
	return table, nil
}

func (cfg *Config) subCodeTable() (map[string]channels.Reason, error) {
	table := maps.Clone(subCodes)
	for _, code := range slices.Sorted(maps.Keys(cfg.SubCodes)) {
		reason := channels.Reason(cfg.SubCodes[code])
		if !slices.Contains(subCodeReasons, reason) {
			return nil, bad("sub_codes", code+" = "+cfg.SubCodes[code], "is not a reason", `write one like "insufficient_funds" (see docs/fubei.md)`)
		}
		table[normal(code)] = reason
	}
	return table, nil
}

// word is what a state says.
type word struct {
	outcome channels.Outcome
	reason  channels.Reason
}

// orderStates is §9, what a query says. Both generations' words are read in
// either; a word that is not here is Unknown. REVOKING is a state of its own:
// an undo is under way and may still fail, so it is neither paid nor over.
var orderStates = map[string]word{
	"SUCCESS":       {channels.Paid, channels.NoReason},
	"USERPAYING":    {channels.Paying, channels.NoReason},
	"REVOKING":      {channels.Paying, channels.NoReason},
	"REVOKED":       {channels.Revoked, channels.NoReason},
	"CLOSED":        {channels.Closed, channels.NoReason},
	"REVOKED_ERROR": {channels.Unknown, channels.TradeFailed},   // the undo failed: undo again
	"UNUSED":        {channels.Unknown, channels.ReasonUnknown}, // seen in one client, meaning unknown
}

// refundStates is §8, with the platform's spellings.
var refundStates = map[string]word{
	"REFUND_PROCESSING": {channels.Accepted, channels.NoReason},
	"REFUND_SUCCESS":    {channels.Refunded, channels.NoReason},
	"REFUND_FAILER":     {channels.Refused, channels.TradeFailed},
	"REFUND_FAIL":       {channels.Refused, channels.TradeFailed},
	"REFUND_FAILED":     {channels.Refused, channels.TradeFailed},
}

// say is the word's meaning in table; one that is not there is Unknown.
func say(table map[string]word, state string) word {
	if w, ok := table[state]; ok {
		return w
	}
	return word{channels.Unknown, channels.ReasonUnknown}
}
