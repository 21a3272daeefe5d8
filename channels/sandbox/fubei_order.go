package sandbox

import (
	"strconv"
	"time"
)

// Words of §9 that no other platform has.
const (
	fubeiRevoking     = "REVOKING"
	fubeiRevokedError = "REVOKED_ERROR"
)

// The defaults of FubeiConfig, and the rules of §8.
const (
	fubeiUndoTime     = 3 * time.Second
	fubeiPrepayLife   = 2 * time.Hour
	fubeiRefundPeriod = 90 * 24 * time.Hour
	fubeiMaxRefunds   = 10
)

// fubeiOrder is one merchant_order_sn. Its time passes when somebody looks:
// settle is called with the clock before anything is read.
type fubeiOrder struct {
	f          *fubei
	no, id     string
	tradeNo    string // on the receipt in the customer's wallet
	who        *fubeiCaller
	form       fubeiForm // the request that made it
	v2         bool
	payType    string // wxpay, alipay, unionpay
	amount     int64  // that the books have; see customer.extra
	discount   int64  // the shop's own; with it less is paid
	coupon     int64  // the wallet's; the shop does not notice
	customer   customer
	onPhone    bool // the phone decides, and not the table
	prepared   bool
	opened     time.Time // a prepared order, by its mini program
	prepayID   string
	params     map[string]string // sign_params, as given
	expires    time.Time
	state      string
	created    time.Time
	paidAt     time.Time
	revokedAt  time.Time
	closedAt   time.Time
	undoDue    time.Time // an accepted undo that is not done
	undoErrors int       // so many undos fail
	queries    int       // that met an undecided customer
	refunds    []*fubeiRefund
}

// dead is the word for an order that will never be paid: CLOSED is 2.0's (§9).
func (o *fubeiOrder) dead() string {
	if o.v2 {
		return closed
	}
	return revoked
}

// settle lets the time up to now pass over the order.
func (o *fubeiOrder) settle(now time.Time) {
	if o.state == userPaying && !o.onPhone && o.customer.after > 0 {
		if at := o.created.Add(o.customer.after); !at.After(now) && at.Before(o.expires) {
			o.decide(o.customer.end(), at)
		}
	}
	if o.state == userPaying && !o.expires.After(now) {
		o.state, o.closedAt = o.dead(), o.expires
	}
	if o.state == fubeiRevoking && !o.undoDue.After(now) {
		o.undone(o.undoDue)
	}
	for _, r := range o.refunds {
		r.settle(now)
	}
}

// decide is the customer's answer. There is no word for a payment that failed
// (§9): the order is dead. A prepared one can be opened again.
func (o *fubeiOrder) decide(state string, at time.Time) {
	switch {
	case o.state != userPaying:
	case state == success:
		o.pay(at)
	case o.prepared:
		o.opened = time.Time{}
	default:
		o.state, o.closedAt = o.dead(), at
	}
}

func (o *fubeiOrder) pay(at time.Time) {
	o.state, o.paidAt = success, at
	if o.customer.coupon && o.paid() > 1 {
		o.coupon = max(1, o.paid()/10)
	}
}

// paid is what the shop receives before fees: 实收 (§5).
func (o *fubeiOrder) paid() int64 { return o.amount - o.discount }

// fee is 0.38 % of it, rounded.
func (o *fubeiOrder) fee() int64 { return (o.paid()*38 + 5000) / 10_000 }

// undo is accepted at once and done later (§15.2).
func (o *fubeiOrder) undo(now time.Time) {
	after := o.f.s.cfg.Fubei.UndoTime
	if after == 0 {
		after = fubeiUndoTime
	}
	if o.customer.undoAfter > 0 {
		after = o.customer.undoAfter
	}
	o.state, o.undoDue = fubeiRevoking, now.Add(after)
}

// undone ends an undo: money goes back, or the order is closed for good.
func (o *fubeiOrder) undone(at time.Time) {
	o.undoDue = time.Time{}
	if o.undoErrors > 0 {
		o.undoErrors--
		o.state = fubeiRevokedError
		return
	}
	o.revokedAt = at
	if o.paidAt.IsZero() {
		o.state, o.closedAt = o.dead(), at
		return
	}
	if o.state = revoked; o.customer.fubeiUndoneWord != "" {
		o.state = o.customer.fubeiUndoneWord
	}
	o.refunds = append(o.refunds, &fubeiRefund{
		o: o, id: o.f.nextID(at), no: o.no, amount: o.paid() - o.refunding(), status: fubeiRefundSuccess,
		created: at, succeeded: at, byUndo: true,
	})
}

