package wechatglobal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const refundPath = "/v3/global/refunds"

// refundNumberMore is §8.1: what a refund number may hold beside letters and digits.
const refundNumberMore = "_-|*@"

type refundBody struct {
	identity
	TransactionID string       `json:"transaction_id,omitempty"`
	OutTradeNo    string       `json:"out_trade_no,omitempty"`
	OutRefundNo   string       `json:"out_refund_no"`
	Reason        string       `json:"reason,omitempty"`
	NotifyURL     string       `json:"notify_url,omitempty"`
	Amount        refundAmount `json:"amount"`
}

type refundAmount struct {
	Refund   int64  `json:"refund"`
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// refundStates is §8.2 and §13. A word that is not here is Unknown.
var refundStates = map[string]meaning{
	"SUCCESS":     {outcome: channels.Refunded},
	"PROCESSING":  {outcome: channels.Accepted},
	"REFUNDCLOSE": {outcome: channels.Refused, reason: channels.TradeFailed},
	"CLOSED":      {outcome: channels.Refused, reason: channels.TradeFailed},
	"ABNORMAL":    {outcome: channels.Refused, reason: channels.AccountClosed},
}

// Refund asks for r. Repeated with the same r it is the same refund, so the
// request names the order by our number, which never changes between tries.
func (c *Channel) Refund(ctx context.Context, r channels.Refund) channels.Reply {
	b, err := c.refundBody(r)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: http.MethodPost, target: refundPath, body: wire.Encode(b), timeout: callTimeout})
	if err != nil {
		return wire.Failed(err)
	}
	return c.noted(a, c.understandRefund(a, r))
}

func (c *Channel) refundBody(r channels.Refund) (refundBody, error) {
	b := refundBody{
		identity:    c.account.identity(),
		OutTradeNo:  r.Order.OutTradeNo,
		OutRefundNo: r.RefundNo,
		Reason:      wire.Cut(wire.Plain(r.Reason), 80), // A5
		NotifyURL:   c.cfg.NotifyURL,
		Amount:      refundAmount{r.Amount.Amount, r.Order.Amount.Amount, r.Order.Amount.Currency},
	}
	if b.OutTradeNo == "" {
		b.TransactionID = r.Order.PlatformID
	}
	switch {
	case b.OutTradeNo == "" && b.TransactionID == "":
		return b, errNumber
	case !validNumber(r.RefundNo, 64, refundNumberMore):
		return b, errors.New("out_refund_no: is not 1 to 64 of the characters that the platform takes")
	case r.Amount.Currency != r.Order.Amount.Currency:
		return b, errors.New("currency: is not the order's") // §16
	case r.Amount.Amount <= 0:
		return b, errors.New("amount: is not above zero")
	}
	return b, nil
}

func (c *Channel) understandRefund(a answer, r channels.Refund) channels.Reply {
	if a.status != http.StatusOK {
		return refundRefusal(a, refundCodes)
	}
	reply, o := c.refundObject(a, r, false)
	if o == nil {
		return reply
	}
	reply.Outcome = channels.Accepted // 200 is accepted, not done (§8.1)
	return reply
}

// QueryRefund asks what became of r.
func (c *Channel) QueryRefund(ctx context.Context, r channels.Refund) channels.Reply {
	path := refundPath + "/out-refund-no/" + url.PathEscape(r.RefundNo)
	switch {
	case validNumber(r.RefundNo, 64, refundNumberMore):
	case r.RefundNo == "" && validNumber(r.PlatformID, 32, "_-"):
		path = refundPath + "/id/" + url.PathEscape(r.PlatformID)
	default:
		return wire.Refused(errors.New("out_refund_no: is not 1 to 64 of the characters that the platform takes"))
	}
	a, err := c.exchange(ctx, call{method: http.MethodGet, target: path + "?" + c.account.query(), timeout: callTimeout})
	if err != nil {
		return wire.Failed(err)
	}
	return c.noted(a, c.understandRefundQuery(a, r))
}

