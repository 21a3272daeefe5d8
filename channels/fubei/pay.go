package fubei

import (
	"context"
	"errors"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errNumber = errors.New("merchant_order_sn: is not 1 to 32 letters and digits")

// Pay asks for p's money once (§5, §7).
func (c *Channel) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	biz, err := c.payBody(p)
	if err != nil {
		return wire.Refused(err).Masked(p.Code)
	}
	a, err := c.exchange(ctx, call{method: c.set.gen.pay, biz: biz, durable: p.Durable})
	if err != nil {
		return wire.Failed(err).Masked(p.Code)
	}
	return c.learned(a, c.understandPay(a, p)).Masked(p.Code)
}

// understandPay is §9 and §11 for a pay. There is no word for a failed one: it
// is an error, or an order that turned REVOKED or CLOSED.
func (c *Channel) understandPay(a answer, p channels.Payment) channels.Reply {
	if !a.done() {
		r := c.refusal(a, paying)
		if p.Replay && r.Outcome == channels.Declined {
			r.Outcome = channels.Unknown // of the replay alone: the first may have been taken
		}
		return r
	}
	r := c.order(a, channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount})
	switch r.Outcome {
	case channels.Revoked, channels.Closed:
		r.Outcome, r.Reason = channels.Declined, channels.TradeFailed
	case channels.Paid:
		if c.cfg.ConfirmPaid {
			r.Outcome = channels.Paying // the engine's next query says so, or does not (§3)
		}
	}
	return r
}

// payBody builds the business object. Its errors are of what cannot be asked.
func (c *Channel) payBody(p channels.Payment) ([]byte, error) {
	auth, kind, err := c.presented(p.Code)
	if err != nil {
		return nil, err
	}
	if !number(p.OutTradeNo) {
		return nil, errNumber
	}
	if err := c.checkMoney(p.Amount); err != nil {
		return nil, err
	}
	given, err := readOptions(c.payOptions(), p.Options, "option")
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(auth, unionpayPrefix) {
		delete(given, "timeout_express") // refused for UnionPay (§15 no. 8)
	}
	var o object
	o.text("merchant_order_sn", p.OutTradeNo)
	if c.set.gen.two {
		o.number("merchant_id", c.cfg.MerchantID)
	} else {
		o.number("type", kind)
	}
	o.text("auth_code", auth)
	o.money(c.set.gen.total, p.Amount.Amount)
	o.number("store_id", c.cfg.StoreID)
	o.either("cashier_id", given, c.cashier())
	o.text("device_no", c.device())
	o.either("body", given, describe(p.Description))
	o.either("attach", given, nil)
	if c.set.gen.two {
		o.text("notify_url", c.cfg.NotifyURL)
	} else {
		o.text("call_back_url", c.cfg.NotifyURL)
		// Always: the store's own discount would change the amount (§15 no. 5).
		o.raw("discount_switch", []byte{'0' + byte(c.cfg.DiscountSwitch)})
	}
	c.payOptions().rest(&o, given)
	return o.bytes(), nil
}

// cashier is the platform's own number of one; the till's names mean nothing to it.
func (c *Channel) cashier() []byte {
	if c.cfg.CashierID == 0 {
		return nil
	}
	return whole(c.cfg.CashierID)
}

func (c *Channel) device() string {
	if c.cfg.DeviceNo != "" {
		return c.cfg.DeviceNo
	}
	return wire.Cut(wire.Plain(c.till.ID), 32)
}

// describe is body, what the customer sees.
func describe(s string) []byte {
	if s = strings.TrimSpace(wire.Cut(wire.Plain(s), 128)); s == "" {
		return nil
	}
	return quoted(s)
}
