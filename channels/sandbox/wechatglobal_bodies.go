package sandbox

// payBody is §5.1.
func payBody() []member {
	return []member{
		{name: "mchid", max: 32, need: inDirect},
		{name: "appid", max: 32, need: inDirect},
		{name: "sp_mchid", max: 32, need: inInstitution},
		{name: "sp_appid", max: 32, need: inInstitution},
		{name: "sub_mchid", max: 32, need: inInstitution},
		{name: "sub_appid", max: 32, need: maybeInInstitution},
		{name: "description", max: 127, need: always},
		{name: "attach", max: 127},
		{name: "out_trade_no", max: 32, need: always},
		{name: "goods_tag", max: 32},
		{name: "trade_type", max: 16, need: always},
		{name: "limit_pay", max: 32},
		{name: "merchant_category_code", max: 16, need: always},
		{name: "payer", shape: object, need: always, members: []member{
			{name: "auth_code", max: 128, need: always},
		}},
		{name: "amount", shape: object, need: always, members: []member{
			{name: "total", shape: integer, need: always},
			{name: "currency", max: 16, need: always},
		}},
		{name: "scene_info", shape: object, members: []member{
			{name: "device_id", max: 32},
			{name: "device_ip", max: 40},
			{name: "payer_client_ip", max: 40},
			{name: "operator_id", max: 32},
			{name: "store_info", shape: object, members: []member{
				{name: "id", max: 32},
				{name: "name", max: 32, need: always},
				{name: "address", max: 64, need: always},
			}},
		}},
		{name: "detail", shape: list, members: []member{
			{name: "cost_price", shape: integer},
			{name: "receipt_id", max: 32},
			{name: "goods_detail", shape: list, members: []member{
				{name: "goods_id", max: 32, need: always},
				{name: "wxpay_goods_id", max: 32},
				{name: "goods_name", max: 256},
				{name: "quantity", shape: integer, need: always},
				{name: "price", shape: integer, need: always},
			}},
		}},
	}
}

// revokeBody is §7: the identity, in the body (§18.4).
func revokeBody() []member {
	return []member{
		{name: "mchid", max: 32, need: inDirect},
		{name: "sp_mchid", max: 32, need: inInstitution},
		{name: "sub_mchid", max: 32, need: inInstitution},
	}
}

// refundBody is §8.1; the limits of reason and notify_url are A5.
func refundBody() []member {
	return []member{
		{name: "mchid", max: 32, need: inDirect},
		{name: "appid", max: 32, need: inDirect},
		{name: "sp_mchid", max: 32, need: inInstitution},
		{name: "sp_appid", max: 32, need: inInstitution},
		{name: "sub_mchid", max: 32, need: inInstitution},
		{name: "sub_appid", max: 32, need: maybeInInstitution},
		{name: "transaction_id", max: 32},
		{name: "out_trade_no", max: 32},
		{name: "out_refund_no", max: 64, need: always},
		{name: "reason", max: 80},
		{name: "amount", shape: object, need: always, members: []member{
			{name: "refund", shape: integer, need: always},
			{name: "total", shape: integer, need: always},
			{name: "currency", max: 16, need: always},
		}},
		{name: "notify_url", max: 256},
		{name: "source", max: 32},
	}
}

// identity is who a call is for, in both modes (§2.2).
type identity struct {
	MchID    string `json:"mchid,omitempty"`
	AppID    string `json:"appid,omitempty"`
	SpMchID  string `json:"sp_mchid,omitempty"`
	SpAppID  string `json:"sp_appid,omitempty"`
	SubMchID string `json:"sub_mchid,omitempty"`
	SubAppID string `json:"sub_appid,omitempty"`
}

// payRequest is a body that payBody let by.
type payRequest struct {
	identity
	Description string      `json:"description"`
	Attach      string      `json:"attach"`
	OutTradeNo  string      `json:"out_trade_no"`
	TradeType   string      `json:"trade_type"`
	LimitPay    string      `json:"limit_pay"`
	MCC         string      `json:"merchant_category_code"`
	Payer       payerCode   `json:"payer"`
	Amount      orderAmount `json:"amount"`
	Scene       struct {
		DeviceID string `json:"device_id"`
		Store    struct {
			Name string `json:"name"`
		} `json:"store_info"`
	} `json:"scene_info"`
	Detail []struct {
		CostPrice *int64 `json:"cost_price"`
		Goods     []struct {
			ID       string `json:"goods_id"`
			Quantity int64  `json:"quantity"`
			Price    int64  `json:"price"`
		} `json:"goods_detail"`
	} `json:"detail"`
}

type payerCode struct {
	AuthCode string `json:"auth_code"`
}

type orderAmount struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

// refundRequest is a body that refundBody let by.
type refundRequest struct {
	identity
	TransactionID string `json:"transaction_id"`
	OutTradeNo    string `json:"out_trade_no"`
	OutRefundNo   string `json:"out_refund_no"`
	Reason        string `json:"reason"`
	Amount        struct {
		Refund   int64  `json:"refund"`
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	} `json:"amount"`
	NotifyURL string `json:"notify_url"`
	Source    string `json:"source"`
}
