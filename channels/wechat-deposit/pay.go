package wechatdeposit

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var errCurrency = errors.New("fee_type: is not CNY, the only currency of deposits")

// Pay asks for p's money once, to be held (§8).
func (c *Channel) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	e, err := c.payment(p)
	if err != nil {
		return wire.Refused(err).Masked(p.Code)
	}
	a, err := c.exchange(ctx, call{kind: pay, send: e, durable: p.Durable})
	if err != nil {
		return wire.Failed(err).Masked(p.Code)
	}
	return c.understandPay(a, p).Masked(p.Code)
}

// payment builds the request. Its errors are of what cannot be asked at all.
func (c *Channel) payment(p channels.Payment) (elements, error) {
	code := strings.TrimSpace(p.Code.Reveal())
	if code == "" || len(code) > 128 || strings.ContainsFunc(code, notWord) {
		return nil, errors.New("auth_code: is not a code that the platform can take")
	}
	if err := checkOrder(p.OutTradeNo, p.Amount); err != nil {
		return nil, err
	}
	given, err := readOptions("option", p.Options, presentedOptions)
	if err != nil {
		return nil, err
	}
	e := c.sale(p.OutTradeNo, p.Amount, p.Description, given)
	e["deposit"] = "Y" // N would be an ordinary payment
	e["auth_code"] = code
	return e, nil
}

func checkOrder(outTradeNo string, m channels.Money) error {
	switch {
	case !validNumber(outTradeNo, 32, orderMore):
		return errors.New("out_trade_no: is not 1 to 32 of the characters that the platform takes")
	case m.Amount <= 0:
		return errors.New("total_fee: is not above zero")
	case m.Currency != "CNY":
		return errCurrency
	}
	return nil
}

// sale is what both ways to take a deposit send: what the till knows, and over
// it what the sale says.
func (c *Channel) sale(outTradeNo string, m channels.Money, description string, given elements) elements {
	e := elements{
		"out_trade_no":     outTradeNo,
		"total_fee":        strconv.FormatInt(m.Amount, 10),
		"fee_type":         "CNY",
		"body":             c.body(description, outTradeNo),
		"device_info":      wire.Cut(plain(c.till.ID), 32),
		"spbill_create_ip": c.cfg.SpbillCreateIP,
		"scene_info":       c.scene(),
	}
	for name, v := range given {
		e[name] = v
	}
	return e
}

// body is required: a sale without a description is called by its store.
func (c *Channel) body(description, outTradeNo string) string {
	for _, s := range [...]string{description, c.till.StoreName} {
		if d := strings.TrimSpace(wire.Cut(plain(s), 127)); d != "" {
			return d
		}
	}
	return outTradeNo
}

// storeInfo is scene_info's store; its id is required (§6).
type storeInfo struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	AreaCode string `json:"area_code,omitempty"`
	Address  string `json:"address,omitempty"`
}

// scene is the store as the till knows it, within scene_info's limit.
func (c *Channel) scene() string {
	s := storeInfo{ID: wire.Cut(plain(c.till.StoreID), 32), Name: wire.Cut(plain(c.till.StoreName), 64), Address: wire.Cut(plain(c.till.StoreAddress), 96)}
	if s.ID == "" {
		return ""
	}
	for _, drop := range [...]*string{&s.Address, &s.Name, &s.ID} {
		text := wire.Encode(map[string]storeInfo{"store_info": s})
		if len(text) <= maxScene {
			return string(text)
		}
		*drop = ""
	}
	return ""
}

// understandPay is §8 and §13: SUCCESS twice is paid, where all agrees.
func (c *Channel) understandPay(a answer, p channels.Payment) channels.Reply {
	o := channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount}
	r, m, ok := c.read(a)
	if !ok {
		if p.Replay && r.Outcome == channels.Declined && !m.ofOrder {
			r.Outcome = channels.Unknown
		}
		return c.sameOrder(a, r, o)
	}
	state := a.doc["trade_state"] // no page lists it here; if it is there, it counts
	if state == "" {
		state = "SUCCESS"
	}
	r = c.trade(r, a.doc, o, state)
	if r.Outcome == channels.Closed || r.Outcome == channels.Revoked { // of a pay that is a refusal
		r.Outcome, r.Reason = channels.Declined, channels.TradeFailed
	}
	return r
}
