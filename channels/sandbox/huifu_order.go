package sandbox

import "time"

// The states of §10's trans_stat. A close and a refund have the same.
const (
	huifuInitial = "I"
	huifuWaiting = "P"
	huifuDone    = "S"
	huifuFailed  = "F"
)

// huifuDefaultLife is how long an order can be paid when it names no
// time_expire (§4).
const huifuDefaultLife = 2 * time.Hour

// huifuOrder is one payment: one req_seq_id of a merchant and a day. Its time
// passes when somebody looks: settle is called with the clock before anything
// is read.
type huifuOrder struct {
	h          *huifu
	seq        int
	date, no   string
	id         string // hf_seq_id
	billID     string // out_trans_id: the channel's number on the customer's bill
	partyID    string // party_order_id: the merchant's number there
	sys        *huifuSystem
	shop       *huifuShop
	version    int
	tradeType  string
	values     map[string]string // of the request
	asked      int64             // trans_amt, in fen
	amount     int64             // that the books have; see huifuCustomer.extra
	digits     string
	customer   huifuCustomer
	onPhone    bool // the phone decides, and not the table
	prepared   bool
	opened     bool // a prepared order, on the phone's display
	stat, text string
	created    time.Time
	expires    time.Time
	ended      time.Time
	queries    int // that met an undecided customer
	coupon     int64
	refunds    []*huifuRefund

	closeStat         string
	closeDue, closeAt time.Time
	closeNo, closeID  string
}

// open says that the order can still be paid.
func (o *huifuOrder) open() bool { return o.stat == huifuWaiting || o.stat == huifuInitial }

// asking says that the phone should show this order's question.
func (o *huifuOrder) asking() bool {
	return o.open() && o.closeStat == "" && (o.onPhone || o.opened)
}

// settle lets the time up to now pass over the order.
func (o *huifuOrder) settle(now time.Time) {
	if at := o.created.Add(o.customer.after); o.open() && !o.onPhone && o.customer.after > 0 && !at.After(now) && at.Before(o.expires) && o.closeStat == "" {
		o.decide(o.customer.fails, at)
	}
	if o.closeStat == huifuWaiting && !o.closeDue.After(now) {
		o.finishClose(o.closeDue)
	}
	if at := o.closeAt.Add(lateAfterClose); o.customer.paysAfterClose && o.closeStat == huifuDone && o.stat != huifuDone && !at.After(now) {
		o.pay(at) // §8: a late S after a close S is possible
	}
	if o.open() && !o.expires.After(now) && !(o.customer.neverF && o.closeStat != "") {
		o.fail("订单已超时", o.expires)
	}
	for _, r := range o.refunds {
		r.settle(now)
	}
}

// lateAfterClose is how much later a closed order turns out paid, in row 78.
const lateAfterClose = 20 * time.Second

// decide is the customer's answer: no text is yes.
func (o *huifuOrder) decide(failure string, at time.Time) {
	switch {
	case !o.open():
	case failure != "":
		o.fail(failure, at)
	default:
		o.pay(at)
	}
}

func (o *huifuOrder) fail(text string, at time.Time) {
	o.stat, o.text, o.ended, o.opened = huifuFailed, text, at, false
}

func (o *huifuOrder) pay(at time.Time) {
	o.stat, o.text, o.ended, o.opened = huifuDone, "交易成功", at, false
	if o.customer.coupon && o.amount > 1 {
		o.coupon = max(1, o.amount/10)
	}
}

// queried counts the queries that meet an undecided customer, for those who
// answer after so many of them.
func (o *huifuOrder) queried(now time.Time) {
	if !o.open() || o.onPhone || o.customer.queries == 0 || o.closeStat != "" {
		return
	}
	if o.queries++; o.queries >= o.customer.queries {
		o.decide(o.customer.fails, now)
	}
}

// refunding is the sum of all refunds but those that failed.
func (o *huifuOrder) refunding() int64 {
	var sum int64
	for _, r := range o.refunds {
		if r.stat != huifuFailed {
			sum += r.amount
		}
	}
	return sum
}

func (o *huifuOrder) charged() int64 {
	if o.stat != huifuDone {
		return 0
	}
	charged := o.amount
	for _, r := range o.refunds {
		if r.stat == huifuDone {
			charged -= r.amount
		}
	}
	return charged
}

// booked is acct_stat: the money on the merchant's account.
func (o *huifuOrder) booked() string {
	switch {
	case o.stat != huifuDone:
		return huifuInitial
	case o.customer.unbooked:
		return huifuFailed
	}
	return huifuDone
}

func (o *huifuOrder) entry() Order {
	e := Order{
		Platform: huifuPlatform, Prepared: o.prepared,
		OutTradeNo: o.no, ID: o.id, MchID: o.sys.id, SubMchID: o.shop.id,
		State: o.stat, Amount: o.amount, Currency: huifuCurrency, Charged: o.charged(),
		CodeDigits: o.digits, Description: o.values["goods_desc"], CreatedAt: o.created,
	}
	terminal, _ := huifuObject(o.values["terminal_device_info"] + o.values["terminal_device_data"])
	e.DeviceID = terminal["devs_id"]
	if o.stat == huifuDone {
		e.PayerAmount, e.PayerCurrency, e.PaidAt = o.amount-o.coupon, huifuCurrency, o.ended
	}
	if o.closeStat == huifuDone {
		e.ClosedAt = o.closeAt
	}
	for _, r := range o.refunds {
		e.Refunds = append(e.Refunds, r.entry())
	}
	return e
}

func (o *huifuOrder) question() Question {
	return Question{OutTradeNo: o.no, Amount: o.amount, Currency: huifuCurrency, Merchant: o.shop.id,
		Description: o.values["goods_desc"], AskedAt: o.created}
}

// add puts a new order on the books.
func (h *huifu) add(o *huifuOrder) {
	o.h, o.seq = h, h.seq
	h.list = append(h.list, o)
	h.byNo[huifuKey(o.shop.id, o.date, o.no)] = o
	for _, id := range []string{o.id, o.billID, o.partyID} {
		if id != "" {
			h.byID[id] = o
		}
	}
}

// find takes any of a payment's numbers of one merchant; those that are empty do
// not count. An order that not all of them name is none, and said to be so.
func (h *huifu) find(shop *huifuShop, date, no string, ids []string, now time.Time) (o *huifuOrder, contradiction bool) {
	named := 0
	agree := func(found *huifuOrder) {
		if named++; named == 1 {
			o = found
		} else if o != found {
			contradiction = true
		}
	}
	if no != "" {
		agree(h.byNo[huifuKey(shop.id, date, no)])
	}
	for _, id := range ids {
		if id != "" {
			agree(h.byID[id])
		}
	}
	if o == nil || contradiction || o.shop != shop || date != "" && o.date != date {
		return nil, contradiction
	}
	o.settle(now)
	return o, false
}
