package wechatdeposit

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// The two ways to prepare (§2); the seed's is APP.
const (
	tradeAPP   = "APP"
	tradeJSAPI = "JSAPI"
)

// leastLife is ordinary v2's least time to time_expire (B-9): more than a minute.
const leastLife = 61 * time.Second

// Prepare creates an order for an app or, with payer.trade_type JSAPI, for a
// page inside WeChat (§6). params starts the payment there (§7).
func (c *Channel) Prepare(ctx context.Context, p channels.Preparation) (channels.Reply, json.RawMessage) {
	e, err := c.order(p)
	if err != nil {
		return wire.Refused(err), nil
	}
	tradeType, opensSub := e["trade_type"], e["sub_openid"] != ""
	a, err := c.exchange(ctx, call{kind: create, send: e, durable: p.Durable})
	if err != nil {
		return wire.Failed(err), nil
	}
	r, id := c.understandPrepare(a)
	if id == "" {
		return r, nil
	}
	now := c.clock.Now()
	if tradeType == tradeJSAPI {
		return r, c.startJSAPI(id, nonce(), now, opensSub)
	}
	return r, c.startAPP(id, nonce(), now)
}

// CheckPreparation checks payer and options by the seed's table.
func (c *Channel) CheckPreparation(payer, options map[string]json.RawMessage) error {
	_, err := c.prepared(payer, options)
	return err
}

// prepared reads what a preparation gives beside the sale.
func (c *Channel) prepared(payer, options map[string]json.RawMessage) (elements, error) {
	who, err := readOptions("payer", payer, payerMembers)
	if err != nil {
		return nil, err
	}
	e, err := readOptions("option", options, preparedOptions)
	if err != nil {
		return nil, err
	}
	if a, b := who["trade_type"], e["trade_type"]; a != "" && b != "" && a != b {
		return nil, errors.New("option trade_type: is another than payer's")
	}
	for name, v := range who {
		e[name] = v
	}
	if e["trade_type"] == "" {
		e["trade_type"] = tradeAPP
	}
	openids := e["openid"] != "" || e["sub_openid"] != ""
	switch jsapi := e["trade_type"] == tradeJSAPI; {
	case jsapi && !openids:
		return nil, errors.New("payer openid: is missing; trade_type JSAPI takes openid or sub_openid")
	case !jsapi && openids:
		return nil, errors.New("payer openid: does not belong to trade_type APP")
	case e["sub_openid"] != "" && c.cfg.SubAppID == "":
		return nil, errors.New("payer sub_openid: needs the setting sub_appid")
	case c.cfg.NotifyURL == "":
		return nil, errors.New("notify_url: the setting is missing; the platform takes no prepared order without")
	case jsapi && e["device_info"] == "":
		e["device_info"] = "WEB" // seed
	}
	return e, nil
}

// order builds the request: the seed's, every field of it.
func (c *Channel) order(p channels.Preparation) (elements, error) {
	if err := checkOrder(p.OutTradeNo, p.Amount); err != nil {
		return nil, err
	}
	given, err := c.prepared(p.Payer, p.Options)
	if err != nil {
		return nil, err
	}
	e := c.sale(p.OutTradeNo, p.Amount, p.Description, given)
	e["notify_url"] = c.cfg.NotifyURL
	if e["time_expire"] == "" && !p.ExpiresAt.IsZero() {
		e["time_expire"] = c.expiryOf(p.ExpiresAt)
	}
	return e, nil
}

// expiryOf is the order's end by the platform's clock. Where it is too near the
// engine's own end comes first, which reverses.
func (c *Channel) expiryOf(at time.Time) string {
	if least := c.clock.Now().Add(leastLife); at.Add(c.clock.Offset()).Before(least) {
		return least.In(beijing).Format(stamp)
	}
	return at.Add(c.clock.Offset()).In(beijing).Format(stamp)
}

// understandPrepare is the Reply and, of an order that exists, its prepay_id. A
// reply names no order: its signature is all that ties it to one.
func (c *Channel) understandPrepare(a answer) (channels.Reply, string) {
	r, _, ok := c.read(a)
	if !ok {
		return r, ""
	}
	id := a.doc["prepay_id"]
	if !validNumber(id, 64, "") {
		return contradiction(r, "prepay_id"), ""
	}
	r.Outcome = channels.Paying
	r.Detail = detail(a.doc)
	return r, id
}