func (c *Channel) understandRefundQuery(a answer, r channels.Refund) channels.Reply {
	if a.status != http.StatusOK {
		return refundRefusal(a, queryCodes)
	}
	reply, o := c.refundObject(a, r, true)
	if o == nil {
		return reply
	}
	state := strings.ToUpper(o.Text("status"))
	m, known := refundStates[state]
	reply.Code = wire.Cut(state, 32)
	reply.Outcome, reply.Reason = m.outcome, m.reason
	if !known {
		reply.Reason = channels.ReasonUnknown
	}
	if m.outcome == channels.Refunded {
		reply.PaidAt = moment(o.Text("success_time"))
	}
	return reply
}

// refundRefusal reads an answer that is not 200. A refund is refused only by a
// proven answer: one that is not may hide a refund that was taken.
func refundRefusal(a answer, table map[string]meaning) channels.Reply {
	if a.status < 400 { // 202: repeat (§14.2)
		r := a.reply()
		r.Reason = channels.PlatformBusy
		return r
	}
	r, _ := a.explain(table)
	if r.Outcome == channels.Paying || r.Outcome == channels.Refused && !r.Verified {
		r.Outcome = channels.Unknown
	}
	return r
}

// refundObject proves a refund's answer and compares it to r. A nil object
// means that the Reply is final.
func (c *Channel) refundObject(a answer, r channels.Refund, strict bool) (channels.Reply, wire.Object) {
	if a.proof != proven {
		return a.unproven(), nil
	}
	reply := a.reply()
	o, err := wire.ParseObject(a.body)
	if err != nil {
		reply.Reason, reply.Message = channels.Mismatch, "answer: "+err.Error()
		return reply, nil
	}
	if what := c.contradictsRefund(o, r, strict); what != "" {
		reply.Reason, reply.Message = channels.Mismatch, "answer contradicts the refund: "+what
		return reply, nil
	}
	reply.PlatformID = wire.Cut(o.Text("id", "refund_id"), 32)
	money := o.Object("amount")
	if back, ok := money.Int("payer_refund"); ok {
		reply.Payer = channels.Money{Amount: back, Currency: wire.Cut(payerCurrency(money), 16)}
	}
	reply.Detail = wire.Encode(detail{
		RefundStatus: wire.Cut(o.Text("status"), 32),
		Channel:      wire.Cut(o.Text("channel"), 32),
		Account:      wire.Cut(o.Text("recv_account"), 128),
		FundSource:   strings.ToUpper(wire.Cut(o.Text("fund_source"), 64)), // one page writes REchARGE
		CreateTime:   wire.Cut(o.Text("create_time"), 64),
		SuccessTime:  wire.Cut(o.Text("success_time"), 64),
		Amount:       readAmount(money),
		Promotions:   readPromotions(o),
	})
	return reply, o
}

// contradictsRefund names the first member that is not this refund's, or "".
func (c *Channel) contradictsRefund(o wire.Object, r channels.Refund, strict bool) string {
	if r.RefundNo != "" && o.Text("out_refund_no") != r.RefundNo {
		return "out_refund_no"
	}
	if n := o.Text("out_trade_no"); n != "" && r.Order.OutTradeNo != "" && n != r.Order.OutTradeNo {
		return "out_trade_no"
	}
	if n := o.Text("transaction_id"); n != "" && r.Order.PlatformID != "" && n != r.Order.PlatformID {
		return "transaction_id"
	}
	if name := c.account.contradicts(o, false); name != "" {
		return name
	}
	money := o.Object("amount")
	if n, ok := money.Int("refund"); (strict || money.Has("refund")) && (!ok || n != r.Amount.Amount) {
		return "amount.refund"
	}
	if (strict || money.Has("currency")) && money.Text("currency") != r.Amount.Currency {
		return "amount.currency"
	}
	return ""
}
