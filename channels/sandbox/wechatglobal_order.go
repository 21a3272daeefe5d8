package sandbox

import (
	"time"
)

// Trade states, §13.
const (
	success    = "SUCCESS"
	refunded   = "REFUND"
	notPay     = "NOTPAY"
	userPaying = "USERPAYING"
	closed     = "CLOSED"
	revoked    = "REVOKED"
	payError   = "PAYERROR"
)

// order is one out_trade_no. Its time passes when somebody looks: settle is
// called with the clock before anything is read.
type order struct {
	w        *wechatGlobal
	seq      int
	no, id   string
	who      *merchant
	request  payRequest
	print    string // of the business parameters: the same again is re-entry
	amount   int64  // that the books have; see customer.extra
	digits   string
	customer customer
	onPhone  bool     // the phone decides, and not the table
	declined *refusal // what every call with the same parameters gets

	state                       string
	created, lastPay            time.Time
	paidAt, revokedAt, closedAt time.Time
	undoDue                     time.Time // an accepted revoke that is not done
	queries                     int       // that met an undecided customer
	payerTotal                  int64
	payerCurrency               string
	rate                        int64
	coupon                      int64
	refunds                     []*refund
}

// settle lets the time up to now pass over the order.
func (o *order) settle(now time.Time) {
	if o.state == userPaying && !o.onPhone && o.customer.after > 0 {
		if at := o.created.Add(o.customer.after); !at.After(now) && o.customer.after < o.w.s.cfg.AutoClose {
			o.decide(o.customer.end(), at)
		}
	}
	// §15.1: the platform closes an unpaid scanned-code order itself.
	if at := o.created.Add(o.w.s.cfg.AutoClose); (o.state == userPaying || o.state == notPay) && !at.After(now) {
		o.state, o.closedAt = closed, at
	}
	if !o.undoDue.IsZero() && !o.undoDue.After(now) {
		o.undo(o.undoDue)
	}
	for _, r := range o.refunds {
		r.settle(now)
	}
}

// decide is the customer's answer to the PIN question.
func (o *order) decide(state string, at time.Time) {
	if o.state != userPaying {
		return
	}
	o.state = state
	if state == success {
		o.pay(at)
	}
}

func (c *customer) end() string {
	if c.ends != "" {
		return c.ends
	}
	return success
}

func (o *order) pay(at time.Time) {
	o.state, o.paidAt = success, at
	o.payerCurrency, o.rate = "CNY", ratesToCNY()[o.request.Amount.Currency]
	if o.request.Payer.AuthCode[:2] == "15" && o.request.Amount.Currency == "HKD" {
		o.payerCurrency, o.rate = "HKD", rateOne // §15.5: the Hong Kong wallet
	}
	if o.customer.coupon && o.amount > 1 && !o.partOfReceipt() {
		o.coupon = max(1, o.amount/10)
	}
	o.payerTotal = o.payerMoney(o.amount - o.coupon)
}

// partOfReceipt: a receipt that is paid in parts gets no discount (§5.1).
func (o *order) partOfReceipt() bool {
	for _, d := range o.request.Detail {
		if d.CostPrice != nil && *d.CostPrice != o.request.Amount.Total {
			return true
		}
	}
	return false
}

// undo gives the money back, or closes for good what was never paid (§7).
func (o *order) undo(at time.Time) {
	o.undoDue = time.Time{}
	o.revokedAt = at
	if o.paidAt.IsZero() {
		o.state = revoked
		return
	}
	o.state = refunded
	if o.customer.revokedWord {
		o.state = revoked
	}
	// The dossier does not say how a revoke shows among an order's refunds. Here
	// it is one of the order's own number, so that the sums come out.
	o.refunds = append(o.refunds, &refund{
		o: o, id: o.w.nextID("5030", at), no: o.no, amount: o.amount, currency: o.request.Amount.Currency,
		status: refundSuccess, created: at, succeeded: at, byRevoke: true,
	})
}

// refunding is the sum of all refunds but those that failed for good.
func (o *order) refunding() int64 {
	var sum int64
	for _, r := range o.refunds {
		if r.status != refundClosed {
			sum += r.amount
		}
	}
	return sum
}

func (o *order) charged() int64 {
	if o.paidAt.IsZero() {
		return 0
	}
	charged := o.amount
	for _, r := range o.refunds {
		if r.status == refundSuccess {
			charged -= r.amount
		}
	}
	return charged
}

func (o *order) entry() Order {
	e := Order{
		OutTradeNo: o.no, ID: o.id, MchID: o.who.caller(), SubMchID: o.who.SubMchID,
		State: o.state, Amount: o.amount, Currency: o.request.Amount.Currency, Charged: o.charged(),
		PayerAmount: o.payerTotal, PayerCurrency: o.payerCurrency,
		CodeDigits: o.digits, Description: o.request.Description, DeviceID: o.request.Scene.DeviceID,
		CreatedAt: o.created, PaidAt: o.paidAt, RevokedAt: o.revokedAt, ClosedAt: o.closedAt,
	}
	for _, r := range o.refunds {
		e.Refunds = append(e.Refunds, r.entry())
	}
	return e
}

func (o *order) question() Question {
	merchant := o.request.Scene.Store.Name
	if merchant == "" {
		merchant = o.who.caller()
	}
	return Question{OutTradeNo: o.no, Amount: o.amount, Currency: o.request.Amount.Currency,
		Merchant: merchant, Description: o.request.Description, AskedAt: o.created}
}

// orderKey: numbers are one merchant's own (§15.4, A9).
func orderKey(who *merchant, no string) string { return who.caller() + "/" + who.SubMchID + "/" + no }

func (w *wechatGlobal) find(who *merchant, no string, now time.Time) *order {
	return settled(w.byNo[orderKey(who, no)], now)
}

func (w *wechatGlobal) findID(who *merchant, id string, now time.Time) *order {
	o := w.byID[id]
	if o == nil || o.who != who {
		return nil
	}
	return settled(o, now)
}

func settled(o *order, now time.Time) *order {
	if o != nil {
		o.settle(now)
	}
	return o
}
