package sandbox

// The addresses of §1: 1.0, 2.0, and the second address of 2.0 for merchants.
const (
	fubeiPath1    = "/gateway"
	fubeiPath2    = "/gateway/agent"
	fubeiPathCate = "/gateway/cate"
)

// fubeiEndpoint is a row of §4.
type fubeiEndpoint struct {
	method  string
	v2      bool
	vendor  bool // at vendor level alone
	call    Call
	fields  func() []fubeiField
	prepare func(*fubei, *fubeiCall) (fubeiPlan, *fubeiRefusal)
}

// fubeiEndpoints is §4 without what a till has no use for: H5 pages, and codes
// that the shop shows.
func fubeiEndpoints() []fubeiEndpoint {
	return []fubeiEndpoint{
		{method: "openapi.payment.order.swipe", call: Pay, fields: fubeiSwipeFields, prepare: (*fubei).preparePay},
		{method: "openapi.payment.order.mina", call: Prepare, fields: fubeiMinaFields, prepare: (*fubei).prepareOrder},
		{method: "openapi.payment.order.query", call: Query, fields: fubeiQueryFields, prepare: (*fubei).prepareQuery},
		{method: "openapi.payment.order.reverse", call: Revoke, fields: fubeiUndoFields, prepare: (*fubei).prepareUndo},
		{method: "openapi.payment.order.close", call: Close, fields: fubeiUndoFields, prepare: (*fubei).prepareClose},
		{method: "openapi.payment.order.refund", call: RefundCreate, fields: fubeiRefundFields, prepare: (*fubei).prepareRefund},
		{method: "openapi.payment.order.refund.query", call: RefundQuery, fields: fubeiRefundQueryFields, prepare: (*fubei).prepareRefundQuery},
		{method: "openapi.payment.refund.statistics", call: RefundQuery, fields: fubeiQueryFields, prepare: (*fubei).prepareStatistics},
		{method: "openapi.payment.order.reconciliation", call: StatementFile, fields: fubeiReconciliationFields, prepare: (*fubei).prepareReconciliation},
		{method: "openapi.payment.order.bill", call: StatementFile, fields: fubeiBillFields, prepare: (*fubei).prepareBill},
		{method: "openapi.payment.store.query", call: ShopInfo, fields: fubeiPageFields, prepare: (*fubei).prepareStores},
		{method: "openapi.payment.cashier.query", call: ShopInfo, fields: fubeiCashierFields, prepare: (*fubei).prepareCashiers},
		{method: "openapi.get.time", call: ShopInfo, fields: fubeiNoFields, prepare: (*fubei).prepareTime},

		{method: "fbpay.order.pay", v2: true, call: Pay, fields: fubeiPay2Fields, prepare: (*fubei).preparePay},
		{method: "fbpay.order.create", v2: true, call: Prepare, fields: fubeiCreateFields, prepare: (*fubei).prepareOrder},
		{method: "fbpay.order.query", v2: true, call: Query, fields: fubeiQuery2Fields, prepare: (*fubei).prepareQuery},
		{method: "fbpay.order.cancel", v2: true, call: Revoke, fields: fubeiUndo2Fields, prepare: (*fubei).prepareUndo},
		{method: "fbpay.order.close", v2: true, call: Close, fields: fubeiUndo2Fields, prepare: (*fubei).prepareClose},
		{method: "fbpay.order.refund", v2: true, call: RefundCreate, fields: fubeiRefund2Fields, prepare: (*fubei).prepareRefund},
		{method: "fbpay.order.refund.query", v2: true, call: RefundQuery, fields: fubeiRefundQuery2Fields, prepare: (*fubei).prepareRefundQuery},
		{method: "fbpay.pay.callback.config", v2: true, call: ShopInfo, fields: fubeiHookFields, prepare: (*fubei).prepareHooks},
		{method: "openapi.agent.order.bill.download", v2: true, vendor: true, call: StatementFile, fields: fubeiDownloadFields, prepare: (*fubei).prepareDownload},
	}
}

// fubeiRoute finds a method at an address. The one of another generation is not
// there: mixing the two is a known trap (§15.6).
func fubeiRoute(path, method string) *fubeiEndpoint {
	for _, end := range fubeiEndpoints() {
		if end.method == method && end.v2 == (path != fubeiPath1) {
			return &end
		}
	}
	return nil
}
