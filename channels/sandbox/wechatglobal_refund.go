package sandbox

import (
	"fmt"
	"net/url"
	"time"
)

// Refund states, §8.2.
const (
	refundProcessing = "PROCESSING"
	refundSuccess    = "SUCCESS"
	refundAbnormal   = "ABNORMAL"
	refundClosed     = "REFUNDCLOSE"
)

// Rules of §8.1.
const (
	maxRefunds   = 50
	refundPeriod = 365 * 24 * time.Hour
)

// refund is one out_refund_no.
type refund struct {
	o                  *order
	id, no             string
	print              string
	amount             int64
	currency           string
	reason, source     string
	notifyURL          string
	status             string
	created, succeeded time.Time
	byRevoke           bool
}

func (r *refund) settle(now time.Time) {
	due := r.created.Add(r.o.w.s.cfg.RefundTime)
	if r.status != refundProcessing || due.After(now) {
		return
	}
	if r.status = refundSuccess; r.o.customer.refundEnds != "" {
		r.status = r.o.customer.refundEnds
	}
	if r.status == refundSuccess {
		r.succeeded = due
	}
}

func (r *refund) entry() Refund {
	return Refund{OutRefundNo: r.no, ID: r.id, Status: r.status, Amount: r.amount, Currency: r.currency,
		Reason: r.reason, ByRevoke: r.byRevoke, CreatedAt: r.created, SucceededAt: r.succeeded}
}

// prepareRefund is §8.1.
func (w *wechatGlobal) prepareRefund(c *call) (plan, *refusal) {
	var req refundRequest
	if bad := c.onlyParameters(); bad != nil {
		return plan{}, bad
	}
	if bad := c.decode(refundBody(), &req); bad != nil {
		return plan{}, bad
	}
	if bad := c.identify(req.identity); bad != nil {
		return plan{}, bad
	}
	if bad := checkRefund(&req); bad != nil {
		return plan{}, refuseBody(bad)
	}
	print := fingerprint(c.body)
	look := func(now time.Time) *order {
		if req.TransactionID != "" {
			return w.findID(c.who, req.TransactionID, now)
		}
		return w.find(c.who, req.OutTradeNo, now)
	}
	p := plan{orderNo: req.OutTradeNo, book: func(now time.Time) draft {
		o := look(now)
		if o == nil || req.OutTradeNo != "" && req.OutTradeNo != o.no {
			return orderMissing().draft()
		}
		return o.refund(req, print, now)
	}}
	if o := look(c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

func checkRefund(req *refundRequest) *violation {
	const at = "#/properties/"
	switch {
	case req.TransactionID == "" && req.OutTradeNo == "":
		return bodyViolation(at+"transaction_id", "", "this or out_trade_no is required")
	case !numberIn(req.OutRefundNo, refundMarks, 64):
		return bodyViolation(at+"out_refund_no", req.OutRefundNo, "letters, digits and "+refundMarks+" only")
	case req.Amount.Refund <= 0:
		return bodyViolation(at+"amount/properties/refund", fmt.Sprint(req.Amount.Refund), "not above 0")
	case req.Amount.Total <= 0:
		return bodyViolation(at+"amount/properties/total", fmt.Sprint(req.Amount.Total), "not above 0")
	case req.Source != "" && req.Source != "REFUND_SOURCE_UNSETTLED_FUNDS" && req.Source != "REFUND_SOURCE_RECHARGE_FUNDS":
		return bodyViolation(at+"source", req.Source, "no such source")
	}
	if req.NotifyURL != "" {
		u, err := url.Parse(req.NotifyURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.ForceQuery {
			return bodyViolation(at+"notify_url", req.NotifyURL, "https without a query string")
		}
	}
	return nil
}

// refund books one: re-entry first, then the rules of §8.1.
func (o *order) refund(req refundRequest, print string, now time.Time) draft {
	if r := o.w.findRefund(o.who, func(r *refund) bool { return r.no == req.OutRefundNo && !r.byRevoke }, now); r != nil {
		if r.o != o || r.print != print {
			return refuse("OUT_REFUND_NO_USED", "this out_refund_no was used with other parameters").draft()
		}
		return done(r.accepted())
	}
	switch {
	case o.paidAt.IsZero():
		return refuse("INVALID_REQUEST", "the order is not paid").draft()
	case !o.revokedAt.IsZero() || !o.undoDue.IsZero():
		return refuse("INVALID_REQUEST", "the order was revoked").draft()
	case req.Amount.Currency != o.request.Amount.Currency:
		return refuse("INVALID_REQUEST", "amount.currency is not the order's").draft()
	case req.Amount.Total != o.amount:
		return refuse("INVALID_REQUEST", "amount.total is not the order's").draft()
	case now.Sub(o.paidAt) > refundPeriod:
		return refuse("TRADE_OVERDUE", "the order is more than a year old").draft()
	case len(o.refunds) >= maxRefunds:
		return refuse("INVALID_REQUEST", "an order has at most 50 refunds").draft()
	case req.Amount.Refund > o.amount-o.refunding():
		return refuse("INVALID_REQUEST", "the refunds would exceed the order").draft()
	case o.tooSoon(now):
		return refuse("FREQUENCY_LIMITED", "refunds of one order are a minute apart").draft()
	}
	r := &refund{
		o: o, id: o.w.nextID("5030", now), no: req.OutRefundNo, print: print,
		amount: req.Amount.Refund, currency: req.Amount.Currency, reason: req.Reason, source: req.Source,
		notifyURL: req.NotifyURL, status: refundProcessing, created: now,
	}
	o.refunds = append(o.refunds, r)
	o.state = refunded
	return done(r.accepted())
}

func (o *order) tooSoon(now time.Time) bool {
	if len(o.refunds) == 0 {
		return false
	}
	return now.Sub(o.refunds[len(o.refunds)-1].created) < o.w.s.cfg.RefundSpacing
}

func (w *wechatGlobal) findRefund(who *merchant, is func(*refund) bool, now time.Time) *refund {
	for _, o := range w.list {
		if o.who != who {
			continue
		}
		for _, r := range o.refunds {
			if is(r) {
				o.settle(now)
				return r
			}
		}
	}
	return nil
}
