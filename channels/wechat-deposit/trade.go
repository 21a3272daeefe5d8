package wechatdeposit

import (
	"encoding/json"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// tradeStates is §9. A word that is not here is Unknown.
var tradeStates = map[string]channels.Outcome{
	"SUCCESS":    channels.Paid,     // held, or consumed
	"REFUND":     channels.Refunded, // returned: reversed, or after 30 days; unless consumed
	"NOTPAY":     channels.Paying,
	"USERPAYING": channels.Paying,
	"ACCEPT":     channels.Paying,
	"CLOSED":     channels.Closed,
	"REVOKED":    channels.Revoked,
	"PAYERROR":   channels.Declined,
}

// trade understands a proven document about o, in state. Money is believed only
// where everything agrees.
func (c *Channel) trade(r channels.Reply, e elements, o channels.Order, state string) channels.Reply {
	r.Code, r.Message = wire.Cut(state, 32), wire.Cut(e["trade_state_desc"], 256)
	outcome, known := tradeStates[state]
	if !known {
		r.Reason = channels.ReasonUnknown
		return r
	}
	consumed, name := consumeFee(e, outcome)
	if name == "" {
		if consumed > 0 {
			outcome = channels.Paid // consume_fee decides first (§9, B-5)
		}
		name = c.contradicts(e, o, outcome == channels.Paid || outcome == channels.Refunded)
	}
	if name == "" && consumed > o.Amount.Amount {
		name = "consume_fee"
	}
	if name != "" {
		return contradiction(r, name)
	}
	r.Outcome, r.Captured = outcome, consumed
	r.PlatformID = wire.Cut(e["transaction_id"], 32)
	r.Detail = detail(e)
	switch outcome {
	case channels.Declined:
		r.Reason = channels.TradeFailed
	case channels.Paid, channels.Refunded:
		r.PaidAt = moment(e["time_end"])
		if cash, ok := fen(e["cash_fee"]); ok {
			r.Payer = channels.Money{Amount: cash, Currency: wire.Cut(orCNY(e["cash_fee_type"]), 16)}
		}
	}
	return r
}

// consumeFee is what of the deposit was settled. Only of money that was paid
// can any have been.
func consumeFee(e elements, outcome channels.Outcome) (int64, string) {
	s := e["consume_fee"]
	if s == "" {
		return 0, ""
	}
	n, ok := fen(s)
	if !ok || n > 0 && outcome != channels.Paid && outcome != channels.Refunded {
		return 0, "consume_fee"
	}
	return n, ""
}

// contradicts names the first element that is not this order's, or "". Where
// money moved, every number must be there and equal (§5); else those that are
// there must be. A currency that is not given is the default, CNY (seed).
func (c *Channel) contradicts(e elements, o channels.Order, strict bool) string {
	if n := e["out_trade_no"]; o.OutTradeNo != "" && n != o.OutTradeNo && (strict || n != "") {
		return "out_trade_no"
	}
	if id := e["transaction_id"]; strict && id == "" || id != "" && o.PlatformID != "" && id != o.PlatformID {
		return "transaction_id"
	}
	if name := c.stranger(e, strict); name != "" {
		return name
	}
	if s := e["total_fee"]; strict || s != "" {
		if n, ok := fen(s); !ok || n != o.Amount.Amount {
			return "total_fee"
		}
	}
	if orCNY(e["fee_type"]) != o.Amount.Currency {
		return "fee_type"
	}
	return ""
}

func orCNY(s string) string {
	if s == "" {
		return "CNY"
	}
	return s
}

// What else an answer tells, in the platform's names. The customer's openid is
// personal data and stays out.
var (
	detailTexts = [...]string{"trade_type", "trade_state", "trade_state_desc", "bank_type", "fee_type", "cash_fee_type",
		"device_info", "attach", "time_end", "code_url", "recall", "refund_status", "refund_channel", "refund_account",
		"refund_recv_accout", "refund_success_time"}
	detailAmounts = [...]string{"total_fee", "settlement_total_fee", "cash_fee", "consume_fee", "refund_fee",
		"settlement_refund_fee", "cash_refund_fee", "coupon_fee", "coupon_refund_fee", "coupon_count", "coupon_refund_count"}
)

func detail(e elements) json.RawMessage {
	d := map[string]any{}
	for _, name := range detailTexts {
		if v := e[name]; v != "" {
			d[name] = wire.Cut(v, 256)
		}
	}
	for _, name := range detailAmounts {
		if n, ok := fen(e[name]); ok {
			d[name] = n
		}
	}
	for name, v := range e { // coupon_type_0, coupon_id_0, coupon_fee_0 …
		if _, done := d[name]; !done && strings.HasPrefix(name, "coupon_") && v != "" {
			d[name] = wire.Cut(v, 64)
		}
	}
	if o, err := wire.ParseObject([]byte(e["promotion_detail"])); err == nil {
		d["promotion_detail"] = o
	}
	if len(d) == 0 {
		return nil
	}
	return wire.Encode(d)
}
