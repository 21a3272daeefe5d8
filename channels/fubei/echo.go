package fubei

import (
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// echoes is what an answer that nobody signed is worth: it came over TLS from
// the platform's own host, and says again what it is about. Where an answer has
// an amount by the platform's pages it must be there and equal; of a reverse, a
// close, a prepared order and a refund in 1.0 they show numbers only (§8), and
// those answers say at most that something was taken.
type echoes struct {
	missing, wrong string // the first member of each kind
}

// right is Reply.Verified.
func (e echoes) right() bool { return e.missing == "" && e.wrong == "" }

// note adds one member: it must be what was wanted, and must be there.
func (e *echoes) note(name, got, want string, must bool) {
	switch {
	case got == want:
	case got != "":
		e.say(&e.wrong, name)
	case must:
		e.say(&e.missing, name)
	}
}

func (e *echoes) say(to *string, name string) {
	if *to == "" {
		*to = name
	}
}

// into makes the Reply of what was not echoed.
func (e echoes) into(r channels.Reply) channels.Reply {
	r.Outcome, r.Verified = channels.Unknown, false
	if e.wrong != "" {
		r.Reason, r.Message = channels.Mismatch, "answer contradicts us: "+e.wrong
		return r
	}
	r.Reason, r.Message = channels.Unverified, "answer does not repeat "+e.missing
	return r
}

// orderEchoes compares what an answer says to o, by our number or, where that is
// not known, by the platform's.
func (c *Channel) orderEchoes(d wire.Object, o channels.Order) echoes {
	var e echoes
	if o.OutTradeNo != "" {
		e.note("merchant_order_sn", scalar(d, "merchant_order_sn"), o.OutTradeNo, true)
	}
	if o.PlatformID != "" {
		e.note("order_sn", scalar(d, "order_sn"), o.PlatformID, o.OutTradeNo == "")
	}
	c.merchantEchoes(d, &e)
	return e
}

// merchantEchoes compares who we are, where an answer says it: 1.0 names the
// store alone.
func (c *Channel) merchantEchoes(d wire.Object, e *echoes) {
	for _, f := range [...]struct {
		name string
		want int64
	}{{"merchant_id", c.cfg.MerchantID}, {"uid", c.cfg.MerchantID}, {"store_id", c.cfg.StoreID}} {
		if got := scalar(d, f.name); f.want != 0 && got != "0" {
			e.note(f.name, got, strconv.FormatInt(f.want, 10), false)
		}
	}
}

// amountEcho compares what the order was for. In 1.0 total_fee is what the shop
// receives, less than was asked where its own discount took part (§6).
func (c *Channel) amountEcho(d wire.Object, want int64, e *echoes) {
	name := c.set.gen.total
	if c.set.gen.two || c.cfg.AmountCheck == "total_fee" {
		sumEcho(d, name, want, true, e)
		return
	}
	if _, there, _ := fen(d, "order_price"); there {
		sumEcho(d, "order_price", want, true, e)
		return
	}
	got, there, right := fen(d, name)
	discount, less, readable := fen(d, "discount_money")
	switch {
	case !there:
		e.say(&e.missing, name)
	case !right || less && !readable || got+discount != want:
		e.say(&e.wrong, name)
	}
}

// sumEcho compares one amount.
func sumEcho(d wire.Object, name string, want int64, must bool, e *echoes) {
	got, there, right := fen(d, name)
	switch {
	case !there && must:
		e.say(&e.missing, name)
	case there && (!right || got != want):
		e.say(&e.wrong, name)
	}
}
