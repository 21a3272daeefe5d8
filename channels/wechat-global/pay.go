package wechatglobal

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const payPath = "/v3/global/micropay/transactions/pay"

// identity is §2.2, as bodies carry it.
type identity struct {
	SpAppID  string `json:"sp_appid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
	SubAppID string `json:"sub_appid,omitempty"`
	AppID    string `json:"appid,omitempty"`
	MchID    string `json:"mchid,omitempty"`
}

func (a account) identity() identity {
	return identity{a.spAppID, a.spMchID, a.subMchID, a.subApp, a.appID, a.mchID}
}

// payBody is §5.1.
type payBody struct {
	identity
	Description string          `json:"description"`
	Attach      string          `json:"attach,omitempty"`
	OutTradeNo  string          `json:"out_trade_no"`
	GoodsTag    string          `json:"goods_tag,omitempty"`
	TradeType   string          `json:"trade_type"`
	LimitPay    string          `json:"limit_pay,omitempty"`
	MCC         string          `json:"merchant_category_code"`
	Payer       payer           `json:"payer"`
	Amount      payAmount       `json:"amount"`
	Scene       *scene          `json:"scene_info,omitempty"`
	Detail      []receiptDetail `json:"detail,omitempty"`
}

type payer struct {
	AuthCode string `json:"auth_code"`
}

type payAmount struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

type scene struct {
	PayerIP    string     `json:"payer_client_ip,omitempty"`
	DeviceIP   string     `json:"device_ip,omitempty"`
	DeviceID   string     `json:"device_id,omitempty"`
	OperatorID string     `json:"operator_id,omitempty"`
	Store      *storeInfo `json:"store_info,omitempty"`
}

type storeInfo struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
}

// receiptDetail is one element of detail. Numbers that are optional are
// pointers: a cost price of nothing is not one that was left out.
type receiptDetail struct {
	CostPrice *int64        `json:"cost_price,omitempty"`
	ReceiptID string        `json:"receipt_id,omitempty"`
	Goods     []goodsDetail `json:"goods_detail,omitempty"`
}

type goodsDetail struct {
	ID       string `json:"goods_id"`
	WxpayID  string `json:"wxpay_goods_id,omitempty"`
	Name     string `json:"goods_name,omitempty"`
	Quantity int64  `json:"quantity"`
	Price    int64  `json:"price"`
}

// Pay asks for p's money once.
func (c *Channel) Pay(ctx context.Context, p channels.Payment) channels.Reply {
	body, err := c.payBody(p)
	if err != nil {
		return wire.Refused(err).Masked(p.Code)
	}
	a, err := c.exchange(ctx, call{method: http.MethodPost, target: payPath, body: body,
		durable: p.Durable, timeout: payTimeout})
	if err != nil {
		return wire.Failed(err).Masked(p.Code)
	}
	return c.understandPay(a, p).Masked(p.Code)
}

// understandPay is §5.2 and §14 for a pay.
func (c *Channel) understandPay(a answer, p channels.Payment) channels.Reply {
	r, m := c.understood(a, channels.Order{OutTradeNo: p.OutTradeNo, Amount: p.Amount}, payCodes)
	if a.status >= 400 && a.proof != broken {
		if _, ok := a.readRefusal(); ok && internalPaying[a.internal()] {
			r.Outcome, r.Reason = channels.Paying, channels.NoReason
			return r
		}
	}
	switch {
	case r.Outcome == channels.Closed || r.Outcome == channels.Revoked:
		// Not paid, final (§5.2): of a pay that is a refusal.
		r.Outcome, r.Reason = channels.Declined, channels.TradeFailed
	case a.status == http.StatusUnauthorized && r.Code != "" && r.Outcome != channels.Paying:
		// Nothing was processed (§14.2), whatever the code's name.
		r.Outcome = channels.Declined
		if r.Reason != channels.BadSignature {
			r.Reason = channels.MerchantConfig
		}
		if a.skewed {
			r.Reason = channels.ClockSkew
		}
		m = meaning{}
	}
	if p.Replay && r.Outcome == channels.Declined && a.status >= 400 && !m.ofOrder {
		r.Outcome = channels.Unknown
	}
	return r
}

// payBody builds the request. Its errors are of what cannot be asked at all.
func (c *Channel) payBody(p channels.Payment) ([]byte, error) {
	code := strings.TrimSpace(p.Code.Reveal())
	switch {
	case !validNumber(p.OutTradeNo, 32, "_-|*"):
		return nil, errors.New("out_trade_no: is not 1 to 32 of the characters that the platform takes")
	case len(code) == 0 || len(code) > 128 || strings.ContainsFunc(code, notWord):
		return nil, errors.New("auth_code: is not a code that the platform can take")
	}
	if err := checkMoney(p.Amount); err != nil {
		return nil, err
	}
	o, err := parseOptions(p.Options)
	if err != nil {
		return nil, err
	}
	b := payBody{
		identity:    c.account.identity(),
		Description: c.description(p),
		Attach:      o.attach,
		OutTradeNo:  p.OutTradeNo,
		GoodsTag:    o.goodsTag,
		TradeType:   "MICROPAY",
		LimitPay:    o.limitPay,
		MCC:         c.cfg.MerchantCategoryCode,
		Payer:       payer{code},
		Amount:      payAmount{p.Amount.Amount, p.Amount.Currency},
		Scene:       c.scene(p, o),
		Detail:      o.detail,
	}
	if b.Detail == nil {
		b.Detail = goodsOf(p.Items)
	}
	return wire.Encode(b), nil
}

func checkMoney(m channels.Money) error {
	if m.Amount <= 0 {
		return errors.New("amount: is not above zero")
	}
	if !accepts(m.Currency) {
		return errors.New("currency: " + wire.Cut(m.Currency, 16) + " is not one that the platform takes")
	}
	return nil
}

// validNumber checks an order's or refund's number (§8.1, §15.4).
func validNumber(s string, max int, more string) bool {
	return s != "" && len(s) <= max && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '-' && !strings.ContainsRune(more, '-') || notWord(r) && !strings.ContainsRune(more, r)
	})
}

// description is required: a sale without one is called by its store.
func (c *Channel) description(p channels.Payment) string {
	for _, s := range [...]string{p.Description, c.till.StoreName, p.OutTradeNo} {
		if d := wire.Cut(wire.Plain(s), 127); d != "" {
			return d
		}
	}
	return p.OutTradeNo
}

// scene is scene_info: what the till knows, and over it what the sale says.
func (c *Channel) scene(p channels.Payment, o options) *scene {
	s := scene{
		DeviceIP:   c.cfg.DeviceIP,
		DeviceID:   wire.Cut(wire.Plain(c.till.ID), 32),
		OperatorID: wire.Cut(wire.Plain(p.Cashier), 32),
	}
	// Name and address are required where store_info is sent (§5.1).
	if name, address := wire.Cut(wire.Plain(c.till.StoreName), 32), wire.Cut(wire.Plain(c.till.StoreAddress), 64); name != "" && address != "" {
		s.Store = &storeInfo{wire.Cut(wire.Plain(c.till.StoreID), 32), name, address}
	}
	o.scene.over(&s)
	if s == (scene{}) {
		return nil
	}
	return &s
}

// maxGoods bounds what items add to a request: v2's limit of the same field.
const maxGoods = 6000

// goodsOf is the sale's items as goods_detail, which serves coupons alone. An
// item without an article number is left out, as no coupon could name it, and
// so are lines that are no goods (returns, discounts).
func goodsOf(items []channels.Item) []receiptDetail {
	var list []goodsDetail
	for _, i := range items {
		id := goodsID(i.ID)
		if id == "" || i.Quantity <= 0 || i.Price < 0 {
			continue
		}
		list = append(list, goodsDetail{ID: id, Name: wire.Cut(wire.Plain(i.Name), 256), Quantity: i.Quantity, Price: i.Price})
	}
	d := []receiptDetail{{Goods: list}}
	if list == nil || len(wire.Encode(d)) > maxGoods {
		return nil // optional: better no coupon than no payment
	}
	return d
}

// goodsID writes an article number in the characters that the platform takes.
func goodsID(id string) string {
	return wire.Cut(strings.Map(func(r rune) rune {
		if notWord(r) {
			return '_'
		}
		return r
	}, wire.Plain(id)), 32)
}
