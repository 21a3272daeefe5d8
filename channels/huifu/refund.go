package huifu

import (
	"context"
	"errors"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// refundStates is §7's trans_stat. A word that is not here is Unknown.
var refundStates = map[string]meaning{
	"S": {outcome: channels.Refunded},
	"P": taken,
	"I": taken,
	"F": wont,
}

// Refund asks for r. Repeated with the same r it is the same refund: number
// and day are the platform's key to it, so that the day is that of the first
// time it was sent, whatever day it is now and whatever the payment's (§15.1).
// The payment goes by our number, else by hf_seq_id or the merchant's number on
// the bill: any one of the three will do.
func (c *Channel) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	data, err := c.refundData(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{path: c.paths.refund, data: data})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefund(a, r, own, ofRefund)
}

func (c *Channel) refundData(r channels.Refund) (fields, error) {
	day, dated := dateOfRefund(r)
	switch {
	case !isNumber(r.RefundNo, 128) || !dated:
		return nil, errRefundNumber
	case r.Amount.Currency != r.Order.Amount.Currency:
		return nil, errors.New("currency: is not the order's")
	}
	if err := checkMoney(r.Amount); err != nil {
		return nil, err
	}
	f, err := c.original(r.Order, billNumbers{byHuifu: "org_hf_seq_id", byBill: "org_party_order_id"})
	if err != nil {
		return nil, err
	}
	f.over(fields{
		"req_date":   day,
		"req_seq_id": r.RefundNo,
		"ord_amt":    yuan(r.Amount.Amount),
		"remark":     wire.Cut(plain(r.Reason), 84),
		"notify_url": c.cfg.NotifyURL,
	})
	return f, nil
}

var errRefundNumber = errors.New("req_seq_id: the refund's number has no day, or other characters than letters, digits, - and _")

// QueryRefund asks what became of r. org_* are the refund's own here (§7).
func (c *Channel) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	f := fields{"huifu_id": c.cfg.HuifuID}
	day, dated := dateOfRefund(r)
	kind, ok := kindOf(r.PlatformID)
	switch {
	case isNumber(r.RefundNo, 128) && dated:
		f["org_req_date"], f["org_req_seq_id"] = day, r.RefundNo
	case r.RefundNo == "" && ok && kind == byHuifu:
		f["org_hf_seq_id"] = r.PlatformID
	default:
		return wire.Refused(errRefundNumber)
	}
	a, err := c.exchange(ctx, call{path: c.paths.refundQuery, data: f})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefund(a, r, original, ofQuery)
}

// understandRefund reads both. 00000000 says only that it was taken: trans_stat
// decides (§7).
func (c *Channel) understandRefund(a answer, r channels.Refund, n names, col column) channels.Reply {
	reply, ok := a.usable()
	if !ok {
		return reply
	}
	m, _ := c.meaningOf(a, col)
	if stat := a.data.Text("trans_stat"); a.data.Has("trans_stat") {
		if m, ok = refundStates[stat]; !ok {
			m = ask
		}
	} else if col == ofQuery && m.outcome == channels.Paying {
		m = taken
	}
	if what := c.contradictsRefund(a.data, r, n, m.outcome); what != "" {
		reply.Reason, reply.Message = channels.Mismatch, "answer contradicts the refund: "+what
		return reply
	}
	reply.Outcome, reply.Reason = m.outcome, m.reason
	reply.PlatformID = wire.Cut(a.data.Text(n.hf), 128)
	reply.Detail = detailOf(a.data)
	if s, says := sayingOf(a.text + " " + a.data.Text("bank_message", "bank_desc")); says && m == wont && s.reason == channels.InsufficientFunds {
		reply.Reason = channels.NotEnoughMoney // the merchant's balance (§11)
	}
	if m.outcome == channels.Refunded {
		reply.PaidAt = moment(textOf(a.data, "end_time"))
		if back, ok := fen(textOf(a.data, "actual_ref_amt")); ok { // less than ord_amt where coupons were used
			reply.Payer = channels.Money{Amount: back, Currency: currency}
		}
	}
	return reply
}

// contradictsRefund names the first member that is not this refund's, or "".
func (c *Channel) contradictsRefund(d wire.Object, r channels.Refund, n names, outcome channels.Outcome) string {
	final := outcome == channels.Refunded || d.Text("trans_stat") == "F"
	day, _ := dateOfRefund(r)
	checks := []check{
		{"huifu_id", c.cfg.HuifuID, final},
		{n.seq, r.RefundNo, final && r.RefundNo != ""},
		{n.date, day, final && r.RefundNo != ""},
		{n.hf, r.PlatformID, final && r.RefundNo == ""},
	}
	if name := disagrees(d, checks); name != "" {
		return name
	}
	got := textOf(d, "ord_amt")
	if amount, ok := fen(got); (outcome == channels.Refunded || d.Has("ord_amt")) && (!ok || amount != r.Amount.Amount || r.Amount.Currency != currency) {
		return "ord_amt"
	}
	return ""
}
