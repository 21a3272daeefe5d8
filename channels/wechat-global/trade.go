package wechatglobal

import (
	"net/http"
	"strconv"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// tradeStates is §13. A word that is not here is Unknown.
var tradeStates = map[string]channels.Outcome{
	"SUCCESS":    channels.Paid,
	"REFUND":     channels.Refunded, // paid, then given back wholly or in part, or revoked
	"NOTPAY":     channels.Paying,
	"USERPAYING": channels.Paying,
	"CLOSED":     channels.Closed,
	"REVOKED":    channels.Revoked,
	"PAYERROR":   channels.Declined,
}

// trade understands the object of §5.2, which pay and query share, as the
// answer about o. Money is believed only where everything agrees.
func (c *Channel) trade(a answer, o channels.Order) channels.Reply {
	if a.proof != proven {
		return a.unproven()
	}
	r := a.reply()
	t, err := wire.ParseObject(a.body)
	if err != nil {
		r.Reason, r.Message = channels.Mismatch, "answer: "+err.Error()
		return r
	}
	state := t.Text("trade_state")
	r.Code, r.Message = wire.Cut(state, 32), wire.Cut(t.Text("trade_state_desc"), 256)
	outcome, known := tradeStates[state]
	if !known {
		r.Reason = channels.ReasonUnknown
		return r
	}
	if what := c.contradicts(t, o, outcome); what != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts the order: "+what
		return r
	}
	r.Outcome = outcome
	r.PlatformID = wire.Cut(t.Text("id", "transaction_id"), 32)
	r.Detail = tradeDetail(t)
	switch outcome {
	case channels.Declined:
		r.Reason = channels.TradeFailed
	case channels.Paid, channels.Refunded:
		r.PaidAt = moment(t.Text("success_time"))
		amount := t.Object("amount")
		if paid, ok := amount.Int("payer_total"); ok {
			r.Payer = channels.Money{Amount: paid, Currency: wire.Cut(payerCurrency(amount), 16)}
		}
	}
	return r
}

// contradicts names the first member that is not this order's, or "". Where
// money moved, every number must be there and equal (§5.2); else those that
// are there must be.
func (c *Channel) contradicts(t wire.Object, o channels.Order, outcome channels.Outcome) string {
	strict := outcome == channels.Paid || outcome == channels.Refunded
	if got := t.Text("out_trade_no"); got != o.OutTradeNo && (o.OutTradeNo != "" || got == "") {
		return "out_trade_no"
	}
	if id := t.Text("id", "transaction_id"); o.PlatformID != "" && id != "" && id != o.PlatformID {
		return "id"
	}
	if strict && t.Text("id", "transaction_id") == "" {
		return "id"
	}
	if name := c.account.contradicts(t, strict); name != "" {
		return name
	}
	amount := t.Object("amount")
	if total, ok := amount.Int("total"); (strict || amount.Has("total")) && (!ok || total != o.Amount.Amount) {
		return "amount.total"
	}
	if (strict || amount.Has("currency")) && amount.Text("currency") != o.Amount.Currency {
		return "amount.currency"
	}
	return ""
}

// contradicts names the first identity that is another's. Application ids are
// compared where they are given; merchant numbers must be given in strict.
func (a account) contradicts(t wire.Object, strict bool) string {
	type id struct {
		name, want string
		must       bool
	}
	ids := []id{{"mchid", a.mchID, true}, {"appid", a.appID, false}}
	if a.institution {
		ids = []id{{"sp_mchid", a.spMchID, true}, {"sub_mchid", a.subMchID, true},
			{"sp_appid", a.spAppID, false}, {"sub_appid", a.subApp, false}}
	}
	for _, i := range ids {
		if !t.Has(i.name) {
			if strict && i.must {
				return i.name
			}
			continue
		}
		if t.Text(i.name) != i.want && (i.must || i.want != "") {
			return i.name
		}
	}
	return ""
}

// payerCurrency accepts the stray space of one transcription (§5.2).
func payerCurrency(amount wire.Object) string {
	return amount.Text("payer_currency", "payer _currency")
}

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// detail is what else an answer tells, in the platform's names. The customer's
// openid is personal data and stays out.
type detail struct {
	TradeType    string      `json:"trade_type,omitempty"`
	TradeState   string      `json:"trade_state,omitempty"`
	StateText    string      `json:"trade_state_desc,omitempty"`
	BankType     string      `json:"bank_type,omitempty"`
	Attach       string      `json:"attach,omitempty"`
	DeviceID     string      `json:"device_id,omitempty"`
	SuccessTime  string      `json:"success_time,omitempty"`
	Amount       *amount     `json:"amount,omitempty"`
	Promotions   []promotion `json:"promotion_detail,omitempty"`
	RefundStatus string      `json:"status,omitempty"`
	Channel      string      `json:"channel,omitempty"`
	Account      string      `json:"recv_account,omitempty"`
	FundSource   string      `json:"fund_source,omitempty"`
	CreateTime   string      `json:"create_time,omitempty"`
}

