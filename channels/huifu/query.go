package huifu

import (
	"context"
	"errors"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errNumber = errors.New("order: has no number and day that the platform can find it by")

// Query asks by our own number, which works without ever having had an answer
// (§6); by the platform's where ours is not known.
func (c *Channel) Query(ctx context.Context, o channels.Order) channels.Reply {
	data, err := c.original(o, billNumbers{byHuifu: "org_hf_seq_id", byBill: "out_ord_id"})
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{path: c.paths.query, data: data})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandQuery(a, o)
}

// understandQuery is §6 and §11. A refusal speaks of the query: the payment
// stays as it was.
func (c *Channel) understandQuery(a answer, o channels.Order) channels.Reply {
	r, ok := a.usable()
	if !ok {
		return r
	}
	if a.data.Has("trans_stat") {
		return c.trade(a, o, original)
	}
	if what := c.contradicts(a.data, o, original, channels.Unknown); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	m, _ := c.meaningOf(a, ofQuery)
	r.Outcome, r.Reason = m.outcome, m.reason
	return r
}

// numberKind is which of its numbers names an order that is not named by ours.
type numberKind uint8

const (
	byHuifu numberKind = iota // hf_seq_id
	byBill                    // the merchant's number on the customer's bill: party_order_id
)

// kindOf tells the platform's number from that on the bill: hf_seq_id always
// has letters in it, party_order_id is digits alone.
func kindOf(id string) (numberKind, bool) {
	if !isNumber(id, 128) {
		return byHuifu, false
	}
	if strings.ContainsFunc(id, notDigit) {
		return byHuifu, true
	}
	return byBill, true
}

// billNumbers are a call's names for the platform's numbers.
type billNumbers map[numberKind]string

// original names a payment in a later call: its day, and one of its numbers.
func (c *Channel) original(o channels.Order, byPlatform billNumbers) (fields, error) {
	day, dated := dateOfOrder(o)
	if !dated {
		return nil, errNumber
	}
	f := fields{"huifu_id": c.cfg.HuifuID, "org_req_date": day}
	if o.OutTradeNo != "" {
		if !isNumber(o.OutTradeNo, 128) {
			return nil, errNumber
		}
		f["org_req_seq_id"] = o.OutTradeNo
		return f, nil
	}
	kind, ok := kindOf(o.PlatformID)
	name := byPlatform[kind]
	if !ok || name == "" {
		return nil, errNumber
	}
	f[name] = o.PlatformID
	return f, nil
}