// refunding is the sum of all refunds but those that failed.
func (o *fubeiOrder) refunding() int64 {
	var sum int64
	for _, r := range o.refunds {
		if r.status == fubeiRefundSuccess || r.status == fubeiRefundProcessing {
			sum += r.amount
		}
	}
	return sum
}

func (o *fubeiOrder) charged() int64 {
	if o.paidAt.IsZero() {
		return 0
	}
	charged := o.paid()
	for _, r := range o.refunds {
		if r.status == fubeiRefundSuccess {
			charged -= r.amount
		}
	}
	return charged
}

func (o *fubeiOrder) entry() Order {
	e := Order{
		OutTradeNo: o.no, ID: o.id, MchID: o.who.AppID + o.who.VendorSN, State: o.state,
		Amount: o.amount, Currency: "CNY", Charged: o.charged(), CodeDigits: o.digits(),
		Description: o.form.get("body"), DeviceID: o.form.get("device_no"),
		CreatedAt: o.created, PaidAt: o.paidAt, RevokedAt: o.revokedAt, ClosedAt: o.closedAt,
	}
	if o.who.vendor() {
		e.SubMchID = strconv.FormatInt(o.who.shop.id, 10)
	}
	if !o.paidAt.IsZero() {
		e.PayerAmount, e.PayerCurrency = o.paid()-o.coupon, "CNY"
	}
	for _, r := range o.refunds {
		e.Refunds = append(e.Refunds, r.entry())
	}
	return e
}

// digits are the last two of the payment code, if one made the order.
func (o *fubeiOrder) digits() string {
	code := o.form.get("auth_code")
	return code[max(0, len(code)-2):]
}

// fubeiKey: a number is used once a merchant (seed), whoever acts for it.
func fubeiKey(shop *fubeiShop, no string) string { return strconv.FormatInt(shop.id, 10) + "/" + no }

func (f *fubei) settled(o *fubeiOrder, now time.Time) *fubeiOrder {
	if o != nil {
		o.settle(now)
	}
	return o
}

// open makes an order of a request.
func (f *fubei) open(c *fubeiCall, payType string, life time.Duration, now time.Time) *fubeiOrder {
	o := &fubeiOrder{
		f: f, no: c.form.get("merchant_order_sn"), id: f.nextID(now), who: c.who, form: c.form, v2: c.v2(),
		payType: payType, state: userPaying, created: now, expires: now.Add(life),
	}
	o.tradeNo = "1000" + o.id[4:]
	o.amount, _ = fubeiFen(c.form.get("total_fee") + c.form.get("total_amount"))
	if end := c.form.get("timeout_express"); end != "" {
		if at, err := time.ParseInLocation(fubeiTime, end, beijing); err == nil {
			o.expires = at
		}
	}
	f.list = append(f.list, o)
	f.byNo[fubeiKey(c.who.shop, o.no)] = o
	return o
}

// named finds the order that a call is about. Several numbers must agree in 1.0;
// 2.0 has an order among them (§8).
func (f *fubei) named(c *fubeiCall, now time.Time) *fubeiOrder {
	var found *fubeiOrder
	for _, o := range f.list {
		if o.who.shop != c.who.shop {
			continue
		}
		given, agree := 0, 0
		for _, n := range [][2]string{
			{c.form.get("order_sn"), o.id}, {c.form.get("ins_order_sn"), o.tradeNo},
			{c.form.get("trade_no"), o.tradeNo}, {c.form.get("merchant_order_sn"), o.no},
		} {
			if n[0] == "" || c.v2() && given > 0 {
				continue
			}
			given++
			if n[0] == n[1] {
				agree++
			}
		}
		if given > 0 && given == agree {
			found = o
		}
	}
	return f.settled(found, now)
}

// plan is a call about an order that must be there.
func (f *fubei) plan(c *fubeiCall, book func(*fubeiOrder, time.Time) fubeiDraft) (fubeiPlan, *fubeiRefusal) {
	if c.form.get("merchant_order_sn")+c.form.get("order_sn")+c.form.get("trade_no")+c.form.get("ins_order_sn") == "" {
		return fubeiPlan{}, refuseFubeiForm("merchant_order_sn", "or another number 必填")
	}
	p := fubeiPlan{book: func(now time.Time) fubeiDraft {
		o := f.named(c, now)
		if o == nil {
			return fubeiMissing().draft(c)
		}
		return book(o, now)
	}}
	if o := f.named(c, c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}
