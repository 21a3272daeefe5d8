package huishouqian

import (
	"tillpay/channels"
	"tillpay/channels/wire"
)

// States of an order (§11). A word that is not here is Unknown.
const (
	stateInit       = "INIT"
	stateProcessing = "PROCESSING"
	stateSuccess    = "SUCCESS"
	stateFail       = "FAIL"
	stateRevoked    = "REVOKED" // seen in client H alone
)

// understandPay is §11 for a pay or a prepared order.
func (c *Channel) understandPay(a answer, o channels.Order, replay bool) channels.Reply {
	r, over := a.unusable(c.codes)
	switch {
	case over:
		return r
	case a.success:
		r = c.trade(a, o, false)
	default:
		row := c.codes.row(a.code, a.message)
		r.Outcome, r.Reason = ofPay(row)
		// The signature of a refusal covers its code and text, not our order: as
		// long as nobody has shown that it means "nothing was booked", it may be
		// shown, and the engine looks again (§11, ASSUMED: confirm_refusal).
		if r.Outcome == channels.Declined && c.confirmRefusal {
			r.Verified = false
		}
	}
	if a.skewed && (r.Reason == channels.MerchantConfig || r.Outcome == channels.Unknown && r.Reason == channels.ReasonUnknown) {
		r.Reason = channels.ClockSkew // no code says so; requestDate must be within 10 minutes (§1)
	}
	if replay && r.Outcome == channels.Declined {
		r.Outcome = channels.Unknown // it may speak of the repetition alone: a query decides
	}
	return r
}

// ofPay is a refused Pay: by its code, and Unknown where that is not final.
func ofPay(row code) (channels.Outcome, channels.Reason) {
	switch row.pay {
	case actDec, actCfg:
		return channels.Declined, row.reason
	case actWait:
		return channels.Paying, channels.NoReason
	}
	return channels.Unknown, row.reason
}

// trade understands a proven result, as the answer about o. Money is believed
// only where everything agrees.
func (c *Channel) trade(a answer, o channels.Order, queried bool) channels.Reply {
	t, r := a.result, a.reply()
	state, number := t.Text("orderStatus"), word(t, "respCode")
	row := c.codes.row(number, t.Text("respMsg"))
	r.Code, r.Message = wire.Cut(number, 32), wire.Cut(t.Text("respMsg"), 256)
	if r.Code == "" {
		r.Code = wire.Cut(state, 32)
	}
	if what := c.contradicts(t, o, state); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	r.PlatformID, r.Detail = wire.Cut(word(t, "tradeNo"), 64), tradeDetail(t)
	r.Reason = channels.ReasonUnknown
	switch state {
	case stateSuccess: // whatever respCode says: its value for success is published nowhere
		r.Outcome, r.Reason, r.PaidAt = channels.Paid, channels.NoReason, c.moment(word(t, "finishedDate"))
	case stateInit, stateProcessing:
		r.Outcome, r.Reason = channels.Paying, channels.NoReason
	case stateFail:
		if queried {
			r.Outcome, r.Reason = failedQuery(row, number)
		} else {
			r.Outcome, r.Reason = failedPay(row, number)
		}
	case stateRevoked:
		if queried {
			r.Outcome, r.Reason = channels.Revoked, channels.NoReason
		}
	case "":
		r.Outcome, r.Reason = stateless(row, queried, t.Text("transNo") != "")
	}
	return r
}

// failedPay is a FAIL: declined by its code. One that speaks of an earlier
// order, or that no table knows, may stand beside money that moved.
func failedPay(row code, number string) (channels.Outcome, channels.Reason) {
	switch {
	case number == "":
		return channels.Declined, channels.TradeFailed
	case row.pay == actDec || row.pay == actCfg:
		return channels.Declined, row.reason
	}
	return channels.Unknown, row.reason
}

// failedQuery is a FAIL that a query found: final, whatever its code, unless
// that code contradicts it. "No such order" beside it is believed no further
// than NotFound: a late Pay may still arrive.
func failedQuery(row code, number string) (channels.Outcome, channels.Reason) {
	switch {
	case row.query == actNone:
		return channels.NotFound, channels.NoReason
	case row.query == actWait, row.query == actSlow, row.query == actAsk && row.reason == channels.DuplicateOrder:
		return channels.Unknown, row.reason
	case number == "" || row.reason == channels.ReasonUnknown || row.reason == channels.NoReason:
		return channels.Declined, channels.TradeFailed
	}
	return channels.Declined, row.reason
}

// stateless is a result without orderStatus: never final, but for a close that
// names the order.
func stateless(row code, queried, named bool) (channels.Outcome, channels.Reason) {
	act := row.pay
	if queried {
		act = row.query
	}
	switch {
	case act == actWait:
		return channels.Paying, channels.NoReason
	case act == actNone:
		return channels.NotFound, channels.NoReason
	case act == actShut && named:
		return channels.Closed, channels.NoReason
	}
	return channels.Unknown, row.reason
}

// contradicts names the first member that is not this order's, or "". Where
// money moved every number must be there and equal; else those that are there
// must be. The merchant is proven by the sign key, and compared where it is named.
func (c *Channel) contradicts(t wire.Object, o channels.Order, state string) string {
	strict := state == stateSuccess
	if n := word(t, "transNo"); n != o.OutTradeNo && (n != "" || state != "") {
		return "transNo"
	}
	if n := word(t, "tradeNo"); n == "" && strict || n != "" && o.PlatformID != "" && n != o.PlatformID {
		return "tradeNo"
	}
	if n, ok := fen(t, "orderAmt"); (strict || given(t, "orderAmt")) && (!ok || n != o.Amount.Amount) || strict && o.Amount.Currency != "CNY" {
		return "orderAmt"
	}
	return c.stranger(t)
}

// stranger names the first identity that is another's.
func (c *Channel) stranger(t wire.Object) string {
	if given(t, "merchantNo") && word(t, "merchantNo") != c.MerchantNo {
		return "merchantNo"
	}
	if c.SubMerchantNo != "" && given(t, "subMerchantNo") && word(t, "subMerchantNo") != c.SubMerchantNo {
		return "subMerchantNo"
	}
	return ""
}

// given is whether a member is there with a value; "" is the platform's nothing.
func given(t wire.Object, name string) bool { v, ok := t[name]; return ok && v != "" }

// kept is what else a result tells, in the platform's names. buyerName is
// personal data, and memo holds what the sale said: both stay out (§8).
var kept = []string{"orderStatus", "payType", "finishedDate", "channelOrderNo", "payOrderNo", "fundChannel", "fundBankCode", "extend"}

func tradeDetail(t wire.Object) []byte {
	var d content
	for _, name := range kept {
		d.add(name, wire.Cut(word(t, name), 128))
	}
	if d == nil {
		return nil
	}
	return []byte(d.text())
}
