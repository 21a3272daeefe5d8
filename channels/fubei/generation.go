package fubei

// generation is what differs between the two APIs (§1, §4, §9): methods, and
// the names of the same things.
type generation struct {
	two     bool
	gateway string

	pay, prepare, query, reverse, close, refund, refundQuery string

	state, total, refundSum, payTime string // members of business objects
	payParams, payer                 string // what starts a prepared order, and who pays it
}

var one = generation{
	gateway: "https://shq-api.51fubei.com/gateway",
	pay:     "openapi.payment.order.swipe", prepare: "openapi.payment.order.mina",
	query: "openapi.payment.order.query", reverse: "openapi.payment.order.reverse", close: "openapi.payment.order.close",
	refund: "openapi.payment.order.refund", refundQuery: "openapi.payment.order.refund.query",
	state: "trade_state", total: "total_fee", refundSum: "refund_money", payTime: "pay_time",
	payParams: "sign_params", payer: "sub_openid",
}

var two = generation{
	two:     true,
	gateway: "https://shq-api.51fubei.com/gateway/agent",
	pay:     "fbpay.order.pay", prepare: "fbpay.order.create",
	query: "fbpay.order.query", reverse: "fbpay.order.cancel", close: "fbpay.order.close",
	refund: "fbpay.order.refund", refundQuery: "fbpay.order.refund.query",
	state: "order_status", total: "total_amount", refundSum: "refund_amount", payTime: "finish_time",
	payParams: "sign_package", payer: "user_id",
}
