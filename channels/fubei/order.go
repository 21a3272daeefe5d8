package fubei

import (
	"context"
	"errors"
	"strconv"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Query asks what became of o (§8), by our own number, which works without ever
// having had an answer; by the platform's where ours is not known.
func (c *Channel) Query(ctx context.Context, o channels.Order) channels.Reply {
	biz, err := c.orderBody(o)
	if err != nil {
		return wire.Refused(err)
	}
	a, err := c.exchange(ctx, call{method: c.set.gen.query, biz: biz})
	if err != nil {
		return wire.Failed(err)
	}
	return c.learned(a, c.understandQuery(a, o))
}

func (c *Channel) understandQuery(a answer, o channels.Order) channels.Reply {
	if !a.done() {
		return c.refusal(a, querying)
	}
	return c.order(a, o)
}

// orderBody names an order.
func (c *Channel) orderBody(o channels.Order) ([]byte, error) {
	var b object
	if err := c.name(&b, o); err != nil {
		return nil, err
	}
	return b.bytes(), nil
}

// name adds an order's number, and whose it is: at vendor level every call says
// which merchant (§1).
func (c *Channel) name(b *object, o channels.Order) error {
	switch {
	case number(o.OutTradeNo):
		b.text("merchant_order_sn", o.OutTradeNo)
	case o.OutTradeNo == "" && number(o.PlatformID):
		b.text("order_sn", o.PlatformID)
	default:
		return errNumber
	}
	b.number("merchant_id", c.cfg.MerchantID)
	return nil
}

// order understands the object that pay and query share, as the answer about o:
// the echoes first, and only then the state.
func (c *Channel) order(a answer, o channels.Order) channels.Reply {
	r := a.reply()
	d := a.data
	state := d.Text(c.set.gen.state)
	if state != "" {
		r.Code = wire.Cut(state, 32)
	}
	r.Detail = detail(d)
	e := c.orderEchoes(d, o)
	c.amountEcho(d, o.Amount.Amount, &e)
	if o.Amount.Currency != currency {
		e.say(&e.wrong, "currency")
	}
	if !e.right() {
		return e.into(r)
	}
	r.Verified = true
	r.PlatformID = wire.Cut(scalar(d, "order_sn"), 32)
	w := say(orderStates, state)
	r.Outcome, r.Reason = w.outcome, w.reason
	if r.Outcome == channels.Paid {
		r.PaidAt = moment(scalar(d, c.set.gen.payTime))
		if n, there, right := fen(d, "buyer_pay_amount"); there && right {
			r.Payer = channels.Money{Amount: n, Currency: currency}
		}
	}
	return r
}

// beijing is the platform's zone (§1), which has had no other offset since 1991.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// digits14 is how 2.0 writes a time.
const digits14 = "20060102150405"

// moment reads a time: epoch seconds in 1.0, 14 digits in 2.0 (§15 no. 9), and
// in statements with separators. What is none of these is no time.
func moment(s string) time.Time {
	if len(s) == len(time.DateTime) {
		if t, err := time.ParseInLocation(time.DateTime, s, beijing); err == nil {
			return t
		}
	}
	if !digits(s) {
		return time.Time{}
	}
	switch len(s) {
	case len(digits14):
		if t, err := time.ParseInLocation(digits14, s, beijing); err == nil {
			return t
		}
	case 10, 13:
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil && len(s) == 13 {
			return time.UnixMilli(n)
		}
		if err == nil {
			return time.Unix(n, 0)
		}
	}
	return time.Time{}
}

var errTooMuch = errors.New("amount: is more than the order's")
