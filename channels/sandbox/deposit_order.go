package sandbox

import "time"

// depositLife is how long a deposit is held before all of it goes back by itself
// (seed: 30 natural days; §14.10 counts them from time_end).
const depositLife = 30 * 24 * time.Hour

// depositPrepayLife is how long a prepay_id can be paid (seed: two hours).
const depositPrepayLife = 2 * time.Hour

// depositOrder is one out_trade_no. Its time passes when somebody looks: settle
// is called with the clock before anything is read.
type depositOrder struct {
	d        *deposit
	no, id   string
	who      *depositMerchant
	form     depositDoc // the request that made it
	hmac     bool       // and its algorithm
	print    string     // of the business parameters: the same again is re-entry
	kind     string     // trade_type: MICROPAY, APP, JSAPI
	amount   int64      // that the books have; see customer.extra
	customer customer
	onPhone  bool     // the phone decides, and not the table
	declined *decline // what every pay with the same parameters gets

	state                       string
	created, lastPay            time.Time
	prepayID                    string
	expires, opened             time.Time // of a prepared order
	paidAt, revokedAt, closedAt time.Time
	undoDue                     time.Time // an accepted reverse that is not done
	consuming                   int64     // an accepted consume that is not done
	consumeDue                  time.Time
	consumed                    int64
	consumedAt                  time.Time
	queries                     int // that met an undecided customer
	refunds                     []*depositRefund
}

// settle lets the time up to now pass over the order.
func (o *depositOrder) settle(now time.Time) {
	o.settleCustomer(now)
	if !o.undoDue.IsZero() && !o.undoDue.After(now) {
		o.giveBack(o.undoDue)
	}
	if o.consuming > 0 && !o.consumeDue.After(now) {
		o.consume(o.consumeDue)
	}
	if at := o.paidAt.Add(depositLife); o.held() && !at.After(now) {
		o.state, o.undoDue = refunded, time.Time{}
		o.back(o.amount, "returned by itself after 30 days", at)
	}
	for _, r := range o.refunds {
		r.settle(now)
	}
}

func (o *depositOrder) settleCustomer(now time.Time) {
	life := o.d.s.cfg.AutoClose
	if o.kind != "MICROPAY" {
		if (o.state == notPay || o.state == userPaying) && !o.expires.After(now) {
			o.state, o.closedAt = closed, o.expires
		}
		return
	}
	if o.state == userPaying && !o.onPhone && o.customer.after > 0 && o.customer.after < life {
		if at := o.created.Add(o.customer.after); !at.After(now) {
			o.decide(o.customer.end(), at)
		}
	}
	// §11 has a till ask until 45 s. Then the question is over, and the order
	// stays unpaid until somebody reverses it: no page says that it is closed.
	if o.state == userPaying && !o.created.Add(life).After(now) {
		o.state = notPay
	}
}

// decide is the customer's answer to the PIN question.
func (o *depositOrder) decide(state string, at time.Time) {
	if o.state != userPaying {
		return
	}
	if o.state = state; state == success {
		o.paidAt = at
	}
}

// held says that the money is there and nothing has become of it.
func (o *depositOrder) held() bool {
	return !o.paidAt.IsZero() && o.consumed == 0 && o.consuming == 0 && len(o.refunds) == 0
}

// giveBack is what a reverse brings about (§10.2).
func (o *depositOrder) giveBack(at time.Time) {
	o.undoDue, o.revokedAt = time.Time{}, at
	if o.paidAt.IsZero() {
		if o.state = revoked; o.kind != "MICROPAY" {
			o.state, o.closedAt = closed, at
		}
		return
	}
	o.state = refunded
	if o.customer.revokedWord {
		o.state = revoked
	}
	o.back(o.amount, "reversed", at)
}

// consume settles a part with the shop; the rest goes back by itself (§10.1).
func (o *depositOrder) consume(at time.Time) {
	o.consumed, o.consumedAt = o.consuming, at
	o.consuming = 0
	if rest := o.amount - o.consumed; rest > 0 {
		o.back(rest, "the rest of a deposit", at)
		if o.customer.consumedRefund {
			o.state = refunded // B-5
		}
	}
}

