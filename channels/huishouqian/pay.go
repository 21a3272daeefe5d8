package huishouqian

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const methodBarcode = "POLYMERIZE_BE_SWEPTN" // §5

// Pay asks for p's money once (§6).
func (c *Channel) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	q, err := c.payCall(p)
	if err != nil {
		return wire.Refused(err).Masked(p.Code)
	}
	a, err := c.exchange(ctx, q)
	if err != nil {
		return wire.Failed(err).Masked(p.Code)
	}
	return c.understandPay(a, channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount}, p.Replay).Masked(p.Code)
}

// payCall builds the request. Its errors are of what cannot be asked at all.
func (c *Channel) payCall(p channels.Payment) (call, error) {
	digits := strings.TrimSpace(p.Code.Reveal())
	switch {
	case !c.numbers.MatchString(p.OutTradeNo):
		return call{}, errNumber
	case len(digits) == 0 || len(digits) > 32 || strings.ContainsFunc(digits, notWord):
		return call{}, errors.New("payCode: is not a code that the platform can take")
	}
	if err := checkMoney(p.Amount); err != nil {
		return call{}, err
	}
	o, err := c.parseOptions(p.Options, presented)
	if err != nil {
		return call{}, err
	}
	payType, err := c.payType(digits, o.payType)
	if err != nil {
		return call{}, err
	}
	now := c.now()
	expire, err := o.expiry(now, now.Add(c.expireAfter))
	if err != nil {
		return call{}, err
	}
	memo, err := c.memo(o, expire)
	if err != nil {
		return call{}, err
	}
	var b content
	b.add("transNo", p.OutTradeNo)
	b.add("payType", payType)
	b.add("orderAmt", strconv.FormatInt(p.Amount.Amount, 10))
	b.add("goodsInfo", c.goodsInfo(p.Description, p.OutTradeNo))
	b.add("requestDate", now.Format(stamp))
	b.add("payCode", digits)
	b = append(b, member{"returnUrl", c.NotifyURL}) // empty as the page's sample has it (§6)
	b.add("extend", c.extend(o))
	b.add("memo", memo)
	b.add("subMerchantNo", c.SubMerchantNo)
	return call{method: c.MethodBarcode, content: b, at: now, durable: p.Durable, timeout: c.payTimeout}, nil
}

var errNumber = errors.New("transNo: is not 1 to 64 of the characters that the platform takes")

// maxFen is what orderAmt's 16 digits can say (seed).
const maxFen = 9_999_999_999_999_999

// checkMoney is §1: RMB alone, in fen.
func checkMoney(m channels.Money) error {
	switch {
	case m.Currency != "CNY":
		return errors.New("currency: " + wire.Cut(m.Currency, 16) + " is not CNY, the only one that the platform takes")
	case m.Amount <= 0 || m.Amount > maxFen:
		return errors.New("orderAmt: is not an amount of 1 to 16 digits")
	}
	return nil
}

// goodsInfo is required: a sale without a description is called by its store.
func (c *Channel) goodsInfo(description, number string) string {
	for _, s := range [...]string{description, c.till.StoreName} {
		if g := cutRunes(wire.Plain(s), c.GoodsInfoMax); g != "" {
			return g
		}
	}
	return cutRunes(number, c.GoodsInfoMax)
}

// extend comes back unchanged; without a word of the sale it names the till (§6).
func (c *Channel) extend(o options) string {
	if o.extend != "" {
		return o.extend
	}
	return cutRunes(wire.Plain(c.till.ID), 128)
}

// expiry is when the platform ends the order by itself. A sale may shorten it,
// not lengthen it: nothing else ends an order here (§8).
func (o options) expiry(now, latest time.Time) (string, error) {
	end := latest.Format(stamp)
	if o.timeExpire != "" {
		if o.timeExpire > end { // of one zone and length: text compares as time
			return "", errors.New("timeExpire: is later than the till follows the order, " + end)
		}
		end = o.timeExpire
	}
	if end <= now.Format(stamp) {
		return "", errors.New("timeExpire: has passed")
	}
	return end, nil
}
