package huifu

import (
	"encoding/json"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// names are the members that say whose answer it is. A pay's carries the bare
// names, a query's those of what was asked about (§6, §15.2).
type names struct{ date, seq, hf string }

var (
	own      = names{"req_date", "req_seq_id", "hf_seq_id"}
	original = names{"org_req_date", "org_req_seq_id", "org_hf_seq_id"}
)

// states is §10's trans_stat of a payment. A word that is not here is Unknown.
var states = map[string]channels.Outcome{
	"S": channels.Paid,
	"P": channels.Paying,
	"I": channels.Paying,
	"F": channels.Declined,
}

// trade understands an answer about o. trans_stat decides, and resp_code
// explains (§11); money is believed only where everything agrees (§10).
func (c *Channel) trade(a answer, o channels.Order, n names) channels.Reply {
	r := a.reply()
	stat := a.data.Text("trans_stat")
	outcome, known := states[stat]
	if !known {
		r.Reason = channels.ReasonUnknown
		return r
	}
	if what := c.contradicts(a.data, o, n, outcome); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	r.Outcome = outcome
	r.PlatformID = wire.Cut(a.data.Text(n.hf), 128)
	r.Detail = detailOf(a.data)
	switch outcome {
	case channels.Declined:
		r.Reason = channels.TradeFailed
		if s, ok := sayingOf(a.text + " " + a.data.Text("bank_message", "bank_desc")); ok {
			r.Reason = s.reason
		}
	case channels.Paid:
		r.PaidAt = moment(textOf(a.data, "end_time"))
		// The seed: settlement_amt is what the user really paid.
		for _, name := range [...]string{"settlement_amt", "pay_amt"} {
			if paid, ok := fen(textOf(a.data, name)); ok {
				r.Payer = channels.Money{Amount: paid, Currency: currency}
				break
			}
		}
	}
	return r
}

// contradicts names the first member that is not this order's, or "". Where
// money moved, or never will, the order must be named whole; else what is
// there must agree.
func (c *Channel) contradicts(d wire.Object, o channels.Order, n names, outcome channels.Outcome) string {
	final := outcome == channels.Paid || outcome == channels.Declined
	day, _ := dateOfOrder(o)
	byOurs := o.OutTradeNo != ""
	checks := []check{
		{"huifu_id", c.cfg.HuifuID, final},
		{n.seq, o.OutTradeNo, byOurs && final},
		{n.date, day, final},
	}
	if name := disagrees(d, checks); name != "" {
		return name
	}
	if o.PlatformID != "" && !platformNumberIn(d, n, o.PlatformID, final && !byOurs) {
		return n.hf
	}
	got := textOf(d, "trans_amt")
	if amount, ok := fen(got); (outcome == channels.Paid || d.Has("trans_amt")) && (!ok || amount != o.Amount.Amount || o.Amount.Currency != currency) {
		return "trans_amt"
	}
	return ""
}

// check is a member, what it must be, and whether it must be there. A want of
// nothing is not compared.
type check struct {
	name, want string
	must       bool
}

func disagrees(d wire.Object, checks []check) string {
	for _, k := range checks {
		if !d.Has(k.name) && !k.must || k.want == "" {
			continue
		}
		if textOf(d, k.name) != k.want {
			return k.name
		}
	}
	return ""
}

// platformNumberIn compares what we know as the platform's number: hf_seq_id,
// or one of those that a customer's bill shows.
func platformNumberIn(d wire.Object, n names, id string, must bool) bool {
	if kind, _ := kindOf(id); kind == byHuifu {
		got := d.Text(n.hf)
		return got == id || got == "" && !must
	}
	party, out := d.Text("party_order_id"), d.Text("out_trans_id")
	return party == id || out == id || party == "" && out == "" && !must
}

// told are the members that are kept for support and reconciliation, under the
// platform's names. Each is a text of at most 256 bytes.
var told = []string{
	"trans_stat", "acct_stat", "org_trans_stat", "trade_type", "trans_type", "trans_amt", "pay_amt", "settlement_amt",
	"ord_amt", "actual_ref_amt", "fee_amt", "fee_amount", "fee_flag", "fee_huifu_id", "out_trans_id", "party_order_id",
	"bank_code", "bank_desc", "bank_message", "debit_type", "end_time", "wx_user_id", "atu_sub_mer_id", "acct_id",
	"device_type", "mer_dev_location", "password_trade", "remark", "freeze_time", "unfreeze_amt", "unfreeze_time",
	"fund_freeze_stat",
}

// responses are the wallets' own answers: a text of JSON in a reply, an object
// in a callback (§15.6).
var responses = []string{"wx_response", "alipay_response", "unionpay_response", "dc_response"}

// maxResponse bounds what of them is kept.
const maxResponse = 4096

func detailOf(d wire.Object) json.RawMessage {
	kept := map[string]any{}
	for _, name := range told {
		if v := plain(textOf(d, name)); v != "" {
			kept[name] = wire.Cut(v, 256)
		}
	}
	for _, name := range responses {
		if o := inner(d, name); len(o) > 0 {
			kept[name] = o
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return wire.Encode(kept)
}

// inner is a wallet's answer less what names the customer's account: wx_user_id
// is enough to find him in a dispute.
func inner(d wire.Object, name string) wire.Object {
	o := d.Object(name)
	if text := d.Text(name); text != "" && len(text) <= maxResponse {
		o, _ = wire.ParseObject([]byte(text))
	}
	kept := wire.Object{}
	for k, v := range o {
		if !personal(k) {
			kept[k] = v
		}
	}
	if len(wire.Encode(kept)) > maxResponse {
		return nil
	}
	return kept
}

func personal(name string) bool {
	return strings.Contains(name, "openid") || strings.HasPrefix(name, "buyer_") || strings.Contains(name, "user_id") || strings.Contains(name, "auth_code")
}
