package huifu

import (
	"context"
	"errors"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Close closes an order that is not paid; it may be repeated, as each closing
// is a request of its own. Its success is Accepted: only a query proves it.
// Refused means that it never will be closed: it is final, paid perhaps, or of
// a wallet that closes nothing (UnionPay, e-CNY), and a query tells (§8).
func (c *Channel) Close(ctx context.Context, o channels.Order) channels.Reply {
	f, err := c.closing(o, c.today(), "C"+c.today()+random())
	if err != nil {
		return wire.Refused(err)
	}
	now := c.clock.Now().Add(-c.clock.Offset()) // SubmittedAt is of our own clock
	// A jump of the clock may make the order look younger than nothing: then
	// the platform's own refusal has to do.
	if age := now.Sub(o.SubmittedAt); !o.SubmittedAt.IsZero() && age >= 0 && age < c.ages.minClose {
		return wire.Refused(errors.New("close: the order is younger than min_close_age"))
	}
	a, err := c.exchange(ctx, call{path: closePath, data: f})
	if err != nil {
		return wire.Failed(err)
	}
	return c.understandClose(a, o)
}

// closing is a request of its own about o (§8); nobody asks for its number.
func (c *Channel) closing(o channels.Order, today, no string) (fields, error) {
	f, err := c.original(o, billNumbers{byHuifu: "org_hf_seq_id"})
	if err != nil {
		return nil, err
	}
	f["req_date"], f["req_seq_id"] = today, no
	return f, nil
}

// understandClose is §8: trans_stat is the closing's state, org_trans_stat the
// payment's (§15.3).
func (c *Channel) understandClose(a answer, o channels.Order) channels.Reply {
	r, ok := a.usable()
	if !ok {
		return r
	}
	if what := c.contradicts(a.data, o, original, channels.Unknown); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	r.Detail = detailOf(a.data)
	m := ask
	switch stat, paid := a.data.Text("trans_stat"), a.data.Text("org_trans_stat"); {
	case paid == "S": // the refund is next
		m = settled
	case !a.data.Has("trans_stat"):
		m, _ = c.meaningOf(a, ofClose)
	case stat == "S" || stat == "P" || stat == "I":
		m = taken
	case stat == "F" && paid == "F":
		m = settled
	case stat == "F":
		if m, _ = c.meaningOf(a, ofClose); m == taken || m == ask {
			m = busy // asked again
		}
	}
	r.Outcome, r.Reason = m.outcome, m.reason
	return r
}

// QueryClose asks what became of the closing of o, by the payment's number
// (§8). It is for payments that a query goes on showing as unpaid after they
// were closed: Closed is said once the closing is done and the order's own end
// is closed_grace ago, as nothing can be paid then. A presented code's end is
// expire_after.
func (c *Channel) QueryClose(ctx context.Context, o channels.Order) channels.Reply {
	f, err := c.closing(o, c.today(), "K"+c.today()+random())
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{path: closeQueryPath, data: f})
	if err != nil {
		return wire.Failed(err)
	}
	ends := o.ExpiresAt
	if ends.IsZero() && c.ages.expire > 0 && !o.SubmittedAt.IsZero() {
		ends = o.SubmittedAt.Add(c.ages.expire)
	}
	now := c.clock.Now().Add(-c.clock.Offset()) // ends is of our own clock
	over := !ends.IsZero() && !now.Before(ends.Add(c.ages.grace))
	return c.understandQueryClose(a, o, over)
}

// over is whether nothing can be paid under o's number any more.
func (c *Channel) understandQueryClose(a answer, o channels.Order, over bool) channels.Reply {
	r, ok := a.usable()
	if !ok {
		return r
	}
	stat := a.data.Text("trans_stat")
	done := stat == "S"
	must := channels.Unknown
	if done {
		must = channels.Declined // the order must be named whole
	}
	if what := c.contradicts(a.data, o, original, must); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	r.Detail = detailOf(a.data)
	m := ask
	switch paid := a.data.Text("org_trans_stat"); {
	case paid == "S":
		m = settled
	case done && over:
		m = meaning{channels.Closed, channels.NoReason}
	case done || stat == "P" || stat == "I":
		m = taken
	case stat == "F":
		m = busy
	default:
		m, _ = c.meaningOf(a, ofQuery)
	}
	r.Outcome, r.Reason = m.outcome, m.reason
	return r
}
