package fubei

import (
	"context"
	"encoding/json"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// leastExpiry is how far ahead timeout_express must be (§7).
const leastExpiry = time.Minute

// Prepare creates an order that the customer pays in a mini program (§6, §7).
// params are what starts the payment there, untouched: sign_params as object or
// as text, both are seen.
func (c *Channel) Prepare(ctx context.Context, p channels.Preparation) (channels.Reply, json.RawMessage) {
	biz, err := c.prepareBody(p)
	if err != nil {
		return wire.Refused(err), nil
	}
	a, err := c.exchange(ctx, call{method: c.set.gen.prepare, biz: biz, durable: p.Durable})
	if err != nil {
		return wire.Failed(err), nil
	}
	r, params := c.understandPrepare(a, p)
	return c.learned(a, r), params
}

// understandPrepare: the answer has no state and no amount; that it names our
// order and what starts it is that the order is there.
func (c *Channel) understandPrepare(a answer, p channels.Preparation) (channels.Reply, json.RawMessage) {
	if !a.done() {
		return c.refusal(a, paying), nil
	}
	r := a.reply()
	o := channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount}
	e := c.orderEchoes(a.data, o)
	sumEcho(a.data, c.set.gen.total, p.Amount.Amount, false, &e)
	if !e.right() {
		return e.into(r), nil
	}
	r.Outcome, r.Verified = channels.Paying, true
	r.PlatformID = wire.Cut(scalar(a.data, "order_sn"), 32)
	r.Detail = detail(a.data)
	params := payParams(a.resp.Body, c.set.gen.payParams)
	if params == nil {
		r.Message = "answer has no " + c.set.gen.payParams
	}
	return r, params
}

// payParams is the bytes of the member as they came, or, for a wallet that gets
// none (Alipay in 2.0), the order's prepay_id. ParseObject has read body before:
// no member is there twice.
func payParams(body []byte, name string) json.RawMessage {
	var outer, data map[string]json.RawMessage // not a struct, which would take any case
	if json.Unmarshal(body, &outer) != nil || json.Unmarshal(outer["data"], &data) != nil {
		return nil
	}
	switch v := data[name]; {
	case len(v) > 2 && (v[0] == '{' || v[0] == '"'): // neither empty nor null
		return v
	case len(data["prepay_id"]) > 2 && data["prepay_id"][0] == '"' && name == two.payParams:
		var o object
		o.raw("prepay_id", data["prepay_id"])
		return o.bytes()
	}
	return nil
}

// CheckPreparation names the member that is missing, not known or not valid.
func (c *Channel) CheckPreparation(payer, given map[string]json.RawMessage) error {
	_, _, err := c.checkPreparation(payer, given)
	return err
}

func (c *Channel) checkPreparation(payer, given map[string]json.RawMessage) (options, options, error) {
	who, err := readOptions(c.payer(), payer, "payer")
	if err != nil {
		return nil, nil, err
	}
	if who[c.set.gen.payer] == nil {
		return nil, nil, missing("payer", c.set.gen.payer)
	}
	more, err := readOptions(c.prepareOptions(), given, "option")
	if err != nil {
		return nil, nil, err
	}
	if !c.set.gen.two && c.cfg.StoreID == 0 { // required here (seed)
		return nil, nil, bad("store_id", "", "is missing", "orders for mini programs need the store's number at Fubei")
	}
	return who, more, nil
}

// prepareBody is the seed's order in 1.0, each of its fields, and §7 in 2.0.
func (c *Channel) prepareBody(p channels.Preparation) ([]byte, error) {
	if !number(p.OutTradeNo) {
		return nil, errNumber
	}
	if err := c.checkMoney(p.Amount); err != nil {
		return nil, err
	}
	who, given, err := c.checkPreparation(p.Payer, p.Options)
	if err != nil {
		return nil, err
	}
	var o object
	o.text("merchant_order_sn", p.OutTradeNo)
	o.number("merchant_id", c.cfg.MerchantID)
	if c.set.gen.two {
		o.either("pay_type", given, quoted(payTypeWechat))
	}
	o.raw(c.set.gen.payer, who[c.set.gen.payer])
	o.money(c.set.gen.total, p.Amount.Amount)
	o.number("store_id", c.cfg.StoreID)
	o.either("cashier_id", given, c.cashier())
	if c.set.gen.two {
		o.text("device_no", c.device())
		o.text("notify_url", c.cfg.NotifyURL)
		o.text("timeout_express", c.expiry(p.ExpiresAt))
	} else {
		o.text(c.cfg.MinaCallbackField, c.cfg.NotifyURL)
	}
	o.either("body", given, describe(p.Description))
	o.either("attach", given, nil)
	c.prepareOptions().rest(&o, given)
	return o.bytes(), nil
}

// expiry tells 2.0 when the order ends. A nearer one is left to Close.
func (c *Channel) expiry(at time.Time) string {
	if at.IsZero() || at.Sub(c.clock.Now()) <= leastExpiry+time.Second {
		return ""
	}
	return at.In(beijing).Format(digits14)
}