type amount struct {
	Total         *int64        `json:"total,omitempty"`
	Refund        *int64        `json:"refund,omitempty"`
	Currency      string        `json:"currency,omitempty"`
	PayerTotal    *int64        `json:"payer_total,omitempty"`
	PayerRefund   *int64        `json:"payer_refund,omitempty"`
	PayerCurrency string        `json:"payer_currency,omitempty"`
	ExchangeRate  *exchangeRate `json:"exchange_rate,omitempty"`
}

type exchangeRate struct {
	Type string `json:"type,omitempty"`
	Rate *int64 `json:"rate,omitempty"` // times 10^8
}

type promotion struct {
	ID           string  `json:"promotion_id,omitempty"`
	Name         string  `json:"name,omitempty"`
	Scope        string  `json:"scope,omitempty"`
	Type         string  `json:"type,omitempty"`
	Amount       *int64  `json:"amount,omitempty"`
	RefundAmount *int64  `json:"refund_amount,omitempty"`
	Currency     string  `json:"currency,omitempty"`
	ActivityID   string  `json:"activity_id,omitempty"`
	ByWechatPay  *int64  `json:"wechatpay_contribute_amount,omitempty"`
	ByMerchant   *int64  `json:"merchant_contribute_amount,omitempty"`
	ByOthers     *int64  `json:"other_contribute_amount,omitempty"`
	Goods        []goods `json:"goods_detail,omitempty"`
}

type goods struct {
	ID       string `json:"goods_id,omitempty"`
	Remark   string `json:"goods_remark,omitempty"`
	Quantity *int64 `json:"quantity,omitempty"`
	Price    *int64 `json:"price,omitempty"`
	Discount *int64 `json:"discount_amount,omitempty"`
}

func tradeDetail(t wire.Object) []byte {
	return wire.Encode(detail{
		TradeType:   wire.Cut(t.Text("trade_type"), 16),
		TradeState:  wire.Cut(t.Text("trade_state"), 32),
		StateText:   wire.Cut(t.Text("trade_state_desc"), 256),
		BankType:    wire.Cut(t.Text("bank_type"), 32),
		Attach:      wire.Cut(t.Text("attach"), 512),
		DeviceID:    wire.Cut(t.Text("device_id"), 32),
		SuccessTime: wire.Cut(t.Text("success_time"), 64),
		Amount:      readAmount(t.Object("amount")),
		Promotions:  readPromotions(t),
	})
}

func readAmount(o wire.Object) *amount {
	if len(o) == 0 {
		return nil
	}
	a := &amount{
		Total: number(o, "total"), Refund: number(o, "refund"), Currency: wire.Cut(o.Text("currency"), 16),
		PayerTotal: number(o, "payer_total"), PayerRefund: number(o, "payer_refund"),
		PayerCurrency: wire.Cut(payerCurrency(o), 16),
	}
	if x := o.Object("exchange_rate"); x != nil {
		a.ExchangeRate = &exchangeRate{wire.Cut(x.Text("type"), 32), number(x, "rate")}
	}
	return a
}

// readPromotions accepts both names, arrays and single objects, and both
// spellings of WeChat Pay's own share (§18 no. 9).
func readPromotions(t wire.Object) []promotion {
	var list []promotion
	for _, o := range t.Objects("promotion_detail", "detail", "refund_detail") {
		p := promotion{
			ID: wire.Cut(o.Text("promotion_id"), 32), Name: wire.Cut(o.Text("name"), 256),
			Scope: wire.Cut(o.Text("scope"), 32), Type: wire.Cut(o.Text("type"), 32),
			Amount: number(o, "amount"), RefundAmount: number(o, "refund_amount"),
			Currency: wire.Cut(o.Text("currency"), 16), ActivityID: wire.Cut(o.Text("activity_id"), 32),
			ByWechatPay: number(o, "wechatpay_contribute_amount", "wxpay_contribute_amount"),
			ByMerchant:  number(o, "merchant_contribute_amount"),
			ByOthers:    number(o, "other_contribute_amount"),
		}
		items := o.Objects("goods_detail")
		if items == nil {
			items = o.Objects("amount") // the seed's label for this row
		}
		for _, g := range items {
			p.Goods = append(p.Goods, goods{wire.Cut(g.Text("goods_id"), 32), wire.Cut(g.Text("goods_remark"), 512),
				number(g, "quantity"), number(g, "price"), number(g, "discount_amount")})
		}
		list = append(list, p)
	}
	return list
}

func number(o wire.Object, names ...string) *int64 {
	n, ok := o.Int(names...)
	if !ok {
		return nil
	}
	return &n
}

// understood is the frame of pay's and query's answers: proof first, then the
// status, then what the body says.
func (c *Channel) understood(a answer, o channels.Order, table map[string]meaning) (channels.Reply, meaning) {
	switch {
	case a.status == http.StatusOK:
		return c.trade(a, o), meaning{}
	case a.status == http.StatusAccepted: // §14.2: processed later, so ask
		if a.proof != proven {
			return a.unproven(), meaning{}
		}
		r := a.reply()
		r.Outcome = channels.Paying
		if f, ok := a.readRefusal(); ok {
			r.Code, r.Message = f.code, f.message
		}
		return r, meaning{}
	case a.status >= 400:
		return a.explain(table)
	}
	r := a.reply()
	r.Reason, r.Message = channels.ReasonUnknown, "answer "+strconv.Itoa(a.status)
	return r, meaning{}
}
