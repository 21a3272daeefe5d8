package wechatdeposit

import (
	"context"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// maxRefunds is §10.3: of one order.
const maxRefunds = 50

// refundStates is §10.4. A word that is not here is Unknown.
var refundStates = map[string]meaning{
	"SUCCESS":     {outcome: channels.Refunded},
	"PROCESSING":  {outcome: channels.Accepted},
	"REFUNDCLOSE": {outcome: channels.Refused, reason: channels.TradeFailed},
	"CHANGE":      {outcome: channels.Refused, reason: channels.AccountClosed},
	"ABNORMAL":    {outcome: channels.Refused, reason: channels.AccountClosed},
}

// QueryRefund asks what became of r, by our own number (§10.4).
func (c *Channel) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	e := elements{}
	switch {
	case validNumber(r.RefundNo, 64, refundMore):
		e["out_refund_no"] = r.RefundNo
	case r.RefundNo == "" && validNumber(r.PlatformID, 32, ""):
		e["refund_id"] = r.PlatformID
	default:
		return wire.Refused(errRefundNumber)
	}
	a, err := c.exchange(ctx, call{kind: refundQuery, send: e})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandRefundQuery(a, r)
}

func (c *Channel) understandRefundQuery(a answer, r channels.Refund) channels.Reply {
	reply, _, ok := c.read(a)
	if !ok {
		return c.sameOrder(a, reply, r.Order)
	}
	if name := c.contradicts(a.doc, r.Order, false); name != "" {
		return contradiction(reply, name)
	}
	found, name := find(a.doc, r)
	if name == "" {
		name = found.contradicts(r, true)
	}
	if name != "" {
		return contradiction(reply, name)
	}
	m, known := refundStates[found["refund_status"]]
	reply.Code = wire.Cut(found["refund_status"], 32)
	reply.Outcome, reply.Reason = m.outcome, m.reason
	if !known {
		reply.Reason = channels.ReasonUnknown
	}
	reply.PlatformID = wire.Cut(found["refund_id"], 32)
	reply.Detail = detail(elements(found))
	if m.outcome == channels.Refunded {
		reply.PaidAt = moment(found["refund_success_time"])
	}
	return reply
}

// refundRow is one refund of an answer, its names without index.
type refundRow elements

// refundMembers is what either shape tells of one refund.
var refundMembers = [...]string{"out_refund_no", "refund_id", "refund_status", "refund_fee", "settlement_refund_fee",
	"refund_channel", "refund_account", "refund_recv_accout", "refund_success_time", "coupon_refund_fee", "coupon_refund_count"}

// one reads the refund whose names end in suffix.
func one(e elements, suffix string) refundRow {
	row := refundRow{}
	for _, name := range refundMembers {
		if v := e[name+suffix]; v != "" {
			row[name] = v
		}
	}
	return row
}

// find takes r out of either documented shape: one refund flat, or some with an
// index from 0. One that stands there twice contradicts itself.
func find(e elements, r channels.Refund) (refundRow, string) {
	var found refundRow
	for i := -1; i < maxRefunds; i++ {
		suffix := ""
		if i >= 0 {
			suffix = "_" + strconv.Itoa(i)
		}
		row := one(e, suffix)
		if !row.is(r) {
			continue
		}
		if found != nil {
			return nil, "out_refund_no"
		}
		found = row
	}
	if found == nil {
		return nil, "out_refund_no"
	}
	return found, ""
}

func (row refundRow) is(r channels.Refund) bool {
	if r.RefundNo != "" {
		return row["out_refund_no"] == r.RefundNo
	}
	return row["refund_id"] == r.PlatformID
}

// contradicts names the first member that is not this refund's, or "".
func (row refundRow) contradicts(r channels.Refund, strict bool) string {
	if n := row["out_refund_no"]; (strict || n != "") && r.RefundNo != "" && n != r.RefundNo {
		return "out_refund_no"
	}
	if id := row["refund_id"]; id != "" && r.PlatformID != "" && id != r.PlatformID {
		return "refund_id"
	}
	if s := row["refund_fee"]; strict || s != "" {
		if n, ok := fen(s); !ok || n != r.Amount.Amount {
			return "refund_fee"
		}
	}
	return ""
}