// back books money that nobody asked for by a refund number.
func (o *depositOrder) back(amount int64, why string, at time.Time) {
	o.refunds = append(o.refunds, &depositRefund{
		o: o, id: o.d.nextID("5031", at), no: o.no, amount: amount, desc: why,
		status: refundSuccess, created: at, succeeded: at, byItself: true,
	})
}

// refunding is the sum of the refunds asked for, but those that failed for good.
func (o *depositOrder) refunding() int64 {
	var sum int64
	for _, r := range o.refunds {
		if !r.byItself && r.status != refundClosed {
			sum += r.amount
		}
	}
	return sum
}

func (o *depositOrder) asked() []*depositRefund {
	var asked []*depositRefund
	for _, r := range o.refunds {
		if !r.byItself {
			asked = append(asked, r)
		}
	}
	return asked
}

func (o *depositOrder) charged() int64 {
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

func (o *depositOrder) entry() Order {
	e := Order{
		OutTradeNo: o.no, ID: o.id, MchID: o.who.MchID, SubMchID: o.who.SubMchID,
		State: o.state, Amount: o.amount, Currency: "CNY", Charged: o.charged(), Consumed: o.consumed,
		CodeDigits: o.digits(), Description: o.form.get("body"), DeviceID: o.form.get("device_info"),
		CreatedAt: o.created, PaidAt: o.paidAt, RevokedAt: o.revokedAt, ClosedAt: o.closedAt,
	}
	if !o.paidAt.IsZero() {
		e.PayerAmount, e.PayerCurrency = o.amount, "CNY"
	}
	if o.held() {
		e.HeldUntil = o.paidAt.Add(depositLife)
	}
	for _, r := range o.refunds {
		e.Refunds = append(e.Refunds, r.entry())
	}
	return e
}

// digits are the last two of the payment code, if one made the order.
func (o *depositOrder) digits() string {
	code := o.form.get("auth_code")
	return code[max(0, len(code)-2):]
}

// depositKey: a number is used once a merchant number, the provider's (seed).
func depositKey(who *depositMerchant, no string) string { return who.MchID + "/" + no }

func (d *deposit) find(who *depositMerchant, no string, now time.Time) *depositOrder {
	return d.settled(d.byNo[depositKey(who, no)], now)
}

// named finds the order that a call is about; transaction_id wins (§9). An order
// under that id with another out_trade_no is none.
func (d *deposit) named(c *depositCall, now time.Time) *depositOrder {
	id, no := c.form.get("transaction_id"), c.form.get("out_trade_no")
	if id == "" {
		return d.find(c.who, no, now)
	}
	if o := d.byID[id]; o != nil && o.who == c.who && (no == "" || no == o.no) {
		return d.settled(o, now)
	}
	return nil
}

func (d *deposit) settled(o *depositOrder, now time.Time) *depositOrder {
	if o != nil {
		o.settle(now)
	}
	return o
}

// plan is a call about an order: missing says what it is answered without one.
func (d *deposit) plan(c *depositCall, missing func() depositDraft, book func(*depositOrder, time.Time) depositDraft) (depositPlan, *depositRefusal) {
	if !c.form.has("transaction_id") && !c.form.has("out_trade_no") {
		return depositPlan{}, refuseDeposit("LACK_PARAMS", "缺少参数: transaction_id or out_trade_no")
	}
	p := depositPlan{orderNo: c.form.get("out_trade_no"), book: func(now time.Time) depositDraft {
		o := d.named(c, now)
		if o == nil {
			return missing()
		}
		return book(o, now)
	}}
	if o := d.named(c, c.at); o != nil {
		p.orderNo = o.no
	}
	return p, nil
}

func (c *depositCall) orderMissing() depositDraft {
	return refuseDeposit("ORDERNOTEXIST", "此交易订单号不存在").draft(c)
}
