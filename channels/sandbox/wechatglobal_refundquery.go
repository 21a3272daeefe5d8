package sandbox

import (
	"strconv"
	"time"
)

// refundDoc is a refund in an answer: §8.1 (Accepted alone), 8.2, 8.3.
type refundDoc struct {
	ID            string          `json:"id"`
	OutRefundNo   string          `json:"out_refund_no"`
	TransactionID string          `json:"transaction_id,omitempty"`
	OutTradeNo    string          `json:"out_trade_no,omitempty"`
	Channel       string          `json:"channel,omitempty"`
	RecvAccount   string          `json:"recv_account,omitempty"`
	FundSource    string          `json:"fund_source,omitempty"`
	CreateTime    string          `json:"create_time"`
	SuccessTime   string          `json:"success_time,omitempty"`
	Status        string          `json:"status,omitempty"`
	Amount        refundAmountDoc `json:"amount"`
}

type refundAmountDoc struct {
	Refund        int64   `json:"refund"`
	Currency      string  `json:"currency"`
	PayerRefund   int64   `json:"payer_refund"`
	PayerCurrency string  `json:"payer_currency"`
	ExchangeRate  rateDoc `json:"exchange_rate"`
}

// accepted is the answer to the request: it does not say what became of it.
func (r *refund) accepted() refundDoc {
	return refundDoc{ID: r.id, OutRefundNo: r.no, CreateTime: stamp(r.created), Amount: refundAmountDoc{
		Refund: r.amount, Currency: r.currency, PayerRefund: r.o.payerMoney(r.amount),
		PayerCurrency: r.o.payerCurrency, ExchangeRate: rateDoc{"SETTLEMENT_RATE", r.o.rate},
	}}
}

// listed adds what a query tells, without the order's numbers.
func (r *refund) listed() refundDoc {
	doc := r.accepted()
	doc.Channel, doc.RecvAccount, doc.Status = "ORIGINAL", "支付用户零钱", r.status
	if doc.FundSource = r.source; r.source == "" {
		doc.FundSource = "REFUND_SOURCE_UNSETTLED_FUNDS"
	}
	if !r.succeeded.IsZero() {
		doc.SuccessTime = stamp(r.succeeded)
	}
	return doc
}

// prepareRefundQueryNo and prepareRefundQueryID are §8.2.
func (w *wechatGlobal) prepareRefundQueryNo(c *call) (plan, *refusal) {
	if bad := c.pathNumber("out_refund_no", refundMarks, 64); bad != nil {
		return plan{}, bad
	}
	return w.refundQuery(c, func(r *refund) bool { return r.no == c.number })
}

func (w *wechatGlobal) prepareRefundQueryID(c *call) (plan, *refusal) {
	if bad := c.pathNumber("refund_id", "", 32); bad != nil {
		return plan{}, bad
	}
	return w.refundQuery(c, func(r *refund) bool { return r.id == c.number })
}

func (w *wechatGlobal) refundQuery(c *call, is func(*refund) bool) (plan, *refusal) {
	if bad := c.queryIdentity(false); bad != nil {
		return plan{}, bad
	}
	p := plan{book: func(now time.Time) draft {
		r := w.findRefund(c.who, is, now)
		if r == nil {
			return refuse("RESOURCE_NOT_EXISTS", "the refund does not exist").draft()
		}
		doc := r.listed()
		doc.TransactionID, doc.OutTradeNo = r.o.id, r.o.no
		return done(doc)
	}}
	if r := w.findRefund(c.who, is, c.at); r != nil {
		p.orderNo = r.o.no
	}
	return p, nil
}

// refundListDoc is §8.3.
type refundListDoc struct {
	ID string `json:"id"`
	identity
	OutTradeNo   string      `json:"out_trade_no"`
	Amount       amountDoc   `json:"amount"`
	Data         []refundDoc `json:"data"`
	TotalNum     int         `json:"total_num"`
	CurrentTotal int         `json:"current_total_num"`
}

// maxPage is ours: A12.
const maxPage = 50

func (w *wechatGlobal) prepareRefundList(c *call) (plan, *refusal) {
	if bad := c.queryIdentity(false, "transaction_id", "out_trade_no", "offset", "count"); bad != nil {
		return plan{}, bad
	}
	id, no := c.query.Get("transaction_id"), c.query.Get("out_trade_no")
	if (id == "") == (no == "") {
		return plan{}, refuseQuery("transaction_id", id, "this or out_trade_no is required")
	}
	offset, err := strconv.Atoi(c.query.Get("offset"))
	if err != nil || offset < 0 {
		return plan{}, refuseQuery("offset", c.query.Get("offset"), "a number from 0 is required")
	}
	count, err := strconv.Atoi(c.query.Get("count"))
	if err != nil || count < 1 || count > maxPage {
		return plan{}, refuseQuery("count", c.query.Get("count"), "a number from 1 to 50 is required")
	}
	look := func(now time.Time) *order {
		if id != "" {
			return w.findID(c.who, id, now)
		}
		return w.find(c.who, no, now)
	}
	p := plan{orderNo: no, book: func(now time.Time) draft {
		o := look(now)
		if o == nil {
			return orderMissing().draft()
		}
		return done(o.refundList(offset, count))
	}}
	if o := look(c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

func (o *order) refundList(offset, count int) refundListDoc {
	t := o.transaction()
	doc := refundListDoc{ID: o.id, identity: t.identity, OutTradeNo: o.no, Amount: t.Amount,
		Data: []refundDoc{}, TotalNum: len(o.refunds)}
	for _, r := range o.refunds[min(offset, len(o.refunds)):min(offset+count, len(o.refunds))] {
		doc.Data = append(doc.Data, r.listed())
	}
	doc.CurrentTotal = len(doc.Data)
	return doc
}

// prepareBalance and prepareSubBalance are §8.4. The recharge account is full.
func (w *wechatGlobal) prepareBalance(c *call) (plan, *refusal) {
	if c.who.Mode != Direct {
		return plan{}, refuse("NO_AUTH", "an institution asks for a sub-merchant's balance")
	}
	return w.balance(c)
}

func (w *wechatGlobal) prepareSubBalance(c *call) (plan, *refusal) {
	if c.number != c.who.SubMchID {
		return plan{}, refuse("NO_AUTH", "not a sub-merchant of the caller")
	}
	return w.balance(c)
}

func (w *wechatGlobal) balance(c *call) (plan, *refusal) {
	if bad := c.onlyParameters(); bad != nil {
		return plan{}, bad
	}
	return plan{book: func(time.Time) draft {
		return done(struct {
			Remaining int64  `json:"remaining_amount"`
			Currency  string `json:"currency"`
		}{10_000_000, c.who.Currency})
	}}, nil
}
