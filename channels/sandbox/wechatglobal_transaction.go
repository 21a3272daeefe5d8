package sandbox

// transaction is the answer of pay and query, §5.2.
type transaction struct {
	ID string `json:"id"`
	identity
	OutTradeNo     string         `json:"out_trade_no"`
	TradeType      string         `json:"trade_type"`
	TradeState     string         `json:"trade_state"`
	TradeStateDesc string         `json:"trade_state_desc"`
	BankType       string         `json:"bank_type,omitempty"`
	Attach         string         `json:"attach,omitempty"`
	SuccessTime    string         `json:"success_time,omitempty"`
	Payer          *payerDoc      `json:"payer,omitempty"`
	Amount         amountDoc      `json:"amount"`
	Promotions     []promotionDoc `json:"promotion_detail,omitempty"`
	DeviceID       string         `json:"device_id,omitempty"`
}

type payerDoc struct {
	OpenID    string `json:"openid,omitempty"`
	SpOpenID  string `json:"sp_openid,omitempty"`
	SubOpenID string `json:"sub_openid,omitempty"`
}

type amountDoc struct {
	Total         int64    `json:"total"`
	Currency      string   `json:"currency"`
	PayerTotal    *int64   `json:"payer_total,omitempty"`
	PayerCurrency string   `json:"payer_currency,omitempty"`
	ExchangeRate  *rateDoc `json:"exchange_rate,omitempty"`
}

type rateDoc struct {
	Type string `json:"type"`
	Rate int64  `json:"rate"`
}

type promotionDoc struct {
	PromotionID string `json:"promotion_id"`
	Name        string `json:"name"`
	Scope       string `json:"scope"`
	Type        string `json:"type"`
	Amount      int64  `json:"amount"`
	Currency    string `json:"currency"`
	WechatPays  int64  `json:"wechatpay_contribute_amount"`
}

// transaction renders the order as it stands. What only a paid order has is
// absent before (§6, A16).
func (o *order) transaction() transaction {
	t := transaction{
		ID: o.id, identity: o.request.identity, OutTradeNo: o.no, TradeType: "MICROPAY",
		TradeState: o.state, TradeStateDesc: stateWords()[o.state], Attach: o.request.Attach,
		Amount:   amountDoc{Total: o.amount, Currency: o.request.Amount.Currency},
		DeviceID: o.request.Scene.DeviceID,
	}
	if o.paidAt.IsZero() {
		return t
	}
	t.BankType = "CFT"
	t.SuccessTime = stamp(o.paidAt)
	t.Payer = o.payer()
	t.Amount.PayerTotal, t.Amount.PayerCurrency = &o.payerTotal, o.payerCurrency
	t.Amount.ExchangeRate = &rateDoc{"SETTLEMENT_RATE", o.rate}
	if o.coupon > 0 {
		t.Promotions = []promotionDoc{{
			PromotionID: "109519", Name: "sandbox coupon", Scope: "GLOBAL", Type: "DISCOUNT",
			Amount: o.coupon, Currency: o.request.Amount.Currency, WechatPays: o.coupon,
		}}
	}
	return t
}

func (o *order) payer() *payerDoc {
	const person = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
	if o.who.Mode == Direct {
		return &payerDoc{OpenID: person}
	}
	p := &payerDoc{SpOpenID: person}
	if o.request.SubAppID != "" {
		p.SubOpenID = "oSub" + person[4:]
	}
	return p
}

func stateWords() map[string]string {
	return map[string]string{
		success:    "支付成功",
		refunded:   "转入退款",
		notPay:     "订单未支付",
		userPaying: "用户支付中,需要输入密码",
		closed:     "订单已关闭",
		revoked:    "订单已撤销",
		payError:   "支付失败,请重新下单支付",
	}
}

func declineWords() map[string]string {
	return map[string]string{
		"AUTH_CODE_INVALID":     "the payment code is not valid",
		"AUTH_CODE_EXPIRE":      "the payment code has expired",
		"AUTH_CODE_ERROR":       "the payment code was used already",
		"NOT_ENOUGH":            "the balance is too low",
		"TRADE_ERROR":           "the trade failed; ask for another means of payment",
		"RULE_LIMIT":            "a limit of the customer's account is reached",
		"ACCOUNT_ERROR":         "something is wrong with the customer's account",
		"USER_ACCOUNT_ABNORMAL": "the customer's account is closed",
		"NOT_SUPPORT_CARD":      "this card cannot be used here",
		"BUYER_MISMATCH":        "a different customer than in the first call",
		"NO_AUTH":               "this product is not opened for the merchant",
		"REQUEST_BLOCKED":       "requests of this merchant are blocked",
	}
}
