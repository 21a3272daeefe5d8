package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// The orderStatus of §11; SUCCESS is the constant that all platforms share.
const (
	hsqInit       = "INIT"
	hsqProcessing = "PROCESSING"
	hsqFail       = "FAIL"
)

// Lives of an order without timeExpire. ASSUMED: neither is published; two hours
// are Tencent's for the order behind a mini program.
const (
	hsqCodeOrderLife = 5 * time.Minute
	hsqPreparedLife  = 2 * time.Hour
)

// hsqOrder is one transNo of a payment. Its time passes when somebody looks:
// settle is called with the clock before anything is read.
type hsqOrder struct {
	h                    *huishouqian
	no, id, channelNo    string
	who                  *hsqMerchant
	method               string // of the request, and of its notification
	doc                  map[string]any
	payers               []hsqPayer
	amount               int64 // that the books have; see customer.extra
	customer             customer
	onPhone              bool   // the phone decides, and not the table
	prepared             bool   // paid without a code
	token, qrCode        string // of a prepared one
	state, respCode      string
	created, expires     time.Time
	opened, paidAt, over time.Time
	queries              int // that met an undecided customer
	refunds              []*hsqRefund
}

func (h *huishouqian) open(c *hsqCall, now time.Time) *hsqOrder {
	o := &hsqOrder{
		h: h, no: c.get("transNo"), id: h.nextID("25010120", now), who: c.who, method: c.method.name, doc: c.doc,
		payers: c.memo.payers, amount: hsqFen(c.get("orderAmt")), state: hsqProcessing, respCode: "100201",
		created: now, expires: c.memo.expires, prepared: c.method.call == Prepare,
	}
	o.channelNo = fmt.Sprintf("WQ01019%025d", h.seq)
	if o.expires.IsZero() {
		o.expires = now.Add(hsqCodeOrderLife)
		if o.prepared {
			o.expires = now.Add(hsqPreparedLife)
		}
	}
	h.list = append(h.list, o)
	h.byNo[hsqKey(o.who, o.no)] = o
	return o
}

func (o *hsqOrder) undecided() bool { return o.state == hsqProcessing || o.state == hsqInit }

// settle lets the time up to now pass over the order.
func (o *hsqOrder) settle(now time.Time) {
	if o.undecided() && !o.onPhone && o.customer.after > 0 {
		if at := o.created.Add(o.customer.after); !at.After(now) && at.Before(o.expires) {
			o.decide(o.customer.ends, at)
		}
	}
	// §6, ASSUMED: timeExpire ends a code's order too, as FAIL. Some learn of it
	// later than it happens; see expire_grace.
	if o.undecided() && !o.expires.Add(o.customer.undoAfter).After(now) {
		o.decide("100204", o.expires)
	}
	for _, r := range o.refunds {
		r.settle(now)
	}
}

// decide ends an order: paid, or with the code of a failure.
func (o *hsqOrder) decide(code string, at time.Time) {
	if !o.undecided() {
		return
	}
	o.over, o.respCode = at, code
	switch {
	case code == "":
		o.state, o.respCode, o.paidAt = success, hsqPaidCode, at
	case o.customer.revokedWord:
		o.state = revoked
	default:
		o.state = hsqFail
	}
}

// payable says that the customer can still pay: the end may not be known yet.
func (o *hsqOrder) payable(now time.Time) bool { return o.undecided() && now.Before(o.expires) }

// refunding is the sum of the refunds, but those that failed for good.
func (o *hsqOrder) refunding() int64 {
	var sum int64
	for _, r := range o.refunds {
		if r.state != hsqFail {
			sum += r.amount
		}
	}
	return sum
}

func (o *hsqOrder) charged() int64 {
	if o.paidAt.IsZero() {
		return 0
	}
	charged := o.amount
	for _, r := range o.refunds {
		if r.state == success {
			charged -= r.amount
		}
	}
	return charged
}

func (o *hsqOrder) entry() Order {
	e := Order{
		OutTradeNo: o.no, ID: o.id, MchID: o.who.MchID, SubMchID: hsqText(o.doc, "subMerchantNo"),
		State: o.state, Amount: o.amount, Currency: "CNY", Charged: o.charged(), CodeDigits: lastTwo(hsqText(o.doc, "payCode")),
		Description: hsqText(o.doc, "goodsInfo"), CreatedAt: o.created, PaidAt: o.paidAt,
	}
	if !o.paidAt.IsZero() {
		e.PayerAmount, e.PayerCurrency = o.amount, "CNY"
	} else {
		e.ClosedAt = o.over
	}
	for _, r := range o.refunds {
		e.Refunds = append(e.Refunds, r.entry())
	}
	return e
}

func lastTwo(code string) string { return code[max(0, len(code)-2):] }

// result is what every reply tells of an order (seed: 业务响应参数; §6).
func (o *hsqOrder) result() map[string]any {
	doc := map[string]any{
		"transNo": o.no, "tradeNo": o.id, "orderAmt": strconv.FormatInt(o.amount, 10), "orderStatus": o.state,
		"respCode": o.respCode, "respMsg": hsqWord(o.respCode), "payType": o.doc["payType"], "channelOrderNo": o.channelNo,
	}
	if v := hsqText(o.doc, "extend"); v != "" {
		doc["extend"] = v
	}
	if !o.over.IsZero() {
		doc["finishedDate"] = o.over.In(beijing).Format(hsqTime)
	}
	if !o.paidAt.IsZero() {
		doc["payOrderNo"], doc["fundChannel"], doc["fundBankCode"] = "42000"+o.id[5:], "DEBIT_CARD", "CCB"
	}
	return doc
}

// report is result with what query and notification add (§8, §9).
func (o *hsqOrder) report() map[string]any {
	doc := o.result()
	for _, name := range []string{"goodsInfo", "requestDate", "memo"} {
		if v := hsqText(o.doc, name); v != "" {
			doc[name] = v
		}
	}
	if !o.paidAt.IsZero() {
		doc["buyerName"] = "*三"
	}
	return doc
}

func hsqFen(s string) int64 {
	n, err := json.Number(s).Int64()
	if err != nil {
		return 0 // the form allows no other: sixteen digits fit
	}
	return n
}
